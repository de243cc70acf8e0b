"""Texts that come in at a practice that asks: sent into the inbox, acted upon, and what stands afterwards."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select

from models.db import Database
from models.inputs.text_hooks import DeliveryReport, IncomingText
from models.rules.messages import Channel, MessageKind
from models.rules.texting import Line, ProviderEventKind
from models.settings import settings
from models.store import message_stops, provider_events, threads, work_items
from models.store.message_stops import Place
from models.store.provider_events import Reported
from models.tables.consent import ConsentRow, StopRow
from models.tables.messages import Message, MessageState
from models.tables.texting import ProviderEventRow, ThreadRow, ThreadTextRow
from tasks import texting
from tests.scenes import kept
from tests.store.asking import PHONE, Asking, an_asking

SHARED = "+12025550100"
OWN_LINE = "+12025550155"


@dataclass
class Texting:
    """One practice that asks, and the text provider's inbox."""

    asking: Asking
    number: int = 0
    events: list[str] = field(default_factory=list)

    @property
    def db(self) -> Database:
        """Our database."""
        return self.asking.db

    @property
    def now(self) -> datetime:
        """The moment at which time stands."""
        return self.asking.now

    def arrive(
        self,
        body: str,
        *,
        sender: str = PHONE,
        to: str = SHARED,
        key: str = "",
        provider: str = "twilio",
        told: bool = False,
    ) -> str:
        """Let a text come into the inbox; gives its key."""
        self.number += 1
        reference = key or f"SM{self.number}"
        text = IncomingText(reference=reference, sender=sender, to=to, body=body, is_answered=told)
        self._keep(Reported(provider, f"text:{reference}", ProviderEventKind.TEXT_RECEIVED, text.written()))
        return reference

    def report(self, message: Message, status: str, *, error: str = "", to: str = PHONE, attempt: int = 1) -> None:
        """Let the provider report of an attempt."""
        told = DeliveryReport(
            reference=f"SMout{message.id}",
            message=message.id,
            attempt=attempt,
            status=status,
            error=error,
            recipient=to,
            sender=SHARED,
        )
        self._keep(
            Reported("twilio", f"status:{told.reference}:{told.told}", ProviderEventKind.DELIVERY, told.written())
        )

    def _keep(self, reported: Reported) -> None:
        self.db.transaction(lambda s: provider_events.keep(s, reported, as_of=self.now))

    def drain(self) -> Counter[str]:
        """Act upon the inbox."""
        counts = Counter[str]()
        for size in texting.batches_of_events(as_of=self.now, limit=100):
            counts.update(texting.take_in_events.fn(size, as_of=self.now))
        return counts

    def text(self, body: str, **how: object) -> Counter[str]:
        """Let a text come in and act upon it at once."""
        self.arrive(body, **how)  # type: ignore[arg-type]  # the words of `arrive`
        return self.drain()

    def stops(self) -> list[tuple[int, str, bool]]:
        """List present stops: practice (0 for all), reason, whether in doubt."""
        query = select(StopRow).where(StopRow.lifted_at.is_(None)).order_by(StopRow.practice_id, StopRow.id)
        rows = self.db.read(lambda s: s.scalars(query).all())
        return [(row.practice_id, row.reason.value, row.is_doubtful) for row in rows]

    def ledger(self) -> list[tuple[bool, str, str]]:
        """List lines of the ledger: given, source, wording."""
        rows = self.db.read(lambda s: s.scalars(select(ConsentRow).order_by(ConsentRow.id)).all())
        return [(row.is_given, row.source.value, row.wording) for row in rows]

    def said(self) -> list[MessageKind]:
        """List the answers that were queued and are not cancelled."""
        query = select(Message.kind).where(Message.process == "texting", Message.state != MessageState.CANCELLED)
        return list(self.db.read(lambda s: s.scalars(query.order_by(Message.id)).all()))

    def threads(self) -> list[ThreadRow]:
        """List conversations as stored."""
        return list(self.db.read(lambda s: s.scalars(select(ThreadRow).order_by(ThreadRow.id)).all()))

    def texts(self) -> list[ThreadTextRow]:
        """List kept texts as stored."""
        return list(self.db.read(lambda s: s.scalars(select(ThreadTextRow).order_by(ThreadTextRow.id)).all()))

    def inbox(self) -> list[ProviderEventRow]:
        """List what was reported."""
        query = select(ProviderEventRow).order_by(ProviderEventRow.id)
        return list(self.db.read(lambda s: s.scalars(query).all()))

    def work(self) -> list[str]:
        """List open work about texts."""
        items = self.db.read(work_items.open_for)
        return sorted(item.key for item in items if item.key.startswith("text."))

    def place(self, number: str = PHONE) -> Place:
        """Name a number as the practice knows it."""
        practice = self.asking.practice
        return self.db.read(lambda s: message_stops.places_of(s, number, Channel.TEXT, [practice]))[practice]

    def own_line(self, number: str = OWN_LINE, line: Line = Line.TWO_WAY) -> None:
        """Let the practice have a line of its own."""
        practice = self.asking.practice
        self.db.transaction(lambda s: threads.add_line(s, practice, number, line, as_of=self.now))

    def wait(self, **span: float) -> None:
        """Let time pass without acting upon timers."""
        self.asking.now += timedelta(**span)


@kept
def a_texting(db: Database) -> Texting:
    """Give a practice that asks, with one patient who agreed to texts."""
    assert settings().texter == "mailbox"
    made = Texting(an_asking(db))
    made.asking.patient()
    return made
