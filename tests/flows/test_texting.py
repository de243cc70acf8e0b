"""Forms about texts as Prefect runs them: done or refused, and no words of anybody in what Prefect keeps."""

from collections.abc import Callable
from typing import Any

import pytest
from prefect.artifacts import Artifact
from prefect.client.schemas.objects import State

from flows import texting as forms
from models.db import Database
from models.rules.texting import Line
from models.settings import Settings
from tasks.texting import StopDecision
from tests.flows.conftest import Clock
from tests.store.texting import OWN_LINE, Texting, a_texting

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("prefect"), pytest.mark.usefixtures("prefect")]


@pytest.fixture
def made(db: Database, clock: Clock) -> Texting:
    made = a_texting(db)
    clock.now = made.now
    return made


def run(wanted: Callable[..., Any], **form: Any) -> State[Any]:
    state: State[Any] = wanted(**form, return_state=True)
    return state


def shown(key: str) -> str:
    found: Any = Artifact.get(key)  # typed for callers that wait as well
    assert found is not None
    return str(found.data)


def test_texts_are_taken_in_listed_answered_and_decided(made: Texting, own_settings: Settings) -> None:
    """F-100, F-101, F-205: numbers and codes only."""
    made.arrive("My knee hurts, may I come?")
    made.arrive("Hello?", sender="+12025550177")
    assert run(forms.take_in_texts, again=True).result() == {"text_other": 1, "text_unattributed": 1}
    thread = made.threads()[0].id
    own_settings.intake_folder.mkdir(parents=True)
    (own_settings.intake_folder / "reply.txt").write_text("Come at 4 pm, knee and all")
    answered = run(forms.answer_text, conversation=thread, file="reply.txt", by="coach-1")
    assert answered.is_completed()
    assert run(forms.list_texts).result() == 1
    seen = shown("texts-all") + shown("texts-unattributed") + str(answered.message)
    assert str(thread) in seen
    assert not any(word in seen for word in ("knee", "4 pm", "5550142", "5550177"))
    decided = run(forms.decide_about_stop, conversation=thread, decision=StopDecision.STOP, by="coach-1")
    assert decided.name == "Refused"
    assert run(forms.close_text, conversation=thread, by="coach-1").is_completed()


def test_lines_and_consents_are_forms_too(made: Texting, own_settings: Settings) -> None:
    """F-102, F-201."""
    line = {"practice": "maple-street", "number": OWN_LINE}
    assert run(forms.arrange_text_line, **line, line=Line.TWO_WAY, by="coach-1").name == "Refused"
    assert run(forms.arrange_text_line, **line, line=Line.TWO_WAY, by="manager-1").is_completed()
    assert run(forms.end_text_line, **line, by="manager-1").is_completed()
    own_settings.intake_folder.mkdir(parents=True)
    (own_settings.intake_folder / "c.csv").write_text(
        "practice,phone,given_on,source,wording\nmaple-street,212-555-0142,2026-11-20,paper,form/1\n"
    )
    assert run(forms.import_consents, file="c.csv", by="coach-1").is_completed()
    patient = made.asking.patient("92", mobile="+12125550166", email="", consents=False)
    assert run(forms.record_paper_consent, patient=patient, by="coach-1", signed_on="2026-11-20").is_completed()
    assert run(forms.record_paper_consent, patient=patient, by="coach-1", signed_on="2026-02-31").name == "Refused"
    proof = run(forms.export_consent_proof, patient=patient, by="coach-1")
    assert "1 lines" in str(proof.message)
    assert "5550166" not in str(proof.message)
