"""What states say about the hours of solicitations by telephone and text, dated, with sources (F-203).

A request for feedback sells nothing; the stricter reading is taken all the same. Laws about recorded voices only
(Maine, Nevada's NRS 597.814, South Dakota's SDCL 37-30-28) and hours that are no narrower than the federal ones are
left out. `since` is the day from which a law binds texts or calls, or the day on which the source showed it in force.
"""

from collections.abc import Iterable
from datetime import date, time
from functools import lru_cache
from typing import Final

from models.rules.calendars import SATURDAY, SUNDAY
from models.rules.feedback_windows import EXCEPT_SUNDAY, HARD, Place, Window

UNSEEN: Final = "wording not seen"
"""Marks a source whose hours are known only from guides that others keep."""

_EIGHT, _NINE, _TEN, _NOON = time(8), time(9), time(10), time(12)
_FIVE_PM, _SIX_PM, _EIGHT_PM, _NINE_PM = time(17), time(18), time(20), time(21)
_ON_SATURDAY: Final = frozenset({SATURDAY})
_ON_SUNDAY: Final = frozenset({SUNDAY})

LAWS: Final = (
    Window(
        _EIGHT,
        _EIGHT_PM,
        EXCEPT_SUNDAY,
        is_closed_on_holidays=True,
        state="AL",
        since=date(2024, 11, 27),
        source="Ala. Admin. Code r. 770-X-5-.17(1)(b): 8-20, no Sundays, no holidays (register of 2024-11-27)",
    ),
    Window(
        _NINE,
        _EIGHT_PM,
        state="CT",
        since=date(2023, 10, 1),
        source="Conn. Gen. Stat. 42-288a as amended by P.A. 23-98: 9-20, texts included",
    ),
    Window(
        _EIGHT,
        _EIGHT_PM,
        state="FL",
        since=date(2021, 7, 1),
        source="Fla. Stat. 501.616(6)(a) as amended by ch. 2021-185: 8-20 in the called person's zone",
    ),
    Window(
        _TEN,
        _NINE_PM,
        state="KY",
        since=date(2025, 11, 1),
        source=f"KRS 367.46955: 10-21 ({UNSEEN}; two guides agree, one of 2025-11-01)",
    ),
    Window(
        _EIGHT,
        _EIGHT_PM,
        EXCEPT_SUNDAY,
        is_closed_on_holidays=True,
        state="LA",
        since=date(1992, 1, 1),
        source="La. R.S. 45:811(2)-(3), Acts 1991, No. 917: 8-20 Monday to Saturday, no state holidays",
    ),
    Window(
        _EIGHT,
        _EIGHT_PM,
        state="MA",
        since=date(2003, 1, 1),
        source="G.L. c. 159C and 201 CMR 12.02(2): 8-20 at the consumer's location",
    ),
    Window(
        _EIGHT,
        _EIGHT_PM,
        state="MD",
        since=date(2024, 1, 1),
        source="Md. Code, Com. Law 14-4502 (Stop the Spam Calls Act of 2023): 8-20 in the called party's zone",
    ),
    Window(
        _NINE,
        _NINE_PM,
        state="MN",
        since=date(2025, 11, 1),
        source=f"Minn. Stat. 325E.30: 9-21 ({UNSEEN}; a guide of 2025-11-01)",
    ),
    Window(
        _EIGHT,
        _EIGHT_PM,
        EXCEPT_SUNDAY,
        state="MS",
        since=date(2003, 7, 1),
        source="Miss. Code 77-3-723(1): 8-20 Central, no Sundays; the ban on holidays ended with the rules of the PSC",
    ),
    Window(
        _NINE,
        _NINE_PM,
        state="NM",
        since=date(2006, 1, 1),
        source="N.M. Stat. 57-12-22(B)(5): received between 9 and 21 (code of 2006)",
    ),
    Window(
        _NINE,
        _EIGHT_PM,
        state="NV",
        since=date(2025, 11, 1),
        source=f"NRS chapter 598, solicitation by telephone: 9-20 ({UNSEEN}; a guide of 2025-11-01)",
    ),
    Window(
        _EIGHT,
        _EIGHT_PM,
        state="OK",
        since=date(2022, 11, 1),
        source="15 O.S. 775C.4 (Telephone Solicitation Act of 2022): 8-20 in the called person's zone",
    ),
    Window(
        _EIGHT,
        _EIGHT_PM,
        state="OR",
        since=date(2026, 1, 1),
        source="Oregon Laws 2025, HB 3865: 8-20, texts included",
    ),
    Window(
        HARD.opens,
        HARD.closes,
        is_closed_on_holidays=True,
        state="PA",
        since=date(2019, 12, 3),
        source="73 P.S. 2245(a)(10), Act 73 of 2019: no legal holidays",
    ),
    Window(
        HARD.opens,
        HARD.closes,
        EXCEPT_SUNDAY,
        state="PA",
        since=date(2026, 10, 18),
        source=f"Telemarketer Registration Act, amended in 2026: no Sundays ({UNSEEN}; a list of rules names it)",
    ),
    Window(
        _NINE,
        _SIX_PM,
        EXCEPT_SUNDAY,
        is_closed_on_holidays=True,
        state="RI",
        since=date(2000, 1, 1),
        source="R.I. Gen. Laws 5-61-2(2) and 5-61-3.6: weekdays 9-18, no state or federal holidays, no Sundays",
    ),
    Window(
        _TEN,
        _FIVE_PM,
        state="RI",
        since=date(2000, 1, 1),
        source="R.I. Gen. Laws 5-61-2(2): Saturdays 10-17",
        speaks_of=_ON_SATURDAY,
    ),
    Window(
        _NINE,
        _NINE_PM,
        state="TX",
        since=date(2025, 9, 1),
        source="Tex. Bus. & Com. Code 301.051, texts by SB 140 of 2025: 9-21",
    ),
    Window(
        _NOON,
        _NINE_PM,
        state="TX",
        since=date(2025, 9, 1),
        source="Tex. Bus. & Com. Code 301.051, texts by SB 140 of 2025: Sundays 12-21",
        speaks_of=_ON_SUNDAY,
    ),
    Window(
        HARD.opens,
        HARD.closes,
        EXCEPT_SUNDAY,
        is_closed_on_holidays=True,
        state="UT",
        since=date(2025, 1, 1),
        source="Utah Code 13-25a-103(3): 8-21, no Sundays, no legal holidays (code of 2025-01-01)",
    ),
    Window(
        _EIGHT,
        _EIGHT_PM,
        state="WA",
        since=date(2022, 6, 9),
        source=f"RCW 80.36.390 as amended by 2022 c 195: 8-20 ({UNSEEN}; a list of rules names it)",
    ),
    Window(
        _EIGHT,
        _EIGHT_PM,
        state="WY",
        since=date(2025, 11, 1),
        source=f"Wyo. Stat. 40-12-302: 8-20 ({UNSEEN}; a list of rules names it)",
    ),
)
"""One line per state and kind of day. A change of law is a new line; the old one gets its `until`."""


def laws_at(places: Iterable[Place]) -> tuple[Window, ...]:
    """List the laws of the states in which a person may be; they all hold together."""
    return _laws_in(frozenset(place.state for place in places))


@lru_cache(maxsize=4096)
def _laws_in(states: frozenset[str]) -> tuple[Window, ...]:
    return tuple(law for law in LAWS if law.state in states)
