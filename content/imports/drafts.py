"""Rows of a table, each turned into the draft of a lesson or refused with a reason.

Nothing is dropped silently: what was changed or not understood is told in the draft's notes. A
row is refused only when it has no headline and no text to make one of, or breaks a limit.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, TypeVar

from content.imports import values
from content.imports.cells import MAX_RAW, MAX_TEXT, Cells, Columns, Decided, cut
from content.imports.fields import CHOICES, DATES, LISTS, MARKS, NAMES, TEXTS
from content.imports.mapping import check_mapping
from content.imports.markup import one_line
from content.imports.table import RefusedRow, Row, Table, shown

# Characters, as the lesson's table has them.
MAX_HEADLINE = 200

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
    table: Table,
    mapping: Mapping[str, str],
    *,
    day_first: bool | None = None,
    decided: Decided | None = None,
) -> Iterator[LessonDraft | RefusedRow]:
    """Yield a draft or a refusal for every row that is not empty, in the order of rows."""
    columns = Columns(
        table,
        check_mapping(mapping, table.columns),
        dates=DATES,
        texts=("headline", *TEXTS),
        day_first=day_first,
        decided=decided,
    )
    return with_refused(table, lambda row: _RowReading(row, columns).draft())


D = TypeVar("D")


def with_refused(table: Table, read: Callable[[Row], D | RefusedRow]) -> Iterator[D | RefusedRow]:
    """Yield what `read` makes of every row, and the rows that could not be read between them."""
    refused = deque(sorted(table.refused, key=lambda row: row.row))
    for row in table.rows:
        while refused and refused[0].row < row.number:
            yield refused.popleft()
        yield read(row)
    yield from refused


@dataclass(slots=True)
class _RowReading(Cells):
    found: dict[str, Any] = field(default_factory=dict)

    def draft(self) -> LessonDraft | RefusedRow:
        for name in (*TEXTS, "sanitised"):
            if len(self.raw(name)) > MAX_RAW:
                return self.too_long(name, self.raw(name))
            text = self.text(name)
            if text and len(text) > MAX_TEXT:
                return self.too_long(name, text)
            self.found[name] = text or None
        if refused := self._headline():
            return refused
        self._short_fields()
        return LessonDraft(
            row=self.row.number, notes=tuple(dict.fromkeys(self.notes)), **self.found
        )

    def _headline(self) -> RefusedRow | None:
        headline = one_line(self.text("headline"))
        texts = [self.found[name] for name in TEXTS if self.found[name]]
        if not texts:
            reason = "The row has no text beside its headline." if headline else "The row is empty."
            reason += " A lesson needs a headline and one text at least."
            return RefusedRow(self.row.number, "headline", shown(headline), reason)
        if not headline:
            headline = _first_sentence(texts[0])
            self.notes.append("headline missing; first sentence taken")
            if len(headline) > MAX_HEADLINE:
                headline = cut(headline, MAX_HEADLINE)
        elif len(headline) > MAX_HEADLINE:
            summary = self.found["summary"]
            self.found["summary"] = f"{headline}\n\n{summary}" if summary else headline
            headline = cut(headline, MAX_HEADLINE)
            self.notes.append(
                f"headline cut at {MAX_HEADLINE} characters, whole text kept in summary"
            )
        self.found["headline"] = headline
        return None

    def _short_fields(self) -> None:
        for name in NAMES:
            self.found[name] = self.name(name)
        for name in CHOICES:
            self.found[name] = self.choice(name)
        for name in MARKS:
            self.found[name] = self.known(name, values.mark)
        self.found["cost"] = self.known("cost", values.whole_number, number=True)
        self.found["days"] = self.known("days", values.days, number=True)
        for name in LISTS:
            self.found[name] = self.items(name)
        for name in DATES:
            self.found[name] = self.day(name, named=name != "date_occurred")


def _first_sentence(text: str) -> str:
    found = _SENTENCE.match(text[:2000])
    return one_line(found[1] if found else text.split("\n", 1)[0])
