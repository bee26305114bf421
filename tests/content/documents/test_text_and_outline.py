"""What is written in a file: for the index, and for its preview page."""

import io

import docx
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.documents import Block, Passage, inspect, outline, safe_name, text_of
from content.documents.text import MAX_TEXT
from content.errors import Refused
from tests.content.documents.hostile import docx_bytes, odt_bytes, pptx_bytes, xlsx_bytes


def test_words_of_a_document_with_tables_and_header():
    document = docx.Document()
    document.add_paragraph("Before")
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Left", "Right"
    document.add_paragraph("After")
    document.sections[0].header.paragraphs[0].text = "Version 2"
    target = io.BytesIO()
    document.save(target)
    assert text_of(target.getvalue(), "docx") == (
        Passage("Page text", "Before\nLeft\nRight\nAfter"),
        Passage("Header", "Version 2"),
    )


def test_words_of_sheets_slides_and_text():
    assert text_of(xlsx_bytes(), "xlsx") == (Passage("Sheet Risks", "Id Risk\n1 Late supplier"),)
    assert text_of(pptx_bytes(), "pptx") == (Passage("Slide 1", "Status\nAll is well"),)
    assert text_of(odt_bytes("<text:p>Grüße</text:p>"), "odt") == (Passage("Page text", "Grüße"),)
    assert text_of("Zürich".encode("cp1252"), "txt") == (Passage("Page text", "Zürich"),)
    assert text_of(b"%PDF-1.7", "pdf") == ()


def test_words_are_bounded():
    [passage] = text_of(b"word " * (MAX_TEXT // 4), "txt")
    assert len(passage.text) <= MAX_TEXT


def test_a_file_that_was_not_looked_at_is_still_refused():
    with pytest.raises(Refused, match="cannot be opened"):
        text_of(b"no archive", "docx")


def test_outline_of_a_document():
    assert outline(docx_bytes("Text"), "docx").blocks == (
        Block("Purpose", 1),
        Block(cells=("Risk", "Owner")),
    )


def test_outline_of_a_workbook_finds_the_header_below_a_title():
    workbook = openpyxl.Workbook()
    for row in (
        ["Risk register"],
        [],
        ["Id", "Risk", "Owner"],
        [1, "Late", "PM"],
        [2, "Dear", None],
    ):
        workbook.active.append(row)
    target = io.BytesIO()
    workbook.save(target)
    [part] = outline(target.getvalue(), "xlsx").parts
    assert part.header == ("Id", "Risk", "Owner")
    assert part.rows == (("1", "Late", "PM"), ("2", "Dear"))


def test_outline_of_slides_and_markdown():
    [part] = outline(pptx_bytes("Status"), "pptx").parts
    assert (part.name, part.rows) == ("Slide 1: Status", (("All is well",),))
    assert outline(b"# A\n\ntext\n## B #\n#no\n", "md").blocks == (Block("A", 1), Block("B #", 2))


def test_the_real_templates_have_words_and_an_outline(shared_data):
    empty = 0
    for path in sorted((shared_data / "templates").rglob("*")):
        if not path.is_file() or path.parent.name.startswith("hostile"):
            continue
        try:
            found = inspect(path, path.name)
        except Refused:
            continue
        assert text_of(path, found.format), path
        shown = outline(path, found.format)
        empty += not shown.blocks and not shown.parts
    # Two letters of one template set use no heading style.
    assert empty <= 2


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Risk register", "Risk register.xlsx"),
        ("Risk/register: v2?", "Risk register v2.xlsx"),
        ("../../etc/passwd", "etc passwd.xlsx"),
        ("CON", "File CON.xlsx"),
        ("a.xlsx.xlsx", "a.xlsx"),
        ("", "File.xlsx"),
        ("\u202ecod.exe", "cod.exe.xlsx"),
        ("Rößler & Søn", "Rößler & Søn.xlsx"),
    ],
)
def test_safe_names(title, name):
    assert safe_name(title, "xlsx") == name


@given(st.text(max_size=150))
def test_any_title_gives_a_name(title):
    name = safe_name(title, "docx")
    assert name.endswith(".docx")
    assert len(name) <= 110
    assert not set(name) & set('<>:"/\\|?*\r\n\x00')
    assert not name.startswith(".")
