"""The gate before launch: how each check stands, what is missing, and the one next step (A-01)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from models.rules import readiness_judges as judges
from models.rules.decisions import Evidence
from models.rules.readiness import ACCEPTANCE, BY_KEY, CHECKS, Check, Scope, When
from models.rules.readiness_facts import SETTLED, SYSTEM, TASK, CheckState, Facts, GateState, Proof, Verdict
from models.rules.roles import Role

NOT_FOR = {
    When.ENGAGE: "The practice does not subscribe to Kareo Engage.",
    When.KAREO: "The practice has no Kareo account.",
}


@dataclass(frozen=True, slots=True)
class Part:
    """How a check stands for one provider or for the practice, and who looked when (UTC)."""

    subject: str
    verdict: Verdict
    checker: str = ""
    checked_at: datetime | None = None

    @property
    def state(self) -> CheckState:
        """Give the state alone."""
        return self.verdict.state


@dataclass(frozen=True, slots=True)
class Standing:
    """How one check stands. What comes after an unsettled check is not passed, whatever was found."""

    check: Check
    state: CheckState
    sentence: str
    parts: tuple[Part, ...] = ()
    waits_for: tuple[str, ...] = ()

    @property
    def is_settled(self) -> bool:
        """Say whether the gate no longer waits for it."""
        return self.state in SETTLED

    @property
    def is_due(self) -> bool:
        """Say whether somebody can act now: it is unsettled, and wrong or next in its order."""
        return self.state is CheckState.FAILED or (self.state is CheckState.OPEN and not self.waits_for)

    @property
    def todo(self) -> str:
        """Say what is to be done."""
        return (self.state is CheckState.FAILED and self.check.failed_todo) or self.check.todo

    @property
    def task(self) -> str:
        """Name the work item that asks for it."""
        return TASK + ((self.state is CheckState.FAILED and self.check.failed_task) or self.check.key)


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether a website may launch, check by check, and the one next step."""

    state: GateState
    standings: tuple[Standing, ...]
    launched_at: datetime | None = None

    @property
    def missing(self) -> tuple[Standing, ...]:
        """List what keeps the gate red."""
        return tuple(one for one in self.standings if not one.is_settled)

    @property
    def next_step(self) -> str:
        """Say the one thing to do next."""
        due = next((one for one in self.standings if one.is_due), None)
        if due is not None:
            return f"{due.check.rule} {due.check.title}: {due.todo}"
        return "Nothing is to be done." if self.launched_at else "Launch the website."


def gate(facts: Facts, *, as_of: datetime) -> Gate:
    """Say how a practice's settings stand at a moment; the website launches only when the gate is green (A-01)."""
    standings = dict[str, Standing]()
    for check in CHECKS:
        waits_for = tuple(BY_KEY[one].title for one in check.after if not standings[one].is_settled)
        standings[check.key] = _standing(check, facts, waits_for, as_of=as_of)
    is_green = all(one.is_settled for one in standings.values())
    return Gate(GateState.GREEN if is_green else GateState.RED, tuple(standings.values()), facts.launched_at)


def applies(check: Check, facts: Facts) -> bool:
    """Say whether a check concerns a practice."""
    return {When.ALWAYS: True, When.ENGAGE: facts.is_engage, When.KAREO: facts.has_kareo}[check.when]


def subjects(check: Check, facts: Facts) -> tuple[str, ...]:
    """Name what a check looks at: every provider, or the practice."""
    return tuple(one.npi for one in facts.providers) if check.scope is Scope.PROVIDER else ("",)


def role_for(check: Check, facts: Facts) -> Role:
    """Name who sees to a check; some go to somebody else once the website has launched."""
    return (facts.launched_at and check.role_after_launch) or check.role


def _standing(check: Check, facts: Facts, waits_for: tuple[str, ...], *, as_of: datetime) -> Standing:
    if not applies(check, facts):
        return Standing(check, CheckState.NOT_APPLICABLE, NOT_FOR[check.when])
    parts = tuple(_part(check, facts, subject, as_of=as_of) for subject in subjects(check, facts))
    state, sentence = _together(check, parts)
    if waits_for and state in (CheckState.OPEN, CheckState.PASSED):
        return Standing(check, CheckState.OPEN, f"Comes after: {'; '.join(waits_for)}.", parts, waits_for)
    return Standing(check, state, sentence, parts, waits_for)


def _part(check: Check, facts: Facts, subject: str, *, as_of: datetime) -> Part:
    found = verdict(check, facts, subject)
    if check.judge is not None and found.state is not CheckState.NOT_APPLICABLE:
        return Part(subject, found, SYSTEM, as_of)
    record = facts.records.get((check.key, subject))
    return Part(subject, found, record.checker, record.checked_at) if record else Part(subject, found)


def verdict(check: Check, facts: Facts, subject: str) -> Verdict:
    """Say how a check stands for one provider or the practice, by its own evidence alone."""
    record = facts.records.get((check.key, subject))
    if facts.is_exempt(check.key, subject):
        return Verdict(CheckState.NOT_APPLICABLE, "Does not apply to this provider.")
    if check.judge is not None:
        return check.judge(facts, subject)
    if record is None or record.state is CheckState.OPEN:
        return Verdict(CheckState.OPEN, "Nobody has looked yet.")
    return Verdict(record.state, evidence_in_words(record.evidence), record.evidence)


def evidence_in_words(evidence: Mapping[str, Evidence]) -> str:
    """Tell recorded evidence as a sentence."""
    match evidence:
        case {"enabled": 0}:
            return "No form is enabled."
        case {"enabled": int(count)}:
            return f"{count} form{'' if count == 1 else 's'} still enabled."
        case {"proof": str(proof)}:
            return PROOFS[Proof(proof)]
        case {"finding": str(finding)}:
            return f"Found: {finding.replace('_', ' ')}."
    return ""


PROOFS = {
    Proof.SEEN_ON_SCREEN: "Seen on the screen.",
    Proof.SCREENSHOT_FILED: "A screenshot is filed.",
    Proof.TOLD_BY_PRACTICE: "The practice said so.",
    Proof.TOLD_BY_KAREO_SUPPORT: "Kareo Support said so.",
}


def _together(check: Check, parts: Sequence[Part]) -> tuple[CheckState, str]:
    """Put the parts of a check together: the worst one counts, and is named."""
    if check.scope is Scope.PRACTICE:
        return parts[0].state, parts[0].verdict.sentence
    if not parts:
        return CheckState.OPEN, "No provider of the practice is known."
    applying = [part for part in parts if part.state is not CheckState.NOT_APPLICABLE]
    if not applying:
        sentence = "It applies to no provider."
        return (CheckState.OPEN if check.needs_one else CheckState.NOT_APPLICABLE), sentence
    for state in (CheckState.FAILED, CheckState.OPEN):
        named = [f"{part.subject}: {part.verdict.sentence}" for part in applying if part.state is state]
        if named:
            return state, f"Provider {' Provider '.join(named)}"
    return CheckState.PASSED, f"{len(applying)} of {len(applying)} providers."


class FeedbackBlock(StrEnum):
    """Why no feedback is asked for: both systems would ask the patient (F-157)."""

    SURVEYS_ON = "surveys_on"
    SURVEYS_UNKNOWN = "surveys_unknown"
    REMINDERS_TWICE = "reminders_twice"


def feedback_block(facts: Facts) -> FeedbackBlock | None:
    """Say whether sending feedback requests stays blocked, and why (F-157, by F-153 and F-110).

    What nobody has looked at yet counts as on. No other check of a red gate blocks feedback.
    """
    if any(judges.fault_of(facts, kind) is judges.Fault.TWICE for kind in judges.REMINDERS):
        return FeedbackBlock.REMINDERS_TWICE
    surveys = BY_KEY["surveys_off"]
    if not applies(surveys, facts):
        return None
    state, _ = _together(surveys, [Part(one, verdict(surveys, facts, one)) for one in subjects(surveys, facts)])
    blocks = {CheckState.FAILED: FeedbackBlock.SURVEYS_ON, CheckState.OPEN: FeedbackBlock.SURVEYS_UNKNOWN}
    return blocks.get(state)


def step_warning(found: Gate, step: str) -> str:
    """Say what keeps a step of the journey from being accepted; nothing when all is well (A-91)."""
    standings = [one for one in found.standings if one.check.rule in ACCEPTANCE.get(step, ())]
    missing = [one for one in standings if not one.is_settled]
    if not missing:
        return ""
    settled = len(standings) - len(missing)
    titles = "; ".join(one.check.title for one in missing)
    return f"Calendar and appointment settings: {settled} of {len(standings)} checks settled. Missing: {titles}."


def task_words(task: str) -> str:
    """Say what a work item of the gate asks for; the key itself when it is none."""
    name = task.removeprefix(TASK)
    for check in CHECKS:
        if name == check.failed_task:
            return check.failed_todo
        if name == check.key:
            return f"{check.title}: {check.todo}"
    return task
