"""Rows of a table, each turned into the draft of a lesson or refused with a reason.

Nothing is dropped silently: what was changed or not understood is told in the draft's notes. A
row is refused only when it has no headline and no text to make one of, or breaks a limit.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from content.exports import neutral
from content.imports import values
from content.imports.dates import Order, order_of, read_date
from content.imports.fields import CHOICES, DATES, LISTS, MARKS, NAMES, NUMBERS, TEXTS
from content.imports.lost_marks import LostMarks
from content.imports.mapping import check_mapping
from content.imports.markup import one_line, tidy, without_markup
from content.imports.mojibake import repair
from content.imports.table import RefusedRow, Row, Table, shown

# Characters, as the lesson's table has them.
MAX_HEADLINE = 200
MAX_NAME = 200
# Characters of one text: about 30 printed pages. The longest of NASA's has 40,000.
MAX_TEXT = 100_000
# Characters of a text with its mark-up, which word processors make several times as long.
MAX_RAW = 5 * MAX_TEXT
# Topics of a lesson, and characters of one; longer ones are sentences, not topics.
MAX_TOPICS = 50
MAX_TOPIC = 100

_SENTENCE = re.compile(r"(.+?[.!?])(?:\s|$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class LessonDraft:
    """What one row says about a lesson; None where it says nothing."""

    row: int
    headline: str
    external_id: str | None = None
    summary: str | None = None
    project: str | None = None
    phase: str | None = None
    department: str | None = None
    kind: str | None = None
    driving_event: str | None = None
    cause: str | None = None
    early_warning: str | None = None
    effect: str | None = None
    cost: int | None = None
    days: int | None = None
    affects_scope: bool | None = None
    affects_quality: bool | None = None
    affects_stakeholders: bool | None = None
    affects_safety: bool | None = None
    lesson: str | None = None
    recommendation: str | None = None
    scope: str | None = None
    applies_to: tuple[str, ...] | None = None
    category: str | None = None
    topics: tuple[str, ...] | None = None
    priority: str | None = None
    previously_identified: bool | None = None
    date_occurred: date | None = None
    author: str | None = None
    author_hidden: bool | None = None
    confidentiality: str | None = None
    sanitised: str | None = None
    review_by: date | None = None
    evidence: str | None = None
    notes: tuple[str, ...] = ()


DRAFT_FIELDS = tuple(item.name for item in fields(LessonDraft) if item.name not in {"row", "notes"})


def to_drafts(
    table: Table, mapping: Mapping[str, str], *, day_first: bool | None = None
) -> Iterator[LessonDraft | RefusedRow]:
    """Yield a draft or a refusal for every row that is not empty, in the order of rows."""
    checked = check_mapping(mapping, table.columns)
    reader = _Reader(table, checked, day_first)
    refused = sorted(table.refused, key=lambda row: row.row)
    for row in table.rows:
        while refused and refused[0].row < row.number:
            yield refused.pop(0)
        yield reader.read(row)
    yield from refused


class _Reader:
    """What is learned from the whole table before its rows are read."""

    def __init__(self, table: Table, mapping: dict[str, str], day_first: bool | None) -> None:
        self.mapping = mapping
        self.orders = {
            name: order_of((row.values.get(mapping[name], "") for row in table.rows), day_first)
            for name in DATES
            if name in mapping
        }
        texts = [mapping[name] for name in ("headline", *TEXTS) if name in mapping]
        self.marks = LostMarks(
            repair(row.values.get(column, ""))[0] for row in table.rows for column in texts
        )

    def read(self, row: Row) -> LessonDraft | RefusedRow:
        return _RowReading(row, self).draft()


@dataclass(slots=True)
class _RowReading:
    row: Row
    reader: _Reader
    notes: list[str] = field(default_factory=list)
    found: dict[str, Any] = field(default_factory=dict)

    def draft(self) -> LessonDraft | RefusedRow:
        for name in (*TEXTS, "sanitised"):
            if len(self._raw(name)) > MAX_RAW:
                return self._too_long(name, self._raw(name))
            text = self._text(name)
            if text and len(text) > MAX_TEXT:
                return self._too_long(name, text)
            self.found[name] = text or None
        if refused := self._headline():
            return refused
        self._short_fields()
        return LessonDraft(
            row=self.row.number, notes=tuple(dict.fromkeys(self.notes)), **self.found
        )

    def _too_long(self, name: str, text: str) -> RefusedRow:
        reason = f"The text has {len(text):,} characters; at most {MAX_TEXT:,} are taken."
        return RefusedRow(self.row.number, name, shown(text), reason)

    def _raw(self, name: str) -> str:
        column = self.reader.mapping.get(name)
        value = self.row.values.get(column, "") if column else ""
        # Our own exports put an apostrophe before what a spreadsheet would calculate.
        return value[1:] if value[:1] == "'" and neutral(value[1:]) == value else value

    def _text(self, name: str) -> str:
        """Return a field's text without mark-up, damage and stray spaces, noting each."""
        raw = self._raw(name)
        if not raw or values.is_missing(raw):
            return ""
        plain, had_markup = without_markup(raw)
        plain, misread = repair(plain)
        mended = self.reader.marks.mend(plain)
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

    def _headline(self) -> RefusedRow | None:
        headline = one_line(self._text("headline"))
        texts = [self.found[name] for name in TEXTS if self.found[name]]
        if not texts:
            reason = "The row has no text beside its headline." if headline else "The row is empty."
            reason += " A lesson needs a headline and one text at least."
            return RefusedRow(self.row.number, "headline", shown(headline), reason)
        if not headline:
            headline = _first_sentence(texts[0])
            self.notes.append("headline missing; first sentence taken")
            if len(headline) > MAX_HEADLINE:
                headline = _cut(headline)
        elif len(headline) > MAX_HEADLINE:
            summary = self.found["summary"]
            self.found["summary"] = f"{headline}\n\n{summary}" if summary else headline
            headline = _cut(headline)
            self.notes.append(
                f"headline cut at {MAX_HEADLINE} characters, whole text kept in summary"
            )
        self.found["headline"] = headline
        return None

    def _short_fields(self) -> None:
        for name in NAMES:
            self.found[name] = self._name(name)
        for name in CHOICES:
            self.found[name] = self._choice(name)
        for name in MARKS:
            self.found[name] = self._known(name, values.mark)
        self.found["cost"] = self._known("cost", values.whole_number)
        self.found["days"] = self._known("days", values.days)
        for name in LISTS:
            self.found[name] = self._list(name)
        for name in DATES:
            self.found[name], note = read_date(
                self._raw(name), self.reader.orders.get(name, Order())
            )
            if note and not values.is_missing(self._raw(name)):
                self.notes.append(note if name == "date_occurred" else f"{name}: {note}")

    def _name(self, name: str) -> str | None:
        text = one_line(self._text(name))
        if len(text) > MAX_NAME:
            self.notes.append(f"{name} cut at {MAX_NAME} characters: {text}")
            text = _cut(text, MAX_NAME)
        return text or None

    def _choice(self, name: str) -> str | None:
        text = one_line(self._text(name))
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

    def _known(self, name: str, read: Any) -> Any:
        text = one_line(self._raw(name))
        if not text or values.is_missing(text):
            return None
        known = read(text)
        if known is None:
            self.notes.append(f"{name} {shown(text)!r} was not understood and left out")
        elif name in NUMBERS and str(known) != text:
            self.notes.append(f"{name} {shown(text)!r} taken as {known}")
        return known

    def _list(self, name: str) -> tuple[str, ...] | None:
        column = self.reader.mapping.get(name, "")
        items = self.row.lists.get(column) or _split(self._text(name))
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


def _first_sentence(text: str) -> str:
    found = _SENTENCE.match(text[:2000])
    return one_line(found[1] if found else text.split("\n", 1)[0])


def _cut(text: str, length: int = MAX_HEADLINE) -> str:
    """Cut at a word's end, with an ellipsis."""
    head = text[: length - 1]
    at = head.rfind(" ")
    return (head[:at] if at > length // 2 else head).rstrip(" ,;:–-") + "…"
