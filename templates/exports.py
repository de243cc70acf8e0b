"""Tables for other programs, as CSV and XLSX: every cell is text, so that no content ever becomes a formula."""

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from templates.charts import Table

CSV_TYPE: Final = "text/csv; charset=utf-8"
XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MARK: Final = "\N{BYTE ORDER MARK}"  # without it Excel reads another encoding
_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_BLANK: Final = " \N{NO-BREAK SPACE}\N{ZERO WIDTH SPACE}\N{BYTE ORDER MARK}"
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_NOT_IN_NAMES: Final = re.compile(r"[\[\]:*?/\\']")
_LONGEST_NAME: Final = 31
_MOMENT: Final = (1980, 1, 1, 0, 0, 0)  # the same content gives the same bytes
_NS: Final = "http://schemas.openxmlformats.org"
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_STYLES: Final = (
    f'{_HEAD}<styleSheet xmlns="{_NS}/spreadsheetml/2006/main"><fonts count="2"><font><sz val="11"/>'
    '<name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill>'
    '<patternFill patternType="gray125"/></fill></fills><borders count="1"><border/>'
    '</borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf numFmtId="49" '
    'applyNumberFormat="1" quotePrefix="1"/><xf numFmtId="49" fontId="1" applyNumberFormat="1" applyFont="1" '
    'quotePrefix="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)
_MAIN: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def csv_of(tables: Sequence[tuple[str, Table]]) -> bytes:
    """Write tables below each other as CSV, each under its name; what could begin a formula gets a quote before it."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    for place, (name, table) in enumerate(tables):
        if place:
            writer.writerow([])
        for row in ([name], table.heads, *table.rows):
            writer.writerow([harmless(word) for word in row])
    return (_MARK + text.getvalue()).encode()


def harmless(word: str) -> str:
    """Give a cell that no program reads as a formula."""
    plain = _CONTROL.sub("", word)
    return f"'{plain}" if plain.lstrip(_BLANK).startswith(_STARTS) or plain.startswith(_STARTS) else plain


def xlsx_of(tables: Sequence[tuple[str, Table]]) -> bytes:
    """Write each table as a sheet of its own; every cell is a string in the format for text."""
    names = _sheet_names([name for name, _ in tables])
    parts = {
        "[Content_Types].xml": _content_types(len(tables)),
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": _workbook(names),
        "xl/_rels/workbook.xml.rels": _relations(
            [
                *(("worksheet", f"worksheets/sheet{number + 1}.xml") for number in range(len(tables))),
                ("styles", "styles.xml"),
            ]
        ),
        "xl/styles.xml": _STYLES,
        **{f"xl/worksheets/sheet{number}.xml": _sheet(table) for number, (_, table) in enumerate(tables, 1)},
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content.encode())
    return made.getvalue()


def _sheet_names(names: Sequence[str]) -> list[str]:
    found: list[str] = []
    for number, name in enumerate(names, 1):
        plain = _NOT_IN_NAMES.sub(" ", _CONTROL.sub("", name)).strip()[:_LONGEST_NAME] or f"Sheet {number}"
        is_taken = plain.lower() in {one.lower() for one in found}
        found.append(f"{plain[: _LONGEST_NAME - 4]} {number}" if is_taken else plain)
    return found


def _content_types(sheets: int) -> str:
    listed = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{_MAIN}.worksheet+xml"/>'
        for number in range(1, sheets + 1)
    )
    return (
        f'{_HEAD}<Types xmlns="{_NS}/package/2006/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        f'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{_MAIN}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_MAIN}.styles+xml"/>{listed}</Types>'
    )


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="r{number}" Type="{_NS}/officeDocument/2006/relationships/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'{_HEAD}<Relationships xmlns="{_NS}/package/2006/relationships">{listed}</Relationships>'


def _workbook(names: Sequence[str]) -> str:
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="r{number}"/>' for number, name in enumerate(names, 1)
    )
    return (
        f'{_HEAD}<workbook xmlns="{_NS}/spreadsheetml/2006/main" '
        f'xmlns:r="{_NS}/officeDocument/2006/relationships"><sheets>{listed}</sheets></workbook>'
    )


def _sheet(table: Table) -> str:
    rows = "".join(
        _row(number, row, style=int(number == 1)) for number, row in enumerate((table.heads, *table.rows), 1)
    )
    return f'{_HEAD}<worksheet xmlns="{_NS}/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>'


def _row(number: int, words: Sequence[str], *, style: int) -> str:
    cells = "".join(
        f'<c r="{_column(place)}{number}" s="{style}" t="inlineStr"><is><t xml:space="preserve">'
        f"{escape(_CONTROL.sub('', word))}</t></is></c>"
        for place, word in enumerate(words)
    )
    return f'<row r="{number}">{cells}</row>'


def _column(place: int) -> str:
    letters = ""
    while place >= 0:
        letters = chr(ord("A") + place % 26) + letters
        place = place // 26 - 1
    return letters
