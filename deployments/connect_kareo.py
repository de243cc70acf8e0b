"""Connects a practice with its Kareo account; what opens the account is asked for here and shown nowhere."""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from deployments.kareo_login import Given, NotConnectedError, ask_login, login_in
from models.db import DatabaseFailure, read, transaction
from models.inputs.answers import Answer
from models.inputs.practice_system import SystemAccount, SystemPractice
from models.rules.system_failures import sentence_of
from models.sealing import INSTALLATION
from models.settings import SettingsError, settings
from models.store import practices, systems
from models.store.keys import make_keys
from models.store.systems import KAREO, Login
from models.tables.practices import Practice
from tasks.built_in_calendar import UNKNOWN_PRACTICE
from tasks.connectors import registry
from tasks.connectors.ports import OutsideError
from tasks.system_setup import connect_kareo

LEAVES_CALENDAR: Final = (
    "{} uses the built-in calendar. Once Kareo is its practice system, appointments that are only in the built-in "
    "calendar count as deleted. Enter them in Kareo first, then give --leave-calendar as well."
)


def connect(practice: str, given: Given, *, there: str = "", as_of: datetime) -> Answer:
    """Connect a practice with the account that a login opens.

    Raises:
        NotConnectedError: nothing was stored; the sentence says why.
    """
    found = read(lambda session: practices.find_practice(session, practice))
    if found is None:
        raise NotConnectedError(UNKNOWN_PRACTICE.format(practice))
    chosen = chosen_of(reached(found, given), there)
    key = transaction(partial(_account_key, customer_key=given.customer_key, as_of=as_of))
    login = Login(key, KAREO, given.address, given.customer_key, given.user, given.password)
    return connect_kareo(practice, login, system_practice=chosen.id, system_name=chosen.name, as_of=as_of)


def _account_key(session: Session, *, customer_key: str, as_of: datetime) -> str:
    """Name an account by its customer key, unreadably: the practices of one account share its budget of calls."""
    keys = make_keys(session, INSTALLATION, as_of=as_of)
    return f"{KAREO}-{keys.blind(customer_key, purpose='account')[:24]}"


def reached(practice: Practice, given: Given) -> Sequence[SystemPractice]:
    """Ask the account which practices it reaches.

    Raises:
        NotConnectedError: it does not answer, refuses the login, or reaches none.
    """
    account = SystemAccount(
        KAREO,
        practice.id,
        practice.zone,
        "",
        "",
        given.address,
        customer_key=given.customer_key,
        user=given.user,
        password=given.password,
    )
    try:
        found = [one for one in registry.practice_system(account, settings()).check().practices if one.is_active]
    except OutsideError as failure:
        reason = failure.reason
    else:
        if found:
            return found
        reason = "practice_not_authorised"
    raise NotConnectedError(sentence_of(reason))


def chosen_of(found: Sequence[SystemPractice], there: str) -> SystemPractice:
    """Choose one of the practices that an account reaches: as told, the only one, or by asking.

    Raises:
        NotConnectedError: what was told is none of them, or nobody can be asked.
    """
    if there:
        alike = [one for one in found if there in {one.id, one.name}]
        if len(alike) == 1:
            return alike[0]
        message = f"--there is the number or the name of one practice of the account: {_listed(found)}."
        raise NotConnectedError(message)
    if not sys.stdin.isatty():
        if len(found) == 1:
            return found[0]
        message = f"The account reaches several practices. Name one with --there: {_listed(found)}."
        raise NotConnectedError(message)
    return _asked_for(found)


def _asked_for(found: Sequence[SystemPractice]) -> SystemPractice:
    for number, one in enumerate(found, start=1):
        sys.stdout.write(f"  {number}. {one.name} (number {one.id} there)\n")
    word = input(f"Which practice is it there (1 to {len(found)})? ").strip()
    if not word.isascii() or not word.isdecimal() or not 1 <= int(word) <= len(found):
        message = "That is none of them. Nothing was stored; start again."
        raise NotConnectedError(message)
    return found[int(word) - 1]


def _listed(found: Sequence[SystemPractice]) -> str:
    return ", ".join(f"{one.name} ({one.id})" for one in found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Connect a practice from the command line."""
    parser = argparse.ArgumentParser(
        prog="golive connect-kareo",
        description="Connect a practice with its Kareo account. The login is asked for without being shown; it is "
        "taken neither from the command line nor from the environment, where others could see it.",
    )
    parser.add_argument("practice", help="short name of the practice here")
    parser.add_argument("--there", default="", help="number or name of the practice in Kareo; asked for otherwise")
    parser.add_argument("--login-file", type=Path, help="file with the login, readable by you alone (mode 0600)")
    parser.add_argument("--leave-calendar", action="store_true", help="leave the built-in calendar for Kareo")
    given = parser.parse_args(arguments)
    try:
        _require_no_calendar(given.practice, leaves=given.leave_calendar)
        login = login_in(given.login_file) if given.login_file else ask_login()
        answer = connect(given.practice, login, there=given.there, as_of=datetime.now(UTC))
    except (NotConnectedError, SettingsError) as refusal:
        sys.stderr.write(f"{refusal}\n")
        return os.EX_CONFIG
    except DatabaseFailure as failure:
        sys.stderr.write(f"The database cannot be used: {failure}. Nothing was stored.\n")
        return os.EX_UNAVAILABLE
    except (KeyboardInterrupt, EOFError):
        sys.stderr.write("\nStopped. Nothing was stored.\n")
        return os.EX_USAGE
    (sys.stdout if answer.is_done else sys.stderr).write(f"{answer.sentence}\n")
    return os.EX_OK if answer.is_done else os.EX_CONFIG


def _require_no_calendar(practice: str, *, leaves: bool) -> None:
    def vendor(session: Session) -> str:
        found = practices.find_practice(session, practice)
        return systems.vendor_of(session, found.id) if found else ""

    if not leaves and read(vendor) == systems.CALENDAR:
        raise NotConnectedError(LEAVES_CALENDAR.format(practice))
