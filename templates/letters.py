"""From a letter's facts to a mail: keys become words of the reader's language, calls become calendar entries."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from models.inputs.letters import Letter
from models.inputs.outgoing import CalendarPart, Mailbox, OutgoingMail
from models.rules.decisions import Evidence
from models.rules.messages import CATALOGUE, Audience, MessageKind
from models.rules.onboarding import PAYMENT_WINDOW_DAYS
from models.rules.onboarding_facts import CallFacts
from models.rules.onboarding_letters import date_of, missing_items
from models.rules.roles import Party
from templates.calendar import Appointment, Person, cancellation, invitation
from templates.render import Letterhead, RenderedEvent, render_event, render_mail
from templates.words import name, t

Fields = dict[str, object]
LONGEST_SENDER = 80


@dataclass(frozen=True, slots=True)
class Sender:
    """Who signs and answers: the installation's own address and letterhead."""

    mailbox: Mailbox
    letterhead: Letterhead

    def for_practice(self, practice_name: str, *, locale: str) -> Mailbox:
        """Name the practice before us: patients know it and not us; a long name leaves room for ours."""
        us = f" {t('mail.via', locale)} {self.mailbox.name}"
        return Mailbox(name=practice_name[: LONGEST_SENDER - len(us)].rstrip() + us, address=self.mailbox.address)


def compose(letter: Letter, *, sender: Sender, as_of: datetime) -> OutgoingMail:
    """Write the mail of a letter, calendar parts included.

    Raises:
        ValueError: a template asks for what the letter does not have; the message names the field only.
    """
    fields = _fields(letter, as_of)
    zone = letter.journey.zone
    mail = render_mail(
        letter.kind,
        locale=letter.locale,
        fields=fields,
        zone=zone,
        letterhead=sender.letterhead,
        audience=_audience(letter),
    )
    return OutgoingMail(
        message_id=letter.message_id,
        sender=sender.mailbox,
        recipient=letter.recipient,
        reply_to=letter.coach,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        calendars=_calendars(letter, fields, sender, as_of) if CATALOGUE[letter.kind].calendar else (),
        sent_at=as_of,
    )


def _audience(letter: Letter) -> Audience:
    return Audience.STAFF if letter.is_staff else CATALOGUE[letter.kind].audience


def _fields(letter: Letter, as_of: datetime) -> Fields:
    special = _SPECIAL.get(letter.kind)
    return common_fields(letter) | (special(letter, as_of) if special else {})


def common_fields(letter: Letter) -> Fields:
    """Give what the templates of every letter of a journey may use."""
    return {
        "practice_name": letter.practice_name,
        "recipient_first_name": letter.recipient.name.split(" ")[0],
        "coach_name": letter.coach.name if letter.coach else "",
        "link": letter.link,
    }


def _word(letter: Letter, group: str, key: object) -> str:
    return name(group, str(key), locale=letter.locale)


def _day(value: object) -> date | None:
    return date.fromisoformat(str(value)) if value else None


def _welcome(letter: Letter, as_of: datetime) -> Fields:
    _ = as_of
    return {"steps": _numbered(letter)}


def _numbered(letter: Letter) -> list[dict[str, object]]:
    template = letter.journey.template
    return [{"number": template.numbers[key], "title": _word(letter, "steps", key)} for key in template.steps]


def _call(letter: Letter, as_of: datetime) -> Fields:
    _ = as_of
    call = letter.journey.template.calls[str(letter.fields["call"])]
    facts = _call_facts(letter)
    return {
        "call": _word(letter, "calls", call.key),
        "starts_at": facts.starts_at,
        "minutes": facts.minutes,
        "agenda": [_word(letter, "items", item.key) for item in call.agenda],
        "sequence": facts.sequence if letter.is_invited else 0,  # to whoever is new to it, the time has not changed
    }


def _call_cancelled(letter: Letter, as_of: datetime) -> Fields:
    _ = as_of
    return {"call": _word(letter, "calls", letter.fields["call"]), "starts_at": date_of(letter.fields)}


def _call_facts(letter: Letter) -> CallFacts:
    return letter.journey.calls[str(letter.fields["call"]), int(letter.fields["number"] or 0)]


def _checklist(letter: Letter, as_of: datetime) -> Fields:
    _ = as_of
    documents = [key for key in letter.journey.template.items if key.startswith("document.")]
    return {"documents": [_word(letter, "items", key) for key in documents]}


def _rejected(letter: Letter, as_of: datetime) -> Fields:
    _ = as_of
    return {
        "document": _word(letter, "items", letter.fields["document"]),
        "reason": _word(letter, "reasons", letter.fields["reason"]),
    }


def _silence(letter: Letter, as_of: datetime) -> Fields:
    _ = as_of
    step, party = str(letter.fields["step"]), Party(str(letter.fields["party"]))
    fields: Fields = {
        "step": _word(letter, "steps", step),
        "missing": [_word(letter, "items", key) for key in missing_items(letter.journey, step, party)],
        "waiting_days": letter.fields["waiting_days"],
        "party": _word(letter, "parties", party),
    }
    return {key: value for key, value in fields.items() if key in CATALOGUE[letter.kind].fields}


def _training(letter: Letter, as_of: datetime) -> Fields:
    _ = as_of
    starts_at, minutes = letter.sessions[int(letter.fields["session"] or 0)]
    return {
        "topic": _word(letter, "topics", letter.fields["topic"]),
        "starts_at": starts_at,
        "minutes": minutes,
        "sequence": letter.fields["sequence"],
    }


def _enrollment(letter: Letter, as_of: datetime) -> Fields:
    _ = as_of
    return {
        "payer": letter.payers[str(letter.fields["payer"])],
        "transaction": _word(letter, "transactions", letter.fields["transaction"]),
    }


def _go_live(letter: Letter, as_of: datetime) -> Fields:
    _ = as_of
    on = letter.journey.went_live_on
    first, last = PAYMENT_WINDOW_DAYS
    return {
        "went_live_on": on,
        "payments_from": on and on + timedelta(days=first),
        "payments_until": on and on + timedelta(days=last),
    }


def _first_era(letter: Letter, as_of: datetime) -> Fields:
    _ = as_of
    return {"posted_on": _day(letter.fields["posted_on"])}


def _payment_issue(letter: Letter, as_of: datetime) -> Fields:
    _ = as_of
    return {
        "payer": letter.payers[str(letter.fields["payer"])],
        "issue": _word(letter, "issues", letter.fields["issue"]),
    }


def _graduation(letter: Letter, as_of: datetime) -> Fields:
    _ = as_of
    return {
        "graduated_on": _day(letter.fields["graduated_on"]),
        "cancelled_calls": [
            {"call": _word(letter, "calls", call), "starts_at": facts.starts_at} for call, _, facts in _dropped(letter)
        ],
    }


def _dropped(letter: Letter) -> list[tuple[str, int, CallFacts]]:
    named = [key.split(":") for key in str(letter.fields.get("calls", "")).split(",") if key]
    return [(call, int(number), letter.journey.calls[call, int(number)]) for call, number in named]


_SPECIAL: Mapping[MessageKind, Callable[[Letter, datetime], Fields]] = {
    MessageKind.WELCOME: _welcome,
    MessageKind.CALL_INVITATION: _call,
    MessageKind.CALL_CANCELLED: _call_cancelled,
    MessageKind.DOCUMENTS_CHECKLIST: _checklist,
    MessageKind.DOCUMENT_REJECTED: _rejected,
    MessageKind.REMINDER: _silence,
    MessageKind.STAFF_REMINDER: _silence,
    MessageKind.STAFF_ESCALATION: _silence,
    MessageKind.PAUSE_PROPOSAL: _silence,
    MessageKind.TRAINING_INVITATION: _training,
    MessageKind.TRAINING_RESCHEDULED: _training,
    MessageKind.ENROLLMENT_FINISHED: _enrollment,
    MessageKind.GO_LIVE: _go_live,
    MessageKind.FIRST_ERA_POSTED: _first_era,
    MessageKind.PAYMENT_ISSUE: _payment_issue,
    MessageKind.GRADUATION: _graduation,
}


def _calendars(letter: Letter, fields: Fields, sender: Sender, as_of: datetime) -> tuple[CalendarPart, ...]:
    if letter.kind is MessageKind.GRADUATION:
        gone = [_dropped_call(letter, call, number, sender, as_of) for call, number, _ in _dropped(letter)]
        return tuple(CalendarPart(method="CANCEL", content=cancellation(one)) for one in gone)
    event = render_event(
        letter.kind,
        locale=letter.locale,
        fields=fields,
        zone=letter.journey.zone,
        letterhead=sender.letterhead,
        audience=_audience(letter),
    )
    if letter.kind is MessageKind.CALL_CANCELLED:
        return (CalendarPart(method="CANCEL", content=cancellation(_cancelled_call(letter, event, sender, as_of))),)
    appointment = _appointment(letter, sender, event.summary, event.description, as_of)
    return (CalendarPart(method="REQUEST", content=invitation(appointment)),)


def _appointment(letter: Letter, sender: Sender, summary: str, description: str, as_of: datetime) -> Appointment:
    organizer = letter.coach or sender.mailbox
    attendees = [*letter.attendees.values()] or [letter.recipient]
    if letter.kind is MessageKind.CALL_INVITATION:
        facts = _call_facts(letter)
        uid = _uid(letter, letter.fields["call"], letter.fields["number"])
        starts_at, minutes, sequence = facts.starts_at, facts.minutes, facts.sequence
    else:
        starts_at, minutes = letter.sessions[int(letter.fields["session"] or 0)]
        sequence = int(letter.fields["sequence"] or 0)
        person = letter.fields.get("person", "")
        uid = f"training-{letter.fields['topic']}-{person}.{letter.journey.id}@golive.invalid"
    return Appointment(
        uid, sequence, summary, description, starts_at, minutes, letter.journey.zone,
        Person(organizer.name, organizer.address), [Person(one.name, one.address) for one in attendees], as_of,
    )  # fmt: skip


def _uid(letter: Letter, call: Evidence, number: Evidence) -> str:
    """Name a call's entry in every calendar, the same for its invitation, its changes and its cancellation."""
    return f"{call}-{number}.{letter.journey.id}@golive.invalid"


def _cancelled_call(letter: Letter, event: RenderedEvent, sender: Sender, as_of: datetime) -> Appointment:
    """Describe the entry as it stood when it was cancelled: the call itself may have a new date or person by now."""
    organizer = letter.organizer or letter.coach or sender.mailbox
    return Appointment(
        _uid(letter, letter.fields["call"], letter.fields["number"]),
        int(letter.fields["sequence"] or 0),
        event.summary,
        event.description,
        date_of(letter.fields),
        _call_facts(letter).minutes,
        letter.journey.zone,
        Person(organizer.name, organizer.address),
        [Person(letter.recipient.name, letter.recipient.address)],
        as_of,
    )


def _dropped_call(letter: Letter, call: str, number: int, sender: Sender, as_of: datetime) -> Appointment:
    facts = letter.journey.calls[call, number]
    organizer = letter.coach or sender.mailbox
    return Appointment(
        _uid(letter, call, number),
        facts.sequence + 1,
        _word(letter, "calls", call),
        "",
        facts.starts_at,
        facts.minutes,
        letter.journey.zone,
        Person(organizer.name, organizer.address),
        [Person(letter.recipient.name, letter.recipient.address)],
        as_of,
    )
