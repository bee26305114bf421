"""Documents as PDF: tagged, titled, and with text that stays text whatever people typed."""

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pypdf
import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from pptx import Presentation

from content.errors import Refused
from portal.papers import (
    Bar,
    Bars,
    Bullets,
    Deck,
    Heading,
    NewPage,
    Paper,
    Slide,
    Table,
    Text,
    write_docx,
    write_pdf,
    write_pptx,
)

AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


def read(paper: Paper) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(write_pdf(paper, at=AT)))


def text_of(paper: Paper) -> str:
    return "\n".join(page.extract_text() for page in read(paper).pages)


def elements_of(reader: pypdf.PdfReader) -> list[pypdf.generic.DictionaryObject]:
    """All structure elements, in their order."""
    found, waiting = [], [reader.trailer["/Root"]["/StructTreeRoot"]]  # type: ignore[index]
    while waiting:
        one = waiting.pop().get_object()
        if not isinstance(one, pypdf.generic.DictionaryObject):
            continue
        if "/S" in one:
            found.append(one)
        below = one.get("/K", [])
        below = below.get_object() if hasattr(below, "get_object") else below
        waiting += reversed(below if isinstance(below, list) else [below])
    return found


WHOLE = Paper(
    title="Improvement review, autumn",
    facts=[("Where", "Room 4")],
    foot="Northmere Utilities",
    author="Rita Reviewer",
    blocks=[
        Heading("Agenda"),
        Text("First the actions.\n\nThen the themes.", label="Order"),
        Heading("Permits come late", 2),
        Bullets(["Ask early", "Ask again"]),
        Table(["Theme", "Hit"], [["Permits", "8 of 12"]], numbers=frozenset({1}), widths=(3, 1)),
        Bars("Closed projects hit, by year", [Bar("2025", 0.5, 0.2, 0.8, "4 of 8")]),
        NewPage(),
        Text("Counted are closed projects.", quiet=True),
    ],
)


def test_a_paper_is_tagged_titled_and_says_its_language() -> None:
    reader = read(WHOLE)
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"].value  # type: ignore[index]
    assert root["/Lang"] == "en"  # type: ignore[index]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value  # type: ignore[index]
    assert reader.metadata is not None
    assert (reader.metadata.title, reader.metadata.author) == (WHOLE.title, WHOLE.author)
    assert "pdfuaid" in root["/Metadata"].get_object().get_data().decode()  # type: ignore[index]
    tags = [one["/S"] for one in elements_of(reader)]
    assert {"/H1", "/H2", "/L", "/LI", "/Table", "/THead", "/TH", "/TD", "/Figure"} <= set(tags)
    assert tags.count("/TH") == 2
    assert [str(entry["/Title"]) for entry in reader.outline if isinstance(entry, dict)]


def test_everything_stands_in_it_and_pages_are_numbered() -> None:
    reader = read(WHOLE)
    first, second = (page.extract_text() for page in reader.pages)
    for part in ("Where: Room 4", "Order: First the actions.", "8 of 12", "4 of 8", "Ask again",
                 "Northmere Utilities", "1 / 2"):  # fmt: skip
        assert part in first
    assert "Counted are closed projects." in second
    assert "2 / 2" in second


def test_a_chart_is_said_in_words() -> None:
    chart = WHOLE.blocks[5]
    assert isinstance(chart, Bars)
    assert chart.alt == "Bar chart. Closed projects hit, by year: 2025 4 of 8, 50%."
    said = [one["/Alt"] for one in elements_of(read(WHOLE)) if "/Alt" in one]
    assert said == [chart.alt]


def test_the_same_paper_gives_the_same_bytes() -> None:
    assert write_pdf(WHOLE, at=AT) == write_pdf(WHOLE, at=AT)


@pytest.mark.parametrize(
    "typed",
    ["#sys.inputs", '#read("/etc/passwd")', "*bold* _it_ $x^2$ `raw`", r"C:\temp \u{41} \ ",
     "@label <label> // comment /* c */", "= Heading", "~ -- --- ... 'q' \"q\"",
     "שלום עולם", "naïve Ωμέγα кириллица ☐ ✓ → “”"],
)  # fmt: skip
def test_what_people_type_stays_what_they_typed(typed: str) -> None:
    paper = Paper(typed, [Heading(typed), Text(typed, label=typed), Bullets([typed]),
                          Table([typed], [[typed]]), Bars(typed, [Bar(typed, 0, 0, 1, typed)])],
                  facts=[(typed, typed)], foot=typed, author=typed)  # fmt: skip
    said = text_of(paper)
    for word in typed.split():
        # A right-to-left word may come out with its letters in the order of the page.
        assert word in said or word[::-1] in said


def test_words_from_right_to_left_are_there() -> None:
    said = text_of(Paper("Two ways", [Text("left مرحبا بالعالم right")]))
    assert "left" in said
    assert "right" in said
    assert "مرحبا" in said


def test_letters_without_a_font_are_named_or_marked() -> None:
    # Which of the two depends on the fonts of the machine; nothing around them is lost.
    said = text_of(Paper("Signs", [Text("Good \U0001f9ff\ufe0f work \U000e0041.")]))
    assert "Good" in said
    assert "\U0001f9ff" in said or "(nazar amulet)" in said
    marked = text_of(Paper("Old", [Text("Before \U00012000 after")]))  # cuneiform
    assert "after" in marked
    assert "\U00012000" in marked or "\ufffd stands for a letter that no font" in marked


def test_long_text_is_set_whole_and_too_long_is_refused() -> None:
    solid = text_of(Paper("Solid", [Text("x" * 100_000)])).replace("\u200b", "")
    assert solid.count("x") == 100_000
    with pytest.raises(Refused, match="too long for one document"):
        write_pdf(Paper("Words", [Text("word " * 200_000)]), at=AT)
    with pytest.raises(Refused, match="too long for one document"):
        write_pdf(Paper("Lines", [Text("a\n" * 50_000)]), at=AT)


@settings(max_examples=25)
@given(st.text(max_size=60))
def test_any_text_can_be_set(typed: str) -> None:
    assert len(read(Paper("Any", [Text(typed), Table([typed], [[typed]])])).pages) == 1


def test_the_wheel_holds_what_papers_and_pages_are_made_from(tmp_path: Path) -> None:
    wheel = pytest.importorskip("hatchling.builders.wheel", reason="hatchling is a tool of `check`")
    (made,) = wheel.WheelBuilder(str(ROOT)).build(directory=str(tmp_path))
    names = set(ZipFile(made).namelist())
    assert {"portal/papers/paper.typ", "portal/page_templates/base.html"} <= names


# Word and slides ------------------------------------------------------------------------------


def test_word_keeps_headings_widths_and_heads() -> None:
    document: Any = Document(io.BytesIO(write_docx(WHOLE, at=AT)))
    assert document.core_properties.title == WHOLE.title
    assert [p.text for p in document.paragraphs if p.style.name == "Heading 1"] == ["Agenda"]
    first, chart = document.tables
    assert "tblHeader" in first.rows[0]._tr.xml
    wide, narrow = (cell.width for cell in first.rows[1].cells)
    assert round(wide / narrow) == 3
    assert [cell.text for cell in chart.rows[1].cells] == ["2025", "4 of 8", "50%", "20% to 80%"]
    assert document.sections[0].footer.paragraphs[0].text == "Northmere Utilities"


LONG = "Permits of the council come late because of hearings " * 30


def test_slides_hold_what_is_too_long_for_them() -> None:
    bars = Bars(LONG, [Bar(f"{LONG} {n}", 0.5, 0.1, 0.9, "4 of 8") for n in range(40)])
    table = Table(("Theme", "Hit"), [[LONG, "8"]] * 17, widths=(3, 1))
    deck = Deck(LONG, [LONG] * 20, [
        Slide(LONG, [LONG] * 30, charts=[bars, bars], notes=LONG * 100),
        Slide("Decided", table=table),
    ])  # fmt: skip
    show: Any = Presentation(io.BytesIO(write_pptx(deck, at=AT)))
    titles = [slide.shapes.title.text for slide in show.slides]
    assert titles[2:] == ["Decided (1 of 3)", "Decided (2 of 3)", "Decided (3 of 3)"]
    assert all(len(title) <= 90 for title in titles)
    assert sum(len(t.table.rows) - 1 for s in show.slides for t in s.shapes if t.has_table) == 17
    for slide in show.slides:
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.top >= 0
            assert shape.left + shape.width <= show.slide_width
            assert shape.top + shape.height <= show.slide_height
    assert len(show.slides[1].notes_slide.notes_text_frame.text) == 20_000
    charts = [shape for shape in show.slides[1].shapes if shape.has_chart]
    assert all(len(list(chart.chart.plots[0].categories)) == 10 for chart in charts)


@settings(max_examples=10)
@given(st.text(max_size=60))
def test_any_text_can_be_written_to_word_and_slides(typed: str) -> None:
    paper = Paper(typed, [Text(typed, typed), Table([typed], [[typed]])], foot=typed)
    Document(io.BytesIO(write_docx(paper, at=AT)))
    bars = Bars(typed, [Bar(typed, 0.5, 0.1, 0.9, typed)])
    deck = Deck(typed, [typed], [Slide(typed, [typed], charts=[bars], notes=typed)])
    Presentation(io.BytesIO(write_pptx(deck, at=AT)))
