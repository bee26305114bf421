"""Rows out as CSV, XLSX and JSON. From an iterable of mappings and a list of columns; streams.

What people type into a lesson must not act on the computer of whoever opens the export: a text
that a spreadsheet would run as a formula gets an apostrophe before it in CSV, and in XLSX a cell
that is text and stays text when it is edited.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, BinaryIO, Literal

if TYPE_CHECKING:
    from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it ships no types
    from xlsxwriter.format import Format  # type: ignore[import-untyped]  # the same
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]  # the same

Kind = Literal["text", "long", "number", "date", "link", "mark"]
Rows = Iterable[Mapping[str, object]]

# Limits of the format (Microsoft, "Excel specifications and limits").
MAX_CELL = 32_767
MAX_SHEET_ROWS = 1_048_575
MAX_LINK = 2_079

# Characters wide, by kind.
_WIDTHS = {"text": 24.0, "long": 60.0, "number": 11.0, "date": 12.0, "link": 36.0, "mark": 9.0}
_CHUNK_ROWS = 500
# OWASP, "CSV Injection"; also their full-width twins, which some programs take alike.
# An apostrophe that somebody typed before a formula gets one more, so that reading gives it back.
_FORMULA = re.compile(r"'*[\s\x00]*[=+\-@\uff1d\uff0b\uff0d\uff20|]|[\t\r]")
_NUMBER = re.compile(r"[+-]?\d{1,15}([.,]\d+)?%?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the mapping's key, the header shown, and what kind of value stands in it."""

    name: str
    title: str
    kind: Kind = "text"


def printable(text: str) -> str:
    """Return `text` without the characters that no XML may hold, office files among it."""
    return _CONTROL.sub("", text)


def neutral(text: str) -> str:
    """Return `text` so that no spreadsheet reads it as a formula; plain numbers stay."""
    if _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def write_csv(rows: Rows, columns: Sequence[Column]) -> Iterator[bytes]:
    """Yield a CSV file in pieces: UTF-8 with a mark, so that spreadsheets read it right."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    buffer.write("\ufeff")
    writer.writerow([neutral(column.title) for column in columns])
    for number, row in enumerate(rows, start=1):
        writer.writerow([neutral(_text(row.get(column.name))) for column in columns])
        if number % _CHUNK_ROWS == 0:
            yield _drained(buffer)
    yield _drained(buffer)


def write_json(rows: Rows, columns: Sequence[Column]) -> Iterator[bytes]:
    """Yield one JSON array of objects in pieces; names are the columns' names."""
    separator = "["
    for row in rows:
        item = {column.name: _json_value(row.get(column.name)) for column in columns}
        yield f"{separator}\n{json.dumps(item, ensure_ascii=False)}".encode()
        separator = ","
    yield b"[]\n" if separator == "[" else b"\n]\n"


def write_xlsx(
    rows: Rows, columns: Sequence[Column], target: BinaryIO, *, sheet: str = "Export"
) -> None:
    """Write a workbook: header frozen and filtered, widths by kind, dates as dates, links live."""
    import xlsxwriter

    with tempfile.TemporaryDirectory() as folder:
        # One row at a time in memory; nothing a person typed may become a formula or a number.
        workbook = xlsxwriter.Workbook(
            target,
            {
                "constant_memory": True,
                "tmpdir": folder,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        page = workbook.add_worksheet(sheet_name(sheet))
        formats = _formats(workbook)
        _write_header(page, columns, formats["header"])
        count = 0
        for count, row in enumerate(itertools.islice(rows, MAX_SHEET_ROWS), start=1):
            for position, column in enumerate(columns):
                _write_cell(page, count, position, column, row.get(column.name), formats)
        page.autofilter(0, 0, count, max(0, len(columns) - 1))
        workbook.close()


def sheet_name(name: str) -> str:
    """Return a name that a sheet may have."""
    return re.sub(r"[\[\]:*?/\\]", " ", name).strip().strip("'")[:31] or "Export"


def _formats(workbook: Workbook) -> dict[str, Format]:
    plain = {"valign": "top"}
    return {
        "header": workbook.add_format(
            {"bold": True, "bg_color": "#0F4C5C", "font_color": "#FFFFFF", "valign": "vcenter"}
        ),
        "text": workbook.add_format({**plain, "text_wrap": True}),
        "quoted": workbook.add_format({**plain, "text_wrap": True, "quote_prefix": True}),
        "date": workbook.add_format({**plain, "num_format": "yyyy-mm-dd"}),
        "number": workbook.add_format(plain),
        "link": workbook.add_format({**plain, "font_color": "#0B5CAD", "underline": 1}),
    }


def _write_header(page: Worksheet, columns: Sequence[Column], style: Format) -> None:
    for position, column in enumerate(columns):
        page.set_column(position, position, _WIDTHS[column.kind])
        page.write_string(0, position, _cell_text(column.title), style)
    page.freeze_panes(1, 0)
    page.repeat_rows(0)


def _write_cell(
    page: Worksheet,
    row: int,
    position: int,
    column: Column,
    value: object,
    formats: Mapping[str, Format],
) -> None:
    if value is None or value == "":
        page.write_blank(row, position, None, formats["text"])
    elif isinstance(value, bool):
        page.write_string(row, position, _text(value), formats["text"])
    elif isinstance(value, int | float):
        page.write_number(row, position, value, formats["number"])
    elif isinstance(value, date):
        _write_date(page, row, position, value, formats["date"])
    elif column.kind == "link" and _is_link(_text(value)):
        page.write_url(row, position, _text(value), formats["link"], _cell_text(_text(value)))
    else:
        text = _cell_text(_text(value))
        style = "quoted" if neutral(text) != text else "text"
        text = neutral(text) if text.startswith("'") else text
        page.write_string(row, position, text, formats[style])


def _write_date(page: Worksheet, row: int, position: int, value: date, style: Format) -> None:
    # A spreadsheet's days have no zone, and none before 1900.
    whole = value.replace(tzinfo=None) if isinstance(value, datetime) else value
    if whole.year < 1900:
        page.write_string(row, position, value.isoformat())
    else:
        moment = whole if isinstance(whole, datetime) else datetime.combine(whole, time())
        page.write_datetime(row, position, moment, style)


def _is_link(text: str) -> bool:
    return text.startswith(("https://", "http://")) and len(text) <= MAX_LINK and " " not in text


def _cell_text(text: str) -> str:
    """Return what of a text a cell can hold."""
    return printable(text)[:MAX_CELL]


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        return "; ".join(map(_text, value))
    return printable(str(value))


def _json_value(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [_json_value(item) for item in value]
    return value.isoformat() if isinstance(value, date) else str(value)


def _drained(buffer: io.StringIO) -> bytes:
    content = buffer.getvalue().encode("utf-8", "replace")
    buffer.seek(0)
    buffer.truncate()
    return content
