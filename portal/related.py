"""What stands beside a lesson: others like it, and the playbook page and template for it."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from content.access import scope_of
from content.models import Lesson
from content.types import Actor, Kind
from portal import findings
from portal.db import runtime
from portal.findings import Finding
from search.engine import SearchRequest
from search.query import Query

SIMILAR = 5
STANDARD = 1
# Share of the nearest lesson's likeness that another must reach, so that the list ends by itself.
LEAST = 0.25


@dataclass(frozen=True, slots=True)
class Related:
    """Findings, the nearest first."""

    lessons: tuple[Finding, ...] = ()
    standards: tuple[Finding, ...] = ()


def to_lesson(session: Session, lesson: Lesson, *, by: Actor) -> Related:
    """What `by` may see of what is like a lesson; nothing before the lesson is in the index."""
    engine, scope, key = runtime().search, scope_of(by), f"{Kind.lesson}:{lesson.id}"
    wanted = SearchRequest(kinds=(Kind.lesson,), limit=SIMILAR)
    similar = engine.like_document(key, scope, wanted).findings
    near = [hit for hit in similar if hit.score >= LEAST * similar[0].score]
    standards = [
        hit
        for kind in (Kind.page, Kind.template)
        for hit in engine.like_document(
            key, scope, SearchRequest(kinds=(kind,), limit=STANDARD)
        ).findings
    ]
    rows = findings.of_hits(session, [*near, *standards], Query(), by=by)
    return Related(
        tuple(row for row in rows if row.kind is Kind.lesson),
        tuple(row for row in rows if row.kind is not Kind.lesson),
    )
