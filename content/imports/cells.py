"""What one row says under the columns that fields were given, cleaned and noted.

What lessons and issues share: mark-up is taken off, damage mended, dates read in the order of their
column, values of fixed lists told by our table or by what a person decided.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from content.exports import neutral
from content.imports import values
from content.imports.dates import Order, order_of, read_date
from content.imports.lost_marks import LostMarks
from content.imports.markup import one_line, tidy, without_markup
from content.imports.mojibake import repair
from content.imports.table import RefusedRow, Row, Table, shown

MAX_NAME = 200
# Characters of one text: about 30 printed pages. The longest of NASA's has 40,000.
MAX_TEXT = 100_000
# Characters of a text with its mark-up, which word processors make several times as long.
MAX_RAW = 5 * MAX_TEXT
# Topics of a lesson, and characters of one; longer ones are sentences, not topics.
MAX_TOPICS = 50
MAX_TOPIC = 100

# A field's values in the file, and which of ours each means; empty leaves it out.
Decided = Mapping[str, Mapping[str, str]]


def plain_value(raw: str) -> str:
    """Return a value as decisions know it: one line, as it stands in the file."""
    return " ".join(raw.split())


class Columns:
    """What is learned from the whole table before its rows are read."""

    def __init__(
        self,
        table: Table,
        mapping: Mapping[str, str],
        *,
        dates: tuple[str, ...],
        texts: tuple[str, ...],
        day_first: bool | None = None,
        decided: Decided | None = None,
    ) -> None:
        self.mapping = mapping
        self.decided = decided or {}
        self.orders = {
            name: order_of((row.values.get(mapping[name], "") for row in table.rows), day_first)
            for name in dates
            if name in mapping
        }
        columns = [mapping[name] for name in texts if name in mapping]
        self.marks = LostMarks(
            repair(row.values.get(column, ""))[0] for row in table.rows for column in columns
        )


@dataclass(slots=True)
class Cells:
    """One row; what is changed or not understood goes to `notes`."""

    row: Row
    columns: Columns
    notes: list[str] = field(default_factory=list)

    def raw(self, name: str) -> str:
        """The cell as it stands in the file."""
        column = self.columns.mapping.get(name)
        value = self.row.values.get(column, "") if column else ""
        # Our own exports put an apostrophe before what a spreadsheet would calculate.
        return value[1:] if value[:1] == "'" and neutral(value[1:]) == value else value

    def text(self, name: str) -> str:
        """Return a field's text without mark-up, damage and stray spaces, noting each."""
        raw = self.raw(name)
        if not raw or values.is_missing(raw):
            return ""
        plain, had_markup = without_markup(raw)
        plain, misread = repair(plain)
        mended = self.columns.marks.mend(plain)
        if had_markup:
            self.notes.append("HTML removed")
        if misread:
            self.notes.append(f"{name}: {misread} misread characters mended")
        if mended.mended:
            self.notes.append(f"{name}: damaged marks mended, {', '.join(mended.mended)}")
        if mended.left:
            places = "; ".join(f"“{place}”" for place in mended.left[:3])
            more = f" and {len(mended.left) - 3} more" if len(mended.left) > 3 else ""
            self.notes.append(f"{name}: damaged characters left as found: {places}{more}")
        return tidy(mended.text)

    def too_long(self, name: str, text: str, most: int = MAX_TEXT) -> RefusedRow:
        """Refuse the row for the length of one text."""
        reason = f"The text has {len(text):,} characters; at most {most:,} are taken."
        return RefusedRow(self.row.number, name, shown(text), reason)

    def name(self, name: str, most: int = MAX_NAME) -> str | None:
        """A short text on one line."""
        decided = self._decided(name)
        text = one_line(self.text(name)) if decided is None else decided
        if len(text) > most:
            self.notes.append(f"{name} cut at {most} characters: {text}")
            text = cut(text, most)
        return text or None

    def choice(self, name: str) -> str | None:
        """One of our values: what a person decided, else what our table knows."""
        decided = self._decided(name)
        if decided is not None:
            return decided or None
        text = one_line(self.text(name))
        if not text or values.is_missing(text.split("/")[0]):
            if text:
                self.notes.append(f"{name} {shown(text)!r} left out")
            return None
        known = values.choice(name, text)
        if known is None:
            self.notes.append(f"{name} {shown(text)!r} is not known and was left out")
        elif known != text.casefold():
            self.notes.append(f"{name} {shown(text)!r} taken as {known}")
        return known

    def _decided(self, name: str) -> str | None:
        of_field = self.columns.decided.get(name)
        return of_field.get(plain_value(self.raw(name))) if of_field else None

    def known(self, name: str, read: Any, *, number: bool = False) -> Any:
        """What `read` makes of the cell; None with a note when it makes nothing of it."""
        text = one_line(self.raw(name))
        if not text or values.is_missing(text):
            return None
        known = read(text)
        if known is None:
            self.notes.append(f"{name} {shown(text)!r} was not understood and left out")
        elif number and str(known) != text:
            self.notes.append(f"{name} {shown(text)!r} taken as {known}")
        return known

    def day(self, name: str, *, named: bool = True) -> date | None:
        """A date; the note names the field when there are several."""
        found, note = read_date(self.raw(name), self.columns.orders.get(name, Order()))
        if note and not values.is_missing(self.raw(name)):
            self.notes.append(f"{name}: {note}" if named else note)
        return found

    def items(self, name: str) -> tuple[str, ...] | None:
        """The parts of a list."""
        column = self.columns.mapping.get(name, "")
        items = self.row.lists.get(column) or _split(self.text(name))
        clean = (one_line(repair(without_markup(item)[0])[0]).strip(" .,;") for item in items)
        taken = tuple(dict.fromkeys(item for item in clean if not values.is_missing(item)))
        short = tuple(item for item in taken if len(item) <= MAX_TOPIC)[:MAX_TOPICS]
        if len(short) < len(taken):
            left = [item for item in taken if item not in short]
            self.notes.append(f"{name} left out, too long or too many: {shown('; '.join(left))}")
        return short or None


def _split(text: str) -> list[str]:
    """Split a list at the strongest separator that it holds."""
    for separator in (";", "|", "\n", ","):
        if separator in text:
            return text.split(separator)
    return [text] if text else []


def cut(text: str, length: int) -> str:
    """Cut at a word's end, with an ellipsis."""
    head = text[: length - 1]
    at = head.rfind(" ")
    return (head[:at] if at > length // 2 else head).rstrip(" ,;:–-") + "…"
