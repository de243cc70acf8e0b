"""What a live practice's payers send in a simulation: acknowledgments, remittances, deposits; some twice, some cut."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from deployments.payer_files_writer import (
    Acknowledgment,
    Answers,
    Fault,
    PaidClaim,
    Payee,
    Payer,
    Payment,
    Sender,
    write_277ca,
    write_835,
)
from deployments.simulate import Act, Plan, World
from deployments.simulate_payers import QUIRKS, Quirk, said
from models.db import read
from models.inputs.enrollment_files import GROUP
from models.rules.calendars import Calendar, add_business_days, local_day, local_moment
from models.rules.enrollment import USABLE, State
from models.rules.enrollment_facts import Enrollment
from models.rules.onboarding_facts import Transaction
from models.settings import settings
from models.store.enrollment import of_practices
from tasks import payer_files

POSTER: Final = "poster-1"
MONDAY, THURSDAY = 0, 3
FIRST_PAYMENT_AFTER: Final = timedelta(days=9)
ACKNOWLEDGED_AT, PAID_AT, DEPOSITED_AT = time(6, 30), time(7), time(12)
"""When files lie in the folder and a poster sees the bank account, in the practice's time."""
REVERSES: Final = "bluepine"
"""The payer that takes a payment back with its first remittance."""
ADJUSTED: Final = 37_00  # cents of each claim that are not paid
HEAD: Final = "practice,trace,amount,deposited_on"


@dataclass(frozen=True, slots=True)
class Bills:
    """Under which names and numbers a practice bills, by billing identity, and who its payers are."""

    identities: Mapping[str, Payee]
    payers: Mapping[str, Payer]


@dataclass(slots=True)
class PayersFiles:
    """The clearinghouse of one practice, which hands on each week from go-live on what the payers send."""

    world: World
    practice: str
    bills: Bills
    quirks: Mapping[str, Quirk] = field(default_factory=lambda: QUIRKS)
    _paid: dict[date, list[Payment]] = field(default_factory=dict)
    _written: int = 0

    def plans(self) -> Iterator[Plan]:
        """Say which files and deposits come next."""
        live_on = self.world.journey.went_live_on
        if live_on is None:
            return
        today = local_day(self.world.now, self.world.zone)
        yield self._on(_next(today, MONDAY), ACKNOWLEDGED_AT, "277CA", self._acknowledge)
        paid_on = _next(today, THURSDAY)
        if paid_on >= live_on + FIRST_PAYMENT_AFTER:
            yield self._on(paid_on, PAID_AT, "835", self._remit)
        for day in self._paid:
            yield self._on(add_business_days(day, 1, Calendar.RESERVE), DEPOSITED_AT, "deposits", self._deposit)

    def _on(self, day: date, at: time, what: str, act: Act) -> Plan:
        return Plan(local_moment(day, at, self.world.zone), f"{what} {day}", act)

    def _enrolled(self) -> dict[str, list[Enrollment]]:
        found = read(lambda session: of_practices(session, [self.world.practice_id]))[self.world.practice_id]
        payers = dict.fromkeys(one.payer for one in found)
        return {payer: [one for one in found if one.payer == payer] for payer in payers}

    def _acknowledge(self, as_of: datetime) -> str:
        """Let payers accept a week's claims of everybody who bills to them."""
        day = local_day(as_of, self.world.zone)
        said = [
            self._accepted(payer, who, day)
            for payer, mine in self._enrolled().items()
            if (who := sorted(one.identity for one in mine if one.transaction is Transaction.CLAIMS and _works(one)))
        ]
        self._put(f"277ca-{day}.edi", write_277ca(self._sender(as_of), *said))
        return ""

    def _accepted(self, payer: str, who: Sequence[str], day: date) -> Acknowledgment:
        chance = self.world.chance(f"277CA {payer} {day}")
        answers = [Answers(self.bills.identities[name], accepted=chance.randint(3, 9)) for name in who]
        return Acknowledgment(self.bills.payers[payer], day, answers)

    def _remit(self, as_of: datetime) -> str:
        """Let payers pay; the first file comes cut before it comes whole, the second one comes twice."""
        day = local_day(as_of, self.world.zone)
        payments = [
            self._payment(payer, mine, day)
            for payer, mine in self._enrolled().items()
            if any(one.transaction is Transaction.ERA and _works(one) for one in mine)
        ]
        sender, name, number = self._sender(as_of), f"835-{day}", len(self._paid)
        if number == 0:
            self._put(f"{name}-cut.edi", write_835(sender, *payments, faults=[Fault.CUT]))
        self._put(f"{name}.edi", write_835(sender, *payments))
        if number == 1:
            self._put(f"{name}-again.edi", write_835(sender, *payments))
        self._paid[day] = payments
        return ""

    def _payment(self, payer: str, mine: Sequence[Enrollment], day: date) -> Payment:
        chance = self.world.chance(f"835 {payer} {day}")
        charges = [chance.randint(80_00, 420_00) for _ in range(chance.randint(3, 7))]
        claims = [PaidClaim(charge, charge - ADJUSTED) for charge in charges]
        if payer == REVERSES and not self._paid:
            claims.append(PaidClaim(-ADJUSTED, -ADJUSTED, is_reversal=True))
        sender = self.bills.payers[payer]
        who, trace = self.bills.identities[GROUP], f"{sender.id}{day:%y%m%d}"
        return Payment(sender, who, day, trace, claims, "ACH" if self._pays_by_eft(mine) else "CHK")

    def _pays_by_eft(self, mine: Sequence[Enrollment]) -> bool:
        """Say whether a payer pays by EFT: where it approved it, unless it forgets that after its first payment."""
        return any(
            one.transaction is Transaction.EFT and _works(one) and not (self._paid and self._forgets(one))
            for one in mine
        )

    def _forgets(self, one: Enrollment) -> bool:
        return self.quirks.get(one.subject) is Quirk.PAYS_BY_CHECK and one.attempt == 1

    def _deposit(self, as_of: datetime) -> str:
        """Let a poster take in what arrived on the bank account."""
        today = local_day(as_of, self.world.zone)
        day = max(day for day in self._paid if day < today)
        lines = [
            f"{self.practice},{one.trace},{one.cents // 100}.{one.cents % 100:02d},{today}"
            for one in self._paid[day]
            if one.method == "ACH"
        ]
        name = f"deposits-{today}.csv"
        settings().intake_folder.joinpath(name).write_text("\n".join([HEAD, *lines]), encoding="utf-8")
        return said(payer_files.load_deposits.fn(name, by=POSTER, as_of=as_of)) if lines else ""

    def _sender(self, as_of: datetime) -> Sender:
        return Sender(as_of, control=1 + self._written)

    def _put(self, name: str, content: bytes) -> None:
        """Lay a file into the inbox, as if it had lain there for long: the folder's own clock is the real one."""
        self._written += 1
        inbox = settings().payer_inbox
        inbox.mkdir(mode=0o700, parents=True, exist_ok=True)
        inbox.joinpath(name).write_bytes(content)
        os.utime(inbox / name, (self._written, self._written))


def _works(one: Enrollment) -> bool:
    """Say whether the payer has switched it on; that we doubt it is nothing that a payer knows."""
    return one.state in USABLE or one.state is State.DEGRADED


def _next(today: date, weekday: int) -> date:
    """Give the next such day of a week, today included."""
    return today + timedelta(days=(weekday - today.weekday()) % 7)
