"""Who acts: one of our staff and a practice's person with the same key are two people, with roles of their own."""

import pytest
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select, update

from models.db import Database
from models.inputs.forms import ActorKey
from models.rules.decisions import Process, Refusal
from models.rules.feedback import CADENCE, Setting
from models.rules.feedback_policy import Cadence
from models.rules.messages import Channel
from models.rules.roles import Role
from models.rules.texting import Line
from models.store import events, feedback_settings, feedback_trials, text_commands
from models.store.accounts import who_of
from models.store.acting import people_named, refuse_stranger
from models.store.actors import Actor, actor_of
from models.store.feedback_settings import CHANGED, Choice, Wanted, roles_of
from models.store.feedback_trials import Trial
from models.store.text_commands import WantedLine
from models.tables.access import AccountRow
from models.tables.messages import Message
from models.tables.practices import Staff
from tests.booking import at
from tests.store.asking import Asking, an_asking
from tests.web.signed_in import member, session_of

pytestmark = pytest.mark.database
P = "maple-street"
OURS, THEIRS = "office", "person:office"
"""The practice's primary contact has the key office; so has somebody of ours."""


@pytest.fixture
def asking(db: Database) -> Asking:
    """Give a practice whose primary contact has the key of one of our Onboarding Managers."""
    made = an_asking(db)
    member(db, OURS, Role.ONBOARDING_MANAGER, P, as_of=at("09:00"))
    return made


def change(asking: Asking, setting: Setting, value: object, *, by: str) -> str:
    wanted = Wanted(P, lambda _: Choice({setting: value}), by, f"test:{setting}:{by}")
    done = asking.db.transaction(lambda s: feedback_settings.change(s, wanted, as_of=asking.now))
    return done.code if isinstance(done, Refusal) else "changed"


@pytest.mark.parametrize(("by", "roles"), [(OURS, {Role.ONBOARDING_MANAGER}), (THEIRS, {Role.PRIMARY_CONTACT})])
def test_nobody_has_the_roles_of_somebody_else_with_the_same_key(asking: Asking, by: str, roles: set[Role]) -> None:
    assert asking.db.read(lambda s: roles_of(s, asking.practice, by)) == roles


def test_each_changes_only_what_is_theirs(asking: Asking) -> None:
    """F-016, F-042: both keys are the same, and history tells the two apart."""
    shorter = Cadence(tuple(ask.after for ask in CADENCE[:2]))
    assert change(asking, Setting.CADENCE, shorter, by=THEIRS) == "not_yours"
    assert change(asking, Setting.OMISSION_DAYS, 45, by=OURS) == "not_yours"
    assert change(asking, Setting.CADENCE, shorter, by=OURS) == "changed"
    assert change(asking, Setting.OMISSION_DAYS, 45, by=THEIRS) == "changed"
    lines = asking.db.read(lambda s: events.history(s, process=Process.PRACTICE, process_id=asking.practice))
    assert [line.actor for line in lines if line.kind == CHANGED] == [THEIRS, OURS]


@pytest.mark.parametrize(("practice", "word"), [("", OURS), (P, THEIRS)])
def test_whoever_signs_in_acts_as_themselves(asking: Asking, practice: str, word: str) -> None:
    session_of(asking.db, OURS, practice=practice, as_of=asking.now)
    column = AccountRow.person_id if practice else AccountRow.staff_id
    account = asking.db.read(lambda s: s.scalars(select(AccountRow.id).where(column.is_not(None))).one())
    who = asking.db.read(lambda s: who_of(s, account))
    assert who is not None
    assert (who.key, who.by) == (OURS, word)


def test_a_person_whose_key_nobody_of_ours_has_acts_under_it(asking: Asking) -> None:
    session_of(asking.db, "desk", practice=P, as_of=asking.now)
    account = asking.db.read(lambda s: s.scalars(select(AccountRow.id)).one())
    who = asking.db.read(lambda s: who_of(s, account))
    assert who is not None
    assert who.by == "desk"


def test_the_two_are_two_persons_for_a_release(asking: Asking) -> None:
    """F-211: a reply to one or two stars needs two persons; a key shared by two must not make them one, nor one two."""
    found = [asking.db.read(lambda s, by=by: actor_of(s, P, by)) for by in (OURS, THEIRS, "desk", "person:desk")]  # type: ignore[misc]  # bound in the loop
    marks = [one.mark for one in found if isinstance(one, Actor)]
    assert len(marks) == 4
    assert len(set(marks)) == 3
    assert marks[2] == marks[3]


def test_a_line_for_texts_is_arranged_by_our_manager_only(asking: Asking) -> None:
    """F-102."""
    line = WantedLine("+12125550190", Line.TWO_WAY)
    codes = []
    for by in (THEIRS, OURS):
        done = asking.db.transaction(
            lambda s, by=by: text_commands.arrange_line(s, P, line, by=by, key=f"test:{by}", as_of=asking.now)  # type: ignore[misc]  # bound in the loop
        )
        codes.append(done.code if isinstance(done, Refusal) else "arranged")
    assert codes == ["only_manager", "arranged"]


def test_a_test_message_goes_to_whoever_asked_for_it(asking: Asking) -> None:
    for by in (OURS, THEIRS):
        asking.db.transaction(
            lambda s, by=by: feedback_trials.queue(s, P, Trial(1, Channel.EMAIL), by=by, key=by, as_of=asking.now)  # type: ignore[misc]  # bound in the loop
        )
    query = select(Message.to_person, Message.to_role).where(Message.kind == "feedback_email").order_by(Message.id)
    assert [tuple(row) for row in asking.db.read(lambda s: s.execute(query).all())] == [
        (OURS, Role.ONBOARDING_MANAGER),
        (OURS, Role.PRIMARY_CONTACT),
    ]


def test_a_shared_key_names_nobody_of_the_practice(asking: Asking) -> None:
    found = asking.db.read(lambda s: people_named(s, asking.practice, [OURS, THEIRS, "desk"]))
    assert {word: row.key for word, row in found.items()} == {THEIRS: OURS, "desk": "desk"}


def test_the_key_of_somebody_who_left_is_nobody_elses(asking: Asking) -> None:
    asking.db.transaction(lambda s: s.execute(update(Staff).where(Staff.key == OURS).values(is_active=False)))
    refusal = asking.db.read(lambda s: refuse_stranger(s, asking.practice, OURS))
    assert refusal is not None
    assert "person:office" in refusal.sentence
    assert asking.db.read(lambda s: roles_of(s, asking.practice, OURS)) == frozenset()
    assert asking.db.read(lambda s: refuse_stranger(s, asking.practice, THEIRS)) is None


@pytest.mark.parametrize(
    ("word", "is_taken"), [("office", True), (THEIRS, True), ("staff:office", False), ("a:b", False)]
)
def test_forms_take_both_words(word: str, *, is_taken: bool) -> None:
    try:
        TypeAdapter(ActorKey).validate_python(word)
    except ValidationError:
        assert not is_taken
    else:
        assert is_taken
