"""Exports: what comes out can be read back, and nothing in it runs."""

import csv
import io
import json
from datetime import date

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.exports import Column, neutral, sheet_name, write_csv, write_json, write_xlsx

COLUMNS = (
    Column("id", "Id"),
    Column("text", "Text", "long"),
    Column("cost", "Cost", "number"),
    Column("day", "Date", "date"),
    Column("url", "Link", "link"),
    Column("topics", "Topics"),
)
ROW = {
    "id": "L-1",
    "text": "Zürich: “late”\nsecond line",
    "cost": 1200,
    "day": date(2024, 2, 29),
    "url": "https://example.org/a",
    "topics": ("risk", "cost"),
}
ATTACKS = ["=1+1", "+1+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", " =1", "|x", "＝1"]


def read_csv(pieces):
    return list(csv.reader(io.StringIO(b"".join(pieces).decode("utf-8-sig"), newline="")))


def sheet_of(rows, columns=COLUMNS):
    target = io.BytesIO()
    write_xlsx(rows, columns, target, sheet="Lessons")
    return openpyxl.load_workbook(io.BytesIO(target.getvalue())).active


def test_csv_reads_back():
    header, row, empty = read_csv(write_csv([ROW, {}], COLUMNS))
    assert header == ["Id", "Text", "Cost", "Date", "Link", "Topics"]
    assert row == ["L-1", ROW["text"], "1200", "2024-02-29", "https://example.org/a", "risk; cost"]
    assert empty == [""] * 6


def test_csv_streams():
    taken = []

    def rows():
        for number in range(5_000):
            taken.append(number)
            yield {"id": number}

    next(iter(write_csv(rows(), COLUMNS)))
    assert len(taken) < 1_000


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_cell_is_a_formula(attack):
    column = (Column("a", "A"),)
    assert read_csv(write_csv([{"a": attack}], column))[1] == ["'" + attack]
    cell = sheet_of([{"a": attack}], column)["A2"]
    assert cell.data_type == "s"
    assert cell.quotePrefix


@pytest.mark.parametrize("plain", ["-5", "+3,5", "-12.50", "12%", "a=b", "", "- "[:1] + "1"])
def test_numbers_and_texts_stay(plain):
    assert neutral(plain) == plain


@settings(max_examples=100)
@given(st.text(max_size=30))
def test_neutral_texts_begin_with_no_formula_sign(text):
    shown = neutral(text).lstrip()
    number = shown.lstrip("+-")
    assert shown[:1] not in {"=", "@", "|"}
    assert shown[:1] not in {"+", "-"} or number[:1].isdigit()


def test_xlsx_is_typed_frozen_and_filtered():
    sheet = sheet_of([ROW])
    assert sheet.title == "Lessons"
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:F2"
    assert sheet["A1"].font.bold
    assert sheet["C2"].value == 1200
    assert sheet["D2"].value.date() == date(2024, 2, 29)
    assert sheet["D2"].number_format == "yyyy-mm-dd"
    assert sheet["E2"].hyperlink.target == "https://example.org/a"
    assert sheet["B2"].value == ROW["text"]
    assert sheet.column_dimensions["B"].width > 40


def test_xlsx_takes_what_a_cell_cannot_hold():
    row = {"id": "a\x00b\x0b", "text": "x" * 40_000, "url": "javascript:alert(1)", "day": None}
    sheet = sheet_of([row])
    assert sheet["A2"].value == "ab"
    assert len(sheet["B2"].value) == 32_767
    assert sheet["E2"].hyperlink is None


def test_an_old_date_stays_readable():
    assert sheet_of([{"day": date(1850, 1, 2)}])["D2"].value == "1850-01-02"


def test_json_reads_back():
    [row] = json.loads(b"".join(write_json([ROW], COLUMNS)))
    assert row == {**ROW, "day": "2024-02-29", "topics": ["risk", "cost"]}
    assert json.loads(b"".join(write_json([], COLUMNS))) == []


@pytest.mark.parametrize(
    ("name", "shown"), [("a/b:c", "a b c"), ("'", "Export"), ("x" * 40, "x" * 31)]
)
def test_sheet_names(name, shown):
    assert sheet_name(name) == shown
