"""What practices choose about feedback: by whoever may, once per key, one version and one line of history each."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import delete

from models.db import Database
from models.rules.decisions import Process, Refusal
from models.rules.feedback import (
    CADENCE,
    Destination,
    Links,
    Outcome,
    Policy,
    Question,
    RequestState,
    Setting,
    Signature,
)
from models.rules.feedback_policy import Cadence
from models.rules.messages import Channel
from models.rules.roles import Role
from models.store import events, feedback_policies, feedback_settings
from models.store.feedback_settings import Changed, Choice, Wanted
from models.tables.base import new_id
from models.tables.feedback import FeedbackPolicyRow
from tests.store.asking import NOON, Asking, an_asking

pytestmark = pytest.mark.database

P = "maple-street"
MANAGER, COACH, OFFICE, DESK = "manager-1", "coach-1", "office", "desk"
DEFAULT = Cadence(tuple(ask.after for ask in CADENCE))


@pytest.fixture
def asking(db: Database) -> Asking:
    """Give a practice that asks."""
    return an_asking(db)


def change(
    asking: Asking,
    settings: Mapping[Setting, object],
    *,
    by: str = MANAGER,
    key: str = "",
    addresses: Mapping[Destination, str] | None = None,
    has_postal_address: bool = True,
) -> Changed | Refusal:
    wanted = Wanted(P, lambda _: Choice(settings, addresses), by, key or f"test:{new_id()}", has_postal_address)
    return asking.db.transaction(lambda s: feedback_settings.change(s, wanted, as_of=asking.now))


def changed(asking: Asking, settings: Mapping[Setting, object], **how: object) -> Policy:
    done = change(asking, settings, **how)  # type: ignore[arg-type]  # passed on
    assert isinstance(done, Changed), done
    return done.policy


def refusal(asking: Asking, settings: Mapping[Setting, object], **how: object) -> str:
    done = change(asking, settings, **how)  # type: ignore[arg-type]  # passed on
    assert isinstance(done, Refusal), done
    return done.sentence


def history(asking: Asking) -> list[tuple[str, str, object]]:
    lines = asking.db.read(lambda s: events.history(s, process=Process.PRACTICE, process_id=asking.practice))
    return [
        (line.subject, line.actor, line.evidence["version"]) for line in lines if line.kind == feedback_settings.CHANGED
    ]


@pytest.mark.parametrize(
    ("setting", "value", "may", "may_not"),
    [
        (Setting.CADENCE, Cadence(DEFAULT.after[:2]), MANAGER, (COACH, OFFICE, DESK)),
        (Setting.METHOD, ((Channel.EMAIL,),) * 3, MANAGER, (COACH, OFFICE)),
        (Setting.QUESTION, Question("Were you happy with us?", "¿Quedó contento?"), MANAGER, (COACH, OFFICE)),
        (Setting.DESTINATIONS, (Destination.GOOGLE,), MANAGER, (COACH, OFFICE)),
        (Setting.LINKS, Links.PRIVATE_ONLY_FOR_ALL, MANAGER, (COACH, OFFICE)),
        (Setting.OMISSION_DAYS, 60, OFFICE, (MANAGER, COACH, DESK)),
        (Setting.SIGNATURE, Signature.SINCERELY_PROVIDER, OFFICE, (MANAGER, COACH, DESK)),
        (Setting.SENSITIVE, True, OFFICE, (COACH, DESK)),
        (Setting.SENDING, False, COACH, (DESK, "poster-1")),
    ],
)
def test_each_setting_is_changed_by_its_roles_only(
    asking: Asking, setting: Setting, value: object, may: str, may_not: tuple[str, ...]
) -> None:
    """F-016, F-024, F-042, F-052, F-053, F-071."""
    for by in may_not:
        assert refusal(asking, {setting: value}, by=by).startswith("Only ")
    assert history(asking) == []
    assert changed(asking, {setting: value}, by=may).version == 2
    assert history(asking) == [(setting.value, may, 2)]


def test_a_form_that_comes_twice_records_once(asking: Asking) -> None:
    """F-042: by its key, and by what it says."""
    assert changed(asking, {Setting.OMISSION_DAYS: 45}, by=OFFICE, key="run:1").version == 2
    again = change(asking, {Setting.OMISSION_DAYS: 45}, by=OFFICE, key="run:1")
    assert isinstance(again, Changed)
    assert again.again
    assert "chosen already" in refusal(asking, {Setting.OMISSION_DAYS: 45}, by=OFFICE, key="run:2")
    assert len(history(asking)) == 1


def test_the_first_choice_is_the_cadence(db: Database) -> None:
    """F-015: before it nothing else can be chosen; the usual one may be the choice."""
    asking = an_asking(db, asks=())
    fresh = an_asking_without_a_policy(asking)
    assert "set-feedback-cadence" in refusal(fresh, {Setting.OMISSION_DAYS: 45}, by=OFFICE)
    assert "GOLIVE_POSTAL_ADDRESS" in refusal(fresh, {Setting.CADENCE: DEFAULT}, has_postal_address=False)
    policy = changed(fresh, {Setting.CADENCE: DEFAULT}, key="first")
    assert (policy.version, policy.asks) == (1, CADENCE)


def an_asking_without_a_policy(asking: Asking) -> Asking:
    """Forget what the practice chose."""
    asking.db.transaction(lambda s: s.execute(delete(FeedbackPolicyRow)))
    return asking


def test_other_addresses_of_the_same_places_are_a_change(asking: Asking) -> None:
    """F-070, F-071."""
    chosen = {Setting.DESTINATIONS: (Destination.GOOGLE,)}
    changed(asking, chosen, addresses={Destination.GOOGLE: "https://g.page/r/one"}, key="1")
    changed(asking, chosen, addresses={Destination.GOOGLE: "https://g.page/r/two"}, key="2")
    assert "chosen already" in refusal(asking, chosen, addresses={Destination.GOOGLE: "https://g.page/r/two"}, key="3")
    assert "Only the Onboarding Manager" in refusal(
        asking, chosen, addresses={Destination.GOOGLE: "https://g.page/r/three"}, by=COACH
    )
    present = asking.db.read(lambda s: feedback_policies.present_policies(s, [asking.practice]))[asking.practice]
    assert present.addresses == {Destination.GOOGLE: "https://g.page/r/two"}


def test_new_requests_follow_a_change_and_open_ones_keep_theirs(asking: Asking) -> None:
    """F-014: A-87 too, as the practice keeps two attempts."""
    asking.patient()
    asking.patient("92", first="Ann", last="Other", email="ann@example.com", mobile="+12125550188")
    before = asking.check_out("501")
    changed(asking, {Setting.CADENCE: Cadence(DEFAULT.after[:2])})
    after = asking.check_out("502", patient="92")
    assert len(asking.scene(before).request.policy.asks) == 3
    assert len(asking.scene(after).request.policy.asks) == 2


def test_stopping_stops_at_once_and_says_how_many_wait(asking: Asking) -> None:
    """F-042, F-203: what is queued no longer fits at its claim; attempts wait until they are stale."""
    asking.patient()
    request = asking.check_out()
    asking.wait(hours=3, minutes=1)
    done = change(asking, {Setting.SENDING: False}, by=OFFICE)
    assert isinstance(done, Changed)
    assert (done.waiting, done.policy.is_sending) == (1, False)
    assert not asking.scene(request).visit.is_sending
    late = asking.check_out("502", patient="91", starts_at=NOON + timedelta(days=40))
    assert asking.row(late).state in {RequestState.SUPPRESSED, RequestState.PLANNED}
    changed(asking, {Setting.SENDING: True}, by=OFFICE)
    assert asking.attempts(request)[0].outcome is Outcome.WAITING


def test_nobody_and_no_practice_are_refused(asking: Asking) -> None:
    assert refusal(asking, {Setting.SENDING: False}, by="stranger").startswith("There is nobody with the key stranger")
    wanted = Wanted("oak", lambda _: Choice({Setting.SENDING: False}), MANAGER, "k")
    done = asking.db.transaction(lambda s: feedback_settings.change(s, wanted, as_of=NOON))
    assert isinstance(done, Refusal)
    assert done.code == "unknown_practice"


def test_roles_come_from_the_staff_the_assignments_and_the_practices_people(asking: Asking) -> None:
    roles = {
        by: asking.db.read(lambda s, one=by: feedback_settings.roles_of(s, asking.practice, one))  # type: ignore[misc]  # bound in the loop
        for by in (MANAGER, OFFICE, "stranger")
    }
    assert roles[MANAGER] == {Role.ONBOARDING_MANAGER}
    assert Role.PRIMARY_CONTACT in roles[OFFICE]
    assert roles["stranger"] == frozenset()
