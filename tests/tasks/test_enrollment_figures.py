"""The figures in Prefect: a table of turnarounds, and a page with picture and figures for each chart."""

from base64 import b64decode

import pytest

from models.db import Database
from tasks import enrollment_figures
from tests.web.enrollments import several_states


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """Keep artifacts instead of sending them to a server."""
    kept: dict[str, object] = {}
    monkeypatch.setattr(
        enrollment_figures, "create_table_artifact", lambda rows, *, key, description: kept.update({key: rows})
    )
    monkeypatch.setattr(
        enrollment_figures, "create_markdown_artifact", lambda page, *, key, description: kept.update({key: page})
    )
    return kept


def test_each_exhibit_is_an_artifact_of_its_own(db: Database, shown: dict[str, object]) -> None:
    """E-43."""
    as_of = several_states(db).now
    counts = enrollment_figures.show_figures.fn("", as_of=as_of)
    assert counts == {"sent": 7, "decided": 4, "open": 3}
    assert {"enrollments-scores", "enrollments-parties", "enrollments-waiting", "enrollments-forecasts"} <= set(shown)
    rows = shown["enrollments-scores"]
    assert isinstance(rows, list)
    assert rows[0]["Payer"] == "Aetna*"


def test_a_page_holds_the_picture_and_the_figures_and_practices_by_their_keys(
    db: Database, shown: dict[str, object]
) -> None:
    as_of = several_states(db).now
    enrollment_figures.show_figures.fn("cedar-hill", as_of=as_of)
    page = str(shown["enrollments-forecasts-cedar-hill"])
    picture = page.partition("data:image/png;base64,")[2].partition(")")[0]
    assert b64decode(picture).startswith(b"\x89PNG")
    assert "| cedar-hill |" in page
    assert "Cedar Hill Family Medicine" not in page
    assert all(len(str(one)) < 250_000 for one in shown.values())


def test_a_practice_is_known_by_its_key(db: Database) -> None:
    several_states(db)
    assert enrollment_figures.is_known("cedar-hill")
    assert not enrollment_figures.is_known("nobody")
