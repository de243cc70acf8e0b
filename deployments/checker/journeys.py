"""What was promised about journeys and enrollments, checked in a trace alone: I7 to I11."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from deployments.checker.reading import Breach, Line, moment

DAY: Final = timedelta(days=1)
FORTNIGHT: Final = 14
SLACK: Final = 4
"""Days by which a bi-weekly call may be put off: weekends, holidays, a full calendar."""
TOP: Final = 3

AFTER: Final[dict[str, tuple[str, ...]]] = {
    "service_agreement": (),
    "welcome_call": ("service_agreement",),
    "handoff_call": ("welcome_call",),
    "application_call": ("handoff_call",),
    "billing_rules_call": ("application_call",),
    "training": ("handoff_call",),
    "enrollments": ("handoff_call",),
    "first_claim": ("billing_rules_call", "training", "enrollments"),
    "payments": ("first_claim",),
    "graduation": ("payments",),
}
"""Which steps must be over before a step opens."""
NEEDED: Final[dict[str, tuple[tuple[str, str, str], ...]]] = {
    "service_agreement": (("agreement_signed", "", "agreement.signed"),),
    "welcome_call": (
        ("call_held", "welcome", "welcome.held"),
        ("questions_answered", "", "welcome.questions"),
        ("customer_id_established", "", "welcome.customer_id"),
    ),
    "handoff_call": (("call_held", "handoff", "handoff.held"), ("checklist_issued", "", "handoff.checklist")),
    "application_call": (("call_held", "application", "application.held"),),
    "billing_rules_call": (
        ("call_held", "billing_rules", "billing_rules.held"),
        ("item_completed", "billing_rules.configured", "billing_rules.configured"),
    ),
    "first_claim": (
        ("first_claims_confirmed", "first_claim.received", "first_claim.received"),
        ("first_claims_confirmed", "first_claim.submitted", "first_claim.submitted"),
    ),
    "payments": (("first_era_posted", "", "payments.first_era"),),
    "graduation": (("call_held", "one_week", "graduation.one_week"),),
}
"""What must have happened before a step ends, unless that item was skipped."""
WAYS: Final[dict[str, str]] = {
    "not_required": "draft",
    "draft": "ready needs_practice withdrawn not_required",
    "needs_practice": "ready pending_payer withdrawn not_required",
    "ready": "submitted not_required",
    "submitted": "pending_payer needs_practice",
    "pending_payer": "needs_practice approved rejected testing",
    "testing": "approved pending_payer",
    "approved": "proving live",
    "proving": "live degraded",
    "live": "degraded recertifying displaced",
    "degraded": "live draft",
    "recertifying": "live ended",
    "rejected": "draft withdrawn",
    "displaced": "draft",
    "ended": "draft",
    "withdrawn": "draft",
}
"""From which state of an enrollment which others are reached."""
NOBODY_WAITS: Final = ("not_required", "live", "displaced", "ended", "withdrawn")
ENOUGH: Final = ("not_required", "approved", "proving", "live", "recertifying", "withdrawn")
"""States of an enrollment that is not waited for before go-live."""
OF_JOURNEY: Final = ("step_opened", "step_done", "call_scheduled", "call_held", "went_live")


@dataclass(slots=True)
class JourneyWatcher:
    """Knows how far one journey and each of its enrollments has come, and how it came there."""

    payers: dict[str, tuple[int, int, set[str]]] = field(default_factory=dict)
    over: set[str] = field(default_factory=set)
    opened: set[str] = field(default_factory=set)
    happened: set[tuple[str, str]] = field(default_factory=set)
    skipped: set[str] = field(default_factory=set)
    check_ins: set[int] = field(default_factory=set)
    one_week_calls: int = 0
    went_live_at: datetime | None = None
    closed_at: datetime | None = None
    was_paused: bool = False
    states: dict[str, str] = field(default_factory=dict)
    subjects: dict[str, str] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    newest: datetime | None = None

    def read(self, line: Line) -> Iterator[Breach]:
        """Take in the next line."""
        at = moment(line["at"])
        if self.newest is not None and at < self.newest:
            yield Breach("I10", line["at"], f"{line['what']} was written down later than what came after it")
        self.newest = at
        if line["what"] in OF_JOURNEY and self.closed_at is not None and at > self.closed_at:
            yield Breach("I10", line["at"], f"{line['what']} {line['subject']} came after the end of the journey")
        if "from" in line and "to" in line:
            yield from self._moved(line)
        reader = READERS.get(line["what"])
        yield from (reader(self, line) if reader else None) or ()
        self.happened.add((line["what"], line.get("subject", "")))

    def _payer(self, line: Line) -> None:
        self.payers[line["subject"]] = (line["rank"], line["claims"], set(line["transactions"].split(",")))

    def _planned(self, line: Line) -> None:
        rank, claims, _ = self.payers.get(line["subject"], (0, 0, set()))
        self.payers[line["subject"]] = (rank, claims, set(line["transactions"].split(",")))

    def _chosen(self, line: Line) -> None:
        chosen = line["payers"].split(",")
        for payer, (_, claims, kinds) in self.payers.items():
            self.payers[payer] = (chosen.index(payer) + 1 if payer in chosen else 0, claims, kinds)

    def _opened(self, line: Line) -> Iterator[Breach]:
        step = line["subject"]
        missing = [one for one in AFTER[step] if one not in self.over]
        if missing:
            yield Breach("I7", line["at"], f"{step} opened before {', '.join(missing)} was over")
        self.opened.add(step)

    def _ended(self, line: Line) -> Iterator[Breach]:
        step = line["subject"]
        if line["what"] == "step_done":
            if step not in self.opened:
                yield Breach("I7", line["at"], f"{step} ended without having been open")
            for what, subject, item in NEEDED.get(step, ()):
                if (what, subject) not in self.happened and item not in self.skipped:
                    yield Breach("I7", line["at"], f"{step} ended before {what.replace('_', ' ')} {subject}".rstrip())
            if step == "enrollments" and "enrollments.top_payers" not in self.skipped:
                yield from self._unfinished(line, "Enrollments Processing ended")
        self.over.add(step)

    def _reopened(self, line: Line) -> None:
        self.over.discard(line["subject"])
        self.opened.add(line["subject"])

    def _skipped(self, line: Line) -> None:
        self.skipped.add(line["subject"])

    def _went_live(self, line: Line) -> Iterator[Breach]:
        if self.went_live_at is not None:
            yield Breach("I7", line["at"], "the practice went live twice")
        if "enrollments.top_payers" not in self.skipped and ("step_skipped", "enrollments") not in self.happened:
            yield from self._unfinished(line, "the practice went live")
        self.went_live_at = moment(line["at"])

    def _unfinished(self, line: Line, what: str) -> Iterator[Breach]:
        """Name what the top three payers still owe: by choice, then by expected claims."""
        ranked = sorted(self.payers, key=lambda one: (self.payers[one][0] or TOP + 1, -self.payers[one][1], one))
        for payer in ranked[:TOP]:
            for kind in sorted(self.payers[payer][2]):
                known = [self.states[one] for one, subject in self.subjects.items() if subject == f"{payer}:{kind}"]
                if not known or any(state not in ENOUGH for state in known):
                    yield Breach("I7", line["at"], f"{what} while {payer} {kind} was {', '.join(known) or 'not begun'}")

    def _scheduled(self, line: Line) -> Iterator[Breach]:
        call, number = line["subject"], line["number"]
        if call == "one_week":
            self.one_week_calls += 1
            if self.one_week_calls > 1:
                yield Breach("I8", line["at"], "a second one-week call was scheduled")
        elif call == "check_in":
            if number in self.check_ins:
                yield Breach("I8", line["at"], f"check-in {number} was scheduled twice")
            self.check_ins.add(number)

    def _held(self, line: Line) -> Iterator[Breach]:
        if line["subject"] == "one_week" and ("call_held", "one_week") in self.happened and not line["left"]:
            yield Breach("I8", line["at"], "the one-week call was held twice")

    def _paused(self, line: Line) -> None:
        _ = line
        self.was_paused = True

    def _closed(self, line: Line) -> Iterator[Breach]:
        self.closed_at = moment(line["at"])
        if line["what"] == "graduated" and "payments" not in self.over:
            yield Breach("I7", line["at"], "the practice graduated before its payments came")
        yield from self._calls_until(line)

    def _end(self, line: Line) -> Iterator[Breach]:
        if self.closed_at is None:
            yield from self._calls_until(line)

    def _calls_until(self, line: Line) -> Iterator[Breach]:
        """Say which calls there should have been from go-live until now; a pause moves them."""
        if self.went_live_at is None or self.was_paused:
            return
        days = (moment(line["at"]) - self.went_live_at) // DAY - SLACK
        if days >= 0 and not self.one_week_calls:
            yield Breach("I8", line["at"], "no one-week call was ever scheduled")
        missing = [number for number in range(1, days // FORTNIGHT + 1) if number not in self.check_ins]
        if missing:
            yield Breach("I8", line["at"], f"check-ins {missing} were never scheduled")

    def _created(self, line: Line) -> None:
        name = line["enrollment"]
        self.subjects[name] = line["subject"]
        self.states.setdefault(name, "draft" if line["required"] else "not_required")

    def _moved(self, line: Line) -> Iterator[Breach]:
        name, before, to = line["enrollment"], line["from"], line["to"]
        if self.states.get(name, "draft") != before:
            yield Breach("I10", line["at"], f"{name} left {before}, but it was {self.states.get(name)}")
        if to not in WAYS[before].split():
            yield Breach("I10", line["at"], f"{name} went from {before} to {to}, which is no way")
        if not line["by"]:
            yield Breach("I10", line["at"], f"nobody is named for {name} going from {before} to {to}")
        attempt = line.get("attempt", self.attempts.get(name, 1))
        if attempt < self.attempts.get(name, 1) and line["what"] != "enrollment_submit":
            yield Breach("I11", line["at"], f"{name} took an answer to attempt {attempt}, which was over")
        self.attempts[name] = attempt
        self.states[name] = to
        self.subjects.setdefault(name, line["subject"])

    def _watched(self, line: Line) -> Iterator[Breach]:
        """Look at the follow-up timers of an enrollment as they stand."""
        state, timers = line["state"], line["timers"]
        most = 0 if state in NOBODY_WAITS and state != "live" else 1
        least = 0 if state in NOBODY_WAITS else 1
        if not least <= timers <= most:
            yield Breach("I9", line["at"], f"{line['enrollment']} is {state} and has {timers} open follow-up timers")


READERS: Final[dict[str, Callable[[JourneyWatcher, Line], Iterator[Breach] | None]]] = {
    what: getattr(JourneyWatcher, reader)
    for what, reader in {
        "payer": "_payer",
        "payer_planned": "_planned",
        "top_payers_chosen": "_chosen",
        "step_opened": "_opened",
        "step_done": "_ended",
        "step_skipped": "_ended",
        "step_reopened": "_reopened",
        "item_skipped": "_skipped",
        "went_live": "_went_live",
        "call_scheduled": "_scheduled",
        "call_held": "_held",
        "journey_paused": "_paused",
        "graduated": "_closed",
        "journey_cancelled": "_closed",
        "enrollment_created": "_created",
        "watched": "_watched",
        "end": "_end",
    }.items()
}
"""What reads each kind of line; the others only count as having happened."""
