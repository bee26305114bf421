"""Workbooks: the first sheet that holds a table, every value as text.

Reads values only; formulas are taken as last calculated. The archive was looked at before.
"""

import datetime
import io
import itertools
from collections.abc import Iterator
from dataclasses import replace

import python_calamine

from content.errors import Refused
from content.imports.table import (
    RefusedRow,
    Row,
    SpooledRows,
    Table,
    check_count,
    column_names,
    header_index,
    tabulated,
)

# Rows among which the one that names the columns is looked for.
_HEAD = 20
_Cell = (
    int
    | float
    | str
    | bool
    | datetime.time
    | datetime.date
    | datetime.datetime
    | datetime.timedelta
)


def read_sheet(content: bytes, wanted: str = "") -> Table:
    """Return the sheet called `wanted`, or the first that holds a table."""
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        widths = {name: _width(workbook, name) for name in workbook.sheet_names}
        names = tuple(name for name, width in widths.items() if width)
        if not names:
            raise Refused("No sheet of the workbook holds a header and a row.")
        if wanted and wanted not in names:
            raise Refused(f"No sheet called “{wanted}” holds a header and a row.")
        # A cover sheet is a column of words; a register is wider.
        name = wanted or next((name for name in names if widths[name] > 1), names[0])
        return replace(_table(_rows(workbook, name), name), sheets=names, sheet=name)
    except python_calamine.CalamineError as error:
        raise Refused(f"The workbook cannot be read ({error}). Save it anew.") from error


def _rows(workbook: python_calamine.CalamineWorkbook, name: str) -> Iterator[list[str]]:
    """Yield the rows of a sheet as text, those above the first value too: people count them."""
    sheet = workbook.get_sheet_by_name(name)
    check_count(sheet.total_height)
    for row in sheet.iter_rows():
        yield [as_text(value) for value in row]


def _width(workbook: python_calamine.CalamineWorkbook, name: str) -> int:
    """Return how many cells the widest of the first rows has; 0 without a header and a row."""
    filled = (row for row in _rows(workbook, name) if any(row))
    widths = [sum(1 for cell in row if cell.strip()) for row in itertools.islice(filled, _HEAD)]
    return max(widths) if len(widths) > 1 else 0


def as_text(value: _Cell) -> str:
    """Return a cell as a person reads it, dates as ISO dates."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime):
        whole_day = value.time() == datetime.time()
        return value.date().isoformat() if whole_day else value.isoformat(sep=" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _table(cells: Iterator[list[str]], sheet: str) -> Table:
    first = list(itertools.islice(cells, _HEAD))
    head = header_index(first)
    header = first[head]
    while len(header) > 1 and not header[-1].strip():
        header = header[:-1]
    columns = column_names(header)
    rows = SpooledRows()
    refused: list[RefusedRow] = []
    below = itertools.chain(first[head + 1 :], cells)
    for number, row in enumerate(below, start=head + 2):
        made = tabulated(columns, row, number)
        if isinstance(made, Row):
            rows.append(made)
        elif made is not None:
            refused.append(made)
    return Table(columns, rows, tuple(refused), (f"Sheet: {sheet}.",))
