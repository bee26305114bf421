"""What holds of every import, whatever is in the file.

Any bytes give a table or a refusal with a reason; every row that was read is told of once; the same
file again changes nothing; taking back leaves what was there before; an export read again says the
same, and holds nothing that a spreadsheet would calculate.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect, select

from content import importing
from content.errors import Refused
from content.exports import Column, write_csv, write_xlsx
from content.imports import guess_mapping, read_table
from content.models import ImportKind, Issue, Lesson, LessonTopic, Project
from content.types import SYSTEM
from portal import importer
from portal.runtime import Runtime
from tests.builders import NOW, Builders
from tests.content.documents.hostile import xlsx_bytes

WORKBOOK = xlsx_bytes()
NAMES = ("a.csv", "a.xlsx", "a.jsonl", "a.json", "a.txt", "a")
# Beginnings by which a file pretends to be one of its kind, or is.
HEADS = (b"", b"PK\x03\x04", b"\xff\xfe", b"\xef\xbb\xbf", b"sep=;\n", b'{"a":', b"[[[", b"a,b\n")
# In one folder, and leaving it as it was: what one example writes another may find.
SHARED = settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
Rows = st.SearchStrategy[list[dict[str, str]]]
WORDS = st.text(max_size=30) | st.sampled_from(
    ["", "Late valves", "=1+1", "@x", "<b>x</b>", "N/A", "2024-02-30", "1/2/03", "NET-01", "\x00"]
)
LESSONS = {
    "Id": st.sampled_from(["", "A1", "A2", "A3"]),
    "Headline": WORDS,
    "Lesson": WORDS,
    "Project": st.sampled_from(["", "Harbour", "harbour", "Second project"]),
    "Date": WORDS,
    "Topics": WORDS,
}
ISSUES = {
    "Issue key": st.sampled_from(["", "NET-1", "NET-2", "OPS-1"]),
    "Summary": WORDS,
    "Status": st.sampled_from(["Open", "Resolved", "?", ""]),
    "Priority": WORDS,
    "Created": WORDS,
    "Description": WORDS,
}


def once(number: str, cells: dict[str, st.SearchStrategy[str]]) -> Rows:
    """Rows of which no two have the same number; some have none."""
    rows = st.fixed_dictionaries(cells)
    return st.lists(
        rows, min_size=1, max_size=5, unique_by=lambda row: row[number] or repr(sorted(row.items()))
    )


@settings(max_examples=80)
@given(st.sampled_from(HEADS), st.binary(max_size=300), st.sampled_from(NAMES))
def test_any_bytes_are_a_table_or_refused_with_a_reason(
    tmp_path_factory: Any, head: bytes, rest: bytes, name: str
) -> None:
    path: Path = tmp_path_factory.getbasetemp() / "any-bytes"
    path.write_bytes(head + rest)
    _is_table_or_refused(path, name)


def _is_table_or_refused(path: Path, name: str) -> None:
    with suppress(Refused):
        found = read_table(path, name)
        assert found.columns
        assert all(row.reason.strip() for row in found.refused)
        return
    with pytest.raises(Refused, match=r"\w"):
        read_table(path, name)


@settings(max_examples=60)
@given(st.data())
def test_a_workbook_with_any_byte_changed_is_a_table_or_refused(
    tmp_path_factory: Any, data: st.DataObject
) -> None:
    content = bytearray(WORKBOOK)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, 1 << 20)) % len(content)
        content[place] = data.draw(st.integers(0, 255))
    path: Path = tmp_path_factory.getbasetemp() / "changed.xlsx"
    path.write_bytes(bytes(content))
    _is_table_or_refused(path, "changed.xlsx")


def written(path: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def take(portal: Runtime, path: Path, kind: ImportKind) -> tuple[int, importer.Report]:
    reading = importer.read(path, path.name, kind=kind)
    with portal.database.writing() as session:
        row = importing.begin(
            session, filename=path.name, file=None, mapping=reading.mapping, publish=False,
            kind=kind, by=SYSTEM, at=NOW,
        )  # fmt: skip
    report = importer.take(portal, row.id, reading, by=SYSTEM, progress=lambda _step, _share: None)
    return row.id, report


def everything(portal: Runtime) -> list[tuple[Any, ...]]:
    """All that an import may touch, as it stands; not when it was touched, nor how often."""
    left = {"updated_at", "version"}
    with portal.database.reading() as session:
        return [
            (model.__name__, *(getattr(row, name) for name in _columns(model) if name not in left))
            for model in (Project, Lesson, LessonTopic, Issue)
            for row in session.scalars(select(model).order_by(*inspect(model).primary_key))
        ]


def _columns(model: Any) -> list[str]:
    return sorted(attribute.key for attribute in inspect(model).column_attrs)


def _holds(portal: Runtime, path: Path, kind: ImportKind, many: int) -> None:
    before = everything(portal)
    number, report = take(portal, path, kind)
    # The reader itself leaves out lines with nothing in them; every other row is told of once.
    reading = importer.read(path, path.name, kind=kind)
    read = len(reading.table.rows) + len(reading.table.refused)
    assert read <= many
    assert sum(report.counts.values()) == len(report.rows) == read
    assert len({row.row for row in report.rows}) == read
    assert all(row.reason for row in report.refused)
    after = everything(portal)
    again, second = take(portal, path, kind)
    # A row without a number of its own is known again by what it says; a number stands once, for
    # of two rows under one number the later changes the earlier, and each time anew.
    assert set(second.counts) <= {"unchanged", "refused"}
    assert everything(portal) == after
    importer.take_back(portal, again, by=SYSTEM)
    assert everything(portal) == after
    importer.take_back(portal, number, by=SYSTEM)
    assert everything(portal) == before


@SHARED
@given(once("Id", LESSONS))
def test_imports_of_lessons_lose_no_row_repeat_nothing_and_are_taken_back_whole(
    portal: Runtime, tmp_path: Path, make: Builders, rows: list[dict[str, str]]
) -> None:
    if not everything(portal):
        make.lesson(external_id="A3", headline="There before", project_id=make.project().id)
    # One row is always a lesson, so that the columns are known.
    sure = {"Id": "A9", "Headline": "Order valves early", "Lesson": "The foundry was late."}
    table = [dict.fromkeys(LESSONS, "") | sure, *rows]
    _holds(portal, written(tmp_path / "a.csv", table), ImportKind.lessons, len(table))


@SHARED
@given(once("Issue key", ISSUES))
def test_imports_of_issues_lose_no_row_repeat_nothing_and_are_taken_back_whole(
    portal: Runtime, tmp_path: Path, rows: list[dict[str, str]]
) -> None:
    sure = {"Issue key": "NET-9", "Summary": "Pump leaks", "Status": "Open"}
    table = [dict.fromkeys(ISSUES, "") | sure, *rows]
    _holds(portal, written(tmp_path / "a.csv", table), ImportKind.issues, len(table))


COLUMNS = (
    Column("external_id", "external_id"), Column("headline", "headline", "long"),
    Column("lesson", "lesson", "long"), Column("recommendation", "recommendation", "long"),
)  # fmt: skip
# What a person types: words with the signs that spreadsheets take for formulas before them.
TYPED = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "=", "+", "-", "@", "'", "=cmd|", "\uff1d", "'=", "''@"]),
        st.text(st.sampled_from("abcdefg 0123456789.,;()!"), min_size=1, max_size=25),
    ),
).map(str.strip).filter(lambda text: any(c.isalpha() for c in text))  # fmt: skip


@settings(max_examples=60)
@given(st.lists(st.tuples(TYPED, TYPED, TYPED), min_size=1, max_size=4), st.booleans())
def test_an_export_says_the_same_when_it_is_read_again_and_calculates_nothing(
    tmp_path_factory: Any, texts: list[tuple[str, str, str]], workbook: bool
) -> None:
    rows = [
        {"external_id": f"A{n}", "headline": one, "lesson": two, "recommendation": three}
        for n, (one, two, three) in enumerate(texts, 1)
    ]
    path: Path = tmp_path_factory.getbasetemp() / ("back.xlsx" if workbook else "back.csv")
    if workbook:
        with path.open("wb") as target:
            write_xlsx(rows, COLUMNS, target, sheet="Lessons")
    else:
        path.write_bytes(b"".join(write_csv(rows, COLUMNS)))
        cells = csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig")))
        assert not any(
            cell[:1] in ("=", "+", "-", "@", "\uff1d") for line in cells for cell in line
        )
    table = read_table(path)
    assert guess_mapping(table.columns, table.rows) == {c.name: c.title for c in COLUMNS}
    reading = importer.read(path, path.name)
    found = [
        {name: getattr(item, name) for name in rows[0]}
        for item in reading.items()
        if isinstance(item, importer.LessonDraft)
    ]
    assert found == [{name: " ".join(text.split()) for name, text in row.items()} for row in rows]
