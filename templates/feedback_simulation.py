"""Two cadences over the same past visits, side by side in words and figures."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from models.rules.feedback_replay import Played
from models.rules.feedback_why import REASONS

ASSUMED: Final = (
    "Played with the product's own rules over the visits that were really checked out. Every message is taken as "
    "handed over; who really answered answers as long after the first message as then; consents, addresses and "
    "exclusions are today's. A text is one part, a mail costs nothing."
)


@dataclass(frozen=True, slots=True)
class Compared:
    """What the present settings and others lead to; the price is that of one text, in USD."""

    practice: str
    days: int
    price_per_text: float
    present: Played
    other: Played

    def cost(self, side: Played) -> float:
        """Give what the texts of one side cost, in USD."""
        return side.texts * self.price_per_text


def kinds_of(side: Played) -> dict[str, int]:
    """Count messages by attempt and way, in words."""
    return {f"{number}. {way.value}": count for (number, way), count in sorted(side.messages.items())}


def compared_markdown(compared: Compared) -> str:
    """Write both sides as a table with what was assumed."""
    sides = [_figures(compared, side) for side in (compared.present, compared.other)]
    names = list(dict.fromkeys([*sides[0], *sides[1]]))
    head = f"## Another cadence for {compared.practice}, over {compared.days} days"
    lines = [head, "", ASSUMED, "", "| | present settings | other settings |", "|---|---:|---:|"]
    lines += [f"| {name} | {sides[0].get(name, '0')} | {sides[1].get(name, '0')} |" for name in names]
    return "\n".join(lines)


def _figures(compared: Compared, side: Played) -> dict[str, str]:
    figures = {
        "visits checked out": str(side.visits),
        "people asked": str(len(side.asked)),
        "visits asked about": str(side.requests_asked),
        "answers": str(side.answered),
        "messages": str(sum(side.messages.values())),
    }
    figures |= {f"attempt {kind}": str(count) for kind, count in kinds_of(side).items()}
    figures |= {
        "moved by windows or daily limits": str(len(side.shifts)),
        "moved by, on average": _span(side.mean_shift),
        "moved by, at most": _span(max(side.shifts, default=timedelta(0))),
        "cost of texts (USD)": f"{compared.cost(side):.2f}",
    }
    reasons = sorted(side.not_asked.items(), key=lambda one: (-one[1], one[0]))
    return figures | {
        f"not asked: {REASONS[why].format(days='the omission period')}": str(count) for why, count in reasons
    }


def _span(span: timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    return f"{minutes // 60} h {minutes % 60:02} min"
