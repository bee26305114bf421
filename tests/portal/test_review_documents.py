"""The pack and the minutes of a review as PDF, Word and slides, opened again by their libraries."""

import io
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pypdf
import pytest
from docx import Document
from flask.testing import FlaskClient
from pptx import Presentation

from analytics import catalogue, placements, runs
from content.models import Confidentiality, Person
from content.types import ANYBODY, Kind
from tests.builders import NOW, Builders
from tests.conftest import post

ClientOf = Callable[..., FlaskClient]
PERMIT = "The road closure permit came late because the council office waited for a hearing."
SUPPLIER = "The supplier of pumps delivered late, as its casting foundry was sold in the winter."
SECRET = "The road closure permit came late because the alderman Quillfeather took a bribe."


@pytest.fixture
def window(client_of: ClientOf, reviewer: Person) -> FlaskClient:
    return client_of(reviewer)


@pytest.fixture
def reviewer(make: Builders) -> Person:
    return make.person("reviewer", name="Rita Reviewer")


@pytest.fixture
def review(make: Builders, window: FlaskClient, reviewer: Person) -> str:
    """A planned review over themes of eight closed projects, one with a restricted lesson."""
    for _ in range(8):
        project = make.project(starts_on=date(2024, 1, 1), closed=True)
        for text in (PERMIT, SUPPLIER):
            make.lesson(project_id=project.id, headline=text[:60], driving_event=text, lesson=text,
                        recommendation=text)  # fmt: skip
    secret = make.lesson(project_id=project.id, headline="Quillfeather", driving_event=SECRET,
                         lesson=SECRET, recommendation=SECRET,
                         confidentiality=Confidentiality.restricted)  # fmt: skip
    runs.run(make.portal.database, by=None, at=NOW)
    with make.portal.database.writing() as session:
        themes = [theme.id for theme in catalogue.themes(session, by=ANYBODY)]
        # It is the most typical text of the first theme, so that it would be named first.
        placements.place(session, Kind.lesson, secret.id, themes[0])
    answer = post(
        window, "/reviews/new", title="Autumn #review *2026*", starts_at="2026-12-01T09:00",
        minutes=60, place="Room 4", themes=themes, people=[reviewer.id], period_from="2026-01-01",
        period_to="2026-12-31",
    )  # fmt: skip
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return str(answer.headers["Location"])


def fetch(window: FlaskClient, review: str, format: str) -> io.BytesIO:
    answer = window.get(f"{review}/minutes.{format}")
    assert answer.status_code == 200
    assert f".{format}" in answer.headers["Content-Disposition"]
    return io.BytesIO(answer.data)


def texts_of(show: Any) -> list[str]:
    """Every text on the slides, in tables, charts and notes."""
    found = []
    for slide in show.slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                found.append(shape.text_frame.text)
            if getattr(shape, "has_table", False) and shape.has_table:
                found += [cell.text for row in shape.table.rows for cell in row.cells]
        if slide.has_notes_slide:
            found.append(slide.notes_slide.notes_text_frame.text)
    return found


def test_the_pack_as_pdf_is_tagged(window: FlaskClient, review: str) -> None:
    # The page of who may read it names it; a document is for all who are invited.
    assert "Quillfeather" in window.get(review).get_data(as_text=True)
    reader = pypdf.PdfReader(fetch(window, review, "pdf"))
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"].value
    assert reader.metadata is not None
    assert reader.metadata.title == "Pack: Autumn #review *2026*"
    text = "\n".join(page.extract_text() for page in reader.pages)
    for part in ("Autumn #review *2026*", "Room 4", "8 of 8", "Typical texts", "Rita Reviewer"):
        assert part in text
    assert "Quillfeather" not in text


def test_the_pack_in_word_has_headings_and_table_heads(window: FlaskClient, review: str) -> None:
    document: Any = Document(fetch(window, review, "docx"))
    headings = [p.text for p in document.paragraphs if p.style.name.startswith("Heading")]
    assert headings[0] == "Agenda"
    assert document.core_properties.title == "Pack: Autumn #review *2026*"
    assert all("tblHeader" in table.rows[0]._tr.xml for table in document.tables)
    assert document.tables[0].rows[1].cells[2].text.startswith("8 of 8")
    words = "\n".join(p.text for p in document.paragraphs)
    assert "Quillfeather" not in words


def test_slides_have_charts_with_real_numbers_and_intervals(
    window: FlaskClient, review: str
) -> None:
    show: Any = Presentation(fetch(window, review, "pptx"))
    titles = [slide.shapes.title.text for slide in show.slides]
    assert titles[:2] == ["Pack: Autumn #review *2026*", "Agenda"]
    charts = [shape for slide in show.slides for shape in slide.shapes if shape.has_chart]
    assert len(charts) >= 2
    first = charts[0]
    (series,) = first.chart.plots[0].series
    assert tuple(series.values) == (1.0,)
    assert list(first.chart.plots[0].categories) == ["2026\n8 of 8"]
    described = first._element.nvGraphicFramePr.cNvPr.get("descr")
    assert described == "Bar chart. Closed projects hit, by year: 2026 8 of 8, 100%."
    low = float(re.findall(r"<c:minus>.*?<c:v>([\d.]+)</c:v>", series._element.xml, re.DOTALL)[0])
    assert low == pytest.approx(1 - 0.6756, abs=1e-3)  # Wilson's interval of 8 of 8
    said = texts_of(show)
    assert any("Typical texts:" in text for text in said)
    assert not any("Quillfeather" in text for text in said)


def test_nothing_stands_outside_a_slide(window: FlaskClient, review: str) -> None:
    show: Any = Presentation(fetch(window, review, "pptx"))
    for slide in show.slides:
        for shape in slide.shapes:
            assert 0 <= shape.left <= shape.left + shape.width <= show.slide_width
            assert 0 <= shape.top <= shape.top + shape.height <= show.slide_height


def test_the_minutes_hold_what_was_decided(window: FlaskClient, review: str) -> None:
    (item, *_) = re.findall(r'id="item-(\d+)"', window.get(review).get_data(as_text=True))
    post(window, f"{review}/begin")
    hostile = "We #change *the* gate.\n\nAnd $ask$ \\early. \U0001f6a7"
    post(window, f"{review}/items/{item}", notes=hostile, version=1, outcome="reject",
         reason="Not ours", until="")  # fmt: skip
    post(window, f"{review}/close", summary="One theme.")
    pdf = "\n".join(p.extract_text() for p in pypdf.PdfReader(fetch(window, review, "pdf")).pages)
    word: Any = Document(fetch(window, review, "docx"))
    slides = texts_of(Presentation(fetch(window, review, "pptx")))
    paragraphs = "\n".join(p.text for p in word.paragraphs)
    for text in (pdf, paragraphs, "\n".join(slides)):
        for part in ("Minutes: Autumn #review", "We #change *the* gate.", "And $ask$ \\early.",
                     "rejected", "Not ours", "One theme."):  # fmt: skip
            assert part in text


def test_who_is_not_invited_gets_no_document(client_of: ClientOf, review: str) -> None:
    stranger = client_of("member")
    for format in ("pdf", "docx", "pptx"):
        assert stranger.get(f"{review}/minutes.{format}").status_code == 404
    assert stranger.get(f"{review}/review.ics").status_code == 404
