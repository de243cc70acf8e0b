"""A practice's booking set-up put into effect: what differs is changed, what is the same stays, twice is once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.inputs.booking_setup import BookingSetup
from models.rules.decisions import Note, Process, Refusal
from models.rules.messages import Channel
from models.rules.roles import Role
from models.store import calendars, events, widgets
from models.store.calendars import Edit, Place
from models.store.effects import Outcome, carry_out
from models.store.keys import keys_of
from models.store.practices import present_roles
from models.store.widgets import WidgetSettings
from models.tables.base import new_id
from models.tables.booking import AlertRecipientRow, BookingReasonRow, InsuranceRow
from models.tables.practice_systems import CommunicationRow, VisitReasonRow
from models.tables.practices import Location, Practice, Provider

Listed = type[BookingReasonRow] | type[InsuranceRow] | type[VisitReasonRow]


@dataclass(frozen=True, slots=True)
class Applied:
    """How many entries of each part were changed; empty when everything was so already."""

    changed: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Places:
    """Who and where the practice is, by NPI and by key."""

    providers: Mapping[str, int]
    locations: Mapping[str, int]


def apply_setup(
    session: Session, practice: Practice, setup: BookingSetup, *, by: str, as_of: datetime
) -> Applied | Refusal:
    """Put a set-up into effect, all of it or nothing; what it does not list is no longer offered.

    Calendars that it does not name stay. Only the Onboarding Manager changes who is alerted, once somebody is (A-27).
    """
    heads = events.lock_practices(session, [practice.id])
    places = _places_of(session, practice.id)
    if refusal := _unfit(session, practice, setup, places, by=by):
        return refusal
    counts = {
        "reasons": _list(session, BookingReasonRow, practice.id, _numbered(setup.reasons), "is_offered"),
        "insurances": _list(session, InsuranceRow, practice.id, _numbered(setup.insurances), "is_offered"),
        "visit_reasons": _list(
            session, VisitReasonRow, practice.id, [one.model_dump() for one in setup.visit_reasons], "is_active"
        ),
        "alerts": _alert(session, practice.id, setup),
        "communications": _communicate(session, practice.id, setup, places, as_of=as_of),
    }
    session.flush()
    changed = {part: count for part, count in counts.items() if count}
    if changed:
        note = Note("booking_set_up", evidence=dict(changed))
        outcome = Outcome(practice.id, Process.PRACTICE, practice.id, f"booking:{new_id()}", by, (note,), ())
        carry_out(session, [outcome], as_of=as_of, heads=heads)
    changed |= _save_widget(session, practice.id, setup, by=by, as_of=as_of)
    changed |= _save_calendars(session, practice, setup, places, by=by, as_of=as_of)
    return Applied(changed)


def _places_of(session: Session, practice_id: int) -> _Places:
    providers = select(Provider.npi, Provider.id).where(Provider.practice_id == practice_id)
    locations = select(Location.key, Location.id).where(Location.practice_id == practice_id)
    return _Places(dict(session.execute(providers).tuples().all()), dict(session.execute(locations).tuples().all()))


def _unfit(session: Session, practice: Practice, setup: BookingSetup, places: _Places, *, by: str) -> Refusal | None:
    if setup.practice != practice.key:
        return Refusal("other_practice", "This set-up is for another practice. Choose the file of this one.")
    wrong = _unknown(setup, places)
    if wrong:
        return Refusal("unknown_place", " ".join(wrong))
    present = _recipients(session, practice.id)
    is_changed = bool(present) and {key: row[1:] for key, row in present.items()} != _wanted(setup)
    if is_changed and present_roles(session, [practice.id])[practice.id].get(Role.ONBOARDING_MANAGER) != by:
        return Refusal(
            "onboarding_manager_only",
            "The alerts differ from those that are set up, and only the practice's Onboarding Manager changes them. "
            "Ask the Onboarding Manager to apply this set-up, or leave the alerts as they are.",
        )
    return None


def _unknown(setup: BookingSetup, places: _Places) -> list[str]:
    wrong = [
        f"calendars no. {number}: this practice has no such {what}; correct the {field}."
        for number, one in enumerate(setup.calendars, start=1)
        for what, field, is_known in (
            ("provider", "NPI", one.provider in places.providers),
            ("location", "key", one.location in places.locations),
        )
        if not is_known
    ]
    wrong += [
        f"communications no. {number}: this practice has no such provider; correct the NPI."
        for number, one in enumerate(setup.communications, start=1)
        if one.provider not in places.providers
    ]
    return wrong


def _numbered(listed: Sequence[Any]) -> list[dict[str, Any]]:
    return [{**one.model_dump(), "position": number} for number, one in enumerate(listed)]


def _list(session: Session, table: Listed, practice_id: int, wanted: Sequence[Mapping[str, Any]], switch: str) -> int:
    """Let a list of keys be as it is wanted; what left it is switched off, since appointments go on naming it."""
    rows: Iterable[Any] = session.scalars(select(table).where(table.practice_id == practice_id))
    known = {row.key: row for row in rows}
    count = 0
    for values in wanted:
        row = known.pop(values["key"], None)
        if row is None:
            session.add(table(id=new_id(), practice_id=practice_id, **values))
            count += 1
        else:
            count += _set(row, {**values, switch: True})
    return count + sum(_set(row, {switch: False}) for row in known.values())


def _set(row: Any, values: Mapping[str, Any]) -> bool:  # noqa: ANN401 - a row of any table
    differing = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in differing.items():
        setattr(row, name, value)
    return bool(differing)


def _wanted(setup: BookingSetup) -> dict[tuple[str, Channel], tuple[str, str]]:
    return {
        (one.key, channel): (address, one.locale)
        for one in setup.alerts
        for channel, address in ((Channel.EMAIL, one.email), (Channel.TEXT, one.text))
        if address
    }


def _recipients(session: Session, practice_id: int) -> dict[tuple[str, Channel], tuple[AlertRecipientRow, str, str]]:
    keys = keys_of(session, practice_id)
    rows = session.scalars(select(AlertRecipientRow).where(AlertRecipientRow.practice_id == practice_id))
    return {
        (row.key, row.channel): (
            row,
            keys.unseal(row.address, table="alert_recipients", column="address", row_id=row.id),
            row.locale,
        )
        for row in rows
    }


def _alert(session: Session, practice_id: int, setup: BookingSetup) -> int:
    keys = keys_of(session, practice_id)
    present, wanted = _recipients(session, practice_id), _wanted(setup)
    differing = {which for which, row in present.items() if row[1:] != wanted.get(which)}
    for which in differing:
        session.delete(present[which][0])
    session.flush()
    new = {key: value for key, value in wanted.items() if key in differing or key not in present}
    for (key, channel), (address, locale) in new.items():
        row = AlertRecipientRow(id=new_id(), practice_id=practice_id, key=key, channel=channel, locale=locale)
        row.address = keys.seal(address, table="alert_recipients", column="address", row_id=row.id)
        session.add(row)
    return len(differing | set(new))


def _communicate(session: Session, practice_id: int, setup: BookingSetup, places: _Places, *, as_of: datetime) -> int:
    count = 0
    for one in setup.communications:
        provider = places.providers[one.provider]
        values = {
            "is_on": one.is_on,
            "minutes_before": sorted(set(one.reminders), reverse=True),
            "has_telehealth": one.telehealth,
            "has_surveys": one.surveys,
        }
        row = session.get(CommunicationRow, provider, populate_existing=True)
        if row is None:
            session.add(CommunicationRow(provider_id=provider, practice_id=practice_id, saved_at=as_of, **values))
        elif _set(row, values):
            row.saved_at = as_of
        else:
            continue
        count += 1
    return count


def _save_widget(
    session: Session, practice_id: int, setup: BookingSetup, *, by: str, as_of: datetime
) -> dict[str, int]:
    wanted = setup.widget.model_dump() | {"embedded_on": " ".join(setup.widget.embedded_on)}
    chosen = WidgetSettings(**wanted)
    if widgets.load_settings(session, practice_id) == chosen:
        return {}
    widgets.save_settings(session, practice_id, chosen, by=by, as_of=as_of)
    return {"widget": 1}


def _save_calendars(
    session: Session, practice: Practice, setup: BookingSetup, places: _Places, *, by: str, as_of: datetime
) -> dict[str, int]:
    count = 0
    for one in setup.calendars:
        place = Place(practice.id, places.providers[one.provider], places.locations[one.location])
        known, wanted = calendars.load(session, place), one.settings(practice.zone)
        if known is None or known.settings != wanted:
            edit = Edit(place, known.version if known else 0, by)
            saved = calendars.save_settings(session, edit, wanted, as_of=as_of)
            if isinstance(saved, Refusal):  # all was checked, and the practice is locked
                raise TypeError(saved.code)
            count += 1
    return {"calendars": count} if count else {}
