"""The catalogue of messages, and what the rules hand over with each of them."""

import pytest

from models.rules.messages import CATALOGUE, COMMON_FIELDS, FIELDS_OF_ALL, Audience, Channel, MessageKind, Owner
from models.rules.onboarding import STEPS
from models.rules.roles import Party
from tests.rules.examples import graduated


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
    assert {CATALOGUE[kind].owner for kind in to_patients} == {Owner.KAREO}
    assert len(to_patients) == 8
    assert CATALOGUE[MessageKind.REQUEST_ALERT].owner is Owner.GOLIVE


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
