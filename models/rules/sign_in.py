"""Signing in: lock-out after failures, when a session ends, one-time codes (RFC 6238) and recovery codes."""

import base64
import hashlib
import hmac
import re
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import quote, urlencode

FAILURES: Final = 5
WINDOW: Final = timedelta(minutes=15)
FIRST_LOCK: Final = timedelta(minutes=15)
LONGEST_LOCK: Final = timedelta(hours=24)
"""Five failures within a quarter of an hour lock for a quarter; each lock in a row doubles, up to a day."""

LONGEST_SESSION: Final = timedelta(hours=12)
LONGEST_HALF_SESSION: Final = timedelta(minutes=15)
"""Between the password and the code, or while a code is set up."""

INVITATION_LASTS: Final = timedelta(days=7)
LOCAL_LINK_LASTS: Final = timedelta(minutes=10)

STEP_SECONDS: Final = 30
DIGITS: Final = 6
STEPS_AROUND: Final = 1
SECRET_BYTES: Final = 20
RECOVERY_CODES: Final = 10
RECOVERY_BYTES: Final = 10
_RECOVERY: Final = re.compile(r"[A-Z2-7]{16}")


class AccountState(StrEnum):
    """Where an account stands; one that is invited again after a reset cannot sign in until it has set up."""

    INVITED = "invited"
    ACTIVE = "active"
    ENDED = "ended"


class Stage(StrEnum):
    """What a session is good for."""

    CODE = "code"
    SET_UP = "set_up"
    FULL = "full"


class Purpose(StrEnum):
    """What a link is good for: setting up an account, or signing in once on the machine that made it."""

    INVITATION = "invitation"
    LOCAL = "local"


class EndReason(StrEnum):
    """Why a session ended."""

    SIGNED_OUT = "signed_out"
    ENDED_ELSEWHERE = "ended_elsewhere"
    IDLE = "idle"
    TOO_OLD = "too_old"
    REPLACED = "replaced"
    ACCESS_ENDED = "access_ended"
    FACTOR_RESET = "factor_reset"


class SignInKind(StrEnum):
    """The lines of the sign-in log."""

    INVITED = "invited"
    PASSWORD_SET = "password_set"  # noqa: S105 - the name of a log line
    SET_UP_DONE = "set_up_done"
    PASSWORD_ACCEPTED = "password_accepted"  # noqa: S105 - the name of a log line
    SIGNED_IN = "signed_in"
    SIGNED_IN_LOCALLY = "signed_in_locally"
    RECOVERY_CODE_USED = "recovery_code_used"
    UNKNOWN_ACCOUNT = "unknown_account"
    NOT_ACTIVE = "not_active"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - the name of a log line
    WRONG_CODE = "wrong_code"
    WHILE_LOCKED = "while_locked"
    LOCKED = "locked"
    SIGNED_OUT = "signed_out"
    OTHERS_ENDED = "others_ended"
    LOGGED_OFF = "logged_off"
    FACTOR_RESET = "factor_reset"
    ACCESS_ENDED = "access_ended"


@dataclass(frozen=True, slots=True)
class Tries:
    """What went wrong lately at one account; `locks` counts the locks since somebody last signed in."""

    failures: int = 0
    since: datetime | None = None
    locks: int = 0
    locked_until: datetime | None = None

    def is_locked(self, *, as_of: datetime) -> bool:
        """Say whether nobody gets in now, not even with the right password."""
        return self.locked_until is not None and as_of < self.locked_until

    def failed(self, *, as_of: datetime) -> "Tries":
        """Count one failure; the fifth within the window locks, longer each time."""
        is_new = self.since is None or as_of - self.since >= WINDOW
        failures, since = (1, as_of) if is_new else (self.failures + 1, self.since)
        if failures < FAILURES:
            return Tries(failures, since, self.locks, self.locked_until)
        lasts = min(FIRST_LOCK * 2 ** min(self.locks, 10), LONGEST_LOCK)
        return Tries(0, None, self.locks + 1, as_of + lasts)


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whether a session still holds."""

    stage: Stage
    created_at: datetime
    seen_at: datetime


def why_over(session: Standing, *, idle: timedelta, as_of: datetime) -> EndReason | None:
    """Say why a session is over, or that it is not; a clock that went back ends nothing."""
    longest = LONGEST_SESSION if session.stage is Stage.FULL else LONGEST_HALF_SESSION
    if as_of - session.created_at >= longest:
        return EndReason.TOO_OLD
    if session.stage is Stage.FULL and as_of - session.seen_at >= idle:
        return EndReason.IDLE
    return None


def step_of(as_of: datetime) -> int:
    """Give the number of the time step of a moment."""
    return int(as_of.timestamp()) // STEP_SECONDS


def code_at(secret: bytes, step: int) -> str:
    """Give the one-time code of a time step (HMAC-SHA-1, six digits)."""
    digest = hmac.new(secret, struct.pack(">Q", step), hashlib.sha1).digest()
    place = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[place : place + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def accepted_step(secret: bytes, code: str, *, last: int, as_of: datetime) -> int | None:
    """Find the time step of a code, one step around now at most and none that was used; every step is compared."""
    now, found = step_of(as_of), None
    for step in range(now - STEPS_AROUND, now + STEPS_AROUND + 1):
        fits = hmac.compare_digest(code_at(secret, step).encode(), code.encode())
        if fits and step > last and found is None:
            found = step
    return found


def written_secret(secret: bytes) -> str:
    """Write a secret as apps take it (base32 without padding)."""
    return base64.b32encode(secret).decode().rstrip("=")


def secret_of(written: str) -> bytes:
    """Read a secret that `written_secret` wrote."""
    return base64.b32decode(written + "=" * (-len(written) % 8))


def in_groups(written: str) -> str:
    """Write a key in groups of four, to be typed by hand."""
    return " ".join(written[at : at + 4] for at in range(0, len(written), 4))


def setup_link(written: str, *, issuer: str, account: str) -> str:
    """Write the link that authenticator apps open; it names nobody but the account's key."""
    label = quote(f"{issuer}:{account}", safe=":")
    query = {"secret": written, "issuer": issuer, "digits": DIGITS, "period": STEP_SECONDS}
    return f"otpauth://totp/{label}?{urlencode(query, quote_via=quote)}"


def recovery_code(random: bytes) -> str:
    """Write 80 random bits as a recovery code in groups of four."""
    return in_groups(base64.b32encode(random).decode()).replace(" ", "-")


def typed_code(typed: str) -> tuple[str, str]:
    """Read what was typed as a code: a one-time code, or a recovery code in its stored form; empty is neither."""
    plain = re.sub(r"[\s-]", "", typed).upper()
    if len(plain) == DIGITS and plain.isascii() and plain.isdecimal():
        return plain, ""
    return ("", plain) if _RECOVERY.fullmatch(plain) else ("", "")
