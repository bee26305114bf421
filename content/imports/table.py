"""A table as it was read: columns and rows of text, and the rows that could not be read."""

import json
import re
import tempfile
import weakref
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import overload

from content.errors import Refused

# The largest public base of lessons has 2,000 rows, a large organisation's issue log 50,000.
MAX_ROWS = 200_000
# Characters of a cell; Excel itself takes 32,767.
MAX_CELL = 1_000_000
MAX_COLUMNS = 200
# Bytes of a file, which stands in memory once while it is taken apart.
MAX_BYTES = 200 * 1024 * 1024
# Bytes of rows that stay in memory; a larger table goes to a temporary file.
_IN_MEMORY = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `number` is the row (in a spreadsheet) or line (in JSON Lines) a person sees.

    `lists` holds the values that came as lists, which `values` holds joined.
    """

    number: int
    values: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not taken: where, which field, what stood there, and why."""

    row: int
    field: str
    value: str
    reason: str


class SpooledRows(Sequence[Row]):
    """Rows that are read several times and need not stay in memory: 8 bytes a row do.

    Dates and damage are judged by whole columns, so every row is passed more than once.
    """

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
        weakref.finalize(self, self._file.close)
        self._ends = array("q", [0])

    def append(self, row: Row) -> None:
        """Add one row at the end."""
        kept = json.dumps((row.number, row.values, row.lists)).encode("ascii")
        self._file.seek(self._ends[-1])
        self._file.write(kept)
        self._ends.append(self._ends[-1] + len(kept))

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        if isinstance(index, slice):
            return [self._read(place) for place in range(len(self))[index]]
        return self._read(range(len(self))[index])

    def __iter__(self) -> Iterator[Row]:
        return (self._read(place) for place in range(len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # it grows

    def _read(self, place: int) -> Row:
        self._file.seek(self._ends[place])
        number, values, lists = json.loads(
            self._file.read(self._ends[place + 1] - self._ends[place])
        )
        return Row(number, values, {name: tuple(items) for name, items in lists.items()})


@dataclass(frozen=True, slots=True)
class Table:
    """What a file holds; `notes` say how it was read (encoding, sheet, delimiter).

    `sheets` are the sheets of a workbook that hold a table, `sheet` the one that was read.
    """

    columns: tuple[str, ...]
    rows: Sequence[Row]
    refused: tuple[RefusedRow, ...] = ()
    notes: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    sheet: str = ""


def column_names(header: Iterable[str]) -> tuple[str, ...]:
    """Return names without stray spaces, none empty, none twice."""
    names: list[str] = []
    taken: set[str] = set()
    for position, raw in enumerate(header, start=1):
        base = name = " ".join(raw.replace("\ufeff", "").split())[:100] or f"Column {position}"
        number = 2
        while name.casefold() in taken:
            name = f"{base} ({number})"
            number += 1
        taken.add(name.casefold())
        names.append(name)
    if len(names) > MAX_COLUMNS:
        raise Refused(f"The table has {len(names)} columns; at most {MAX_COLUMNS} are taken.")
    return tuple(names)


def tabulated(
    columns: tuple[str, ...], cells: Sequence[str], number: int
) -> Row | RefusedRow | None:
    """Return a row of `cells` under `columns`; None when it is empty."""
    if not any(cell.strip() for cell in cells):
        return None
    extra = [cell for cell in cells[len(columns) :] if cell.strip()]
    if extra:
        return RefusedRow(
            number,
            "",
            shown(extra[0]),
            f"The row has {len(cells)} cells, the header {len(columns)}. A text with the "
            "separator in it must stand in quotation marks.",
        )
    return bounded(Row(number, dict(zip(columns, cells, strict=False))))


def bounded(row: Row) -> Row | RefusedRow:
    """Return `row`, or its refusal when a cell is too long."""
    for column, value in row.values.items():
        if len(value) > MAX_CELL:
            reason = f"The cell has {len(value):,} characters; at most {MAX_CELL:,} are taken."
            return RefusedRow(row.number, column, shown(value), reason)
    return row


def check_count(count: int) -> None:
    """Raise `Refused` when there are more rows than are taken."""
    if count > MAX_ROWS:
        raise Refused(f"The file has more than {MAX_ROWS:,} rows. Split it and import each part.")


def header_index(rows: Sequence[Sequence[str]]) -> int:
    """Return which of the first rows names the columns.

    The first one with words only that is nearly as wide as the widest: titles and dates above a
    table are narrower.
    """
    widths = [sum(1 for cell in row if cell.strip()) for row in rows[:20]]
    widest = max(widths, default=0)
    for index, width in enumerate(widths):
        if width and width >= widest * 0.6 and not any(_NUMBER.fullmatch(c) for c in rows[index]):
            return index
    return next((index for index, width in enumerate(widths) if width), 0)


_NUMBER = re.compile(r"\s*-?\d[\d.,/:\-]*\s*")


def shown(value: str) -> str:
    """Return the beginning of a value, for a report."""
    flat = " ".join(value[:400].split())
    return flat if len(flat) <= 120 else flat[:119] + "…"
