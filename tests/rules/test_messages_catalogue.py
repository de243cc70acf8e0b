"""The catalogue of messages, and what the rules hand over with each of them."""

import pytest

from models.rules.messages import CATALOGUE, COMMON_FIELDS, FIELDS_OF_ALL, Audience, Channel, MessageKind, Owner
from models.rules.onboarding import STEPS
from models.rules.roles import Party
from tests.rules.examples import graduated

OF_FEEDBACK = [
    MessageKind.FEEDBACK_TEXT,
    MessageKind.FEEDBACK_EMAIL,
    MessageKind.TEXT_STOPPED,
    MessageKind.TEXT_STARTED,
    MessageKind.TEXT_HELP,
]
OF_PEOPLE = [MessageKind.TEXT_REPLY, MessageKind.PRIVATE_ANSWER_EMAIL, MessageKind.PRIVATE_ANSWER_TEXT]
"""What a person of the practice writes to one patient."""


def test_every_kind_of_message_is_in_the_catalogue() -> None:
    assert set(CATALOGUE) == set(MessageKind)


@pytest.mark.parametrize("kind", MessageKind)
def test_a_message_may_use_its_own_fields_and_the_common_ones(kind: MessageKind) -> None:
    entry = CATALOGUE[kind]
    assert entry.allowed_fields == FIELDS_OF_ALL[entry.audience] | entry.fields
    assert not entry.fields & COMMON_FIELDS
    assert entry.retention_days > 0


def test_the_journeys_messages_are_mails_of_this_product() -> None:
    """F-123 to F-131."""
    journeys = [entry for entry in CATALOGUE.values() if entry.audience in (Audience.PRACTICE, Audience.STAFF)]
    assert {entry.channel for entry in journeys} == {Channel.EMAIL}
    assert {entry.owner for entry in journeys} == {Owner.GOLIVE}


def test_what_patients_are_told_is_kareos_and_the_practices_alert_is_ours() -> None:
    """A-84, A-105: where the practice has a Kareo account."""
    to_patients = [kind for kind, entry in CATALOGUE.items() if entry.audience is Audience.PATIENT]
    to_patients = [kind for kind in to_patients if kind not in {*OF_FEEDBACK, *OF_PEOPLE}]
    assert {CATALOGUE[kind].owner for kind in to_patients} == {Owner.KAREO}
    assert len(to_patients) == 8
    assert CATALOGUE[MessageKind.REQUEST_ALERT].owner is Owner.GOLIVE


def test_surveys_and_what_belongs_to_them_are_ours_alone() -> None:
    """F-006, F-112: they never come from Kareo."""
    assert {CATALOGUE[kind].owner for kind in OF_FEEDBACK} == {Owner.GOLIVE}
    assert {CATALOGUE[kind].audience for kind in OF_FEEDBACK} == {Audience.PATIENT}
    texts = [kind for kind in OF_FEEDBACK if CATALOGUE[kind].channel is Channel.TEXT]
    assert sorted(texts) == sorted(kind for kind in OF_FEEDBACK if kind is not MessageKind.FEEDBACK_EMAIL)


@pytest.mark.parametrize("field", ["provider", "reason", "starts_at", "location", "payer", "coach_name"])
@pytest.mark.parametrize("kind", [*OF_FEEDBACK, *OF_PEOPLE])
def test_a_request_for_feedback_may_tell_nothing_of_the_visit(kind: MessageKind, field: str) -> None:
    """F-209."""
    assert field not in CATALOGUE[kind].allowed_fields


def test_what_a_message_completes_is_an_item_of_a_step() -> None:
    items = {item.key for step in STEPS for item in step.items}
    assert {entry.completes for entry in CATALOGUE.values() if entry.completes} <= items


def test_only_the_graduation_mail_closes_the_journey() -> None:
    assert [kind for kind, entry in CATALOGUE.items() if entry.closes_journey] == [MessageKind.GRADUATION]


def test_what_the_rules_hand_over_are_keys_and_never_words_of_people() -> None:
    for message in graduated().messages.values():
        assert all(isinstance(value, (str, int, bool)) for value in message.say.fields.values())
        assert "@" not in str(message.say)
        is_for_staff = CATALOGUE[message.say.kind].audience is Audience.STAFF
        assert not (is_for_staff and message.say.to.party is Party.PRACTICE)
