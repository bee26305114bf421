"""CSV and its kin: the separator is told by trying, line ends may be any, quotes may be broken.

A quotation mark that is never closed costs its own row, not the rest of the file.
"""

import csv
import itertools
import re
from collections import Counter
from collections.abc import Iterator

from content.errors import Refused
from content.imports.table import (
    RefusedRow,
    Row,
    SpooledRows,
    Table,
    check_count,
    column_names,
    header_index,
    shown,
    tabulated,
)

_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_DECLARED = re.compile(r'"?sep=([,;\t|])"?[\r\n]+', re.IGNORECASE)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
# Rows by which the separator and the header are told.
_SAMPLE = 60
# Rows among which the one that names the columns is looked for.
_HEAD = 20
# Rows with broken quotes before the whole file is refused: it is no CSV then.
_MAX_BROKEN = 5_000

# The module's own limit (131,072) would end the reading of the whole file at one long cell; our
# limit refuses that row alone. The setting is the process's; nothing else here reads CSV.
csv.field_size_limit(2**31 - 1)


def read_delimited(text: str) -> Table:
    """Return the table in `text`; raise `Refused` when there is no row."""
    declared = _DECLARED.match(text)
    if declared:
        text = text[declared.end() :]
    lines = _LINE.findall(text)
    separator = declared[1] if declared else _separator(lines)
    return _table(_records(lines, separator), f"Separator: {_SEPARATORS[separator]}.")


def _separator(lines: list[str]) -> str:
    """Return the separator under which most rows have the same number of cells, and many."""

    def regularity(separator: str) -> tuple[float, int]:
        reader = csv.reader(lines[: _SAMPLE * 10], delimiter=separator)
        widths = Counter(len(row) for _, row in zip(range(_SAMPLE), reader, strict=False) if row)
        wide = {width: count for width, count in widths.items() if width > 1}
        if not wide:
            return (0.0, 0)
        width, count = max(wide.items(), key=lambda pair: (pair[1], pair[0]))
        return (round(count / sum(widths.values()), 1), width)

    return max(_SEPARATORS, key=regularity)


def _records(lines: list[str], separator: str) -> Iterator[list[str] | RefusedRow]:
    """Yield the cells of each record, starting anew at the line after a broken one."""
    start = number = broken = 0
    while start < len(lines):
        reader = csv.reader(_from(lines, start), delimiter=separator, strict=True)
        begun = 0
        try:
            for cells in reader:
                number += 1
                begun = reader.line_num
                yield cells
            return
        except csv.Error:
            number += 1
            broken += 1
            yield _broken(lines[start + begun], reader.line_num - begun, separator, number)
        if broken > _MAX_BROKEN:
            raise Refused(f"More than {_MAX_BROKEN} rows have quotation marks in wrong places.")
        start += begun + 1


def _from(lines: list[str], start: int) -> Iterator[str]:
    return (lines[index] for index in range(start, len(lines)))


def _broken(line: str, spanned: int, separator: str, number: int) -> list[str] | RefusedRow:
    """Read a record whose quotes are wrong within one line; refuse one that swallows others."""
    if spanned <= 1 and line.count('"') % 2 == 0:
        return next(csv.reader([line], delimiter=separator))
    return RefusedRow(
        number,
        "",
        shown(line),
        "A quotation mark is opened and not closed where the cell ends. Close it or double it.",
    )


def _table(records: Iterator[list[str] | RefusedRow], note: str) -> Table:
    first = list(itertools.islice(records, _HEAD))
    cells = [record if isinstance(record, list) else [] for record in first]
    if not any(cells):
        raise Refused("The file holds no rows.")
    head = header_index(cells)
    columns = column_names(_trimmed(cells[head]))
    rows = SpooledRows()
    refused: list[RefusedRow] = []
    for number, record in enumerate(itertools.chain(first, records), start=1):
        check_count(number)
        if number <= head + 1:
            continue
        made = record if isinstance(record, RefusedRow) else tabulated(columns, record, number)
        if isinstance(made, Row):
            rows.append(made)
        elif made is not None:
            refused.append(made)
    return Table(columns, rows, tuple(refused), (note,))


def _trimmed(header: list[str]) -> list[str]:
    """Drop empty cells at the end, which spreadsheets write for columns once formatted."""
    while len(header) > 1 and not header[-1].strip():
        header = header[:-1]
    return header
