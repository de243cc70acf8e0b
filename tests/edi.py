"""Writes files from payers for tests: 835, 277CA and 999, whole or with planted faults; every person is invented.

What a test varies is an argument; everything else is a small practice with one payer. The files are written by hand
from the standard's structure, not from any payer's file.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from models.inputs.payer_files import Kind, Refusal

NPI: Final = "1234567893"
TAX_ID: Final = "990000001"
PAYER_TAX_ID: Final = "1990000002"
PATIENTS: Final = ("QUINTESSA", "ZEBULON", "W778899001", "PCN-CANARY-1", "PCN-CANARY-2", "ICN-CANARY", "20260215")
"""What is planted of patients: names, member id, claim numbers of both sides, a day of service."""

Segments = list[str]


@dataclass(frozen=True)
class Signs:
    """The delimiters, and what stands after each segment."""

    element: str = "*"
    repetition: str = "^"
    component: str = ":"
    terminator: str = "~"
    line_end: str = ""


USUAL: Final = Signs()
GROUP_CODES: Final = {Kind.REMITTANCE: "HP", Kind.CLAIM_ACKNOWLEDGMENT: "HN", Kind.SYNTAX_ACKNOWLEDGMENT: "FA"}
VERSIONS: Final = {
    Kind.REMITTANCE: "005010X221A1",
    Kind.CLAIM_ACKNOWLEDGMENT: "005010X214",
    Kind.SYNTAX_ACKNOWLEDGMENT: "005010X231A1",
}


def money(cents: int) -> str:
    """Say an amount as X12 does: no trailing zeros, no point before nothing."""
    sign, whole, rest = "-" if cents < 0 else "", *divmod(abs(cents), 100)
    return f"{sign}{whole}.{rest:02d}".rstrip("0").rstrip(".") if rest else f"{sign}{whole}"


@dataclass(frozen=True)
class Claim:
    """One claim of an 835; what is neither paid nor adjusted leaves it out of balance."""

    charged: int = 15000
    paid: int = 9000
    status: str = "1"
    adjusted: int | None = None
    lines: int = 2
    number: str = PATIENTS[3]

    def segments(self) -> Segments:
        """Write the claim with its service lines; the adjustments are spread over claim and lines."""
        adjusted = self.charged - self.paid if self.adjusted is None else self.adjusted
        first, rest = adjusted // 3, adjusted - adjusted // 3
        written = [
            f"CLP*{self.number}*{self.status}*{money(self.charged)}*{money(self.paid)}*{money(0)}*12*{PATIENTS[5]}*11*1",
            f"CAS*PR*1*{money(first)}",
            f"NM1*QC*1*{PATIENTS[0]}*{PATIENTS[1]}****MI*{PATIENTS[2]}",
            f"NM1*82*1*RIVERA*SAM****XX*{NPI}",
            f"DTM*232*{PATIENTS[6]}",
        ]
        for line in range(self.lines):
            written += [
                f"SVC*HC:9921{line}*{money(self.charged // self.lines)}*{money(self.paid // self.lines)}**1",
                f"DTM*472*{PATIENTS[6]}",
                f"REF*6R*{PATIENTS[4]}",
            ]
            if line == 0:
                written.append(f"CAS*CO*45*{money(rest - 100)}**253*{money(60)}**B10*{money(40)}")
        return written


def remittance(
    claims: Sequence[Claim] = (Claim(),),
    *,
    adjustments: Sequence[int] = (),
    amount: int | None = None,
    method: str = "ACH",
    trace: str = "880001",
    payee: str = NPI,
) -> Segments:
    """Write the inside of an 835; the amount is what claims and adjustments add up to, unless given."""
    total = sum(claim.paid for claim in claims) - sum(adjustments) if amount is None else amount
    written = [
        f"BPR*I*{money(total)}*C*{method}*CCP*01*111000025*DA*4455667788*{PAYER_TAX_ID}**01*111000025*DA*9988776655*20260302",
        f"TRN*1*{trace}*{PAYER_TAX_ID}",
        "REF*EV*PRACTICE",
        "DTM*405*20260301",
        "N1*PR*EXAMPLE HEALTH PLAN*XV*55555",
        "N3*1 EXAMPLE WAY",
        "N4*PHOENIX*AZ*85001",
        "REF*2U*00123",
        "PER*BL*SUPPORT*TE*2025550143",
        f"N1*PE*EXAMPLE CLINIC*XX*{payee}",
        "N4*PHOENIX*AZ*85001",
        f"REF*TJ*{TAX_ID}",
    ]
    if claims:
        written += ["LX*1", f"TS3*{NPI}*11*20261231*{len(claims)}*{money(sum(claim.charged for claim in claims))}"]
    for claim in claims:
        written += claim.segments()
    return written + [f"PLB*{NPI}*20261231*WO:{PATIENTS[5]}*{money(each)}" for each in adjustments]


@dataclass(frozen=True)
class Answered:
    """One claim of a 277CA: its status, and the action beside it."""

    status: str = "A2:20:PR"
    action: str = "WQ"
    line_status: str = ""

    def segments(self, number: int, parent: int) -> Segments:
        """Write the patient's level."""
        line = [f"SVC*HC:99213*{money(15000)}*****1", f"STC*{self.line_status}**U"] if self.line_status else []
        return [
            f"HL*{number}*{parent}*PT",
            f"NM1*QC*1*{PATIENTS[0]}*{PATIENTS[1]}****MI*{PATIENTS[2]}",
            f"TRN*2*{PATIENTS[3]}",
            f"STC*{self.status}*20260301*{self.action}*{money(15000)}",
            f"REF*1K*{PATIENTS[5]}",
            f"REF*D9*{PATIENTS[4]}",
            f"DTP*472*D8*{PATIENTS[6]}",
            *line,
        ]


def claim_acknowledgment(
    *providers: Sequence[Answered],
    source: str = "PR",
    batch_status: str = "A1:19:PR",
    batch_action: str = "WQ",
    provider_status: str = "",
) -> Segments:
    """Write the inside of a 277CA: one group of claims per billing provider; no claims when all were rejected."""
    answers = [answer for provider in providers for answer in provider]
    accepted = sum(answer.action == "WQ" for answer in answers)
    written = [
        "BHT*0085*08*BATCH77*20260301*120000*TH",
        "HL*1**20*1",
        f"NM1*{source}*2*EXAMPLE HEALTH PLAN*****PI*55555",
        "TRN*1*RECEIVED77",
        "DTP*050*D8*20260228",
        "DTP*009*D8*20260301",
        "HL*2*1*21*1",
        "NM1*41*2*GOLIVE BILLING*****46*S00077",
        "TRN*2*BATCH77",
        f"STC*{batch_status}*20260301*{batch_action}*{money(15000 * len(answers))}",
        f"QTY*90*{accepted}",
        f"QTY*AA*{len(answers) - accepted}",
        f"AMT*YU*{money(15000 * accepted)}",
        f"AMT*YY*{money(15000 * (len(answers) - accepted))}",
    ]
    level = 2
    for provider in providers:
        level += 1
        above = level
        written += [f"HL*{level}*2*19*1", f"NM1*85*2*EXAMPLE CLINIC*****XX*{NPI}", "TRN*1*0", f"REF*TJ*{TAX_ID}"]
        written += [f"STC*{provider_status}*20260301*U"] if provider_status else []
        for answer in provider:
            level += 1
            written += answer.segments(level, above)
    return written


def syntax_acknowledgment(*verdicts: str, group: str = "", received: int | None = None) -> Segments:
    """Write the inside of a 999: a verdict letter per transaction set; E and R come with errors that quote data."""
    written = ["AK1*HC*77*005010X222A1"]
    for number, verdict in enumerate(verdicts, start=1):
        written.append(f"AK2*837*{number:04d}*005010X222A1")
        if verdict in "ER":
            written += [
                "IK3*NM1*8*2010*8",
                f"CTX*CLM01:{PATIENTS[3]}",
                f"IK4*9*67*1*{PATIENTS[2]}",
            ]
        written.append(f"IK5*{verdict}*5" if verdict in "ER" else f"IK5*{verdict}")
    good = sum(verdict in "AE" for verdict in verdicts)
    letter = group or ("A" if good == len(verdicts) else "P" if good else "R")
    count = len(verdicts) if received is None else received
    return [*written, f"AK9*{letter}*{count}*{count}*{good}"]


def transaction(kind: Kind, inside: Sequence[str], *, control: str = "0001") -> Segments:
    """Put ST and SE around."""
    version = "" if kind is Kind.REMITTANCE else f"*{VERSIONS[kind]}"
    return [f"ST*{kind[:3]}*{control}{version}", *inside, f"SE*{len(inside) + 2}*{control}"]


def group(kind: Kind, *insides: Sequence[str], control: int = 1) -> Segments:
    """Put GS and GE around some transactions of one kind."""
    written = [f"GS*{GROUP_CODES[kind]}*CLEARINGHOUSE*PRACTICE*20260301*1200*{control}*X*{VERSIONS[kind]}"]
    for number, inside in enumerate(insides, start=1):
        written += transaction(kind, inside, control=f"{number:04d}")
    return [*written, f"GE*{len(insides)}*{control}"]


def interchange(
    *groups: Sequence[str], test: bool = False, control: int = 7, sender: str = "CLEARINGHOUSE"
) -> Segments:
    """Put ISA and IEA around some groups."""
    usage = "T" if test else "P"
    head = f"ISA*00*{'':10}*00*{'':10}*ZZ*{sender:15}*ZZ*{'PRACTICE':15}*260301*1200*^*00501*{control:09d}*0*{usage}*:"
    return [head, *(segment for each in groups for segment in each), f"IEA*{len(groups)}*{control:09d}"]


def encode(segments: Sequence[str], signs: Signs = USUAL, *, charset: str = "latin-1") -> bytes:
    """Give the bytes of a file; texts are written with the usual delimiters and translated."""
    table = str.maketrans({"*": signs.element, "^": signs.repetition, ":": signs.component})
    end = signs.terminator + signs.line_end
    return "".join(segment.translate(table) + end for segment in segments).encode(charset)


Edit = Callable[[Segments], Segments]


@dataclass(frozen=True)
class Fault:
    """One fault, where it is planted, and why the reader refuses it. A `shape` keeps the transaction's own count."""

    name: str
    reason: Refusal
    edit: Edit
    is_shape: bool = False


def _drop(start: str) -> Edit:
    return lambda segments: [each for each in segments if not each.startswith(start)]


def _after(start: str, *added: str) -> Edit:
    def edit(segments: Segments) -> Segments:
        at = next((number for number, each in enumerate(segments, start=1) if each.startswith(start)), None)
        return segments if at is None else [*segments[:at], *added, *segments[at:]]

    return edit


def _set(start: str, element: int, value: str) -> Edit:
    def edit(segments: Segments) -> Segments:
        at = next((number for number, each in enumerate(segments) if each.startswith(start)), None)
        if at is None:
            return segments
        elements = segments[at].split("*")
        elements[element] = value
        return [*segments[:at], "*".join(elements), *segments[at + 1 :]]

    return edit


def _shape(name: str, reason: Refusal, edit: Edit) -> Fault:
    return Fault(name, reason, edit, is_shape=True)


def _value(start: str, element: int, value: str, reason: Refusal = Refusal.BAD_VALUE) -> Fault:
    return Fault(f"{start} {element} {value[:12]!r}", reason, _set(start, element, value))


FAULTS: Final = (
    _shape("no payment", Refusal.MISSING, _drop("BPR*")),
    _shape("no trace", Refusal.MISSING, _drop("TRN*")),
    _shape("two traces", Refusal.MISPLACED, _after("TRN*", "TRN*1*880002*1990000002")),
    _shape("no payer", Refusal.MISPLACED, _drop("N1*PR*")),
    _shape("no payee", Refusal.MISSING, _drop("N1*PE*")),
    _shape("payee first", Refusal.MISSING, _after("DTM*405*", "N1*PE*EXAMPLE CLINIC")),
    _shape("other party", Refusal.MISPLACED, _after("DTM*405*", "N1*ZZ*SOMEBODY")),
    _shape("unknown segment in the header", Refusal.UNKNOWN_SEGMENT, _after("DTM*405*", "ZZZ*1")),
    _shape("unknown segment in a claim", Refusal.UNKNOWN_SEGMENT, _after("CLP*", "ZZZ*1")),
    _shape("detail before a claim", Refusal.MISPLACED, _after("TS3*", "SVC*HC:99213*1*1")),
    _shape("summary in a claim", Refusal.MISPLACED, _after("CLP*", "TS3*1")),
    _shape("claim after adjustments", Refusal.MISPLACED, _after("PLB*", "CLP*1*1*1*1")),
    _shape("unknown after adjustments", Refusal.UNKNOWN_SEGMENT, _after("PLB*", "ZZZ*1")),
    _shape("payment among claims", Refusal.UNKNOWN_SEGMENT, _after("CLP*", "BPR*I*1*C*CHK************20260302")),
    _shape("empty segment", Refusal.EMPTY_SEGMENT, _after("NM1*82*", "")),
    _shape("empty segment before a short id", Refusal.EMPTY_SEGMENT, _after("REF*TJ*", "")),
    _shape("long id", Refusal.BROKEN_SEGMENT, _after("NM1*82*", "ABCD*1")),
    _shape("short id", Refusal.BROKEN_SEGMENT, _after("NM1*82*", "A*1")),
    _shape("no element", Refusal.BROKEN_SEGMENT, _after("NM1*82*", "LX")),
    _shape("line break inside", Refusal.LINE_BREAK, _set("N3*", 1, "1 EXAM\r\nPLE WAY")),
    _shape("too long", Refusal.SEGMENT_TOO_LONG, _set("N3*", 1, "X" * 10_000)),
    _value("BPR*", 2, "12.345"),
    _value("BPR*", 2, PATIENTS[0]),
    _value("BPR*", 4, ""),
    _value("BPR*", 16, "20260231"),
    _value("TRN*", 2, ""),
    _value("TRN*", 3, "\x07"),
    _value("DTM*405*", 2, "260301"),
    _value("CLP*", 2, ""),
    _value("CLP*", 3, PATIENTS[1]),
    _value("CLP*", 4, ""),
    _value("CLP*", 4, "1.2.3"),
    _value("CLP*", 4, "-"),
    _value("CLP*", 4, "123456789012"),
    _value("CAS*", 3, "1e5"),
    _value("CAS*CO*", 6, "1.999"),
    _value("PLB*", 4, ""),
    _value("SE*", 1, "1", Refusal.COUNT),
    _value("SE*", 1, "many"),
    _value("SE*", 2, "9999", Refusal.CONTROL_NUMBER),
    _value("GE*", 1, "7", Refusal.COUNT),
    _value("GE*", 2, "9999", Refusal.CONTROL_NUMBER),
    _value("IEA*", 1, "7", Refusal.COUNT),
    _value("IEA*", 2, "000009999", Refusal.CONTROL_NUMBER),
    _value("ISA*", 12, "00401", Refusal.VERSION),
    _value("ISA*", 13, "00000000A"),
    _value("ISA*", 15, "I"),
    _value("ISA*", 6, "TOO SHORT", Refusal.BROKEN_ISA),
    _value("ISA*", 11, "U", Refusal.DELIMITERS),
    _value("ISA*", 16, "^", Refusal.DELIMITERS),
    _value("GS*", 8, "004010X091A1", Refusal.OTHER_TRANSACTION),
    _value("GS*", 1, "HC", Refusal.OTHER_TRANSACTION),
    _value("GS*", 6, "one"),
    _value("ST*", 1, "837", Refusal.OTHER_TRANSACTION),
    Fault("no ISA", Refusal.NO_INTERCHANGE, _drop("ISA*")),
    Fault("no GS", Refusal.MISPLACED, _drop("GS*")),
    Fault("no ST", Refusal.MISPLACED, _drop("ST*")),
    Fault("no SE", Refusal.MISPLACED, _drop("SE*")),
    Fault("no GE", Refusal.MISPLACED, _drop("GE*")),
    Fault("no IEA", Refusal.UNFINISHED, _drop("IEA*")),
    Fault("transaction inside another", Refusal.MISPLACED, _after("CLP*", "ST*835*0002")),
    Fault("group inside another", Refusal.MISPLACED, _after("GS*", "GS*HP*A*B*20260301*1200*2*X*005010X221A1")),
    Fault("interchange inside another", Refusal.MISPLACED, _after("CLP*", "ISA*00")),
    Fault("acknowledgment inside", Refusal.MISPLACED, _after("GS*", "TA1*000000007*260301*1200*A*000")),
    Fault("segment between", Refusal.MISPLACED, _after("GS*", "REF*EV*1")),
    Fault("junk at the end", Refusal.JUNK_BETWEEN, _after("IEA*", "GS*HP*A*B")),
)
"""Faults of a file with one 835 that has claims and adjustments."""


def plant(segments: Sequence[str], faults: Sequence[Fault]) -> Segments:
    """Plant some faults: first those that change the shape, counted again, so that each is the fault that it is."""
    planted = list(segments)
    for fault in sorted(faults, key=lambda each: not each.is_shape):
        planted = fault.edit(planted)
        if fault.is_shape:
            start = next(number for number, each in enumerate(planted) if each.startswith("ST*"))
            end = next(number for number, each in enumerate(planted) if each.startswith("SE*"))
            planted = _set("SE*", 1, str(end - start + 1))(planted)
    return planted
