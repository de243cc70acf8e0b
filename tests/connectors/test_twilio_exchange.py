"""The remembering text provider tells what our connector has to bear: lies, lags, refusals, reports in any order."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from models.inputs.outgoing import OutgoingText
from models.inputs.twilio_hooks import is_signed, read_form
from models.settings import Settings
from tasks.connectors import registry
from tasks.connectors.ports import Rejected, Sight, Unavailable, Unknown
from tests.connectors.twilio_exchange import TOKEN, Exchange, Rates, Taken, an_exchange

NOW = datetime(2027, 3, 2, 20, tzinfo=UTC)
TO = "+12125550143"


def text(number: int = 1) -> OutgoingText:
    return OutgoingText(attempt=f"{number}.1@golive.invalid", recipient=TO, body=f"Words {number}", sent_at=NOW)


@pytest.mark.parametrize(
    ("rates", "failure", "is_taken"),
    [
        (Rates(refused=1), Rejected, False),
        (Rates(throttled=1), Unavailable, False),
        (Rates(broken=1), Unknown, False),
        (Rates(lied=1), Unknown, True),
        (Rates(cut=1), Unknown, True),
    ],
)
def test_each_fate_is_what_the_connector_says_and_the_look_up_finds_out_f_221(
    rates: Rates, failure: type[Exception], is_taken: bool
) -> None:
    with an_exchange(clock=lambda: NOW, rates=rates) as exchange:
        texter = registry.texter(Settings(**exchange.settings()))
        with pytest.raises(failure):
            texter.send(text())
        assert len(exchange.log) == is_taken
        assert texter.look_up(text()) is (Sight.FOUND if is_taken else Sight.ABSENT)


def test_its_list_may_lag_and_is_read_page_by_page() -> None:
    now = [NOW]
    with an_exchange(clock=lambda: now[0], lag=lambda _: timedelta(seconds=90), page_size=2) as exchange:
        texter = registry.texter(Settings(**exchange.settings()))
        for number in range(5):
            texter.send(text(number))
        assert texter.look_up(text(0)) is Sight.ABSENT
        now[0] += timedelta(seconds=90)
        assert [texter.look_up(text(number)) for number in range(6)] == [Sight.FOUND] * 5 + [Sight.ABSENT]
        assert exchange.times() == Counter({(TO, f"Words {number}"): 1 for number in range(5)})


def test_its_reports_are_signed_doubled_and_out_of_order() -> None:
    exchange = Exchange(clock=lambda: NOW, rates=Rates(undelivered=0.5, callbacks_twice=1))
    exchange.log += [
        Taken(f"SM{n}", TO, "Words", NOW, f"https://site.example.test/hooks/{n}", is_delivered=n % 2 == 0)
        for n in range(4)
    ]
    seen = list[str]()

    def hear(request: httpx.Request) -> httpx.Response:
        fields = read_form(request.content)
        signature = request.headers["X-Twilio-Signature"]
        assert fields is not None
        assert is_signed(signature, token=TOKEN, address=str(request.url), fields=fields)
        seen.append(dict(fields)["MessageStatus"])
        return httpx.Response(204)

    with httpx.Client(transport=httpx.MockTransport(hear)) as client:
        assert exchange.call_back(client) == {204: 24}
    assert Counter(seen) == {"queued": 8, "sent": 8, "delivered": 4, "undelivered": 4}
    assert seen != sorted(seen)
