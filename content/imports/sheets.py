"""Workbooks: the first sheet that holds a table, every value as text.

Reads values only; formulas are taken as last calculated. The archive was looked at before.
"""

import datetime
import io

import python_calamine

from content.errors import Refused
from content.imports.table import (
    RefusedRow,
    Row,
    Table,
    check_count,
    column_names,
    header_index,
    tabulated,
)

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


def read_sheet(content: bytes) -> Table:
    """Return the first sheet with at least a header and a row."""
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = [(name, workbook.get_sheet_by_name(name)) for name in workbook.sheet_names]
        for name, sheet in sheets:
            cells = sheet.to_python(skip_empty_area=False)
            check_count(len(cells))
            if sum(1 for row in cells if any(value != "" for value in row)) >= 2:
                return _table([[as_text(value) for value in row] for row in cells], name)
    except python_calamine.CalamineError as error:
        raise Refused(f"The workbook cannot be read ({error}). Save it anew.") from error
    raise Refused("No sheet of the workbook holds a header and a row.")


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


def _table(cells: list[list[str]], sheet: str) -> Table:
    head = header_index(cells[:20])
    header = cells[head]
    while len(header) > 1 and not header[-1].strip():
        header = header[:-1]
    columns = column_names(header)
    rows: list[Row] = []
    refused: list[RefusedRow] = []
    for number, row in enumerate(cells[head + 1 :], start=head + 2):
        made = tabulated(columns, row, number)
        if isinstance(made, Row):
            rows.append(made)
        elif made is not None:
            refused.append(made)
    return Table(columns, rows, tuple(refused), (f"Sheet: {sheet}.",))
