"""What went wrong with a call to Kareo: codes of ours, decided from its flags and words, which go no further."""

import re
from typing import Any, Final, TypeAlias

from tasks.connectors.http_calls import Failure

Record: TypeAlias = Any  # what zeep reads: its types come from the service's description

NOT_FOUND: Final = "not_found"
PERMISSION_MISSING: Final = "permission_missing"
_OK: Final = 200
_REDIRECTS: Final = range(300, 400)
_REFUSALS: Final = range(400, 500)
_REQUEST_TIMEOUT: Final = 408
_TOO_MANY: Final = 429
# Errors carry no code. The message may name a patient, so it is searched here and then forgotten.
_THROTTLED: Final = re.compile(
    r"throttl|too many (request|call)|rate limit|\blimit\b.*exceeded|exceeded.*\blimit\b", re.IGNORECASE
)
_ABSENT: Final = re.compile(r"not found|not exist|could not be found|cannot be found|no longer exists", re.IGNORECASE)
_UNCLEAR: Final = re.compile(
    r"an error (has )?occurred|unexpected|unhandled|internal (server )?error|time[d -]*out|deadlock|exception",
    re.IGNORECASE,
)


def wrong_status(status: int) -> Failure | None:
    """Judge an answer by its HTTP status; every word about the call itself comes with 200."""
    if status == _OK:
        return None
    if status == _TOO_MANY:
        return Failure("throttled", is_certain=True)
    if status in _REDIRECTS:
        return Failure("redirected", is_certain=True)  # our password goes to no other host
    return Failure(f"http_{status}", is_certain=status in _REFUSALS and status != _REQUEST_TIMEOUT)


def is_whole(answer: Record) -> bool:
    """Say whether an answer has the parts by which it is judged; only an error may come without the security part."""
    error = answer.ErrorResponse
    return error is not None and (bool(error.IsError) or answer.SecurityResponse is not None)


def security_issue(answer: Record, *, operation: str, practice: int) -> Failure | None:
    """Look for a security issue; SecurityResultSuccess is true when there is one."""
    security = answer.SecurityResponse
    if security is None:  # an error before anybody looked who asks
        return None
    practices = _many(security.PracticesAuthorized, "PracticeID", "int")
    elsewhere = bool(practice and practices) and practice not in practices
    flags = (security.CustomerKeyValid, security.Authenticated, security.Authorized)
    if not (security.SecurityResultSuccess or elsewhere or any(flag is False for flag in flags)):
        return None
    if security.CustomerKeyValid is False:
        return _final("wrong_key")
    if security.Authenticated is False:
        return _final("wrong_login")
    if _many(security.PermissionsMissing, "Permission", "string"):
        return _final(f"{PERMISSION_MISSING}:{operation}")  # Kareo's own words for it stay outside
    return _final("practice_not_authorised" if practice else "not_authorised")


def error_in_asking(answer: Record) -> Failure | None:
    """Look for an error in the answer to a call that changes nothing."""
    words = _error_words(answer)
    if words is None:
        return None
    if _THROTTLED.search(words):
        return Failure("throttled", is_certain=True)
    return _final(NOT_FOUND) if _ABSENT.search(words) else Failure("kareo_error", is_certain=True)


def error_in_telling(answer: Record) -> Failure | None:
    """Look for an error in the answer to a change: a clear refusal, or a breakdown on the way."""
    words = _error_words(answer)
    if words is None:
        return None
    if _THROTTLED.search(words):
        return Failure("throttled", is_certain=True)
    if _ABSENT.search(words):
        return _final(NOT_FOUND)
    return Failure("kareo_error") if _UNCLEAR.search(words) else _final("refused")


def _final(reason: str) -> Failure:
    return Failure(reason, is_certain=True, is_final=True)


def _error_words(answer: Record) -> str | None:
    error = answer.ErrorResponse
    return str(error.ErrorMessage or "") if error.IsError else None


def _many(holder: Record, name: str, kind: str) -> list[Any]:
    """Give the items of WCF's arrays of plain values, whose elements are named after their type."""
    return getattr(getattr(holder, name, None), kind, None) or []
