"""What an import did, row by row, and the same as a file to keep."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from content.exports import Column, write_csv
from content.imports.drafts import LessonDraft
from content.imports.issue_drafts import IssueDraft
from content.imports.table import RefusedRow

_COLUMNS = (
    Column("row", "Row", "number"),
    Column("outcome", "Outcome", "text"),
    Column("external_id", "External id", "text"),
    Column("headline", "Headline", "text"),
    Column("field", "Field", "text"),
    Column("value", "Value", "text"),
    Column("reason", "Reason or notes", "text"),
)
REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One row: what became of it (`new`, `changed`, `unchanged`, `refused`), and why."""

    row: int
    outcome: str
    external_id: str = ""
    headline: str = ""
    field: str = ""
    value: str = ""
    reason: str = ""

    @classmethod
    def of(cls, item: LessonDraft | IssueDraft | RefusedRow, outcome: str = "new") -> "ReportRow":
        """Tell of a draft that was taken with `outcome`, or of a refusal."""
        if isinstance(item, RefusedRow):
            return cls(item.row, REFUSED, "", "", item.field, item.value, item.reason)
        said = item.headline if isinstance(item, LessonDraft) else item.title
        return cls(item.row, outcome, item.external_id or "", said, reason="; ".join(item.notes))


@dataclass(frozen=True, slots=True)
class Report:
    """All rows of one import; `notes` tell how the file was read."""

    rows: tuple[ReportRow, ...]
    notes: tuple[str, ...] = ()
    unmapped: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "counts", dict(Counter(row.outcome for row in self.rows)))

    @property
    def refused(self) -> tuple[ReportRow, ...]:
        """The rows that were not taken."""
        return tuple(row for row in self.rows if row.outcome == REFUSED)

    @property
    def noted(self) -> int:
        """How many rows were taken with a change or a doubt."""
        return sum(1 for row in self.rows if row.outcome != REFUSED and row.reason)


def write_report(report: Report, path: Path) -> None:
    """Write every row to a CSV file that spreadsheets open safely."""
    with path.open("wb") as stream:
        stream.writelines(write_csv(_mappings(report.rows), _COLUMNS))


def _mappings(rows: Iterable[ReportRow]) -> Iterable[Mapping[str, object]]:
    for row in rows:
        yield {column.name: getattr(row, column.name) for column in _COLUMNS}
