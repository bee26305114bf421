"""What stands beside a lesson: others like it, and the playbook page and template for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from content import beside
from content.access import scope_of
from content.beside import Named
from content.models import Lesson
from content.types import Actor, Kind
from portal.db import runtime
from search.engine import Hit, SearchRequest

SIMILAR = 5
# Pages and templates among which the nearest of each is looked for: asked for together, they are
# read off the index once.
STANDARDS = 20
# Share of the nearest lesson's likeness that another must reach, so that the list ends by itself.
LEAST = 0.25


@dataclass(frozen=True, slots=True)
class Related:
    """What is like a lesson, the nearest first."""

    lessons: tuple[Named, ...] = ()
    standards: tuple[Named, ...] = ()


def to_lesson(session: Session, lesson: Lesson, *, by: Actor) -> Related:
    """What `by` may see of what is like a lesson; nothing before the lesson is in the index."""
    engine, scope, key = runtime().search, scope_of(by), f"{Kind.lesson}:{lesson.id}"
    wanted = SearchRequest(kinds=(Kind.lesson,), limit=SIMILAR)
    similar = engine.like_document(key, scope, wanted).findings
    near = [hit for hit in similar if hit.score >= LEAST * similar[0].score]
    asked = SearchRequest(kinds=(Kind.page, Kind.template), limit=STANDARDS)
    nearest: dict[Kind, Hit] = {}
    for hit in engine.like_document(key, scope, asked).findings:
        nearest.setdefault(hit.kind, hit)
    standards = [nearest[kind] for kind in asked.kinds if kind in nearest]
    rows = _named(session, [*near, *standards], by)
    return Related(
        tuple(row for row in rows if row.kind is Kind.lesson),
        tuple(row for row in rows if row.kind is not Kind.lesson),
    )


def _named(session: Session, hits: Sequence[Hit], by: Actor) -> list[Named]:
    """The hits by name; the index may be a second behind, so access is asked again."""
    names = beside.names(session, [(hit.kind, hit.id) for hit in hits], by=by)
    found = [(hit, names.get((hit.kind, hit.id))) for hit in hits]
    return [row for hit, row in found if row is not None and row.in_part == bool(hit.variant)]
