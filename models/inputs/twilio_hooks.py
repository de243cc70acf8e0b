"""Whether a call of our web address really comes from the text provider: its signature over address and form."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qsl

MOST_FIELDS: Final = 100
Fields = Sequence[tuple[str, str]]


def read_form(body: bytes) -> list[tuple[str, str]] | None:
    """Read a posted form, empty fields included; none for what is no form or has too many fields."""
    try:
        return parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS, separator="&"
        )
    except ValueError:
        return None


def signature_of(token: str, address: str, fields: Fields) -> str:
    """Sign a public address with the fields of a form, each name with each of its values once, in order."""
    signed = address + "".join(name + value for name, value in sorted(set(fields)))
    digest = hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def is_signed(signature: str, *, token: str, address: str, fields: Fields) -> bool:
    """Compare a signature in constant time; nothing is signed while there is no token."""
    expected = signature_of(token, address, fields)
    return bool(token) and hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))
