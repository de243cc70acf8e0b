"""Who may send a form: our own pages only, and nobody too often."""

from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from sqlalchemy.orm import Session
from starlette.datastructures import Headers

from models.store import rates
from models.store.keys import keys_of

_NETWORK_BYTES: Final = 8  # one visitor has a whole IPv6 network of 64 bits


class Limit(NamedTuple):
    """How often one visitor, and all visitors of a practice together, may do something within a window."""

    name: str
    visitor: int
    practice: int
    window: timedelta


LOOK: Final = Limit("look", 120, 6000, timedelta(minutes=1))
HOLD: Final = Limit("hold", 60, 1200, timedelta(minutes=10))
SEND: Final = Limit("send", 20, 400, timedelta(hours=1))
"""Many people share one address: a household, a waiting room, all customers of a mobile network."""


def is_own_form(headers: Headers) -> bool:
    """Say whether a form was sent from one of our own pages, which may itself be shown in a practice's page.

    There are no cookies that a foreign page could use; this keeps it from sending forms in a visitor's name all the
    same. Browsers say where a form came from; the address is compared where one does not.
    """
    if site := headers.get("sec-fetch-site"):
        return site == "same-origin"
    origin = headers.get("origin")
    return origin in {None, "null"} or urlsplit(origin).netloc == headers.get("host")


def allow(session: Session, practice_id: int, caller: str, limit: Limit, *, as_of: datetime) -> bool:
    """Count one more time, and say whether it is within the limit; addresses are kept as hashes only."""
    keys = keys_of(session, practice_id)
    counted = (("", limit.practice), (network_of(caller), limit.visitor))
    within = [
        rates.allow(
            session, keys.blind(f"{limit.name}|{who}", purpose="rate"), limit=most, window=limit.window, as_of=as_of
        )
        for who, most in counted
    ]
    return all(within)


def network_of(caller: str) -> str:
    """Give the address that counts as one visitor."""
    try:
        address = ip_address(caller)
    except ValueError:
        return caller
    return address.packed[:_NETWORK_BYTES].hex() if isinstance(address, IPv6Address) else address.compressed
