"""Tables of lessons from other programs, turned into drafts. Pure: writes no table, asks no clock.

`read_table` takes CSV, XLSX and JSON Lines in any common encoding, `guess_mapping` says which
column is which field, `to_drafts` makes one draft of every row or says why not, and
`write_report` writes down what happened. No row is lost without a reason, and nothing is changed
without a note.
"""

from content.imports.drafts import LessonDraft, to_drafts
from content.imports.fields import FIELDS
from content.imports.mapping import check_mapping, guess_mapping, unmapped
from content.imports.reading import read_table
from content.imports.report import Report, ReportRow, write_report
from content.imports.table import RefusedRow, Row, Table

__all__ = [
    "FIELDS",
    "LessonDraft",
    "RefusedRow",
    "Report",
    "ReportRow",
    "Row",
    "Table",
    "check_mapping",
    "guess_mapping",
    "read_table",
    "to_drafts",
    "unmapped",
    "write_report",
]
