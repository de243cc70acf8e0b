"""Where everything of the journey's picture goes: pure geometry from a view, drawn by a template."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from deployments.web.wording import Voice
from models.reports.onboarding_views import CallDate, JourneyView, StepView
from models.rules.onboarding import PAYMENT_WINDOW_DAYS
from models.rules.onboarding_facts import CallState, JourneyStatus, StepState

AHEAD = timedelta(days=21)
SHORTEST = 5.0
STRETCH = 4  # and is never drawn wider than that
HALF_LETTER = 3.7  # of the bold letters in the drawing, on average
PAST_SHARE = 0.5  # what is past gets at least so much of the width: most is to be seen there
_FOLLOW_UPS = "graduation"  # calls that belong to no step of their own lead up to this one


@dataclass(frozen=True, slots=True)
class Frame:
    """The measures of one drawing, in units of its view box; labels stand beside the bars or above them."""

    name: str
    width: int
    left: int
    right: int
    top: int
    row: int
    bar: int
    labels_above: bool


DESK = Frame("desk", width=1080, left=310, right=26, top=58, row=38, bar=16, labels_above=False)
PHONE = Frame("phone", width=360, left=10, right=14, top=54, row=48, bar=13, labels_above=True)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch from x, so wide."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Mark:
    """One point, the words that belong to it, and where those stand."""

    x: float
    label: str
    text_x: float = 0.0
    is_filled: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """One step: where its label, state mark and bar stand, and what else lies on it."""

    step: StepView
    label: str
    says: str
    y: float
    text_y: float
    bar_y: float
    bar: Span | None
    window: Span | None
    calls: tuple[Mark, ...]
    milestone: Mark | None


@dataclass(frozen=True, slots=True)
class Band:
    """When go-live is likely: nine in ten within, half before the middle."""

    span: Span
    likely: float
    label: Mark


@dataclass(frozen=True, slots=True)
class Chart:
    """The whole drawing."""

    frame: Frame
    height: int
    bottom: int
    is_closer_ahead: bool
    rows: tuple[Row, ...]
    months: tuple[Mark, ...]
    parallel: tuple[float, float] | None
    today: Mark | None
    band: Band | None
    flags: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class _Scale:
    """Turns days into places: evenly up to `bend`, and from there on evenly to `last`, perhaps closer together."""

    frame: Frame
    first: date
    bend: date
    bend_share: float
    last: date

    def x(self, day: date) -> float:
        """Place a day; what lies outside stands at the edge."""
        return round(self.frame.left + self._share(day) * (self.frame.width - self.frame.left - self.frame.right), 1)

    def _share(self, day: date) -> float:
        day = min(max(day, self.first), self.last)
        if day <= self.bend:
            return (day - self.first) / (self.bend - self.first) * self.bend_share
        return self.bend_share + (day - self.bend) / (self.last - self.bend) * (1 - self.bend_share)

    def span(self, first: date, last: date) -> Span:
        """Place a stretch of days, wide enough to be seen."""
        return Span(self.x(first), max(round(self.x(last) - self.x(first), 1), SHORTEST))

    def mark(self, day: date, label: str, *, is_filled: bool = True) -> Mark:
        """Place a day with words that never leave the drawing."""
        x, room = self.x(day), HALF_LETTER * len(label)
        text_x = max(min(x, self.frame.width - 4 - room), 4 + room)
        return Mark(x, label, round(text_x, 1), is_filled)


def draw(view: JourneyView, voice: Voice, frame: Frame) -> Chart:
    """Lay out one journey."""
    scale = _scale(view, frame)
    rows = tuple(_row(view, step, number, voice, scale) for number, step in enumerate(view.steps))
    bottom = frame.top + frame.row * len(rows)
    return Chart(
        frame=frame,
        height=bottom + 50,
        bottom=bottom,
        is_closer_ahead=scale.bend_share > (scale.bend - scale.first) / (scale.last - scale.first),
        rows=rows,
        months=tuple(_months(scale, voice)),
        parallel=_parallel(view.steps, frame),
        today=scale.mark(view.today, voice.say("today")) if _is_under_way(view) else None,
        band=_band(view, voice, scale),
        flags=tuple(_flags(view, voice, scale)),
    )


def _is_under_way(view: JourneyView) -> bool:
    return view.status in (JourneyStatus.ACTIVE, JourneyStatus.PAUSED)


def _scale(view: JourneyView, frame: Frame) -> _Scale:
    days = [view.target_on, view.went_live_on, view.graduated_on, *(step.ended_on for step in view.steps)]
    days += [call.on for call in view.calls]
    if _is_under_way(view):
        days += [view.today + AHEAD, view.forecast.late if view.forecast else None]
    if view.went_live_on is not None:
        days.append(view.went_live_on + timedelta(days=PAYMENT_WINDOW_DAYS[1]))
    latest = max((day for day in days if day is not None), default=view.today)
    length = max((latest - view.started_on).days, 14)
    first, last = view.started_on - timedelta(days=1 + length // 60), latest + timedelta(days=length // 25 + 1)
    bend = min(max(view.today + timedelta(days=1), first + timedelta(days=7)), last - timedelta(days=1))
    share = (bend - first) / (last - first)
    if not _is_under_way(view) or share >= PAST_SHARE:
        return _Scale(frame, first, bend, share, last)
    return _Scale(frame, first, bend, min(PAST_SHARE, share * STRETCH), last)


def _row(view: JourneyView, step: StepView, number: int, voice: Voice, scale: _Scale) -> Row:
    frame = scale.frame
    y = frame.top + number * frame.row
    bar_y = y + (frame.row - frame.bar - 8 if frame.labels_above else (frame.row - frame.bar) / 2)
    calls = step.calls if step.key != _FOLLOW_UPS else tuple(call for call in view.calls if _is_follow_up(view, call))
    return Row(
        step=step,
        label=voice.name("steps", step.key),
        says=says(step, voice),
        y=y,
        text_y=y + 17 if frame.labels_above else y + frame.row / 2 + 4.5,
        bar_y=bar_y,
        bar=_bar(view, step, scale),
        window=_window(view, step, scale),
        calls=tuple(_call(call, voice, scale) for call in calls),
        milestone=_milestone(step, voice, scale),
    )


def says(step: StepView, voice: Voice) -> str:
    """Say in words what a step's row shows."""
    state = voice.name("step_states", step.state)
    if step.ended_on is not None and step.ended_on == step.opened_on:
        return f"{state}, {voice.say('days_same', day=voice.day(step.ended_on))}"
    if step.ended_on is not None and step.opened_on is not None:
        days = voice.say("days_done", first=voice.day(step.opened_on), last=voice.day(step.ended_on))
        return f"{state}, {days}"
    return f"{state}, {voice.say('days_open', first=voice.day(step.opened_on))}" if step.opened_on else state


def _is_follow_up(view: JourneyView, call: CallDate) -> bool:
    return not any(call in step.calls for step in view.steps)


def _bar(view: JourneyView, step: StepView, scale: _Scale) -> Span | None:
    if step.opened_on is None or step.state is StepState.CLOSED:
        return None
    stopped = view.graduated_on or view.paused_on or (view.today if _is_under_way(view) else _last_day(view))
    return scale.span(step.opened_on, step.ended_on or max(stopped, step.opened_on))


def _last_day(view: JourneyView) -> date:
    days = [step.ended_on or step.opened_on for step in view.steps]
    return max((day for day in days if day is not None), default=view.today)


def _window(view: JourneyView, step: StepView, scale: _Scale) -> Span | None:
    """Place the days in which payments are expected, on the second milestone's row (O-32)."""
    if view.went_live_on is None or step.key != "payments":
        return None
    first, last = (view.went_live_on + timedelta(days=days) for days in PAYMENT_WINDOW_DAYS)
    return scale.span(first, last)


def _call(call: CallDate, voice: Voice, scale: _Scale) -> Mark:
    is_held = call.state is CallState.HELD
    words = f"{voice.name('calls', call.key)}, {voice.name('call_states', call.state)}, {voice.moment(call.starts_at)}"
    return Mark(scale.x(call.on), words, is_filled=is_held)


def _milestone(step: StepView, voice: Voice, scale: _Scale) -> Mark | None:
    """Place a milestone: on its day once it is reached, at the end of its row until then."""
    if not step.milestone:
        return None
    words = voice.say("milestone", number=step.milestone)
    if step.ended_on is None or step.state is not StepState.DONE:
        return Mark(scale.frame.width - scale.frame.right, words, is_filled=False)
    return Mark(scale.x(step.ended_on), f"{words}, {voice.say('milestone.reached')}: {voice.day(step.ended_on)}")


def _months(scale: _Scale, voice: Voice) -> list[Mark]:
    """Mark the first of each month; on long roads only every second or third."""
    day = (scale.first.replace(day=1) + timedelta(days=32)).replace(day=1)
    months = []
    while day <= scale.last:
        months.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    most = 12 if not scale.frame.labels_above else 6
    return [Mark(scale.x(month), voice.month(month)) for month in months[:: 1 + (len(months) - 1) // most]]


def _parallel(steps: Sequence[StepView], frame: Frame) -> tuple[float, float] | None:
    """Find the rows that run side by side: what lies between a fork and the step that waits for all its arms."""
    before = {step.key: step.after for step in steps}
    for step in steps:
        arms = [_ancestors(key, before) for key in step.after]
        beside = frozenset().union(*arms) - frozenset.intersection(*arms) if len(arms) > 1 else frozenset()
        numbers = [number for number, each in enumerate(steps) if each.key in beside]
        if numbers:
            return frame.top + min(numbers) * frame.row, (max(numbers) - min(numbers) + 1) * frame.row
    return None


def _ancestors(key: str, before: dict[str, tuple[str, ...]]) -> frozenset[str]:
    return frozenset({key}).union(*(_ancestors(earlier, before) for earlier in before.get(key, ())))


def _band(view: JourneyView, voice: Voice, scale: _Scale) -> Band | None:
    likely = view.forecast
    if likely is None or view.went_live_on is not None or not _is_under_way(view):
        return None
    label = f"{voice.say('forecast')}: {voice.span(likely.early, likely.late)}"
    return Band(scale.span(likely.early, likely.late), scale.x(likely.likely), scale.mark(likely.likely, label))


def _flags(view: JourneyView, voice: Voice, scale: _Scale) -> list[Mark]:
    flags = []
    if view.went_live_on is not None:
        flags.append(scale.mark(view.went_live_on, f"{voice.say('live')} {voice.day(view.went_live_on)}"))
    elif view.target_on is not None:
        flags.append(scale.mark(view.target_on, f"{voice.say('target')} {voice.day(view.target_on)}", is_filled=False))
    return flags
