"""Payer lists and status updates as spreadsheets write them: what is read, and what is said of the rest (E-44)."""

from datetime import date
from itertools import product
from typing import Any

import pytest

from models.inputs.csv_files import CellFault, FileRefusedError, a_day, plain
from models.inputs.enrollment_files import PayerLine, StatusLine, parse_payer_list, parse_statuses
from models.rules.enrollment import Need, RejectReason, State
from models.rules.onboarding_facts import Transaction

USUAL = (Transaction.CLAIMS, Transaction.ERA, Transaction.EFT)
HEAD = "practice,payer,transaction,status"


def payers(text: str, **more: Any) -> tuple[list[PayerLine], list[tuple[int, str]]]:
    good, faults = parse_payer_list(text, file="list.csv", **more)
    return good, [(fault.line, fault.sentence) for fault in faults]


def statuses(text: str) -> tuple[list[StatusLine], list[tuple[int, str]]]:
    good, faults = parse_statuses(text, file="status.csv")
    return good, [(fault.line, fault.sentence) for fault in faults]


def only_fault(cells: str, head: str = "practice,payer") -> str:
    good, faults = payers(f"{head}\n{cells}\n")
    assert good == []
    [(line, sentence)] = faults
    assert line == 2
    return sentence


def test_two_columns_are_enough() -> None:
    [line], faults = payers("practice,payer\nmaple,medicare\n")
    assert faults == []
    assert line == PayerLine(2, "maple", "medicare", USUAL)


@pytest.mark.parametrize(
    ("separator", "ending", "bom", "title"),
    list(product((",", ";", "\t"), ("\n", "\r\n"), ("", "\ufeff"), ("payer_id", "Payer ID", "PAYER-ID"))),
)
def test_files_of_every_spreadsheet_read_the_same(separator: str, ending: str, bom: str, title: str) -> None:
    head = separator.join(["Practice", "Payer", title, "transactions"])
    row = separator.join(["maple", "medicare", '"=""00123"""', '"era; claims"'])
    [line], faults = payers(bom + head + ending + row + ending + ending)
    assert faults == []
    assert (line.payer_id, line.transactions) == ("00123", (Transaction.ERA, Transaction.CLAIMS))


def test_the_line_that_names_the_separator_is_not_data() -> None:
    good, faults = payers("sep=;\npractice;payer\nmaple;medicare\n;\n;medicare\n")
    assert [one.line for one in good] == [3]
    assert faults == [(5, "practice is empty; fill it in.")]


def test_a_name_becomes_a_key_and_stays_the_name() -> None:
    [line], _ = payers("practice,payer\nmaple,Evergreen Health Plan\n")
    assert (line.payer, line.payer_name) == ("evergreen-health-plan", "Evergreen Health Plan")


def test_quotes_hold_commas_and_line_breaks() -> None:
    good, faults = payers('practice,payer,payer_name\nmaple,aetna,"Aetna, Inc.\nof ""Hartford"""\nmaple,bcbs,Blue\n')
    assert faults == []
    assert [(one.line, one.payer_name) for one in good] == [(3, 'Aetna, Inc.\nof "Hartford"'), (4, "Blue")]


def test_a_quote_that_does_not_close_stops_the_reading_and_is_named() -> None:
    good, faults = payers('practice,payer\nmaple,medicare\nmaple,"aetna\nmaple,bcbs\n')
    assert [one.payer for one in good] == ["medicare"]
    assert "quotes" in faults[0][1]


@pytest.mark.parametrize(
    ("head", "named"),
    [
        ("practice,name", "has no column payer"),
        ("practice,payer,bank_account", "unknown columns: bank_account"),
        ("practice,payer,payer", "more than once: payer"),
        ("practice,,payer", "(without a name)"),
        ("", "has no column practice, payer"),
        ('practice,"payer', "has no column"),
    ],
)
def test_a_header_with_faults_refuses_the_file_and_lists_the_columns(head: str, named: str) -> None:
    with pytest.raises(FileRefusedError) as refused:
        parse_payer_list(f"{head}\nmaple,medicare\n", file="list.csv")
    assert refused.value.sentence.startswith("list.csv")
    if '"' not in head:
        assert named in refused.value.sentence
        assert "expected_claims" in refused.value.sentence


@pytest.mark.parametrize("cell", ["=1+1", "+1", "@SUM(A1)", "-2", "=cmd|' /C calc'!A0", '=HYPERLINK("x")'])
def test_what_a_spreadsheet_would_calculate_is_refused_and_not_repeated(cell: str) -> None:
    doubled = cell.replace('"', '""')
    sentence = only_fault(f'maple,aetna,"{doubled}"', "practice,payer,payer_name")
    assert sentence == "payer_name begins like a formula; write plain text."


def test_an_id_that_a_spreadsheet_has_rewritten_is_named() -> None:
    """E-02: zeros matter."""
    assert "rewritten as a number" in only_fault("maple,aetna,1.2E+05", "practice,payer,payer_id")
    assert plain('="0012"') == "0012"


@pytest.mark.parametrize(
    ("column", "cell", "named"),
    [
        ("billing_npi", "1234567890", "check digit"),
        ("billing_npi", "3234567893", "begins with 1 or 2"),
        ("tax_id", "00-1234567", "tax id"),
        ("tax_id", "98-76543", "tax id"),
        ("routing_number", "021000022", "ABA"),
        ("routing_number", "12345", "ABA"),
        ("cutover_on", "25/12/2026", "month first"),
        ("cutover_on", "2026-02-30", "is no day"),
        ("required", "perhaps", "neither yes nor no"),
        ("expected_claims", "many", "whole number"),
        ("expected_claims", "-3", "whole number"),
        ("transactions", "claims dental", "claims, era, eft, portal"),
        ("billing", "second", "add its billing_npi"),
        ("clearinghouse", "A B", "clearinghouse"),
    ],
)
def test_a_bad_cell_is_named_by_column_and_its_content_never_repeated(column: str, cell: str, named: str) -> None:
    """E-03: NPI, tax id and ABA routing number are checked."""
    sentence = only_fault(f"maple,aetna,{cell}", f"practice,payer,{column}")
    assert sentence.startswith(column)
    assert named in sentence
    assert cell not in sentence


def test_good_numbers_are_taken_and_a_routing_number_is_not_kept() -> None:
    """E-03."""
    head = "practice,payer,billing_npi,tax_id,routing_number,expected_claims"
    [line], faults = payers(f'{head}\nmaple,aetna,1234567893,123456789,021000021,"1,200"\n')
    assert faults == []
    assert (line.billing_npi, line.tax_id, line.expected_claims) == ("1234567893", "12-3456789", 1200)
    assert "021000021" not in str([getattr(line, name) for name in PayerLine.__slots__])
    assert "3456789" not in repr(line).replace("1234567893", "")


def test_too_many_cells_are_a_fault_and_too_few_are_not() -> None:
    good, faults = payers("practice,payer,payer_name\nmaple,a,Acme,Inc\nmaple,b\nmaple,c,Cee,,\n")
    assert [one.payer for one in good] == ["b", "c"]
    assert faults == [(2, "it has more cells than there are columns; put texts with commas into quotes.")]


def test_a_line_that_contradicts_an_earlier_one_is_refused_and_one_that_repeats_it_is_not() -> None:
    good, faults = payers("practice,payer,clearinghouse\nmaple,a,manual\nmaple,a,manual\nmaple,a,stedi\nelm,a,stedi\n")
    assert [one.line for one in good] == [2, 3, 5]
    assert faults == [(4, "line 2 says otherwise about the same; only that one was taken.")]


def test_a_list_of_one_practice_needs_no_column_for_it_and_refuses_others() -> None:
    good, faults = payers("payer\nmedicare\n", practice="maple")
    assert [one.practice for one in good] == ["maple"]
    _, faults = payers("practice,payer\nelm,medicare\n", practice="maple")
    assert faults == [(2, "it is about elm; lists of several practices go through load-payer-list.")]


def test_days_come_in_two_forms() -> None:
    assert {a_day(one) for one in ("2026-12-01", "12/1/2026", "12/01/26", "2026-12-01 00:00:00")} == {date(2026, 12, 1)}
    for wrong in ("1.12.2026", "2026-13-01", "13/1/2026", "2026-12-01 14:00", "today"):
        with pytest.raises(CellFault, match="is no day"):
            a_day(wrong)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("Pending Insurance", State.PENDING_PAYER),
        ("PENDING INSURANCE", State.PENDING_PAYER),
        ("Request Received", State.SUBMITTED),
        ("Work in Progress", State.DRAFT),
        ("Action Required", State.NEEDS_PRACTICE),
        ("Approved", State.APPROVED),
        ("Pending First ERA", State.PROVING),
        ("ERA Received", State.LIVE),
        ("pending_payer", State.PENDING_PAYER),
        ("pending payer", State.PENDING_PAYER),
        ("needs-practice", State.NEEDS_PRACTICE),
        ("ready", State.READY),
        ("rejected", State.REJECTED),
        ("withdrawn", None),
        ("Gone fishing", None),
    ],
)
def test_our_words_and_those_of_kareos_screen_are_known(word: str, state: State | None) -> None:
    """E-15."""
    [line], faults = statuses(f"{HEAD}\nmaple,medicare,era,{word}\n")
    assert faults == []
    assert line.state is state
    assert word not in line.code


def test_a_status_line_takes_its_dates_reason_and_needs() -> None:
    head = f"{HEAD},billing,date,effective_on,expires_on,reason,needs"
    cells = "1234567893,12/1/2026,2027-01-01,2030-01-01,tax id mismatch,w9 bank_letter"
    [line], faults = statuses(f"{head}\nmaple,medicare,ERA,approved,{cells}\n")
    assert faults == []
    assert line.transaction is Transaction.ERA
    assert (line.on, line.effective_on, line.expires_on) == (date(2026, 12, 1), date(2027, 1, 1), date(2030, 1, 1))
    assert (line.reason, line.needs) == (RejectReason.TAX_ID_MISMATCH, (Need.W9, Need.BANK_LETTER))
    assert line.billing == "1234567893"


def test_the_code_of_a_line_is_what_it_says_and_not_where_it_stands() -> None:
    good, _ = statuses(f"{HEAD},date\nmaple,a,era,Approved,\nmaple,b,era,approved,\nmaple,a,era,approved,2026-12-01\n")
    assert good[0].code == good[1].code != good[2].code


def test_bad_status_lines_are_named() -> None:
    good, faults = statuses(f"{HEAD}\nmaple,medicare,era,\nmaple,medicare,dental,approved\nmaple,,era,approved\n")
    assert good == []
    assert faults == [
        (2, "status is empty; fill it in."),
        (3, "transaction is none of claims, era, eft, portal."),
        (4, "payer is empty; fill it in."),
    ]
