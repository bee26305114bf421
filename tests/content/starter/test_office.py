"""The standard templates: built from their sources, whole, and as a practitioner expects them."""

import re
import tomllib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from openpyxl import load_workbook
from openpyxl.utils import range_boundaries
from pptx import Presentation

from content.documents import inspect, outline
from content.imports import guess_mapping, read_table
from content.starter.load import STARTER
from content.starter.office.build import built, main
from content.starter.office.register import reference
from content.starter.office.source import load, slugs

LIBRARY = Path(str(STARTER)) / "library"
FORMATS = {slug: load(slug)["format"] for slug in slugs()}
OF = {kind: [slug for slug, found in FORMATS.items() if found == kind] for kind in
      ("docx", "xlsx", "pptx")}  # fmt: skip


def data(slug: str) -> bytes:
    return (LIBRARY / f"{slug}.{FORMATS[slug]}").read_bytes()


def test_there_are_fourteen_and_each_has_its_file() -> None:
    assert len(FORMATS) == 14
    assert {p.name for p in LIBRARY.iterdir() if p.suffix != ".toml"} == {
        f"{slug}.{kind}" for slug, kind in FORMATS.items()
    }


@pytest.mark.parametrize("slug", FORMATS)
def test_the_file_is_what_its_source_says_byte_for_byte(slug: str) -> None:
    assert built(load(slug)) == data(slug), "run python -m content.starter.office.build"


@pytest.mark.parametrize("slug", FORMATS)
def test_the_portal_itself_would_let_it_in(slug: str) -> None:
    found = inspect(data(slug), f"{slug}.{FORMATS[slug]}")
    assert found.format == FORMATS[slug]
    assert found.title == load(slug)["title"]
    shown = outline(data(slug), found.format)
    assert shown.blocks or shown.parts


@pytest.mark.parametrize("slug", OF["docx"])
def test_documents_have_structure_language_and_page_numbers(slug: str) -> None:
    document = Document(BytesIO(data(slug)))
    headings = [p.style.name for p in document.paragraphs if p.style.name.startswith("Heading")]
    assert headings.count("Heading 1") >= 5
    xml = document.element.xml + document.styles.element.xml
    assert 'w:val="en-GB"' in xml
    assert "PAGE" in document.sections[0].footer._element.xml
    control = [cell.text for row in document.tables[0].rows for cell in row.cells]
    assert {"Version", "Owner", "Approved by", "Date"} <= set(control)
    for table in document.tables[1:]:
        assert "w:tblHeader" in table.rows[0]._tr.xml


@pytest.mark.parametrize("slug", OF["xlsx"])
def test_workbooks_have_drop_downs_frozen_heads_and_sound_formulas(slug: str) -> None:
    book = load_workbook(BytesIO(data(slug)))
    register = book.worksheets[0]
    assert register.freeze_panes
    assert register.print_title_rows
    assert register.conditional_formatting
    for sheet in book.worksheets:
        for rule in sheet.data_validations.dataValidation:
            assert rule.formula1.lstrip("=") in book.defined_names
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    check_formula(book, cell.value)
    for name in book.defined_names.values():
        sheet, cells = next(iter(name.destinations))
        assert all(row[0].value is not None for row in book[sheet][cells])


def check_formula(book: Any, formula: str) -> None:
    assert formula.count("(") == formula.count(")"), formula
    assert "{" not in formula, formula
    for sheet, cells in re.findall(r"(\w+)!(\$?[A-Z]+\$?\d+(?::\$?[A-Z]+\$?\d+)?)", formula):
        assert sheet in book.sheetnames, formula
        _, _, column, row = range_boundaries(cells.replace("$", ""))
        assert column <= book[sheet].max_column
        assert row <= book[sheet].max_row
    for name in re.findall(r"list_\w+", formula):
        assert name in book.defined_names


def test_a_formula_names_columns_that_are_there() -> None:
    assert reference("={A b}*{C}", {"A b": "D", "C": "E"}, 7) == "=$D7*$E7"
    with pytest.raises(KeyError):
        reference("={Nothing}", {}, 1)


def test_slides_have_titles_and_the_chart_has_words_for_those_who_do_not_see_it() -> None:
    deck = Presentation(BytesIO(data("status-report")))
    assert len(deck.slides) == 5
    assert all(slide.shapes.title.text for slide in deck.slides)
    charts = [s for slide in deck.slides for s in slide.shapes if s.has_chart]
    assert all(c._element.nvGraphicFramePr.cNvPr.get("descr") for c in charts)
    assert charts


def test_the_lessons_log_comes_back_in_by_itself() -> None:
    table = read_table(LIBRARY / "lessons-log.xlsx")
    mapping = guess_mapping(table.columns, table.rows)
    assert mapping["headline"] == "Headline"
    assert mapping["driving_event"] == "What happened"
    assert mapping["recommendation"] == "Recommendation"
    assert mapping["date_occurred"] == "Date occurred"


def test_the_builder_writes_them_all_elsewhere(tmp_path: Path) -> None:
    main(["--out", str(tmp_path)])
    assert len(list(tmp_path.iterdir())) == 14


def test_sources_say_what_the_library_shows() -> None:
    for slug in FORMATS:
        source = tomllib.loads((LIBRARY / f"{slug}.toml").read_text(encoding="utf-8"))
        assert len(source["when_to_use"]) > 80, slug
        assert source["summary"].endswith("."), slug
