"""A start pack on paper: rows for a workbook, and a Word document to go through at a kick-off."""

from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from analytics.packs import Pack, Row
from content.exports import printable
from content.models import Project

# Empty boxes to tick, in the words of the four answers.
BOXES = "\u2610 applied   \u2610 already done   \u2610 not applicable   \u2610 later"


def as_row(row: Row, link: str) -> Mapping[str, object]:
    """One lesson as the columns of a list."""
    answer = row.answer
    return {
        "rank": row.number,
        "number": row.lesson.number,
        "headline": row.lesson.headline,
        "recommendation": row.lesson.recommendation,
        "why": " ".join(row.item.reasons),
        "answer": answer.answer if answer else "",
        "where": answer.where if answer else "",
        "reason": answer.reason if answer else "",
        "phase": answer.phase if answer and answer.phase else "",
        "link": link,
    }


def write_docx(
    project: Project, pack: Pack, target: BinaryIO, *, link: Callable[[Row], str]
) -> None:
    """Write the kick-off document: the facts, then each lesson with boxes for its answer."""
    from docx import Document
    from docx.shared import Pt

    document: Any = Document()
    document.core_properties.title = f"Start pack: {project.name}"
    document.core_properties.author = project.manager.name if project.manager else ""
    document.styles["Normal"].font.name = "Calibri"
    document.styles["Normal"].font.size = Pt(11)
    document.add_heading(f"Start pack: {project.name}", 0)
    facts = [project.code, project.type, project.size, project.method]
    document.add_paragraph(", ".join(str(fact) for fact in facts if fact))
    document.add_paragraph(
        f"{len(pack.rows)} lessons of other projects that fit this one. Go through them at the "
        "kick-off: for each, decide together and write down where it is applied."
    )
    for row in pack.rows:
        _lesson(document, row, link(row))
    document.save(target)


def _lesson(document: Any, row: Row, link: str) -> None:
    lesson = row.lesson
    document.add_heading(f"{row.number}. {printable(lesson.headline)}", 2)
    source = f"{lesson.number}, {lesson.project.name}" if lesson.project else lesson.number
    document.add_paragraph(f"{source}. {' '.join(row.item.reasons)}").runs[0].italic = True
    for title, text in (("What to do", lesson.recommendation), ("Learned", lesson.lesson)):
        if text:
            paragraph = document.add_paragraph()
            paragraph.add_run(f"{title}: ").bold = True
            paragraph.add_run(printable(text))
    paragraph = document.add_paragraph()
    if row.answer is None:
        paragraph.add_run(BOXES)
        document.add_paragraph("Where, or why not: " + "." * 80)
    else:
        said = ", ".join(
            str(part) for part in (row.answer.answer, row.answer.where, row.answer.reason) if part
        )
        paragraph.add_run("Answered: ").bold = True
        paragraph.add_run(printable(said))
    document.add_paragraph(link)
