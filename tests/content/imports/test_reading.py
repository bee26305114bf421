"""Reading tables: every encoding, separator and line end; what is broken costs its own row only."""

import csv
import io
import json
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.errors import Refused
from content.imports import Row, read_table
from content.imports.delimited import read_delimited
from content.imports.encodings import decode
from content.imports.jsonlines import read_json
from content.imports.table import MAX_COLUMNS, column_names
from tests.content.documents.hostile import changed, docx_bytes, xlsx_bytes
from tests.content.imports.builders import written

ENGLISH = (
    'Id,Text\n1,"The supplier’s pump – “old” – ran at 300 °C • too hot… for a café in Zürich"\n'
)
TEXTS = {
    "cp1252": ENGLISH,
    "mac_roman": ENGLISH,
    "cp850": "Id,Text\n1,Größe der Prüfstelle überschritten; Verzögerung für Käufer\n",
    "cp1250": "Id,Text\n1,Opóźnienie dostawców spowodowało większe koszty i dłuższą budowę\n",
    "iso8859_2": "Id,Text\n1,Zpožděný dodavatel způsobil vyšší náklady, řízení změn\n",
    "iso8859_15": "Id,Text\n1,La réunion a été retardée à cause des coûts élevés\n",
}


@pytest.mark.parametrize("encoding", TEXTS)
def test_one_byte_encodings_are_told_by_their_letters(encoding):
    assert decode(TEXTS[encoding].encode(encoding)).text == TEXTS[encoding]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_unicode_with_and_without_a_mark(encoding):
    assert decode(ENGLISH.encode(encoding)).text == ENGLISH


def test_cyrillic_and_japanese():
    russian = "Номер,Текст\n1,Поставщик опоздал на две недели и проект остановился\n" * 5
    assert decode(russian.encode("cp1251")).text == russian
    japanese = "番号,本文\n1,納入業者が二週間遅れたため計画を見直した\n" * 10
    assert decode(japanese.encode("shift_jis")).text == japanese


def test_utf8_with_pasted_bytes_keeps_both():
    content = "é à ü ö – “quoted” ".encode() + b"it\x92s"
    found = decode(content)
    assert found.text.endswith("“quoted” it’s")
    assert "1 damaged" in found.note


@settings(max_examples=60)
@given(st.binary(max_size=400))
def test_any_bytes_are_text_or_refused(content):
    try:
        assert isinstance(decode(content).text, str)
    except Refused:
        return


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends(separator, end):
    lines = [["Id", "Title", "Text"], ["1", '"A, b; c"', '"two\nlines"'], ["2", "B", "x"]]
    text = end.join(separator.join(line) for line in lines) + end
    found = read_delimited(text)
    assert found.columns == ("Id", "Title", "Text")
    assert [dict(row.values) for row in found.rows] == [
        {"Id": "1", "Title": "A, b; c", "Text": "two\nlines"},
        {"Id": "2", "Title": "B", "Text": "x"},
    ]
    assert [row.number for row in found.rows] == [2, 3]


def test_a_declared_separator_and_a_title_above_the_header():
    found = read_delimited("sep=;\nLessons of 2024\n\nId;Title, long;Text\n1;A;b\n")
    assert found.columns == ("Id", "Title, long", "Text")
    assert found.rows[0] == Row(4, {"Id": "1", "Title, long": "A", "Text": "b"})


def test_header_names_are_cleaned_and_told_apart():
    assert column_names(["\ufeffId", "  Lesson \n text ", "", "id", "ID"]) == (
        "Id",
        "Lesson text",
        "Column 3",
        "id (2)",
        "ID (3)",
    )
    with pytest.raises(Refused, match="columns"):
        column_names(map(str, range(MAX_COLUMNS + 1)))


def test_a_quote_never_closed_costs_its_own_row_only():
    found = read_delimited('Id,Text\n1,good\n2,"broken\n3,"fine, too"\n4,good\n5,"open\n6,x\n')
    assert [row.values["Id"] for row in found.rows] == ["1", "3", "4", "6"]
    assert [(row.row, row.value) for row in found.refused] == [(3, '2,"broken'), (6, '5,"open')]
    assert "not closed" in found.refused[0].reason


def test_two_quotes_never_closed_do_not_swallow_each_other():
    found = read_delimited("Id,Text\n" + '1,"x\n' * 20 + "21,y\n")
    assert len(found.refused) == 20
    assert found.rows[0].values == {"Id": "21", "Text": "y"}


def test_quotes_within_a_quoted_cell_on_one_line():
    [row] = read_delimited('Id,Text\n1,"a "so called" plan"\n').rows
    assert row.values["Text"] == 'a so called" plan"'


def test_an_inch_mark_in_the_last_row_is_no_open_quote():
    found = read_delimited('Id,Text\n1,a pipe of 5" or so\n')
    assert not found.refused
    assert found.rows[0].values["Text"] == 'a pipe of 5" or so'


def test_rows_of_other_widths():
    found = read_delimited("Id,Text\n1\n2,b,c\n3,d,,\n\n4,e\n")
    assert [row.values for row in found.rows] == [
        {"Id": "1"},
        {"Id": "3", "Text": "d"},
        {"Id": "4", "Text": "e"},
    ]
    [refused] = found.refused
    assert (refused.row, refused.value) == (3, "c")
    assert "3 cells, the header 2" in refused.reason


def test_zero_bytes_and_long_cells(tmp_path):
    content = f"Id,Text\n1,a\x00b\n2,{'x' * 1_000_001}\n3,{'y' * 500_000}\n"
    found = read_table(written(tmp_path, content))
    assert found.rows[0].values["Text"] == "ab"
    assert len(found.rows[1].values["Text"]) == 500_000
    assert [row.row for row in found.refused] == [3]
    assert "1,000,001" in found.refused[0].reason


def test_workbook_values_become_text(tmp_path):
    workbook = openpyxl.Workbook()
    workbook.active.title = "Empty"
    sheet = workbook.create_sheet("Log")
    for row in (
        ["Lessons log"],
        ["Id", "Date", "Days", "Yes", "Cost", "When"],
        [1, date(2024, 2, 3), 4.0, True, 1.5, datetime(2024, 2, 3, 10, 30)],  # noqa: DTZ001  # sheets know no zones
    ):
        sheet.append(row)
    target = io.BytesIO()
    workbook.save(target)
    found = read_table(written(tmp_path, target.getvalue(), "log.xlsx"))
    assert found.notes == ("Sheet: Log.",)
    assert found.rows == [
        Row(3, {"Id": "1", "Date": "2024-02-03", "Days": "4", "Yes": "yes", "Cost": "1.5",
                "When": "2024-02-03 10:30:00"})
    ]  # fmt: skip


def test_workbooks_go_through_the_door(tmp_path):
    bomb = changed(xlsx_bytes(), {"xl/media/a.bin": b"\0" * 60_000_000})
    with pytest.raises(Refused, match="unpack"):
        read_table(written(tmp_path, bomb, "a.xlsx"))
    with pytest.raises(Refused, match="Only tables"):
        read_table(written(tmp_path, docx_bytes(), "a.docx"))


def test_json_lines_keep_the_good_ones():
    lines = [
        '{"id": 1, "text": "a", "topics": ["x", "y, z"], "ok": true, "none": null}',
        "{broken",
        '{"id": 2, "text": {"deep": 1}}',
        '"text"',
        "",
        '{"id": 3, "text": "b"}',
        "[1]",
    ]
    found = read_json("\r\n".join(lines))
    assert [row.number for row in found.rows] == [1, 6]
    assert found.rows[0].values == {
        "id": "1",
        "text": "a",
        "topics": "x; y, z",
        "ok": "yes",
        "none": "",
    }
    assert found.rows[0].lists == {"topics": ("x", "y, z")}
    assert [(row.row, row.field) for row in found.refused] == [
        (2, ""),
        (3, "text"),
        (4, ""),
        (7, ""),
    ]


def test_json_array_and_depth():
    assert len(read_json('[{"a": 1}, {"a": 2}, 3]').rows) == 2
    with pytest.raises(Refused):
        read_json("[" * 100_000)
    deep = read_json('{"a": 1}\n' + "{" + '"a":[' * 50_000 + "\n")
    assert len(deep.refused) == 1


@pytest.mark.parametrize("content", [b"", b"  \n", b"%PDF-1.7 x", b"\x00\x01\x02\x03" * 50])
def test_what_is_no_table(tmp_path, content):
    with pytest.raises(Refused):
        read_table(written(tmp_path, content))


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


@settings(max_examples=80)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8))
def test_no_row_of_a_well_written_file_is_lost(rows):
    target = io.StringIO(newline="")
    writer = csv.writer(target, quoting=csv.QUOTE_ALL)
    writer.writerow(["first name", "second name"])
    writer.writerows(rows)
    found = read_delimited(target.getvalue())
    expected = [row for row in rows if any(cell.strip() for cell in row)]
    assert [tuple(row.values.values()) for row in found.rows] == expected
    assert not found.refused


@settings(max_examples=80)
@given(st.text(max_size=200))
def test_any_text_is_a_table_or_refused(text):
    for read in (read_delimited, read_json):
        try:
            found = read(text)
        except Refused:
            continue
        assert json.dumps(found.columns)
