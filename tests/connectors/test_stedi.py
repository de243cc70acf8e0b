"""Stedi's interface over HTTP: what is sent, what is read, and every way in which an exchange can go wrong."""

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from models.inputs.clearinghouse import LARGEST_DOCUMENT, NewDocument
from models.rules.enrollment import RejectReason
from models.rules.enrollment_words import Asked
from models.rules.onboarding_facts import Transaction
from tasks.connectors import stedi as connector
from tasks.connectors import stedi_wire
from tasks.connectors.ports import OutsideError, Rejected, Unavailable, Unknown
from tasks.connectors.stedi import StediClearinghouse
from tests.connectors.clearinghouses import NAME, TAX_ID, a_contact, an_enrollment
from tests.connectors.stedi_server import KEY, Fault, Stedi, a_stedi

pytestmark = pytest.mark.slow

CREATE = "POST /enrollments"
PDF = b"%PDF-1.4 signed"


@pytest.fixture
def stedi() -> Iterator[Stedi]:
    with a_stedi() as running:
        yield running


@pytest.fixture
def client(stedi: Stedi) -> StediClearinghouse:
    return StediClearinghouse(stedi.account(answer_timeout=1, connect_timeout=1))


def goes_wrong(stedi: Stedi, call: str, *faults: Fault) -> None:
    stedi.faults_of.setdefault(call, type(stedi.faults)()).extend(faults)


def test_an_enrollment_is_told_as_the_description_says(stedi: Stedi, client: StediClearinghouse) -> None:
    made = client.create(an_enrollment("golive-2a-1-1", effective_on=date(2026, 4, 1)))
    (record,) = stedi.enrollments.values()
    told = {name: record[name] for name in ("transactions", "primaryContact", "userEmail", "status")}
    assert told == {
        "transactions": {"claimPayment": {"enroll": True}},
        "primaryContact": {
            "organizationName": NAME,
            "email": "enrollments@golive.example.com",
            "phone": "2025550143",
            "streetAddress1": "12 Maple Street",
            "city": "Albany",
            "state": "NY",
            "zipCode": "12207",
        },
        "userEmail": "enrollments+golive-2a-1-1@golive.example.com",
        "status": "STEDI_ACTION_REQUIRED",
    }
    assert record["payer"]["submittedPayerIdOrAlias"] == "00431"  # E-02: zeros matter
    assert record["requestedEffectiveDate"] == "20260401"  # E-16
    assert (record["provider"]["npi"], record["provider"]["taxId"]) == ("1234567893", TAX_ID)
    assert (made.id, made.word) == (record["id"], "STEDI_ACTION_REQUIRED")


def test_the_key_goes_to_stedi_alone_and_as_it_is(stedi: Stedi, client: StediClearinghouse) -> None:
    made = client.create(an_enrollment())
    stedi.show(made.id, "PROVIDER_ACTION_REQUIRED", tasks=[stedi.ask()])
    (task,) = client.tasks(made.id)
    client.download(task.template)
    client.upload(NewDocument(made.id, task.id, "form.pdf", PDF))
    signed = [path.startswith("/signed/") for _, path in stedi.calls]
    keys = [headers.get("Authorization") for headers in stedi.headers]
    assert keys == [None if elsewhere else KEY for elsewhere in signed]
    assert sum(signed) == 2


def test_claims_are_enrolled_for_the_837p_and_other_kinds_are_refused(stedi: Stedi, client: StediClearinghouse) -> None:
    client.create(an_enrollment(transaction=Transaction.CLAIMS))
    (record,) = stedi.enrollments.values()
    assert record["transactions"] == {"professionalClaimSubmission": {"enroll": True}}
    for kind in (Transaction.EFT, Transaction.PORTAL):
        with pytest.raises(Rejected, match="transaction_not_offered"):
            client.create(an_enrollment("golive-2-1-1", transaction=kind))


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"contact": a_contact(street="")}, "no_street"),
        ({"contact": a_contact(phone="")}, "no_phone"),
        ({"name": "Ames"}, "name_too_short"),
    ],
)
def test_what_stedi_would_refuse_is_not_even_asked(
    stedi: Stedi, client: StediClearinghouse, facts: dict[str, Any], code: str
) -> None:
    with pytest.raises(Rejected, match=code):
        client.create(an_enrollment(**facts))
    assert stedi.calls == []


def test_a_provider_is_made_once_for_all_its_enrollments(stedi: Stedi, client: StediClearinghouse) -> None:
    for number in range(3):
        client.create(an_enrollment(f"golive-{number}-1-1"))
    client.create(an_enrollment("golive-9-1-1", tax_id="471234567"))
    assert [one["taxId"] for one in stedi.providers.values()] == [TAX_ID, "471234567"]


def test_no_tax_id_stands_in_an_address_or_a_log(
    stedi: Stedi, client: StediClearinghouse, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        made = client.create(an_enrollment())
        client.find("golive-1-1-1")
        stedi.show(made.id, "PROVIDER_ACTION_REQUIRED", tasks=[stedi.ask()])
        (task,) = client.tasks(made.id)
        client.download(task.template)
    assert not any(TAX_ID in path for _, path in stedi.calls)
    assert not any(word in caplog.text for word in (TAX_ID, "X-Amz-Signature", "golive-1-1-1", NAME))


def test_a_provider_whose_making_was_unsure_is_found_by_the_next_try(stedi: Stedi, client: StediClearinghouse) -> None:
    goes_wrong(stedi, "POST /providers", Fault(acts=True, cut=True))
    with pytest.raises(Unavailable, match="provider_unsure"):
        client.create(an_enrollment())
    assert stedi.enrollments == {}
    client.create(an_enrollment())
    assert (len(stedi.providers), len(stedi.enrollments)) == (1, 1)


def test_a_provider_that_another_worker_just_made_is_no_refusal(stedi: Stedi, client: StediClearinghouse) -> None:
    goes_wrong(stedi, "POST /providers", Fault(status=400, body={"message": f"{NAME} already exists"}))
    with pytest.raises(Unavailable, match="provider_unsure") as failure:
        client.create(an_enrollment())
    assert failure.value.__context__ is None


@pytest.mark.parametrize(
    "fault",
    [
        Fault(acts=True, cut=True),
        Fault(cut=True),
        Fault(acts=True, hang=True),
        Fault(acts=True, status=500, body={"message": "x"}),
        Fault(acts=True, status=502, raw=b"<html>"),
        Fault(status=503, body={"message": "x"}),
        Fault(status=504, body={"message": "x"}),
        Fault(status=408, body={"message": "x"}),
        Fault(acts=True, raw=b"{"),
        Fault(acts=True, raw=b"[]"),
        Fault(acts=True, raw=b"{}"),
        Fault(acts=True, body={"id": "x", "statusLastUpdatedAt": "yesterday"}),
        Fault(acts=True, raw=b"[" * 100_000),
        Fault(acts=True, headers={"Content-Encoding": "gzip"}, raw=b"{}"),
    ],
)
def test_a_creation_without_a_good_answer_is_unknown_and_found_by_its_key(
    stedi: Stedi, client: StediClearinghouse, fault: Fault
) -> None:
    goes_wrong(stedi, CREATE, fault)
    with pytest.raises(Unknown) as failure:
        client.create(an_enrollment())
    assert (failure.value.__cause__, failure.value.__context__) == (None, None)
    stedi.released.set()
    found = client.find("golive-1-1-1")
    assert [found.id if found else None] == [*stedi.enrollments] or (found is None and not stedi.enrollments)


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        (Fault(status=400, body={"message": f"{NAME} {TAX_ID} is wrong"}), Rejected, "malformed"),
        (
            Fault(status=400, body={"message": "no", "fieldList": [{"path": "/payer/idOrAlias", "message": "no"}]}),
            Rejected,
            "unknown_payer",
        ),
        (Fault(status=400, body={"message": "Payer 00431 does not exist"}), Rejected, "unknown_payer"),
        (Fault(status=422, body={"message": "An enrollment already exists"}), Rejected, "duplicate"),
        (Fault(status=413, raw=b""), Rejected, "too_large"),
        (Fault(status=404, body={"message": "no"}), Rejected, "not_found"),
        (Fault(status=401, body={"message": "no"}), Unavailable, "not_authorised"),
        (Fault(status=403, raw=b"<html>"), Unavailable, "not_authorised"),
        (Fault(status=302, raw=b"", headers={"Location": "https://elsewhere.example.com"}), Unavailable, "redirected"),
        (Fault(status=429, body={"code": "TOO_MANY_REQUESTS", "message": "no"}), Unavailable, "throttled"),
    ],
)
def test_a_refused_creation_happened_surely_not(
    stedi: Stedi, client: StediClearinghouse, fault: Fault, kind: type[OutsideError], code: str
) -> None:
    goes_wrong(stedi, CREATE, fault)
    with pytest.raises(kind, match=f"^{code}$") as failure:
        client.create(an_enrollment())
    assert (failure.value.__cause__, failure.value.__context__) == (None, None)
    assert stedi.enrollments == {}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "17"}, 17),
        ({"Retry-After": "99999999999"}, 3600),
        ({"Retry-After": "-3"}, 0),
        ({"Retry-After": "soon"}, 0),
        ({}, 0),
    ],
)
def test_who_throttles_says_how_long_to_wait(
    stedi: Stedi, client: StediClearinghouse, headers: dict[str, str], seconds: int
) -> None:
    stedi.faults.append(Fault(status=429, body={}, headers=headers))
    with pytest.raises(Unavailable, match="throttled") as failure:
        client.find("golive-1-1-1")
    assert failure.value.retry_after == seconds


def test_a_date_in_retry_after_is_counted_from_their_own_clock(stedi: Stedi, client: StediClearinghouse) -> None:
    later = f"{datetime.now(UTC) + timedelta(seconds=90):%a, %d %b %Y %H:%M:%S} GMT"
    stedi.faults.append(Fault(status=429, body={}, headers={"Retry-After": later}))
    with pytest.raises(Unavailable) as failure:
        client.find("golive-1-1-1")
    assert 80 <= failure.value.retry_after <= 91


@pytest.mark.parametrize(
    "fault", [Fault(cut=True), Fault(status=500, body={}), Fault(raw=b"{"), Fault(body={"items": [{"id": ""}]})]
)
def test_a_question_without_an_answer_is_asked_again_later(
    stedi: Stedi, client: StediClearinghouse, fault: Fault
) -> None:
    stedi.faults.append(fault)
    with pytest.raises(Unavailable) as failure:
        client.find("golive-1-1-1")
    assert (failure.value.__cause__, failure.value.__context__) == (None, None)
    assert client.find("golive-1-1-1") is None


def test_nobody_listening_is_unavailable() -> None:
    with a_stedi() as gone:
        account = gone.account()
    with pytest.raises(Unavailable, match="connection_refused"):
        StediClearinghouse(account).create(an_enrollment())


@pytest.mark.parametrize("address", ["http://enrollments.example.com", "ftp://127.0.0.1", "http://[::1", "nothing"])
def test_nothing_is_said_where_others_can_listen(stedi: Stedi, address: str) -> None:
    with pytest.raises(Unavailable, match="address_not_private"):
        StediClearinghouse(stedi.account(base_url=address)).create(an_enrollment())


def test_a_list_that_was_not_filtered_names_nobody(stedi: Stedi, client: StediClearinghouse) -> None:
    for number in range(3):
        client.create(an_enrollment(f"golive-{number}-1-1"))
    stedi.filters = False
    found = client.find("golive-1-1-1")
    assert found is not None
    assert stedi.enrollments[found.id]["userEmail"].startswith("enrollments+golive-1-1-1@")
    assert client.find("golive-7-1-1") is None
    for number in range(3, 12):
        client.create(an_enrollment(f"golive-{number}-1-1"))
    with pytest.raises(Rejected, match="cannot_tell"):
        client.find("golive-1-1-1")


def test_two_with_our_mark_are_for_a_person(stedi: Stedi, client: StediClearinghouse) -> None:
    client.create(an_enrollment())
    client.create(an_enrollment())
    with pytest.raises(Rejected, match="several"):
        client.find("golive-1-1-1")


def test_our_mark_is_found_in_any_case(stedi: Stedi, client: StediClearinghouse) -> None:
    made = client.create(an_enrollment())
    stedi.enrollments[made.id]["userEmail"] = stedi.enrollments[made.id]["userEmail"].upper()
    found = client.find("golive-1-1-1")
    assert found is not None
    assert found.id == made.id


def test_pages_that_repeat_themselves_end(stedi: Stedi, client: StediClearinghouse) -> None:
    stedi.faults.extend(Fault(body={"items": [], "nextPageToken": "again"}) for _ in range(5))
    pages = client.changed_since(stedi.now)
    with pytest.raises(Unavailable, match="list_not_complete"):
        list(pages)


def test_doubled_and_reordered_pages_lose_nobody(
    stedi: Stedi, client: StediClearinghouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connector, "PAGE_SIZE", 4)
    for number in range(11):
        client.create(an_enrollment(f"golive-{number}-1-1"))
        stedi.tick(minutes=1)
    stedi.shuffles = stedi.doubles = True
    seen = [one.id for page in client.changed_since(stedi.now - timedelta(days=1)) for one in page]
    assert set(seen) == set(stedi.enrollments)
    assert len(seen) > len(set(seen))


def test_what_the_description_leaves_open_is_read(stedi: Stedi, client: StediClearinghouse) -> None:
    made = client.create(an_enrollment())
    stedi.enrollments[made.id] |= {
        "status": "ON_HOLD",
        "history": None,
        "documents": None,
        "somethingNew": {"a": [1]},
        "tasks": [
            {
                "id": "t1",
                "rank": 2,
                "definition": {"somethingNew": {}},
                "isComplete": False,
                "responsibleParty": "STEDI",
            },
            {"id": "t0", "rank": 1, "definition": {"provideInformation": {"instructions": "How many?"}}},
        ],
    }
    shown = client.enrollment(made.id)
    assert shown is not None
    assert shown.word == "ON_HOLD"
    assert [(one.id, one.asked, one.is_practices) for one in shown.tasks] == [
        ("t0", Asked.INFORMATION, False),
        ("t1", Asked.OTHER, False),
    ]
    assert (client.history(made.id), client.documents(made.id)) == ((), ())


def test_free_text_of_a_rejection_becomes_a_reason_and_goes_no_further(
    stedi: Stedi, client: StediClearinghouse
) -> None:
    made = client.create(an_enrollment())
    stedi.show(made.id, "PROVISIONING", reason="Waiting for the NPI of Dr. Avery Stone")
    waiting = client.enrollment(made.id)
    stedi.show(made.id, "REJECTED", reason="The tax ID of Dr. Avery Stone is not on file")
    rejected = client.enrollment(made.id)
    assert waiting is not None
    assert rejected is not None
    assert (waiting.reason, rejected.reason) == (None, RejectReason.TAX_ID_MISMATCH)
    assert "Avery" not in repr(rejected)


def test_a_document_that_did_not_arrive_completes_no_task(stedi: Stedi, client: StediClearinghouse) -> None:
    made = client.create(an_enrollment())
    stedi.show(made.id, "PROVIDER_ACTION_REQUIRED", tasks=[stedi.ask()])
    (task,) = client.tasks(made.id)
    new = NewDocument(made.id, task.id, "form.pdf", PDF)
    stedi.faults.extend([Fault(), Fault(status=500, body={})])
    stedi.faults[0] = Fault(acts=True)
    with pytest.raises(Unavailable):
        client.upload(new)
    assert [one.is_done for one in client.tasks(made.id)] == [False]
    client.upload(new)
    assert [one.is_done for one in client.tasks(made.id)] == [True]
    assert sorted(one.is_there for one in client.documents(made.id)) == [False, True]


def test_documents_have_a_size(stedi: Stedi, client: StediClearinghouse, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Rejected, match="too_large"):
        client.upload(NewDocument("e", "t", "form.pdf", b"%PDF-" + bytes(LARGEST_DOCUMENT)))
    monkeypatch.setattr(stedi_wire, "LARGEST_DOCUMENT", 10)
    stedi.documents["d"] = b"%PDF-1.4 too long"
    with pytest.raises(Unavailable, match="answer_too_large"):
        client.download("d")


def test_a_draft_is_taken_back(stedi: Stedi, client: StediClearinghouse) -> None:
    made = client.create(an_enrollment())
    with pytest.raises(Rejected, match="cancel_by_support") as refusal:
        client.cancel(made.id)
    assert refusal.value.__context__ is None
    stedi.enrollments[made.id]["status"] = "DRAFT"
    client.cancel(made.id)
    client.cancel(made.id)
    assert client.enrollment(made.id) is None


def test_the_key_shows_nowhere(stedi: Stedi) -> None:
    assert KEY not in repr(stedi.account())
