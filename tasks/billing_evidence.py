"""What practice systems show of charges and claims, as counts by payer and day: evidence of claims that flow (O-29)."""

from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from models.db import read, transaction
from models.inputs.billing_evidence import BillingDay
from models.inputs.practice_system import SystemAccount
from models.rules.calendars import local_day
from models.settings import settings
from models.store import payer_facts, systems
from tasks.allowance import for_slow_work
from tasks.connectors import registry
from tasks.connectors.ports import OutsideError
from tasks.policy import effect, safe
from tasks.stopwatch import Stopwatch

FIRST_DAYS: Final = timedelta(days=60)
DAYS: Final = timedelta(days=13)
"""How far back is asked: the first time, and every night; what was posted later still comes into the two weeks."""


@safe
def practices_to_ask() -> list[tuple[int, bool]]:
    """Name the practices whose system can be asked, and say whether it was read before."""
    return list(read(payer_facts.practices_to_ask).items())


@effect()
def read_billing(practice: int, *, is_known: bool, as_of: datetime) -> Counter[str]:
    """Ask one practice's system and store what it shows; gives counts, the reason where it could not be asked."""
    account = read(partial(systems.account_of, practice_id=practice))
    if account is None:
        return Counter({"no practice system": 1})
    try:
        days = _ask(account, practice, is_known=is_known, as_of=as_of)
    except OutsideError as error:
        failure = f"{type(error).__name__}:{error.reason}"
    else:
        return _save(account.vendor, practice, days, as_of=as_of)
    return Counter({failure: 1})


def _ask(account: SystemAccount, practice: int, *, is_known: bool, as_of: datetime) -> list[BillingDay] | None:
    allowed = for_slow_work(practice, Stopwatch(as_of))
    system = registry.billing_evidence(account, settings(), before_call=allowed)
    today = local_day(as_of, account.zone)
    days = system.billing_days(today - (DAYS if is_known else FIRST_DAYS), today)
    return None if days is None else list(days)


def _save(vendor: str, practice: int, days: list[BillingDay] | None, *, as_of: datetime) -> Counter[str]:
    if days is None:
        return Counter({"cannot tell": 1})
    save = partial(payer_facts.save_activity, practice_id=practice, source=vendor, days=days, as_of=as_of)
    return transaction(save) + Counter(practices=1)
