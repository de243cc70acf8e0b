"""Forms about feedback: what they mean, and what they refuse in plain sentences."""

from datetime import timedelta

import pytest
from pydantic import TypeAdapter, ValidationError

from models.inputs.feedback_policy_forms import (
    OmissionDays,
    QuestionWords,
    Ways,
    addresses_of,
    cadence_of,
    method_of,
    question_of,
)
from models.inputs.forms import FormError
from models.rules.feedback import CADENCE, Destination, Question, RelativeTo
from models.rules.messages import Channel

PREVIOUS = RelativeTo.PREVIOUS


def test_the_form_as_it_opens_is_the_usual_cadence() -> None:
    """F-003, F-010, F-011, F-020."""
    cadence = cadence_of(3, 1, 5, relative_to=PREVIOUS, allows_one_ask=False)
    assert cadence.after == tuple(ask.after for ask in CADENCE)
    assert method_of((Ways.TEXT, Ways.EMAIL, Ways.EMAIL), attempts=3) == tuple(ask.channels for ask in CADENCE)


def test_no_days_leave_an_attempt_out() -> None:
    """F-013."""
    assert len(cadence_of(3, 1, 0, relative_to=PREVIOUS, allows_one_ask=False).after) == 2
    assert cadence_of(4, 0, 0, relative_to=PREVIOUS, allows_one_ask=True).after == (timedelta(hours=4),)
    with pytest.raises(FormError, match="no third attempt without a second one"):
        cadence_of(3, 0, 5, relative_to=PREVIOUS, allows_one_ask=False)


def test_ways_of_attempts_that_are_not_made_are_left_out() -> None:
    """F-021, F-022, F-023."""
    assert method_of((Ways.BOTH, Ways.TEXT, Ways.TEXT), attempts=2) == ((Channel.TEXT, Channel.EMAIL), (Channel.TEXT,))


def test_a_question_has_both_languages() -> None:
    """F-053."""
    assert question_of(" Were you well cared for? ", "¿Fue bien atendido?") == Question(
        "Were you well cared for?", "¿Fue bien atendido?"
    )
    with pytest.raises(FormError, match="write both"):
        question_of("Were you well cared for?", "     ")
    for wrong in ("hi", "write to me@example.com?", "<b>Were you?</b>", "x" * 161):
        with pytest.raises(ValidationError):
            TypeAdapter(QuestionWords).validate_python(wrong)


@pytest.mark.parametrize("days", [0, 366, 1.5, ""])
def test_the_omission_period_is_a_whole_number_of_days(days: object) -> None:
    """F-041."""
    with pytest.raises(ValidationError):
        TypeAdapter(OmissionDays).validate_python(days)


def test_addresses_keep_their_order_and_empty_ones_are_left_out() -> None:
    """F-070, F-072."""
    written = {
        Destination.GOOGLE: " https://g.page/r/abc/review ",
        Destination.VITALS: "",
        Destination.HEALTHGRADES: "https://www.healthgrades.com/physician/x",
        Destination.OWN_SITE: "https://maplestreet.example.com/reviews?lang=en",
    }
    assert list(addresses_of(written)) == [Destination.GOOGLE, Destination.HEALTHGRADES, Destination.OWN_SITE]
    assert addresses_of(written)[Destination.GOOGLE] == "https://g.page/r/abc/review"
    assert addresses_of(dict.fromkeys(Destination, "")) == {}


@pytest.mark.parametrize(
    "address",
    [
        "http://maplestreet.example.com/",
        "maplestreet.example.com",
        "javascript:alert(1)",
        "https://someone:secret@example.com/",
        "https://example.com:8443/",
        "https://localhost/",
        "https://exa mple.com/",
        "https://example.com/é",
        "https://[::1]/",
        "https://example.com:port/",
        "//example.com/",
    ],
)
def test_other_addresses_are_refused_by_name_of_the_place(address: str) -> None:
    """F-070."""
    with pytest.raises(FormError, match="practice's own site must be like https://"):
        addresses_of({Destination.OWN_SITE: address})


@pytest.mark.parametrize("host", ["google.com.example.net", "notgoogle.com", "example.com"])
def test_a_place_of_reviews_lies_where_it_belongs(host: str) -> None:
    """F-070."""
    with pytest.raises(FormError, match="Google must lie on google"):
        addresses_of({Destination.GOOGLE: f"https://{host}/maps"})
    assert addresses_of({Destination.GOOGLE: "https://maps.app.goo.gl/x"})
