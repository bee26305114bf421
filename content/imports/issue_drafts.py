"""Rows of a tracker's export, each turned into the draft of a project issue or refused.

What a tracker leaves to its address is taken from there: the project out of a GitHub address or the
key of a Jira issue, and a number that is unique only within its repository gets its name before it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from content.imports import values
from content.imports.cells import MAX_RAW, Cells, Columns, Decided, cut
from content.imports.drafts import with_refused
from content.imports.issue_fields import ISSUE_DATES, ISSUE_FIELDS, ISSUE_TEXTS
from content.imports.mapping import check_mapping, tracker_of
from content.imports.markup import one_line
from content.imports.table import RefusedRow, Table, shown

# Characters, as the issue's table and verbs have them.
MAX_TITLE = 200
MAX_ISSUE_TEXT = 20_000
MAX_SHORT = 80

_KEY = re.compile(r"([A-Z][A-Z0-9_]{1,20})-\d+")
_ADDRESS = re.compile(r"https?://[^/\s]+/([\w.-]+/[\w.-]+)/(?:-/)?issues/(\d+)")


def project_in(value: str) -> str | None:
    """Return the project that an issue's key or address names."""
    found = _ADDRESS.match(value) or _KEY.fullmatch(value)
    return found[1] if found else None


@dataclass(frozen=True, slots=True)
class IssueDraft:
    """What one row says about an issue; None where it says nothing."""

    row: int
    title: str
    external_id: str | None = None
    description: str | None = None
    project: str | None = None
    category: str | None = None
    severity: str | None = None
    status: str | None = None
    resolution: str | None = None
    raised_on: date | None = None
    closed_on: date | None = None
    cost: int | None = None
    days: int | None = None
    notes: tuple[str, ...] = ()


def to_issue_drafts(
    table: Table,
    mapping: Mapping[str, str],
    *,
    day_first: bool | None = None,
    decided: Decided | None = None,
) -> Iterator[IssueDraft | RefusedRow]:
    """Yield a draft or a refusal for every row that is not empty, in the order of rows."""
    columns = Columns(
        table,
        check_mapping(mapping, table.columns, ISSUE_FIELDS),
        dates=ISSUE_DATES,
        texts=("title", *ISSUE_TEXTS),
        day_first=day_first,
        decided=decided,
    )
    tracker = tracker_of(table.columns)
    name = tracker.name if tracker else ""
    return with_refused(table, lambda row: _IssueReading(row, columns).draft(name))


class _IssueReading(Cells):
    """One row of a tracker's export."""

    def draft(self, tracker: str) -> IssueDraft | RefusedRow:
        for name in ISSUE_TEXTS:
            if len(self.raw(name)) > MAX_RAW:
                return self.too_long(name, self.raw(name))
        title = one_line(self.text("title"))
        description = self.text("description")
        if not title:
            reason = "The row has no title. An issue needs one."
            return RefusedRow(self.row.number, "title", shown(description), reason)
        if len(title) > MAX_TITLE:
            description = f"{title}\n\n{description}" if description else title
            title = cut(title, MAX_TITLE)
            self.notes.append(f"title cut at {MAX_TITLE} characters, whole text kept below")
        status = self.choice("status")
        raised, closed = self._days(status)
        number, project = self._known_as(tracker)
        return IssueDraft(
            row=self.row.number,
            title=title,
            external_id=number,
            description=self._bounded("description", description),
            project=project,
            category=self._category(),
            severity=self.choice("severity"),
            status=status,
            resolution=self._bounded("resolution", self.text("resolution")),
            raised_on=raised,
            closed_on=closed,
            cost=self.known("cost", values.whole_number, number=True),
            days=self.known("days", values.days, number=True),
            notes=tuple(dict.fromkeys(self.notes)),
        )

    def _bounded(self, name: str, text: str) -> str | None:
        if len(text) > MAX_ISSUE_TEXT:
            self.notes.append(f"{name} cut at {MAX_ISSUE_TEXT:,} characters")
            text = cut(text, MAX_ISSUE_TEXT)
        return text or None

    def _days(self, status: str | None) -> tuple[date | None, date | None]:
        raised, closed = self.day("raised_on"), self.day("closed_on")
        if status == "closed" and closed is None and self.raw("updated_on").strip():
            closed = self.day("updated_on")
            if closed:
                self.notes.append("no day of closing; the day of the last change taken")
        if status is not None and status != "closed" and closed is not None:
            self.notes.append("a day of closing was left out, because the issue is not closed")
            closed = None
        if raised and closed and closed < raised:
            self.notes.append("closed before it was raised; the day of closing was left out")
            closed = None
        return raised, closed

    def _category(self) -> str | None:
        decided = self._decided("category")
        if decided is not None:
            return decided or None
        items = self.items("category")
        if items and len(items) > 1:
            self.notes.append(f"category: the first of {', '.join(items[:5])} taken")
        return cut(items[0], MAX_SHORT) if items and len(items[0]) > MAX_SHORT else (
            items[0] if items else None
        )  # fmt: skip

    def _known_as(self, tracker: str) -> tuple[str | None, str | None]:
        """The issue's number and its project, out of its address or key where none is named."""
        number, project = self.name("external_id", MAX_SHORT), self.name("project")
        found = _ADDRESS.search(self.raw("url"))
        if found:
            return f"{found[1]}#{found[2]}"[:MAX_SHORT], project or found[1]
        if number and number.isdecimal() and tracker in ("GitHub", "OpenProject"):
            # A bare number is unique in its own repository only.
            number = f"{project or tracker}#{number}"[-MAX_SHORT:]
        return number, project or project_in(number or "")
