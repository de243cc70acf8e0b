"""Connecting practices with their practice systems: the built-in calendar, or an account with a vendor."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from models.db import read, transaction
from models.inputs.answers import Answer
from models.inputs.practice_system import SystemAccount, SystemLocation, SystemProvider
from models.rules.system_failures import sentence_of
from models.settings import settings
from models.store import practices, systems
from models.tables.practice_systems import PracticeSystemRow
from tasks.built_in_calendar import UNKNOWN_PRACTICE, connect_calendar
from tasks.connectors import registry
from tasks.connectors.ports import OutsideError, PracticeSystem
from tasks.policy import Retry, effect


@effect(Retry.OUTSIDE)
def use_built_in_calendar(practice: str, *, as_of: datetime) -> Answer:
    """Let a practice use the built-in calendar; safe to repeat."""
    return connect_calendar(practice, as_of=as_of)


@effect(Retry.OUTSIDE)
def check_practice_system(practice: str, *, as_of: datetime) -> Answer:
    """Ask a practice's system what its account may do, and learn its providers and locations anew."""
    found = read(lambda session: practices.find_practice(session, practice))
    if found is None:
        return Answer.refused(UNKNOWN_PRACTICE.format(practice))
    account = read(lambda session: systems.account_of(session, found.id))
    if account is None:
        return Answer.refused(f"{practice} has no practice system yet: use-built-in-calendar, or golive connect-kareo.")
    if account.vendor == systems.CALENDAR:
        return connect_calendar(practice, as_of=as_of)
    try:
        return learn(found.id, registry.practice_system(account, settings()))
    except OutsideError as failure:
        return Answer.refused(sentence_of(failure.reason))


def learn(practice_id: int, system: PracticeSystem) -> Answer:
    """Learn who is who in a practice system; raises as the port."""
    checked = system.check()
    providers, locations = system.providers(), system.locations()
    unknown = transaction(lambda session: systems.save_places(session, practice_id, providers, locations))
    return _learned(checked.missing_permissions, providers, locations, unknown)


def _learned(
    missing: Sequence[str],
    providers: Sequence[SystemProvider],
    locations: Sequence[SystemLocation],
    unknown: Sequence[str],
) -> Answer:
    words = [f"The practice system answers: {len(providers)} providers, {len(locations)} locations."]
    if unknown:
        words.append(
            f"Not known here, by their ids there: {', '.join(unknown)}. Providers are recognised by NPI, locations by "
            "name: correct whichever side is wrong."
        )
    if missing:
        words.append(f"The account lacks permissions: {', '.join(missing)}. Ask the practice's administrator for them.")
    return Answer(is_done=not missing, sentence=" ".join(words))


def connect_kareo(
    practice: str, login: systems.Login, *, system_practice: str, system_name: str, as_of: datetime
) -> Answer:
    """Connect a practice with its Kareo account: the account is tried first, and nothing is stored when it fails.

    Used by the command line only: what opens an account never passes through a form.
    """
    found = read(lambda session: practices.find_practice(session, practice))
    if found is None:
        return Answer.refused(UNKNOWN_PRACTICE.format(practice))
    account = SystemAccount(
        systems.KAREO,
        found.id,
        found.zone,
        system_practice,
        system_name,
        login.address,
        customer_key=login.customer_key,
        user=login.user,
        password=login.password,
    )
    system = registry.practice_system(account, settings())
    try:
        checked, number = system.check(), registry.register_vendor(account)
        providers, locations = system.providers(), system.locations()
    except OutsideError as failure:
        return Answer.refused(sentence_of(failure.reason))

    def connect(session: Session) -> tuple[str, ...]:
        row = PracticeSystemRow(
            practice_id=found.id,
            vendor=systems.KAREO,
            account_id=systems.store_account(session, login, as_of=as_of),
            system_practice=system_practice,
            system_name=system_name,
            vendor_number=number,
            problem="",
            connected_at=as_of,
        )
        systems.connect(session, row, as_of=as_of)
        return systems.save_places(session, found.id, providers, locations)

    return _learned(checked.missing_permissions, providers, locations, transaction(connect))
