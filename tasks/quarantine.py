"""The gate of a restored database: flows that would speak to anybody end at once, and say why."""

import functools
from collections.abc import Callable
from typing import Any, Final, ParamSpec, TypeVar, cast

from prefect.states import Completed

from models.db import read
from models.store import restores
from tasks.policy import safe

P = ParamSpec("P")
R = TypeVar("R")
QUARANTINED: Final = "Quarantined"
SENTENCE: Final = (
    "The database was restored from a backup and is in quarantine: nothing is sent and no provider is called. "
    "Run golive restore --reconcile, look at what it leaves to people, then golive restore --release --by KEY."
)
MARK: Final = "is_gated"


def unless_quarantined(flow: Callable[P, R]) -> Callable[P, R]:
    """Let a flow do nothing while the database is in quarantine; its run ends in the state Quarantined.

    Not as a failure: standing flows start again ten seconds after one.
    """

    @functools.wraps(flow)
    def gated(*args: P.args, **kwargs: P.kwargs) -> R:
        if is_quarantined():
            state: Any = Completed(name=QUARANTINED, message=SENTENCE)
            return cast("R", state)  # Prefect takes a state for the run's own, whatever the flow gives else
        return flow(*args, **kwargs)

    setattr(gated, MARK, True)
    return gated


@safe
def is_quarantined() -> bool:
    """Say whether the database was restored and is not released yet."""
    return read(restores.quarantine) is not None
