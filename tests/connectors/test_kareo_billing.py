"""Charges, claims and payments that Kareo shows: counted by payer and day, without asking for anything of a patient."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from deployments.kareo_server.server import KareoServer
from models.inputs.billing_evidence import BillingDay
from models.settings import settings
from tasks.connectors import registry
from tasks.connectors.kareo import KareoSystem
from tasks.connectors.kareo_billing import CHARGE_FIELDS, PAYMENT_FIELDS, TRANSACTION_FIELDS
from tasks.connectors.ports import Rejected
from tests.kareo import NOW, Desk, account, desk_of, running_kareo

TODAY = date(2026, 11, 23)
PATIENT = {"PatientName": "QUINTESSA ZEBULON", "PatientID": "778899"}


@pytest.fixture
def kareo() -> Iterator[KareoServer]:
    with running_kareo() as server:
        yield server


@pytest.fixture
def desk(kareo: KareoServer) -> Desk:
    return desk_of(kareo)


def charge(kareo: KareoServer, practice: int, payer: str, *, billed: str = "") -> None:
    columns = {"PrimaryInsuranceCompanyName": payer, "PrimaryInsuranceFirstBillDate": billed, **PATIENT}
    kareo.state.post_charge(practice, served_at=NOW - timedelta(days=3), columns=columns)


def test_charges_claims_and_payments_are_counted_by_payer_and_day(kareo: KareoServer, desk: Desk) -> None:
    charge(kareo, desk.practice, "Evergreen Health Plan", billed="11/20/2026")
    charge(kareo, desk.practice, "Evergreen Health Plan")
    kareo.state.post_payment(
        desk.practice,
        {"PayerName": "Evergreen Health Plan", "PayerType": "Insurance", "AdjudicationDate": "11/19/2026"},
    )
    days = KareoSystem(account(kareo)).billing_days(TODAY - timedelta(days=30), TODAY)
    assert days == [
        BillingDay("Evergreen Health Plan", date(2026, 11, 19), paid=1),
        BillingDay("Evergreen Health Plan", date(2026, 11, 20), submitted=1),
        BillingDay("Evergreen Health Plan", TODAY, charges=2, posted=1),
    ]


def test_what_a_patient_pays_is_never_counted_nor_named_e_34(kareo: KareoServer, desk: Desk) -> None:
    kareo.state.post_payment(desk.practice, {"PayerName": "QUINTESSA ZEBULON", "PayerType": "Patient"})
    kareo.state.post_transaction(
        desk.practice,
        served_at=NOW,
        columns={"Type": "Payment", "PayerType": "Patient", "InsuranceCompanyName": "", "PatientFullName": "ZEBULON"},
    )
    assert KareoSystem(account(kareo)).billing_days(TODAY, TODAY) == []


def test_no_column_of_a_patient_is_asked_for_e_34() -> None:
    asked = {*CHARGE_FIELDS, *PAYMENT_FIELDS, *TRANSACTION_FIELDS}
    assert not [column for column in asked if "Patient" in column or "Birth" in column]


def test_a_payment_that_two_lists_show_counts_once(kareo: KareoServer, desk: Desk) -> None:
    kareo.state.post_payment(desk.practice, {"PayerName": "Medicare", "PayerType": "Insurance"})
    kareo.state.post_transaction(
        desk.practice,
        served_at=NOW,
        columns={"Type": "Insurance Payment", "PayerType": "Insurance", "InsuranceCompanyName": "Medicare"},
    )
    assert KareoSystem(account(kareo)).billing_days(TODAY, TODAY) == [BillingDay("Medicare", TODAY, paid=1, posted=1)]


def test_another_practice_of_the_account_is_not_counted(kareo: KareoServer, desk: Desk) -> None:
    other = next(number for number in kareo.state.practices if number != desk.practice)
    charge(kareo, other, "Medicare")
    kareo.state.post_payment(other, {"PayerName": "Medicare", "PayerType": "Insurance"})
    assert KareoSystem(account(kareo)).billing_days(TODAY, TODAY) == []


def test_a_long_window_is_asked_week_by_week_and_each_charge_counts_once(kareo: KareoServer, desk: Desk) -> None:
    for days in (0, 6, 7, 8, 13, 14, 29):
        kareo.state.set_time(NOW - timedelta(days=days))
        charge(kareo, desk.practice, "Medicare")
    kareo.state.set_time(NOW)
    system = KareoSystem(account(kareo))
    listed = system.billing_days(TODAY - timedelta(days=29), TODAY)
    assert [day.charges for day in listed] == [1] * 7
    assert system.calls == {"GetCharges": 5, "GetPayments": 5, "GetTransactions": 5}


def test_a_refused_login_is_told(kareo: KareoServer, desk: Desk) -> None:
    with pytest.raises(Rejected):
        KareoSystem(account(kareo, password="wrong")).billing_days(TODAY, TODAY)


def test_the_built_in_calendar_cannot_tell(kareo: KareoServer) -> None:
    calendar = account(kareo).__class__("calendar", 1, "America/New_York")
    assert registry.billing_evidence(calendar, settings()).billing_days(TODAY, TODAY) is None
