"""What our own tables say about a check; each function looks at one provider, or at the practice (`subject` empty)."""

from collections.abc import Callable
from enum import StrEnum

from models.rules.decisions import Evidence
from models.rules.messages import CATALOGUE, MessageKind, Owner
from models.rules.readiness_facts import CheckState, Facts, Reminders, Verdict

Judge = Callable[[Facts, str], Verdict]

REMINDERS = (MessageKind.APPOINTMENT_REMINDER, MessageKind.TELEHEALTH_REMINDER)


class Fault(StrEnum):
    """What can be wrong with who sends a kind of message (A-105)."""

    TWICE = "twice"
    NOBODY = "nobody"


def fault_of(facts: Facts, kind: MessageKind) -> Fault | None:
    """Say whether a kind of message would be sent twice or by nobody (A-81, A-84, A-105).

    A live Kareo account sends what is Kareo's, whatever is set here; without an account Kareo sends nothing.
    """
    usual = CATALOGUE[kind].owner if facts.has_kareo else Owner.GOLIVE
    owners = facts.owners.get(kind, frozenset({usual}))
    senders = owners & {Owner.GOLIVE}
    if facts.has_kareo and CATALOGUE[kind].owner is Owner.KAREO:
        senders |= {Owner.KAREO}
    if max(len(owners), len(senders)) > 1:
        return Fault.TWICE
    return None if senders else Fault.NOBODY


def one_owner_per_message(facts: Facts, _subject: str) -> Verdict:
    """Each kind of message has exactly one sender (A-105)."""
    faults = {kind.value: fault for kind in MessageKind if (fault := fault_of(facts, kind))}
    if not faults:
        return Verdict(CheckState.PASSED, f"Each of {len(MessageKind)} kinds of messages has one sender.")
    listed = "; ".join(f"{_words(kind)}: {_SENT[fault]}" for kind, fault in sorted(faults.items()))
    return Verdict(CheckState.FAILED, f"Wrong senders: {listed}.", dict(faults))


_SENT = {Fault.TWICE: "both systems would send it", Fault.NOBODY: "no system would send it"}


def one_reminder_system(facts: Facts, _subject: str) -> Verdict:
    """Reminders come from one system: never both, never none (A-81)."""
    system = "Kareo" if facts.has_kareo else "golive"
    faults = {fault for kind in REMINDERS if (fault := fault_of(facts, kind))}
    applying = [one for one in facts.providers if not facts.is_exempt("patient_communications", one.npi)]
    silent = [one.npi for one in applying if one.reminders is not None and not _reminds(one.reminders)]
    unknown = [one.npi for one in applying if one.reminders is None]
    evidence: dict[str, Evidence] = {"without_reminders": len(silent), "not_recorded": len(unknown), "sender": system}
    if Fault.TWICE in faults:
        return Verdict(CheckState.FAILED, "Both systems would remind the same patients.", evidence)
    if silent or faults:
        whose = f" of provider {', '.join(silent)}" if silent else ""
        return Verdict(CheckState.FAILED, f"No system reminds the patients{whose}.", evidence)
    if unknown or not applying:
        whose = f" of provider {', '.join(unknown)}" if unknown else ""
        return Verdict(CheckState.OPEN, f"It is not recorded how patients{whose} are reminded.", evidence)
    return Verdict(CheckState.PASSED, f"Reminders come from {system} only.", evidence)


def calendar_hours(facts: Facts, subject: str) -> Verdict:
    """The provider's office hours are saved in the calendar of at least one location (A-02)."""
    one = next(provider for provider in facts.providers if provider.npi == subject)
    evidence: dict[str, Evidence] = {"calendars": one.calendars, "with_hours": one.calendars_with_hours}
    if one.calendars_with_hours:
        return Verdict(
            CheckState.PASSED, f"Hours are saved at {_count(one.calendars_with_hours, 'location')}.", evidence
        )
    if one.calendars:
        return Verdict(CheckState.FAILED, "Every weekday is switched off in each calendar.", evidence)
    return Verdict(CheckState.OPEN, "No calendar is saved.", evidence)


def patient_communications(facts: Facts, subject: str) -> Verdict:
    """The provider's Patient Communications are on, with the settings of each reminder (A-11)."""
    reminders = _reminders(facts, subject)
    if reminders is None:
        return Verdict(CheckState.OPEN, "Patient Communications are not recorded.")
    evidence: dict[str, Evidence] = {"is_on": reminders.is_on, "reminders": len(reminders.minutes_before)}
    if not reminders.is_on:
        return Verdict(CheckState.FAILED, "Patient Communications are off.", evidence)
    if not _reminds(reminders):
        return Verdict(CheckState.FAILED, "Patient Communications are on, but no reminder is configured.", evidence)
    return Verdict(CheckState.PASSED, f"On, with {_count(len(reminders.minutes_before), 'reminder')}.", evidence)


def surveys_off(facts: Facts, subject: str) -> Verdict:
    """Kareo's Surveys card has a red border for the provider (A-11)."""
    reminders = _reminders(facts, subject)
    if reminders is None:
        return Verdict(CheckState.OPEN, "It is not recorded whether Surveys are off.")
    if reminders.has_surveys:
        return Verdict(CheckState.FAILED, "Surveys are on.", {"surveys": True})
    return Verdict(CheckState.PASSED, "Surveys are off.", {"surveys": False})


def new_appointment_alerts(facts: Facts, _subject: str) -> Verdict:
    """Somebody at the practice is told of new requests (A-03, A-27)."""
    return _some(facts.alert_recipients, "address", "New requests are told to {}.", "Nobody is told of new requests.")


def insurances(facts: Facts, _subject: str) -> Verdict:
    """Insurances can be chosen (A-04)."""
    return _some(facts.insurances, "insurance", "{} can be chosen.", "No insurance can be chosen.")


def reasons_for_visit(facts: Facts, _subject: str) -> Verdict:
    """Reasons for visit can be chosen (A-05)."""
    return _some(facts.booking_reasons, "reason", "{} can be chosen.", "No reason for visit can be chosen.")


def feedback_notifications(facts: Facts, _subject: str) -> Verdict:
    """The practice has chosen how often and when patients are asked for feedback (A-07, F-015, F-145)."""
    none = "It is not chosen when patients are asked for feedback."
    return _some(facts.feedback_attempts, "time", "Patients are asked for feedback up to {}.", none)


def visit_reasons(facts: Facts, _subject: str) -> Verdict:
    """Visit reasons have their preferred durations (A-10)."""
    missing = facts.visit_reasons_without_minutes
    evidence: dict[str, Evidence] = {"visit_reasons": facts.visit_reasons, "without_minutes": missing}
    if not facts.visit_reasons:
        return Verdict(CheckState.OPEN, "No visit reason is recorded.", evidence)
    if missing:
        return Verdict(CheckState.FAILED, f"{_count(missing, 'visit reason')} without a duration.", evidence)
    return Verdict(CheckState.PASSED, f"{_count(facts.visit_reasons, 'visit reason')} with a duration.", evidence)


def _some(count: int, noun: str, some: str, none: str) -> Verdict:
    if count:
        return Verdict(CheckState.PASSED, some.format(_count(count, noun)), {"count": count})
    return Verdict(CheckState.OPEN, none, {"count": 0})


def _reminders(facts: Facts, subject: str) -> Reminders | None:
    return next(provider.reminders for provider in facts.providers if provider.npi == subject)


def _reminds(reminders: Reminders) -> bool:
    return reminders.is_on and any(minutes > 0 for minutes in reminders.minutes_before)


def _count(count: int, noun: str) -> str:
    plural = {"address": "addresses"}.get(noun, f"{noun}s")
    return f"{count} {noun if count == 1 else plural}"


def _words(key: str) -> str:
    return key.replace("_", " ")
