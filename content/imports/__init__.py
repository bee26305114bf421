"""Tables of lessons and issues from other programs, turned into drafts.

Pure: writes no table, asks no clock.

`read_table` takes CSV, XLSX and JSON Lines in any common encoding, `guess_mapping` says which
column is which field, `to_drafts` makes one draft of every row or says why not, and
`write_report` writes down what happened. No row is lost without a reason, and nothing is changed
without a note.
"""

from content.imports.drafts import LessonDraft, to_drafts
from content.imports.fields import FIELDS
from content.imports.issue_drafts import IssueDraft, to_issue_drafts
from content.imports.issue_fields import ISSUE_FIELDS
from content.imports.looking import Look, LookedColumn, guess_value, likest, look_at
from content.imports.mapping import (
    Confidence,
    Guess,
    check_mapping,
    fits_columns,
    guess_columns,
    guess_mapping,
    tracker_of,
    unmapped,
)
from content.imports.reading import read_table
from content.imports.report import Report, ReportRow, write_report
from content.imports.table import RefusedRow, Row, Table

__all__ = [
    "FIELDS",
    "ISSUE_FIELDS",
    "Confidence",
    "Guess",
    "IssueDraft",
    "LessonDraft",
    "Look",
    "LookedColumn",
    "RefusedRow",
    "Report",
    "ReportRow",
    "Row",
    "Table",
    "check_mapping",
    "fits_columns",
    "guess_columns",
    "guess_mapping",
    "guess_value",
    "likest",
    "look_at",
    "read_table",
    "to_drafts",
    "to_issue_drafts",
    "tracker_of",
    "unmapped",
    "write_report",
]
