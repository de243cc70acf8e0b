"""What a practice chooses about feedback: one small form each, by whoever may change it; later visits follow."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run

from models.inputs.feedback_policy_forms import (
    FirstHours,
    FurtherDays,
    OmissionDays,
    QuestionWords,
    ReviewAddress,
    Tick,
    Ways,
    addresses_of,
    cadence_of,
    method_of,
    question_of,
)
from models.inputs.forms import ActorKey, FormError, PracticeKey
from models.rules.feedback import Destination, Links, RelativeTo, Setting, Signature
from tasks import appointments, feedback_settings
from tasks.commands import refuse, state_of
from tasks.feedback_settings import Choice, Choose
from tasks.moment import now


@flow(flow_run_name="set-feedback-cadence {practice}")
def set_feedback_cadence(  # noqa: PLR0913, PLR0917 - the fields of a form
    practice: PracticeKey,
    by: ActorKey,
    first_hours: FirstHours = 3,
    second_days: FurtherDays = 1,
    third_days: FurtherDays = 5,
    relative_to: RelativeTo = RelativeTo.PREVIOUS,
    allows_one_ask: Tick = Tick.NO,
) -> State[Any]:
    """Choose how often and when patients are asked after a check-out; the first choice begins a practice's feedback.

    Only the Onboarding Manager can choose it.

    Args:
        practice: Short name of the practice.
        by: Key of whoever chooses it.
        first_hours: Hours from the check-out to the first attempt.
        second_days: Days to the second attempt; 0 for no second one.
        third_days: Days to the third attempt; 0 for no third one.
        relative_to: Whether days count from the attempt before, or from the check-out.
        allows_one_ask: Yes to ask once only; otherwise patients are asked two or three times.
    """
    try:
        chosen = cadence_of(
            first_hours, second_days, third_days, relative_to=relative_to, allows_one_ask=allows_one_ask is Tick.YES
        )
    except FormError as error:
        return refuse(error.sentence)
    return _choose(practice, lambda _: Choice({Setting.CADENCE: chosen}), by=by)


@flow(flow_run_name="set-feedback-method {practice}")
def set_feedback_method(
    practice: PracticeKey,
    by: ActorKey,
    first: Ways = Ways.TEXT,
    second: Ways = Ways.EMAIL,
    third: Ways = Ways.EMAIL,
) -> State[Any]:
    """Choose by which way each attempt goes, for all patients; only the Onboarding Manager can choose it.

    A text goes only to who agreed to texts; others get the same attempt by email.

    Args:
        practice: Short name of the practice.
        by: Key of whoever chooses it.
        first: Way of the first attempt.
        second: Way of the second attempt, where there is one.
        third: Way of the third attempt, where there is one.
    """
    ways = (first, second, third)
    return _choose(practice, lambda policy: Choice({Setting.METHOD: method_of(ways, attempts=len(policy.asks))}), by=by)


@flow(flow_run_name="set-feedback-question {practice}")
def set_feedback_question(
    practice: PracticeKey, by: ActorKey, english: QuestionWords, spanish: QuestionWords
) -> State[Any]:
    """Choose the question that the patient's page asks, to be answered with yes or no; by the Onboarding Manager.

    Args:
        practice: Short name of the practice.
        by: Key of whoever chooses it.
        english: The question in English; every patient reads it, so it names nobody.
        spanish: The same question in Spanish.
    """
    try:
        question = question_of(english, spanish)
    except FormError as error:
        return refuse(error.sentence)
    return _choose(practice, lambda _: Choice({Setting.QUESTION: question}), by=by)


@flow(flow_run_name="set-review-destinations {practice}")
def set_review_destinations(
    practice: PracticeKey,
    by: ActorKey,
    google: ReviewAddress = "",
    vitals: ReviewAddress = "",
    healthgrades: ReviewAddress = "",
    own_site: ReviewAddress = "",
) -> State[Any]:
    """Choose where patients can also write publicly; everybody sees the same links, whatever was answered.

    Only the Onboarding Manager can choose it. With all fields empty feedback is still collected and shown.

    Args:
        practice: Short name of the practice.
        by: Key of whoever chooses it.
        google: Address of the practice's page at Google; empty for none.
        vitals: Address of its page at Vitals; empty for none.
        healthgrades: Address of its page at Healthgrades; empty for none.
        own_site: Address on the practice's own site; empty for none.
    """
    written = dict(zip(Destination, (google, vitals, healthgrades, own_site), strict=True))
    try:
        addresses = addresses_of(written)
    except FormError as error:
        return refuse(error.sentence)
    return _choose(practice, lambda _: Choice({Setting.DESTINATIONS: tuple(addresses)}, addresses), by=by)


@flow(flow_run_name="set-public-links {practice} {links}")
def set_public_links(practice: PracticeKey, by: ActorKey, links: Links) -> State[Any]:
    """Choose whether the last page shows public links: to everybody or to nobody, never to satisfied patients only.

    Args:
        practice: Short name of the practice.
        by: Key of whoever chooses it; the Onboarding Manager can.
        links: Shown to all, or to nobody.
    """
    return _choose(practice, lambda _: Choice({Setting.LINKS: links}), by=by)


@flow(flow_run_name="set-omission-period {practice}")
def set_omission_period(practice: PracticeKey, by: ActorKey, days: OmissionDays) -> State[Any]:
    """Choose for how long a patient who was asked is not asked again; the practice itself chooses it.

    Args:
        practice: Short name of the practice.
        by: Key of the practice's primary contact.
        days: Whole days, 1 to 365.
    """
    return _choose(practice, lambda _: Choice({Setting.OMISSION_DAYS: days}), by=by)


@flow(flow_run_name="set-signature-line {practice} {signature}")
def set_signature_line(practice: PracticeKey, by: ActorKey, signature: Signature) -> State[Any]:
    """Choose how messages end; the practice itself chooses it.

    Args:
        practice: Short name of the practice.
        by: Key of the practice's primary contact.
        signature: The closing.
    """
    return _choose(practice, lambda _: Choice({Setting.SIGNATURE: signature}), by=by)


@flow(flow_run_name="set-neutral-wording {practice}")
def set_neutral_wording(practice: PracticeKey, by: ActorKey, is_neutral: bool) -> State[Any]:
    """Choose a neutral wording, which names no provider, for practices where a visit alone tells something.

    Args:
        practice: Short name of the practice.
        by: Key of whoever chooses it, the Onboarding Manager or the practice's primary contact.
        is_neutral: Ticked for the neutral wording.
    """
    return _choose(practice, lambda _: Choice({Setting.SENSITIVE: is_neutral}), by=by)


@flow(flow_run_name="stop-feedback {practice}")
def stop_feedback(practice: PracticeKey, by: ActorKey) -> State[Any]:
    """Stop asking a practice's patients, at once: what waits to be sent is not sent.

    Args:
        practice: Short name of the practice.
        by: Key of the Onboarding Manager, the Success Coach or the practice's primary contact.
    """
    return _choose(practice, lambda _: Choice({Setting.SENDING: False}), by=by)


@flow(flow_run_name="resume-feedback {practice}")
def resume_feedback(practice: PracticeKey, by: ActorKey) -> State[Any]:
    """Ask a practice's patients again; attempts whose time passed by more than a day meanwhile are left out.

    Args:
        practice: Short name of the practice.
        by: Key of the Onboarding Manager, the Success Coach or the practice's primary contact.
    """
    return _choose(practice, lambda _: Choice({Setting.SENDING: True}), by=by)


@flow(flow_run_name="show-feedback-settings {practice}")
def show_feedback_settings(practice: PracticeKey) -> State[Any] | None:
    """Show what a practice chose about feedback, who may change what, and what was changed when.

    Args:
        practice: Short name of the practice.
    """
    if missing := appointments.unknown_practice(practice):
        return refuse(missing)
    feedback_settings.show_settings(practice)
    return None


def _choose(practice: str, choosing: Choose, *, by: str) -> State[Any]:
    """Record one choice and show all; the run's own id is the key, so that a run tried again repeats nothing."""
    as_of = now()
    key = f"run:{flow_run.id or as_of.isoformat()}"
    answer = feedback_settings.choose(practice, choosing, by=by, key=key, as_of=as_of)
    if answer.is_done:
        feedback_settings.show_settings(practice)
    return state_of(answer)
