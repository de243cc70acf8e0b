"""What another cadence would have done over the last quarter's visits; nothing is changed."""

from datetime import time
from functools import partial
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from models.inputs.feedback_policy_forms import (
    FirstHours,
    FurtherDays,
    HourOfDay,
    OmissionDays,
    PriceOfText,
    SpanOfDays,
    Ways,
    cadence_of,
    method_of,
)
from models.inputs.forms import FormError, PracticeKey
from models.rules.feedback import RelativeTo
from models.rules.feedback_policy import supposed
from models.rules.feedback_windows import Window
from tasks import feedback_simulation
from tasks.commands import refuse, state_of
from tasks.moment import moment


@flow(flow_run_name="simulate-cadence {practice}")
def simulate_cadence(  # noqa: PLR0913, PLR0917 - the fields of a form
    practice: PracticeKey,
    first_hours: FirstHours = 3,
    second_days: FurtherDays = 1,
    third_days: FurtherDays = 5,
    relative_to: RelativeTo = RelativeTo.PREVIOUS,
    first: Ways = Ways.TEXT,
    second: Ways = Ways.EMAIL,
    third: Ways = Ways.EMAIL,
    omission_days: OmissionDays = 30,
    opens_at: HourOfDay = 9,
    closes_at: HourOfDay = 20,
    price_per_text: PriceOfText = 0.0083,
    days: SpanOfDays = 91,
    as_of: str = "",
) -> State[Any]:
    """Play the visits of the last quarter under other settings, beside the present ones; nothing is changed.

    Args:
        practice: Short name of the practice.
        first_hours: Hours from the check-out to the first attempt.
        second_days: Days to the second attempt; 0 for no second one.
        third_days: Days to the third attempt; 0 for no third one.
        relative_to: Whether days count from the attempt before, or from the check-out.
        first: Way of the first attempt.
        second: Way of the second attempt.
        third: Way of the third attempt.
        omission_days: For how many days a patient who was asked is not asked again.
        opens_at: Local hour from which messages may go out; never before 8, and states may be stricter.
        closes_at: Local hour from which no message goes out; never after 21, and states may be stricter.
        price_per_text: What one text costs, in USD.
        days: So many days before the moment.
        as_of: Moment to look from, ISO 8601 with offset; empty means now.
    """
    if not opens_at < closes_at <= 23:  # noqa: PLR2004 - the last hour of a day
        return refuse("The window closes later than it opens, at 23 at the latest; correct the hours.")
    try:
        cadence = cadence_of(first_hours, second_days, third_days, relative_to=relative_to, allows_one_ask=True)
    except FormError as error:
        return refuse(error.sentence)
    method = method_of((first, second, third), attempts=len(cadence.after))
    question = feedback_simulation.Question(
        partial(supposed, cadence=cadence, method=method, omission_days=omission_days),
        Window(time(opens_at), time(closes_at)),
        days,
        price_per_text,
    )
    return state_of(feedback_simulation.simulate(practice, question, as_of=moment(as_of)))
