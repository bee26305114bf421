"""Lessons as a list, and one lesson as columns."""

from collections.abc import Iterator, Mapping, Sequence

from flask import url_for

from content import applications, lesson_lists
from content.access import Action, reads_whole, shows_author
from content.exports import Column
from content.models import Lesson
from portal.listings.listing import Asking, Listing, Piece, Row, pages

LESSON_COLUMNS = (
    Column("external_id", "external_id"), Column("headline", "headline", "long"),
    Column("summary", "summary", "long"), Column("project", "project"),
    Column("project_code", "project_code"), Column("phase", "phase"),
    Column("department", "department"), Column("kind", "kind"),
    Column("driving_event", "driving_event", "long"), Column("cause", "cause", "long"),
    Column("early_warning", "early_warning", "long"), Column("effect", "effect", "long"),
    Column("cost", "cost", "number"), Column("days", "days", "number"),
    Column("affects_scope", "affects_scope", "mark"),
    Column("affects_quality", "affects_quality", "mark"),
    Column("affects_stakeholders", "affects_stakeholders", "mark"),
    Column("affects_safety", "affects_safety", "mark"),
    Column("lesson", "lesson", "long"), Column("recommendation", "recommendation", "long"),
    Column("scope", "scope"), Column("applies_to", "applies_to"), Column("category", "category"),
    Column("topics", "topics"), Column("priority", "priority"),
    Column("previously_identified", "previously_identified", "mark"),
    Column("date_occurred", "date_occurred", "date"), Column("author", "author"),
    Column("author_hidden", "author_hidden", "mark"),
    Column("confidentiality", "confidentiality"), Column("sanitised", "sanitised", "long"),
    Column("review_by", "review_by", "date"), Column("evidence", "evidence", "long"),
    Column("state", "state"), Column("applied", "applied", "number"),
    Column("source_url", "source_url", "link"), Column("link", "link", "link"),
)  # fmt: skip
_TEXTS = (
    "headline", "summary", "driving_event", "cause", "early_warning", "effect", "lesson",
    "recommendation", "evidence", "source_url", "cost", "days", "phase", "kind", "scope",
    "category", "topics", "priority", "previously_identified", "date_occurred",
    "confidentiality", "sanitised", "review_by", "state",
)  # fmt: skip


def _lessons(asking: Asking) -> Iterator[Row]:
    from portal.views.lessons import asked_for

    filters = asked_for()

    def read(piece: Piece) -> tuple[Sequence[Lesson], int]:
        return lesson_lists.listing(asking.session, filters, by=asking.by, **piece)

    for rows in pages(asking, read):
        whole = [row.id for row in rows if reads_whole(asking.by, row)]
        counts = applications.counts(asking.session, whole)
        for row in rows:
            yield lesson_row(asking, row, counts.get(row.id, 0))


def lesson_row(asking: Asking, lesson: Lesson, applied: int) -> Row:
    """A lesson as columns; one that is read in part has what its sanitised page shows."""
    link = asking.link(url_for("lessons.page", lesson_id=lesson.id))
    if not reads_whole(asking.by, lesson):
        return {
            "headline": "Restricted lesson", "sanitised": lesson.sanitised, "phase": lesson.phase,
            "date_occurred": lesson.date_occurred, "confidentiality": lesson.confidentiality,
            "state": lesson.state, "link": link,
        }  # fmt: skip
    shown = shows_author(asking.by, lesson)
    fits = (*lesson.applies_to_types, *lesson.applies_to_sizes, *lesson.applies_to_methods)
    return {
        **{name: getattr(lesson, name) for name in _TEXTS},
        **{f"affects_{name}": name in lesson.affects for name in _MARKS},
        "external_id": lesson.number,
        "project": lesson.project.name if lesson.project else None,
        "project_code": lesson.project.code if lesson.project else None,
        "department": lesson.department.name if lesson.department else None,
        "applies_to": list(fits),
        "author": lesson.author.name if lesson.author and shown else None,
        "author_hidden": lesson.author_hidden,
        "applied": applied,
        "link": link,
    }


_MARKS = ("scope", "quality", "stakeholders", "safety")

LISTINGS: Mapping[str, Listing] = {
    "lessons": Listing(
        "Lessons", Action.lesson_read, LESSON_COLUMNS, _lessons,
        ("external_id", "headline", "recommendation", "project_code", "phase", "date_occurred"),
    ),
}  # fmt: skip
