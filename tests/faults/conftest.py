"""What tests of faults stand on: nothing that would stand still in a worker that was forked."""

import pytest

PICTURE = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(autouse=True)
def _charts_are_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a mark where a mail shows a chart: whoever draws them has threads, and no fork takes threads along."""
    monkeypatch.setattr("templates.charts._png", lambda _spec: PICTURE)
