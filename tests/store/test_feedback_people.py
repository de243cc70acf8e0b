"""Who is one person: duplicates by every key in both systems' words, consents, stops, and what was sent to whom."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from models.db import Database
from models.inputs.practice_system import SystemPatient
from models.rules.feedback import RequestState, Why
from models.rules.feedback_events import Sent
from models.rules.messages import Channel
from models.store import feedback_gates, feedback_people, readiness
from models.store.contact import keep_contact
from models.store.feedback_people import People
from models.store.keys import keys_of
from models.tables.consent import StopRow
from models.tables.patients import PatientRow
from models.tables.practice_systems import CommunicationRow
from tests.store.asking import DAY, EMAIL, HOUR, PHONE, Asking, an_asking
from tests.store.gates import a_site

pytestmark = pytest.mark.database

OTHER_PHONE, OTHER_EMAIL = "+12125550177", "other@example.com"
STRANGER: dict[str, Any] = {"first": "Ada", "last": "Lund", "email": OTHER_EMAIL, "mobile": OTHER_PHONE}


@pytest.fixture
def asking(db: Database) -> Asking:
    """Give a practice that asks."""
    return an_asking(db)


def people(asking: Asking, *patients: int) -> People:
    return asking.db.read(lambda s: feedback_people.load_people(s, patients, as_of=asking.now))


def keep(asking: Asking, patient: int, **words: Any) -> None:
    """Let the practice system say how a patient is reached."""
    record = SystemPatient("91", "Rosa", "Marsh", None, **words)
    asking.db.transaction(lambda s: keep_contact(s, keys_of(s, asking.practice), patient, record, as_of=asking.now))


@pytest.mark.parametrize(
    ("facts", "is_same"),
    [
        ({"mobile": PHONE}, True),
        ({"email": EMAIL}, True),
        ({"email": EMAIL.upper()}, True),
        ({"first": "Rosa", "last": "Marsh"}, True),
        ({}, False),
        ({"mobile": "", "email": ""}, False),
    ],
)
def test_a_duplicate_has_the_same_phone_email_or_name_and_birth_f_161(
    asking: Asking, facts: dict[str, Any], is_same: bool
) -> None:
    first = asking.patient()
    second = asking.patient("92", **(STRANGER | facts))
    expected = frozenset({first, second}) if is_same else frozenset({first})
    assert people(asking, first).group(first) == expected
    assert asking.db.read(lambda s: feedback_people.group_of(s, first)) == expected


@pytest.mark.parametrize("words", [{"mobile": OTHER_PHONE}, {"email": OTHER_EMAIL}])
@pytest.mark.parametrize("is_whose", ["mine", "theirs", "both"])
def test_either_systems_words_make_a_duplicate_f_161_f_162(
    asking: Asking, words: dict[str, Any], is_whose: str
) -> None:
    first = asking.patient()
    second = asking.patient("92", first="Ada", last="Lund", email="third@example.com", mobile="+12125550188")
    shared = {"mobile": "+12125550199"} if "mobile" in words else {"email": "shared@example.com"}
    if is_whose == "mine":
        keep(asking, first, **({"mobile": "+12125550188"} if "mobile" in words else {"email": "third@example.com"}))
    elif is_whose == "theirs":
        keep(asking, second, **({"mobile": PHONE} if "mobile" in words else {"email": EMAIL}))
    else:
        keep(asking, first, **shared)
        keep(asking, second, **shared)
    assert people(asking, first, second).groups == {
        first: frozenset({first, second}),
        second: frozenset({first, second}),
    }


def test_practices_never_share_a_person_i17(db: Database) -> None:
    """F-161, I17: even where indexes were the same, another practice's patient is another person."""
    one, other = an_asking(db), an_asking(db, key="elm-street")
    mine, theirs = one.patient(), other.patient(consents=False)
    row = db.read(lambda s: s.get_one(PatientRow, mine))
    other.change(theirs, phone_index=row.phone_index, email_index=row.email_index, match_index=row.match_index)
    one.stop(mine)
    found = people(one, mine, theirs)
    assert (found.group(mine), found.group(theirs)) == (frozenset({mine}), frozenset({theirs}))
    assert (found.records[mine].text_stop, found.records[theirs].text_stop) == (False, None)
    assert (found.records[mine].allows_texts, found.records[theirs].allows_texts) == (True, None)


def test_the_newest_line_about_a_number_counts_f_201(asking: Asking) -> None:
    patient = asking.patient(consents=False)
    assert people(asking, patient).records[patient].allows_texts is None
    for is_given in (True, False, True):
        asking.consent(patient, is_given=is_given)
        assert people(asking, patient).records[patient].allows_texts is is_given


def test_a_consent_is_for_the_number_that_is_used_f_162_f_201(asking: Asking) -> None:
    patient = asking.patient()
    keep(asking, patient, mobile=OTHER_PHONE)
    assert people(asking, patient).records[patient].allows_texts is None


def test_a_stop_holds_by_address_and_until_it_is_lifted_f_205(asking: Asking) -> None:
    first, second = asking.patient(), asking.patient("92", first="Ada", last="Lund", email="")
    asking.stop(first)
    assert [people(asking, one).records[one].text_stop for one in (first, second)] == [False, False]
    assert people(asking, first).records[first].email_stop is None
    asking.db.transaction(lambda s: s.execute(update(StopRow).values(lifted_at=asking.now)))
    assert people(asking, first).records[first].text_stop is None


def test_a_doubtful_stop_holds_for_a_person_f_205(asking: Asking) -> None:
    patient = asking.patient()
    asking.stop(patient, Channel.EMAIL, is_doubtful=True)
    person = asking.scene(asking.check_out()).visit.person
    assert (person.is_held, person.is_email_stopped, person.is_text_stopped) == (True, False, False)


def test_what_is_queued_or_unsure_counts_as_asked_f_040_f_202(asking: Asking) -> None:
    asking.patient()
    asking.patient("92", first="Ada", last="Lund", email="")
    first = asking.check_out()
    asking.wait(hours=3, minutes=1)
    queued_at = asking.now
    second = asking.check_out("502", patient="92")
    assert (asking.row(second).state, asking.row(second).why) == (RequestState.SUPPRESSED, Why.OMISSION)
    assert asking.scene(second).visit.person.asked_at == queued_at
    assert asking.scene(first).visit.person.recent_sends == (), "its own message is the one that is decided about"
    asking.tell(first, Sent(1, Channel.TEXT, queued_at, is_certain=False))
    for request in (first, second):
        assert asking.scene(request).visit.person.recent_sends == (queued_at,)
    asking.now += timedelta(days=7)
    assert asking.scene(first).visit.person.recent_sends == ()


def test_an_exclusion_and_its_end_hold_for_every_record_f_033_f_035_f_161(asking: Asking) -> None:
    asking.patient()
    second = asking.patient("92", first="Ada", last="Lund", email="")
    request = asking.check_out()
    asking.change(second, is_excluded_from_surveys=True)
    assert asking.scene(request).visit.person.is_excluded
    asking.change(second, is_excluded_from_surveys=False, included_again_at=asking.now + HOUR)
    person = asking.scene(request).visit.person
    assert (person.is_excluded, person.included_again_at) == (False, asking.now + HOUR)


def test_only_the_own_record_is_archived_f_160(asking: Asking) -> None:
    first, second = asking.patient(), asking.patient("92", first="Ada", last="Lund", email="")
    request = asking.check_out()
    asking.change(second, archived_at=asking.now)
    assert not asking.scene(request).visit.person.is_archived
    asking.change(first, inactive_at=asking.now)
    assert asking.scene(request).visit.person.is_archived


def test_an_old_request_is_remembered_as_long_as_its_policy_asks_f_041(db: Database) -> None:
    asking = an_asking(db, omission_days=365)
    asking.patient()
    first = asking.check_out()
    asking.wait(hours=3, minutes=1)
    asking.tell(first, Sent(1, Channel.TEXT, asking.now))
    asked_at = asking.now
    asking.now += 364 * DAY
    late = asking.check_out("502")
    assert (asking.row(late).why, asking.scene(late).visit.person.asked_at) == (Why.OMISSION, asked_at)
    asking.now += DAY
    assert asking.row(asking.check_out("503")).why is None


def test_many_practices_are_blocked_as_each_alone_f_157(db: Database) -> None:
    """F-157: the sets that sweeps ask for say what the gate itself says."""
    sites = [a_site(db, key) for key in ("oak", "elm", "fir")]
    for site in sites[1:]:
        site.use_kareo()
        site.add(site.communications(has_surveys=site is sites[2]))
    ids = [site.practice_id for site in sites]

    def look(session: Session) -> tuple[frozenset[int], frozenset[int]]:
        alone = frozenset(one for one in ids if readiness.is_feedback_blocked(session, one))
        return feedback_gates.blocked_practices(session, ids), alone

    together, alone = db.read(look)
    assert together == alone == {ids[2]}
    sites[2].add(sites[2].communications())
    sites[1].db.transaction(lambda s: s.execute(delete(CommunicationRow).where(CommunicationRow.practice_id == ids[1])))
    together, alone = db.read(look)
    assert together == alone == {ids[1]}, "nobody knows whether surveys are off"
