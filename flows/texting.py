"""Texts with patients: what came in is acted upon, people answer and decide, consents are kept and proved."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from models.inputs.forms import ActorKey, FileName, FormError, OptionalDay, OptionalPracticeKey, PracticeKey, StaffKey
from models.inputs.forms import day_of as a_day_of
from models.inputs.patient_forms import ConversationNumber, LineNumber, OptionalWording, PatientNumber
from models.rules.texting import Line
from tasks import texting
from tasks.artifacts import show_counts, show_rows
from tasks.commands import refuse, state_of
from tasks.enrolling import run_key
from tasks.moment import moment, now
from tasks.texting import StopDecision, WantedLine


@flow(flow_run_name="take-in-texts")
def take_in_texts(as_of: str = "", limit: int = 10_000, again: bool = False) -> dict[str, int]:  # noqa: FBT002 - a form
    """Act upon texts and delivery reports that wait; the standing dispatch does this all the time.

    Args:
        as_of: Moment to act at, ISO 8601 with offset; empty means now.
        limit: Most reports to act upon.
        again: Also try those again that could not be acted upon before.
    """
    if again:
        texting.try_events_again()
    at = moment(as_of)
    counts = texting.drain_provider_events(as_of=at, limit=limit)
    show_counts(counts, key="texts-taken-in", as_of=at)
    return dict(counts)


@flow(flow_run_name="list-texts {practice}")
def list_texts(practice: OptionalPracticeKey = "") -> int:
    """List conversations by text, those that wait for an answer first, and texts that belong to no practice.

    Args:
        practice: Short name of the practice; empty means all.
    """
    rows = texting.text_rows(practice)
    show_rows(rows, key=f"texts-{practice or 'all'}", description=f"Conversations of {practice or 'all practices'}")
    if not practice:
        show_rows(texting.stray_rows(), key="texts-unattributed", description="Texts and reports without a practice")
    return len(rows)


@flow(flow_run_name="answer-text {conversation}")
def answer_text(conversation: ConversationNumber, file: FileName, by: ActorKey) -> State[Any]:
    """Answer a conversation by text with the words of a file; the words are seen by nobody but the patient.

    Args:
        conversation: Number of the conversation, from list-texts.
        file: Name of a text file in the intake folder with the words of the answer; it is moved to done.
        by: Key of whoever answers.
    """
    as_of = now()
    return state_of(texting.answer_text(conversation, file, by=by, key=run_key(as_of), as_of=as_of))


@flow(flow_run_name="close-text {conversation}")
def close_text(conversation: ConversationNumber, by: ActorKey) -> State[Any]:
    """Let a conversation rest that needs no answer.

    Args:
        conversation: Number of the conversation, from list-texts.
        by: Key of whoever has read it.
    """
    as_of = now()
    return state_of(texting.close_text(conversation, by=by, key=run_key(as_of), as_of=as_of))


@flow(flow_run_name="decide-about-stop {conversation}")
def decide_about_stop(conversation: ConversationNumber, decision: StopDecision, by: ActorKey) -> State[Any]:
    """Decide about a text that may have asked for no more texts: it is a stop, or texts go on.

    Args:
        conversation: Number of the conversation, from list-texts.
        decision: Whether the person wants no more texts.
        by: Key of whoever read the text and decides.
    """
    as_of = now()
    return state_of(texting.decide_about_stop(conversation, decision, by=by, key=run_key(as_of), as_of=as_of))


@flow(flow_run_name="arrange-text-line {practice} {line}")
def arrange_text_line(practice: PracticeKey, number: LineNumber, line: Line, by: StaffKey) -> State[Any]:
    """Take texts on a number for a practice: Two-Way-Text, Web-to-Text or Call-to-Text, as its manager arranges.

    Args:
        practice: Short name of the practice.
        number: Number of the line, like +12025550143.
        line: Product that the line belongs to.
        by: Key of the practice's Onboarding Manager.
    """
    as_of = now()
    wanted = WantedLine(number, line)
    return state_of(texting.arrange_line(practice, wanted, by=by, key=run_key(as_of), as_of=as_of))


@flow(flow_run_name="end-text-line {practice}")
def end_text_line(practice: PracticeKey, number: LineNumber, by: StaffKey) -> State[Any]:
    """Take no more texts on a number of a practice; its conversations stay.

    Args:
        practice: Short name of the practice.
        number: Number of the line, like +12025550143.
        by: Key of the practice's Onboarding Manager.
    """
    as_of = now()
    return state_of(texting.end_line(practice, number, by=by, key=run_key(as_of), as_of=as_of))


@flow(flow_run_name="import-consents {file}")
def import_consents(file: FileName, by: StaffKey) -> State[Any]:
    """Take in consents to texts from a CSV file, all of them or none; twice changes nothing.

    Args:
        file: Name of a file in the intake folder with the columns practice, phone, given_on, source, wording, locale.
        by: Key of the member of staff who imports it.
    """
    as_of = now()
    answer, rows = texting.import_consents(file, by=by, key=run_key(as_of), as_of=as_of)
    show_rows(rows, key="consents-imported", description="Lines of the file that cannot be taken")
    return state_of(answer)


@flow(flow_run_name="record-paper-consent {patient}")
def record_paper_consent(
    patient: PatientNumber, by: ActorKey, signed_on: OptionalDay = "", wording: OptionalWording = ""
) -> State[Any]:
    """Record that a patient agreed to texts on paper, for the number that is used.

    Args:
        patient: Number of the patient.
        by: Key of whoever holds the paper.
        signed_on: Day of the signature, like 2026-12-01; empty means today.
        wording: Name and version of the practice's own form; empty means the one that we provide.
    """
    as_of = now()
    try:
        day = a_day_of(signed_on)
    except FormError as error:
        return refuse(error.sentence)
    return state_of(texting.record_paper_consent(patient, day, wording, by=by, key=run_key(as_of), as_of=as_of))


@flow(flow_run_name="export-consent-proof {patient}")
def export_consent_proof(patient: PatientNumber, by: ActorKey) -> State[Any]:
    """Write the proof of consent to texts for a patient's number into the folder of exports.

    Args:
        patient: Number of the patient.
        by: Key of whoever asks for it.
    """
    return state_of(texting.export_consent_proof(patient, by=by, as_of=now()))
