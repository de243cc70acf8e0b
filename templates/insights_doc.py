"""Writes docs/insights.md from the definitions, so that the page and the figures cannot disagree."""

from models.reports.insight_definitions import DEFINITIONS
from models.rules.insight_prompts import REASONS
from models.rules.insights import FEWEST, FEWEST_COMPARED

_BEGIN = f"""# Insights and reports

Have patients been satisfied with their visit, how many answer, who is not asked and why. Written from
`models/reports/insight_definitions.py`, where each figure is defined once for pages, mails, files and artifacts.

![Insights of a practice](images/insights-desk.png)

## The page

Each practice has its Insights at `/staff/practices/` with the practice's key and `/insights`, for whoever may read them
(`access.md`), in English and Spanish: two cards that answer in a sentence, the next best step, then every figure as
chart and table, for 30, 90 or 365 days up to today. PDF, CSV and XLSX hold the same figures. Charts are written by
`templates/insight_lines.py`; nothing of a page is remembered, since names of providers stand in it.

## How to read the figures

- Shares stand with their counts and the range that holds the true share with 95 % (Wilson, without correction).
- A cell with 1 to {FEWEST - 1} is hidden. What would give it away by subtraction is hidden with it: at least two cells,
  {FEWEST} or more together. Providers, locations, languages, attempts, ways, months and reasons are cells; yes and no,
  and stars, are what a cell says.
- Two shares are compared only where both are built on {FEWEST_COMPARED} and more, by Newcombe's interval of their
  difference; a difference is told when the interval leaves out zero.
- Months and weeks are local ones of the practice; figures of all practices together go by UTC.
- Reports leave out providers and locations, and what patients wrote: the words stay in the portal.

## Figures

| figure | counts | of | rows | clock |
|---|---|---|---|---|
"""
_STEPS = """
## Next best steps

Derived from the figures of the period; nothing is derived from fewer than twenty.

| step | least share of all check-outs | reasons |
|---|---|---|
"""
_REPORTS = """
## Reports

| report | whom it reaches | how |
|---|---|---|
| progress | each practice's primary contact, every two weeks until graduation (O-36) | mail with a chart |
| weekly reputation | each practice that asks, on Monday in office hours | mail with PDF, CSV and XLSX |
| month | Onboarding Managers and auditors | the page `/staff/month` with PDF, CSV and XLSX; `month-report`: artifacts |
| insights | whoever starts it | `show-insights`: artifacts |

The progress report says what the pages Journey and Enrollments say when it is sent: steps behind the practice and what
is settled in each, what is missing from its side, what happened since the last report, each enrollment with its next
date, and the dates ahead. Its chart stands inside the mail; the plain text says the same in lines.

What a report says, the portal says too, and tests hold them together: the weekly mail's week is `?week=2026-11-30` of
the page (its Monday; the last one is a link), and the month in Prefect is that of `/staff/month`.

The same figures give the same bytes. Every cell of CSV and XLSX is text; what could begin a formula gets a quote
before it in CSV. A PDF needs Pango on the machine; without it the mail goes without its PDF.

## Speed

Figures are counted anew at each look, from the rows themselves: nothing is summed up beforehand that could differ from
them. Indexes hold what is counted, so that most of it is counted without a look at the rows: the requests that were
sent, in the order of provider, location and language; those that were left out, by reason; those that were answered;
the messages handed over in the order of attempt and way; those reported as undeliverable; and the answers.

For 1,000,000 requests of one practice group in twelve months, with 1,400,000 messages and 300,000 answers, beside the
same aggregates as bare SQL in the same minutes (2 cores, load 15 to 21 from other work, November 23, 2026):

| database | before, when idle | now, of the processor | of the clock, times the bare SQL |
|---|---|---|---|
| SQLite | 2.2 s, bare SQL 3.7 s | 1.5 to 1.7 s, 0.37 times the bare SQL | 0.39 to 0.48 |
| PostgreSQL | 2.5 s, bare SQL 2.7 s | 2.4 to 3.2 s of three processes, 0.43 to 0.53 times | 0.42 to 0.75 |

At these ratios an idle machine needs about 1.4 s with SQLite and 1.5 to 1.7 s with PostgreSQL; that is reckoned, not
measured. `pytest -s -m bench tests/benchmarks/test_insights.py` measures it.
"""


def insights_page() -> str:
    """Write the page."""
    rows = [f"| {one.name} | {one.counted} | {one.of} | {one.rows} | {one.clock} |" for one in DEFINITIONS.values()]
    steps = [f"| `{step}` | {least:.0%} | {', '.join(f'`{why}`' for why in whys)} |" for step, whys, least in REASONS]
    return _BEGIN + "\n".join(rows) + "\n" + _STEPS + "\n".join(steps) + "\n" + _REPORTS
