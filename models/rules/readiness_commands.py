"""What people and the clock can do at the gate, and what follows: records, history, work items."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from models.rules.calendars import business_deadline
from models.rules.decisions import Ask, Effect, Note, Refusal, Settle
from models.rules.onboarding import COACH_ACTS_WITHIN, PRACTICE_ANSWERS_WITHIN
from models.rules.readiness import BY_KEY, Check, Scope
from models.rules.readiness_facts import (
    GATE,
    LAUNCH,
    SYSTEM,
    Change,
    CheckState,
    Facts,
    Finding,
    GateState,
    Key,
    Proof,
    Record,
)
from models.rules.readiness_gate import NOT_FOR, Gate, applies, gate, role_for, subjects
from models.rules.roles import Party


@dataclass(frozen=True, slots=True)
class Look:
    """Look again at everything that our own tables can tell."""


@dataclass(frozen=True, slots=True)
class SignOff:
    """A person saw that a check has passed; no provider means each to whom it applies."""

    check: str
    proof: Proof
    provider: str = ""


@dataclass(frozen=True, slots=True)
class Fail:
    """A person saw that a check does not pass."""

    check: str
    finding: Finding
    provider: str = ""


@dataclass(frozen=True, slots=True)
class Exempt:
    """A check does not apply to one provider, or applies to this one again."""

    check: str
    provider: str
    is_exempt: bool = True


@dataclass(frozen=True, slots=True)
class CountForms:
    """So many PatientPop forms are enabled (A-08)."""

    enabled: int


@dataclass(frozen=True, slots=True)
class DisableForm:
    """One more form was disabled (A-08)."""


@dataclass(frozen=True, slots=True)
class Launch:
    """The website goes public (A-01)."""


Command = Look | SignOff | Fail | Exempt | CountForms | DisableForm | Launch
Recorded = tuple[dict[Key, Record], list[Note]]


@dataclass(frozen=True, slots=True)
class _Case:
    """One command's facts, and who acts when."""

    facts: Facts
    by: str
    as_of: datetime

    def record(self, state: CheckState, **evidence: str | int | bool) -> Record:
        return Record(state, evidence, self.by, self.as_of)


def decide(facts: Facts, command: Command, *, by: str, as_of: datetime) -> Change | Refusal:
    """Say what a command leads to; whatever it is, all that our own tables can tell is looked at as well."""
    case = _Case(facts, by, as_of)
    done = _DECIDED[type(command)](case, command)
    if isinstance(done, Refusal):
        return done
    return _carried_through(case, *done)


def _sign_off(case: _Case, command: SignOff) -> Recorded | Refusal:
    check = _signed(case, command.check, command.provider)
    if isinstance(check, Refusal):
        return check
    found = gate(case.facts, as_of=case.as_of)
    waits_for = next(one.waits_for for one in found.standings if one.check is check)
    if waits_for:
        return Refusal("too_early", f"{check.title} comes after {'; '.join(waits_for)}. See to that first.")
    named = [command.provider] if command.provider else _applying(case, check)
    if not named:
        return Refusal("nobody", f"{check.title}: there is no provider to whom this applies. Name one.")
    record = case.record(CheckState.PASSED, proof=command.proof.value)
    notes = [Note("check_signed_off", _subject(check, one), command.proof, {"checker": case.by}) for one in named]
    return {(check.key, one): record for one in named}, notes


def _applying(case: _Case, check: Check) -> list[str]:
    return [one for one in subjects(check, case.facts) if not case.facts.is_exempt(check.key, one)]


def _fail(case: _Case, command: Fail) -> Recorded | Refusal:
    check = _signed(case, command.check, command.provider)
    if isinstance(check, Refusal):
        return check
    if check.scope is Scope.PROVIDER and not command.provider:
        return Refusal("which", f"{check.title} is checked for each provider. Name the one for whom it fails, by NPI.")
    record = case.record(CheckState.FAILED, finding=command.finding.value)
    note = Note("check_failed", _subject(check, command.provider), command.finding, {"checker": case.by})
    return {(check.key, command.provider): record}, [note]


def _exempt(case: _Case, command: Exempt) -> Recorded | Refusal:
    check = _known(case, command.check, command.provider)
    if isinstance(check, Refusal):
        return check
    if check.scope is Scope.PRACTICE or not command.provider:
        return Refusal("not_by_provider", f"{check.title}: only a check of one provider can be left out. Name both.")
    if case.facts.is_exempt(check.key, command.provider) is command.is_exempt:
        return {}, []
    state, kind = (
        (CheckState.NOT_APPLICABLE, "check_left_out") if command.is_exempt else (CheckState.OPEN, "check_applies_again")
    )
    note = Note(kind, _subject(check, command.provider), evidence={"checker": case.by})
    return {(check.key, command.provider): case.record(state, left_out=command.is_exempt)}, [note]


def _count_forms(case: _Case, command: CountForms) -> Recorded | Refusal:
    check = _known(case, "forms_disabled", "")
    if isinstance(check, Refusal):
        return check
    return _forms(case, check, command.enabled, "forms_counted")


def _disable_form(case: _Case, _command: DisableForm) -> Recorded | Refusal:
    check = _known(case, "forms_disabled", "")
    if isinstance(check, Refusal):
        return check
    record = case.facts.records.get((check.key, ""))
    if record is None:
        return Refusal("not_counted", "Nobody has recorded how many forms are enabled. Record their number first.")
    left = int(record.evidence["enabled"] or 0) - 1
    if left < 0:
        return Refusal("none_left", "No form is enabled any more. If there is one, record the number of forms anew.")
    return _forms(case, check, left, "form_disabled")


def _forms(case: _Case, check: Check, enabled: int, kind: str) -> Recorded:
    state = CheckState.FAILED if enabled else CheckState.PASSED
    note = Note(kind, check.key, evidence={"enabled": enabled, "checker": case.by})
    return {(check.key, ""): case.record(state, enabled=enabled)}, [note]


def _launch(case: _Case, _command: Launch) -> Recorded | Refusal:
    if case.facts.launched_at is not None:
        on = case.facts.launched_at.date()
        return Refusal("launched", f"The website was launched on {on} already; nothing was changed.")
    found = gate(case.facts, as_of=case.as_of)
    if found.state is GateState.RED:
        listed = "; ".join(f"{one.check.rule} {one.check.title}" for one in found.missing)
        return Refusal(
            "gate_red",
            f"The website cannot launch: {len(found.missing)} of {len(found.standings)} checks are missing: {listed}. "
            f"Next: {found.next_step}",
        )
    counts = {state: sum(one.state is state for one in found.standings) for state in CheckState}
    evidence = {"passed": counts[CheckState.PASSED], "not_applicable": counts[CheckState.NOT_APPLICABLE]}
    note = Note("website_launched", evidence={**evidence, "checker": case.by})
    return {LAUNCH: case.record(CheckState.PASSED, **evidence)}, [note]


def _look(_case: _Case, _command: Look) -> Recorded:
    return {}, []


_DECIDED: Mapping[type[Command], Callable[[_Case, Any], Recorded | Refusal]] = {
    Look: _look,
    SignOff: _sign_off,
    Fail: _fail,
    Exempt: _exempt,
    CountForms: _count_forms,
    DisableForm: _disable_form,
    Launch: _launch,
}


def _signed(case: _Case, key: str, provider: str) -> Check | Refusal:
    """Find a check that people sign off."""
    check = _known(case, key, provider)
    if isinstance(check, Refusal) or check.is_signed_off:
        return check
    if check.is_counted:
        return Refusal("counted", f"{check.title}: record the number of enabled forms, or that one was disabled.")
    return Refusal("automatic", f"{check.title}: golive looks at this itself. {check.todo} Then run check-readiness.")


def _known(case: _Case, key: str, provider: str) -> Check | Refusal:
    check = BY_KEY.get(key)
    if check is None:
        return Refusal("unknown_check", f"There is no check {key}. Choose one of {', '.join(BY_KEY)}.")
    if not applies(check, case.facts):
        return Refusal("not_applicable", f"{check.title}: this check does not apply. {NOT_FOR[check.when]}")
    if provider and check.scope is Scope.PRACTICE:
        return Refusal("not_by_provider", f"{check.title} concerns the whole practice. Leave the provider empty.")
    if provider and provider not in subjects(check, case.facts):
        return Refusal("unknown_provider", "This practice has no provider with this NPI. Correct it.")
    return check


def _subject(check: Check, provider: str) -> str:
    return f"{check.key}:{provider}" if provider else check.key


def _carried_through(case: _Case, recorded: Mapping[Key, Record], notes: list[Note]) -> Change:
    """Add what our own tables tell, how the gate stands now, and who has to act."""
    after = replace(case.facts, records={**case.facts.records, **recorded})
    found = gate(after, as_of=case.as_of)
    seen = dict(_seen(found))
    turned = [note for key, record in seen.items() if (note := _turned(key, case.facts.records.get(key), record))]
    now = _gate_record(case, found)
    turned += _gate_note(case.facts.records.get(GATE), now)
    return Change(
        records={**recorded, **seen, GATE: now},
        notes=(*notes, *turned),
        effects=tuple(_work(after, found, as_of=case.as_of)),
    )


def _seen(found: Gate) -> Iterator[tuple[Key, Record]]:
    for standing in found.standings:
        for part in standing.parts:
            if part.checker == SYSTEM and part.checked_at is not None:
                record = Record(part.state, part.verdict.evidence, SYSTEM, part.checked_at)
                yield (standing.check.key, part.subject), record


def _turned(key: Key, before: Record | None, now: Record) -> Note | None:
    if before is not None and before.state is now.state:
        return None
    was = before.state.value if before else ""
    return Note(f"check_{now.state}", ":".join(filter(None, key)), evidence={"before": was, "checker": SYSTEM})


def _gate_record(case: _Case, found: Gate) -> Record:
    state = CheckState.PASSED if found.state is GateState.GREEN else CheckState.FAILED
    return Record(state, {"missing": len(found.missing)}, case.by, case.as_of)


def _gate_note(before: Record | None, now: Record) -> list[Note]:
    if before is not None and before.state is now.state:
        return []
    color = GateState.GREEN if now.state is CheckState.PASSED else GateState.RED
    return [Note(f"gate_{color}", evidence={"missing": now.evidence["missing"], "checker": now.checker})]


def _work(facts: Facts, found: Gate, *, as_of: datetime) -> Iterator[Effect]:
    """Ask for what is due and is not asked for yet; close what is no longer to be done."""
    due = {one.task: one for one in found.standings if one.is_due}
    for task in sorted(facts.asked - due.keys()):
        yield Settle(task)
    for task, standing in due.items():
        if task not in facts.asked:
            role = role_for(standing.check, facts)
            days = PRACTICE_ANSWERS_WITHIN if role.party is Party.PRACTICE else COACH_ACTS_WITHIN
            yield Ask(task, role, business_deadline(as_of, days, zone=facts.zone, calendar=facts.calendar))
