"""Writes files as payers send them, 835, 277CA and 999 of version 005010, for the demo and the simulator.

The same facts give the same bytes. Everybody in them is invented; a patient is a number. What a payer may get wrong
is asked for by name (`Fault`), alone or mixed.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import count
from typing import Final

Segments = list[str]
_TERMINATOR: Final = "~"
_GROUPS: Final = {
    "835": ("HP", "005010X221A1"),
    "277": ("HN", "005010X214"),
    "999": ("FA", "005010X231A1"),
}
_FIRST: Final = ("AVERY", "ROBIN", "JORDAN", "CASEY", "QUINN", "EMERSON", "MARLOW", "SAGE")
_LAST: Final = ("EXAMPLE", "SAMPLE", "SPECIMEN", "PLACEHOLDER", "FIXTURE")
_DENIED, _PAID, _REVERSED = "4", "1", "22"
_PROCEDURE: Final = "HC:99213"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a file and when; `control` numbers the interchange, a test one proves nothing (E-32)."""

    sent_at: datetime
    sender: str = "EXAMPLECLEARING"
    receiver: str = "GOLIVE"
    control: int = 1
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays: `id` as claims name it, `tax_id` with nine digits."""

    name: str
    id: str
    tax_id: str = "990000002"

    @property
    def trace_id(self) -> str:
        """The id beside each trace number: 1 and the tax id."""
        return f"1{self.tax_id}"


@dataclass(frozen=True, slots=True)
class Payee:
    """Who is paid, or billed."""

    name: str
    npi: str
    tax_id: str = "990000001"


@dataclass(frozen=True, slots=True)
class PaidClaim:
    """One claim of a remittance, in whole cents; what is not paid is a contractual adjustment."""

    charged: int
    paid: int
    is_reversal: bool = False

    @property
    def status(self) -> str:
        """How the payer processed it: paid, denied or reversed."""
        return _REVERSED if self.is_reversal else _PAID if self.paid else _DENIED


@dataclass(frozen=True, slots=True)
class Payment:
    """One 835: by ACH or CHK, or NON when nothing is paid; `amount` none is what claims and adjustments add up to."""

    payer: Payer
    payee: Payee
    paid_on: date
    trace: str
    claims: Sequence[PaidClaim] = ()
    method: str = "ACH"
    adjustments: Sequence[int] = ()
    amount: int | None = None

    @property
    def cents(self) -> int:
        """The amount that the file states."""
        if self.amount is not None:
            return self.amount
        return sum(claim.paid for claim in self.claims) - sum(self.adjustments)


@dataclass(frozen=True, slots=True)
class Answers:
    """What a 277CA says of one billing provider's claims; `not_approved` are rejected since the submitter is not."""

    payee: Payee
    accepted: int = 0
    rejected: int = 0
    not_approved: int = 0


@dataclass(frozen=True, slots=True)
class Acknowledgment:
    """One 277CA; `is_payers` tells the payer's own from a clearinghouse's."""

    source: Payer
    on: date
    answers: Sequence[Answers] = field(default_factory=tuple)
    is_payers: bool = True


class Fault(StrEnum):
    """What can be wrong with a file; each one has it refused whole (E-30)."""

    CUT = "cut"
    NO_INTERCHANGE = "no_interchange"
    WRONG_COUNT = "wrong_count"
    WRONG_CONTROL = "wrong_control"
    LOST_SEGMENT = "lost_segment"
    BROKEN_AMOUNT = "broken_amount"
    STRANGE_SEGMENT = "strange_segment"
    OLD_VERSION = "old_version"
    JUNK_AFTER = "junk_after"


def write_835(sender: Sender, *payments: Payment, faults: Collection[Fault] = ()) -> bytes:
    """Write a file with one 835 for each payment."""
    numbers = count(1)
    return _file("835", sender, [_payment(one, numbers) for one in payments], faults)


def write_277ca(sender: Sender, *acknowledgments: Acknowledgment, faults: Collection[Fault] = ()) -> bytes:
    """Write a file with one 277CA for each acknowledgment."""
    numbers = count(1)
    return _file("277", sender, [_acknowledgment(one, numbers) for one in acknowledgments], faults)


def write_999(
    sender: Sender, *, accepted: int, rejected: int = 0, group: int = 1, faults: Collection[Fault] = ()
) -> bytes:
    """Write a file with one 999 that says of which transaction sets of our group the syntax is right."""
    return _file("999", sender, [_syntax(accepted, rejected, group)], faults)


def _file(kind: str, sender: Sender, insides: Sequence[Segments], faults: Collection[Fault]) -> bytes:
    code, version = _GROUPS[kind]
    sent = sender.sent_at
    body = [f"GS*{code}*{sender.sender}*{sender.receiver}*{sent:%Y%m%d}*{sent:%H%M}*{sender.control}*X*{version}"]
    for number, inside in enumerate(insides, start=1):
        body += [f"ST*{kind}*{number:04d}" + ("" if kind == "835" else f"*{version}")]
        body += [*inside, f"SE*{len(inside) + 2}*{number:04d}"]
    usage = "T" if sender.is_test else "P"
    head = f"ISA*00*{'':10}*00*{'':10}*ZZ*{sender.sender:<15}*ZZ*{sender.receiver:<15}*{sent:%y%m%d}*{sent:%H%M}"
    head += f"*^*00501*{sender.control:09d}*0*{usage}*:"
    segments = [head, *body, f"GE*{len(insides)}*{sender.control}", f"IEA*1*{sender.control:09d}"]
    for fault in (one for one in _PLANT if one in faults):
        segments = _PLANT[fault](segments)
    return "".join(f"{segment}{_TERMINATOR}" for segment in segments).encode("ascii", "replace")


def _money(cents: int) -> str:
    sign, (whole, rest) = "-" if cents < 0 else "", divmod(abs(cents), 100)
    return f"{sign}{whole}.{rest:02d}".rstrip("0").rstrip(".") if rest else f"{sign}{whole}"


def _payment(one: Payment, numbers: Iterable[int]) -> Segments:
    method = "NON" if one.cents == 0 else one.method
    handling = "H" if method == "NON" else "I"
    banks = ["CCP", "01", "111000025", "DA", "4455667788", one.payer.trace_id, "", "01", "111000025", "DA", "998877"]
    if method != "ACH":
        banks = [""] * 5 + [one.payer.trace_id] + [""] * 5
    written = [
        "*".join(["BPR", handling, _money(one.cents), "C", method, *banks, f"{one.paid_on:%Y%m%d}"]),
        f"TRN*1*{one.trace}*{one.payer.trace_id}",
        f"DTM*405*{one.paid_on:%Y%m%d}",
        f"N1*PR*{_words(one.payer.name)}*XV*{one.payer.id}",
        "N3*1 EXAMPLE WAY",
        "N4*PHOENIX*AZ*85001",
        f"REF*2U*{one.payer.id}",
        "PER*BL*SUPPORT*TE*2025550143",
        f"N1*PE*{_words(one.payee.name)}*XX*{one.payee.npi}",
        "N3*2 EXAMPLE STREET",
        "N4*PHOENIX*AZ*85001",
        f"REF*TJ*{one.payee.tax_id}",
    ]
    if one.claims:
        written.append("LX*1")
    for claim, number in zip(one.claims, numbers, strict=False):
        written += _paid_claim(claim, number, one)
    day = f"{one.paid_on.year}1231"
    return written + [f"PLB*{one.payee.npi}*{day}*WO:{one.trace}*{_money(each)}" for each in one.adjustments]


def _paid_claim(claim: PaidClaim, number: int, payment: Payment) -> Segments:
    adjusted = claim.charged - claim.paid
    adjustment = [f"CAS*CO*45*{_money(adjusted)}"] if adjusted else []
    served = f"{payment.paid_on:%Y%m%d}"
    amounts = f"{_money(claim.charged)}*{_money(claim.paid)}"
    return [
        f"CLP*PCN{number:08d}*{claim.status}*{amounts}**12*ICN{number:08d}*11*1",
        _patient(number),
        f"DTM*050*{served}",
        f"SVC*{_PROCEDURE}*{amounts}**1",
        f"DTM*472*{served}",
        *adjustment,
    ]


def _patient(number: int) -> str:
    first, last = _FIRST[number % len(_FIRST)], _LAST[number % len(_LAST)]
    return f"NM1*QC*1*{last}*{first}****MI*W{number:09d}"


def _words(name: str) -> str:
    """Leave out what would end an element."""
    return "".join(" " if sign in "*:^~" else sign for sign in name.upper())[:60]


def _acknowledgment(one: Acknowledgment, numbers: Iterable[int]) -> Segments:
    accepted = sum(each.accepted for each in one.answers)
    rejected = sum(each.rejected + each.not_approved for each in one.answers)
    day, party = f"{one.on:%Y%m%d}", "PR" if one.is_payers else "AY"
    qualifier = "PI" if one.is_payers else "46"
    stated = [f"QTY*90*{accepted}", f"AMT*YU*{_money(accepted * 15000)}"] if accepted else []
    refused = [f"QTY*AA*{rejected}", f"AMT*YY*{_money(rejected * 15000)}"] if rejected else []
    written = [
        f"BHT*0085*08*BATCH{day}*{day}*120000*TH",
        "HL*1**20*1",
        f"NM1*{party}*2*{_words(one.source.name)}*****{qualifier}*{one.source.id}",
        "TRN*1*RECEIVED",
        f"DTP*050*D8*{day}",
        f"DTP*009*D8*{day}",
        "HL*2*1*21*1",
        "NM1*41*2*GOLIVE BILLING*****46*S00077",
        f"TRN*2*BATCH{day}",
        f"STC*A1:19:{party}*{day}*WQ*{_money((accepted + rejected) * 15000)}",
        *stated[:1],
        *refused[:1],
        *stated[1:],
        *refused[1:],
    ]
    level = count(3)
    for each in one.answers:
        written += _provider(each, level, numbers, day)
    return written


def _provider(each: Answers, level: Iterable[int], numbers: Iterable[int], day: str) -> Segments:
    above, claims = next(iter(level)), each.accepted + each.rejected + each.not_approved
    written = [f"HL*{above}*2*19*1", f"NM1*85*2*{_words(each.payee.name)}*****XX*{each.payee.npi}"]
    written += ["TRN*1*0", f"STC*A1:19:PR**WQ*{_money(15000 * claims)}", f"REF*TJ*{each.payee.tax_id}"]
    statuses = ["A2:20:PR"] * each.accepted + ["A7:562:85"] * each.rejected + ["A3:496:41"] * each.not_approved
    for status, claim, number in zip(statuses, level, numbers, strict=False):
        action = "WQ" if status.startswith("A2") else "U"
        written += [
            f"HL*{claim}*{above}*PT",
            _patient(number),
            f"TRN*2*PCN{number:08d}",
            f"STC*{status}*{day}*{action}*{_money(15000)}",
            f"REF*1K*ICN{number:08d}",
            f"DTP*472*D8*{day}",
        ]
    return written


def _syntax(accepted: int, rejected: int, group: int) -> Segments:
    written = [f"AK1*HC*{group}*005010X222A1"]
    for number in range(1, accepted + rejected + 1):
        written.append(f"AK2*837*{number:04d}*005010X222A1")
        is_bad = number > accepted
        written += ["IK3*CLM*22**8", "IK4*2*782*1", "IK5*R*5"] if is_bad else ["IK5*A"]
    letter = "A" if not rejected else "P" if accepted else "R"
    total = accepted + rejected
    return [*written, f"AK9*{letter}*{total}*{total}*{accepted}"]


def _first_with(segments: Segments, start: str) -> int:
    return next(place for place, segment in enumerate(segments) if segment.startswith(start))


def _changed(start: str, element: int, value: str) -> Callable[[Segments], Segments]:
    def change(segments: Segments) -> Segments:
        place = _first_with(segments, start)
        elements = segments[place].split("*")
        elements[element] = value
        return [*segments[:place], "*".join(elements), *segments[place + 1 :]]

    return change


def _without_a_segment(segments: Segments) -> Segments:
    """Lose what stands after the first ST, without which nothing can be read."""
    place = _first_with(segments, "ST*") + 1
    return [*segments[:place], *segments[place + 1 :]]


def _with_a_strange_segment(segments: Segments) -> Segments:
    place = _first_with(segments, "SE*")
    return [*segments[:place], "ZZZ*1", *segments[place:]]


def _with_a_broken_amount(segments: Segments) -> Segments:
    """Break the amount of a payment, or the count of an acknowledgment."""
    place = _first_with(segments, "ST*")
    start, element = {"835": ("BPR*", 2), "277": ("HL*", 1), "999": ("AK9*", 2)}[segments[place].split("*")[1]]
    return _changed(start, element, "12,50")(segments)


_PLANT: Final[dict[Fault, Callable[[Segments], Segments]]] = {
    Fault.WRONG_COUNT: _changed("SE*", 1, "9999"),
    Fault.WRONG_CONTROL: _changed("SE*", 2, "9999"),
    Fault.OLD_VERSION: _changed("GS*", 8, "004010X091A1"),
    Fault.BROKEN_AMOUNT: _with_a_broken_amount,
    Fault.STRANGE_SEGMENT: _with_a_strange_segment,
    Fault.LOST_SEGMENT: _without_a_segment,
    Fault.CUT: lambda segments: segments[: -max(1, len(segments) // 3)],
    Fault.JUNK_AFTER: lambda segments: [*segments, "THE END"],
    Fault.NO_INTERCHANGE: lambda segments: segments[1:],
}
"""In the order in which they are planted: what is lost comes last."""
