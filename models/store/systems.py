"""Practice systems of practices: how each is reached, who is who there, when to look again, and the budget of calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, bindparam, delete, func, or_, select, update
from sqlalchemy.orm import Session

from models.inputs.practice_system import SystemAccount, SystemLocation, SystemProvider
from models.rules.system_pace import burst_of, refilled, rest_after
from models.sealing import INSTALLATION
from models.store.claims import LEASE
from models.store.keys import keys_of, make_keys
from models.store.sending_stops import leaving_practices
from models.tables.base import new_id
from models.tables.practice_systems import (
    CursorKind,
    CursorRow,
    PracticeSystemRow,
    SystemAccountRow,
    SystemLocationRow,
    SystemProviderRow,
    VisitReasonRow,
)
from models.tables.practices import Location, Practice, Provider

CALENDAR: Final = "calendar"
KAREO: Final = "kareo"
LOOKS_AHEAD: Final = 50
"""How many looks are considered to find the next one; some wait for their account."""
_SECRETS: Final = ("customer_key", "user", "password")
_SYSTEMS, _PROVIDERS, _LOCATIONS, _REASONS = (
    one.metadata.tables[one.__tablename__].c
    for one in (PracticeSystemRow, SystemProviderRow, SystemLocationRow, VisitReasonRow)
)
_VENDOR: Final = select(_SYSTEMS.vendor).where(_SYSTEMS.practice_id == bindparam("practice"))
_WHO: Final = select(_PROVIDERS.system_id, _PROVIDERS.provider_id, _PROVIDERS.name, _PROVIDERS.seal_id).where(
    _PROVIDERS.practice_id == bindparam("practice"), _PROVIDERS.provider_id.is_not(None)
)
_WHERE: Final = select(_LOCATIONS.system_id, _LOCATIONS.location_id, _LOCATIONS.name).where(
    _LOCATIONS.practice_id == bindparam("practice"), _LOCATIONS.location_id.is_not(None)
)
_WHY: Final = select(_REASONS.key, _REASONS.system_id, _REASONS.name).where(
    _REASONS.practice_id == bindparam("practice")
)


@dataclass(frozen=True, slots=True)
class Login:
    """What opens an account; held in memory only while it is stored."""

    key: str
    vendor: str
    address: str
    customer_key: str
    user: str
    password: str
    calls_per_minute: int = 60


@dataclass(frozen=True, slots=True)
class Places:
    """Who and what is meant by the practice system's ids and names."""

    providers: Mapping[str, int]
    locations: Mapping[str, int]
    provider_ids: Mapping[int, str]
    location_ids: Mapping[int, str]
    reasons: Mapping[str, str]
    reason_ids: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a practice system that is ours to take; `position` is how far the last one came."""

    practice_id: int
    kind: CursorKind
    position: datetime | None
    fence: int


def store_account(session: Session, login: Login, *, as_of: datetime) -> int:
    """Store or replace the login of an account, sealed with the installation's key."""
    keys = make_keys(session, INSTALLATION, as_of=as_of)
    row = session.scalar(select(SystemAccountRow).where(SystemAccountRow.key == login.key))
    if row is None:
        row = SystemAccountRow(id=new_id(), key=login.key, counted_at=as_of)
        session.add(row)
    row.vendor, row.address, row.problem = login.vendor, login.address, ""
    row.calls_per_minute, row.tokens = login.calls_per_minute, burst_of(login.calls_per_minute)
    row.rests_until, row.rest_seconds = None, 0
    for name in _SECRETS:
        setattr(row, name, keys.seal(getattr(login, name), table="system_accounts", column=name, row_id=row.id))
    session.flush()
    return row.id


def connect(session: Session, row: PracticeSystemRow, *, as_of: datetime) -> None:
    """Say which practice system a practice uses from now on, and look at it at once."""
    session.merge(row)
    for kind in CursorKind:
        if session.get(CursorRow, (row.practice_id, kind)) is None:
            session.add(
                CursorRow(practice_id=row.practice_id, kind=kind, due_at=as_of, failures=0, fence=0, problem="")
            )
    session.flush()


def account_of(session: Session, practice_id: int) -> SystemAccount | None:
    """Open how a practice reaches its practice system; none when it has none yet."""
    row = session.get(PracticeSystemRow, practice_id)
    practice = session.get(Practice, practice_id)
    if row is None or practice is None:
        return None
    plain = SystemAccount(row.vendor, practice_id, practice.zone, row.system_practice, row.system_name)
    if row.account_id is None:
        return plain
    account = session.get_one(SystemAccountRow, row.account_id)
    keys = keys_of(session, INSTALLATION)

    def opened(name: str) -> str:
        return keys.unseal(getattr(account, name), table="system_accounts", column=name, row_id=account.id)

    return replace(
        plain,
        address=account.address,
        vendor_number=row.vendor_number,
        customer_key=opened("customer_key"),
        user=opened("user"),
        password=opened("password"),
    )


def vendor_of(session: Session, practice_id: int) -> str:
    """Name the vendor of a practice's system; empty when it has none."""
    return session.scalar(_VENDOR, {"practice": practice_id}) or ""


def our_places(session: Session, practice_id: int) -> tuple[list[SystemProvider], list[SystemLocation]]:
    """Give our providers and locations as a practice system would know them, under our numbers; raises as `unseal`."""
    keys = keys_of(session, practice_id)
    providers = [
        SystemProvider(str(row.id), keys.unseal(row.name, table="providers", column="name", row_id=row.id), row.npi)
        for row in session.scalars(select(Provider).where(Provider.practice_id == practice_id).order_by(Provider.id))
    ]
    places = session.scalars(select(Location).where(Location.practice_id == practice_id).order_by(Location.id))
    return providers, [SystemLocation(str(place.id), place.name) for place in places]


def save_places(
    session: Session, practice_id: int, providers: Sequence[SystemProvider], locations: Sequence[SystemLocation]
) -> tuple[str, ...]:
    """Remember who and what the practice system's ids mean: providers by NPI, locations by name.

    Gives the ids of the practice system that fit nothing of ours.
    """
    keys = keys_of(session, practice_id)
    by_npi = select(Provider.npi, Provider.id).where(Provider.practice_id == practice_id)
    ours = dict(session.execute(by_npi).tuples().all())
    places = {
        name.casefold(): number
        for name, number in session.execute(
            select(Location.name, Location.id).where(Location.practice_id == practice_id)
        )
    }
    only = next(iter(places.values())) if len(places) == 1 and len(locations) == 1 else None
    for table in (SystemProviderRow, SystemLocationRow):
        session.execute(delete(table).where(table.practice_id == practice_id))
    for provider in providers:
        seal_id = new_id()
        sealed = keys.seal(provider.name, table="system_providers", column="name", row_id=seal_id)
        session.add(
            SystemProviderRow(
                practice_id=practice_id,
                system_id=provider.id,
                provider_id=ours.get(provider.npi),
                name=sealed,
                seal_id=seal_id,
            )
        )
    for location in locations:
        session.add(
            SystemLocationRow(
                practice_id=practice_id,
                system_id=location.id,
                location_id=places.get(location.name.casefold(), only),
                name=location.name,
            )
        )
    session.flush()
    unknown = [one.id for one in providers if one.is_active and one.npi not in ours]
    return (*unknown, *(one.id for one in locations if places.get(one.name.casefold(), only) is None))


def places_of(session: Session, practice_id: int) -> Places:
    """Load who and what is meant by the practice system's ids and names."""
    keys = keys_of(session, practice_id)
    providers, provider_ids = dict[str, int](), dict[int, str]()
    of_practice = {"practice": practice_id}
    for system_id, provider, sealed, seal_id in session.execute(_WHO, of_practice):
        name = keys.unseal(sealed, table="system_providers", column="name", row_id=seal_id)
        providers |= {system_id: provider, name: provider}
        provider_ids.setdefault(provider, system_id)
    locations, location_ids = dict[str, int](), dict[int, str]()
    for system_id, location, name in session.execute(_WHERE, of_practice):
        locations |= {system_id: location, name: location}
        location_ids.setdefault(location, system_id)
    reasons, reason_ids = dict[str, str](), dict[str, str]()
    for key, system_id, name in session.execute(_WHY, of_practice):
        reasons |= {name: key} | ({system_id: key} if system_id else {})
        reason_ids[key] = system_id
    return Places(providers, locations, provider_ids, location_ids, reasons, reason_ids)


def claim_looks(
    session: Session, *, kinds: Sequence[CursorKind], as_of: datetime, limit: int, lease: timedelta = LEASE
) -> list[Look]:
    """Claim practice systems that are due to be looked at; those whose account rests are passed over."""
    due = (
        select(CursorRow.practice_id, CursorRow.kind)
        .where(
            CursorRow.kind.in_(kinds),
            CursorRow.due_at <= as_of,
            or_(CursorRow.lease_until.is_(None), CursorRow.lease_until < as_of),
            CursorRow.practice_id.not_in(resting_practices(as_of=as_of)),
            CursorRow.practice_id.not_in(leaving_practices()),
        )
        .order_by(CursorRow.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    fence, looks = new_id(), []
    for practice_id, kind in session.execute(due).all():
        claimed = (
            update(CursorRow)
            .where(CursorRow.practice_id == practice_id, CursorRow.kind == kind)
            .values(lease_until=as_of + lease, fence=fence)
            .returning(CursorRow.position)
            .execution_options(synchronize_session=False)
        )
        looks.append(Look(practice_id, kind, session.scalars(claimed).one(), fence))
    return looks


def resting_practices(*, as_of: datetime) -> Select[tuple[int]]:
    """Ask for the practices whose account is left alone for a while."""
    return (
        select(PracticeSystemRow.practice_id)
        .join(SystemAccountRow, SystemAccountRow.id == PracticeSystemRow.account_id)
        .where(SystemAccountRow.rests_until > as_of)
    )


def keep_look(session: Session, look: Look, *, lease: timedelta = LEASE, as_of: datetime) -> bool:
    """Hold on to a look that takes long; False when somebody else has taken it over."""
    kept = (
        update(CursorRow)
        .where(CursorRow.practice_id == look.practice_id, CursorRow.kind == look.kind, CursorRow.fence == look.fence)
        .values(lease_until=as_of + lease)
        .returning(CursorRow.practice_id)
        .execution_options(synchronize_session=False)
    )
    return session.execute(kept).first() is not None


def move_cursor(session: Session, look: Look, *, position: datetime | None, due_at: datetime, as_of: datetime) -> bool:
    """Write down how far a look came, by the practice system's clock; False when the claim was lost."""
    return _write_cursor(
        session,
        look,
        position=position if position is not None else look.position,
        succeeded_at=as_of,
        due_at=due_at,
        failures=0,
        problem="",
    )


def look_failed(session: Session, look: Look, code: str, *, due_at: datetime) -> bool:
    """Write down that a look failed, and when to try again; the position stays."""
    return _write_cursor(session, look, due_at=due_at, failures=CursorRow.failures + 1, problem=code[:60])


def put_off(session: Session, look: Look, code: str, *, due_at: datetime) -> bool:
    """Write down that a look was not made now, which is no failure."""
    return _write_cursor(session, look, due_at=due_at, problem=code[:60])


def _write_cursor(session: Session, look: Look, **values: object) -> bool:
    written = (
        update(CursorRow)
        .where(CursorRow.practice_id == look.practice_id, CursorRow.kind == look.kind, CursorRow.fence == look.fence)
        .values(lease_until=None, **values)
        .returning(CursorRow.practice_id)
        .execution_options(synchronize_session=False)
    )
    return session.execute(written).first() is not None


def look_at_once(session: Session, practice_id: int, kind: CursorKind, *, as_of: datetime) -> bool:
    """Bring a look forward to now."""
    brought = (
        update(CursorRow)
        .where(CursorRow.practice_id == practice_id, CursorRow.kind == kind)
        .values(due_at=as_of)
        .returning(CursorRow.practice_id)
        .execution_options(synchronize_session=False)
    )
    return session.execute(brought).first() is not None


def failures_of(session: Session, look: Look) -> int:
    """Say how often in a row a look has failed."""
    query = select(CursorRow.failures).where(CursorRow.practice_id == look.practice_id, CursorRow.kind == look.kind)
    return session.scalar(query) or 0


def heard_at(session: Session, practice_id: int) -> datetime | None:
    """Say when a practice system last answered in full (UTC): the freshness that people and the widget see."""
    query = select(func.max(CursorRow.succeeded_at)).where(CursorRow.practice_id == practice_id)
    return session.scalar(query)


def next_look(session: Session, kinds: Sequence[CursorKind]) -> datetime | None:
    """Say when the next look can be taken: when it is due, nobody has it, and its account rests no longer."""
    query = (
        select(CursorRow.due_at, CursorRow.lease_until, SystemAccountRow.rests_until)
        .outerjoin(PracticeSystemRow, PracticeSystemRow.practice_id == CursorRow.practice_id)
        .outerjoin(SystemAccountRow, SystemAccountRow.id == PracticeSystemRow.account_id)
        .where(CursorRow.kind.in_(kinds), CursorRow.practice_id.not_in(leaving_practices()))
        .order_by(CursorRow.due_at)
        .limit(LOOKS_AHEAD)
    )
    moments = [max(one for one in row if one is not None) for row in session.execute(query)]
    return min(moments, default=None)


def spend(session: Session, practice_id: int, calls: int, *, keep: float = 0, as_of: datetime) -> bool:
    """Take calls from the budget of a practice's account; False when it is used up or the account rests.

    `keep` is the share of a burst that must be left for others. The built-in calendar has no account and no budget.
    """
    account = _account_row(session, practice_id)
    if account is None:
        return True
    if account.rests_until is not None and account.rests_until > as_of:
        return False
    rate = account.calls_per_minute
    tokens, counted_at = refilled(account.tokens, account.counted_at, calls_per_minute=rate, as_of=as_of)
    if tokens - calls < int(keep * burst_of(rate)):
        return False
    account.tokens, account.counted_at = tokens - calls, counted_at
    session.flush()
    return True


def rest(session: Session, practice_id: int, *, as_of: datetime) -> None:
    """Leave a throttled account alone, for longer each time; calls that were under way then count once."""
    account = _account_row(session, practice_id)
    if account is not None and (account.rests_until is None or account.rests_until <= as_of):
        pause = rest_after(timedelta(seconds=account.rest_seconds))
        account.rests_until, account.rest_seconds = as_of + pause, int(pause.total_seconds())
        session.flush()


def is_answering(session: Session, practice_id: int, *, as_of: datetime) -> None:
    """Forget the rests and problems of an account that answers again, unless it began to rest meanwhile."""
    account = _account_row(session, practice_id)
    if account is None or (account.rests_until is not None and account.rests_until > as_of):
        return
    if account.rest_seconds or account.problem:
        account.rests_until, account.rest_seconds, account.problem = None, 0, ""
        session.flush()


def _account_row(session: Session, practice_id: int) -> SystemAccountRow | None:
    query = (
        select(SystemAccountRow)
        .join(PracticeSystemRow, PracticeSystemRow.account_id == SystemAccountRow.id)
        .where(PracticeSystemRow.practice_id == practice_id)
        .with_for_update(of=SystemAccountRow)
    )
    return session.scalar(query)
