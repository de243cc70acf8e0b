"""Gates that show only what matters to a test: a practice with everything in order, and what it records next."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from models.rules.calendars import Calendar
from models.rules.decisions import Ask, Refusal, Settle
from models.rules.readiness import CHECKS, Scope
from models.rules.readiness_commands import Command, decide
from models.rules.readiness_facts import (
    Change,
    CheckState,
    Facts,
    GateState,
    Proof,
    ProviderSettings,
    Record,
    Reminders,
)
from models.rules.readiness_gate import Gate, Standing, gate

NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)
NPI, OTHER = "1234567893", "1555010101"
COACH = "coach-1"
REMINDED = Reminders(is_on=True, minutes_before=(2880, 120), has_surveys=False)
SEEN = Record(CheckState.PASSED, {"proof": Proof.SEEN_ON_SCREEN.value}, COACH, NOON)
NO_FORM = Record(CheckState.PASSED, {"enabled": 0}, COACH, NOON)


def provider(npi: str = NPI, **changed: Any) -> ProviderSettings:
    return replace(ProviderSettings(npi, calendars=1, calendars_with_hours=1, reminders=REMINDED), **changed)


def practice(**changed: Any) -> Facts:
    """A practice with Kareo and Engage where every check has passed."""
    providers = changed.get("providers", (provider(),))
    signed = {
        (check.key, subject): SEEN
        for check in CHECKS
        if check.is_signed_off
        for subject in ([one.npi for one in providers] if check.scope is Scope.PROVIDER else [""])
    }
    plain = Facts(
        practice_id=1,
        zone="America/New_York",
        calendar=Calendar.GOVERNMENT,
        providers=providers,
        has_kareo=True,
        is_engage=True,
        alert_recipients=1,
        insurances=3,
        booking_reasons=4,
        visit_reasons=5,
        feedback_attempts=3,
        records={**signed, ("forms_disabled", ""): NO_FORM},
    )
    records = {**plain.records, **changed.pop("records", {})}
    return replace(plain, **changed, records=records)


def without(facts: Facts, *checks: str) -> Facts:
    """Forget what people recorded of some checks."""
    return replace(facts, records={key: one for key, one in facts.records.items() if key[0] not in checks})


def look(facts: Facts) -> Gate:
    return gate(facts, as_of=NOON)


def standing(facts: Facts, check: str) -> Standing:
    return next(one for one in look(facts).standings if one.check.key == check)


@dataclass(slots=True)
class Play:
    """One practice's gate, with its records and open tasks as the database would keep them."""

    facts: Facts
    now: datetime = NOON

    def do(self, command: Command, *, by: str = COACH) -> Change:
        done = decide(self.facts, command, by=by, as_of=self.now)
        assert isinstance(done, Change), done
        asked = set(self.facts.asked)
        for effect in done.effects:
            match effect:
                case Ask(key=key):
                    asked.add(key)
                case Settle(key=key):
                    asked.discard(key)
        records = {**self.facts.records, **done.records}
        self.facts = replace(self.facts, records=records, asked=frozenset(asked))
        return done

    def refuses(self, command: Command) -> Refusal:
        done = decide(self.facts, command, by=COACH, as_of=self.now)
        assert isinstance(done, Refusal)
        return done

    def stands(self) -> GateState:
        return gate(self.facts, as_of=self.now).state
