"""The names of lessons, playbook pages and templates that stand beside something, in one query.

What the index found is named as it is now, for who looks: who reads a lesson in part gets no
headline of it, and what is gone or not open has no name. Texts are read elsewhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Select, String, func, literal, select, type_coerce, union_all
from sqlalchemy.orm import Session

from content import applications
from content.access import lessons_visible_to, lessons_whole_to
from content.findable import SANITISED_TITLE
from content.models import (
    Lesson,
    Page,
    PageRevision,
    Playbook,
    Project,
    RevisionState,
    StoredFile,
    Template,
    TemplateVersion,
)
from content.types import Actor, Kind

KINDS = (Kind.lesson, Kind.page, Kind.template)


@dataclass(frozen=True, slots=True)
class Named:
    """One thing with its name, its two first facts, and how often it was applied."""

    kind: Kind
    id: int
    number: str
    title: str
    path: str
    facts: tuple[str, ...]
    applied: int = 0
    in_part: bool = False  # only its sanitised text is open to who looks


def names(
    session: Session, wanted: Sequence[tuple[Kind, int]], *, by: Actor
) -> Mapping[tuple[Kind, int], Named]:
    """What `by` may know of each of `wanted`; only kinds of `KINDS` have names here."""
    numbers = {kind: [number for of, number in wanted if of is kind] for kind in KINDS}
    parts = [_READERS[kind](found, by) for kind, found in numbers.items() if found]
    if not parts:
        return {}
    rows = (_Row(*row) for row in session.execute(union_all(*parts)))
    return {(Kind(row.kind), row.id): _named(row) for row in rows}


class _Row(NamedTuple):
    """A row of each part, by place: whichever part comes first has no names for the others."""

    kind: str
    id: int
    number: str
    title: str
    path: str
    first: str | None
    second: str | None
    applied: int | None
    whole: bool


def _named(row: _Row) -> Named:
    kind = Kind(row.kind)
    if not row.whole:
        phase = tuple(filter(None, (row.second,)))
        return Named(kind, row.id, f"L-{row.id}", SANITISED_TITLE, "", phase, in_part=True)
    facts = tuple(filter(None, (row.first, row.second)))
    return Named(kind, row.id, row.number, row.title, row.path, facts, row.applied or 0)


def _text(column: Any) -> Any:
    """An enum as the word that it is stored by: all parts of the union have the same types."""
    return type_coerce(column, String)


def _lessons(numbers: Sequence[int], by: Actor) -> Select[Any]:
    own = func.coalesce(Lesson.external_id, literal("L-").op("||")(Lesson.id))
    return (
        select(
            literal(Kind.lesson.value),
            Lesson.id,
            own,
            Lesson.headline,
            literal(""),
            Project.code,
            _text(Lesson.phase),
            applications.times_applied(),
            lessons_whole_to(by),
        )
        .outerjoin(Project, Project.id == Lesson.project_id)
        .where(Lesson.id.in_(numbers), lessons_visible_to(by))
    )


def _pages(numbers: Sequence[int], by: Actor) -> Select[Any]:
    path = Playbook.slug + "/" + Page.slug
    return (
        select(
            literal(Kind.page.value),
            Page.id,
            path,
            PageRevision.title,
            path,
            Playbook.title,
            _text(Page.phase),
            literal(0),
            literal(True),
        )
        .select_from(Page)
        .join(PageRevision, PageRevision.page_id == Page.id)
        .join(Playbook, Playbook.id == Page.playbook_id)
        .where(Page.id.in_(numbers), PageRevision.state == RevisionState.published)
    )


def _templates(numbers: Sequence[int], by: Actor) -> Select[Any]:
    newest = (
        select(StoredFile.format)
        .join(TemplateVersion, TemplateVersion.file_id == StoredFile.id)
        .where(TemplateVersion.template_id == Template.id)
        .order_by(TemplateVersion.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    return select(
        literal(Kind.template.value),
        Template.id,
        Template.slug,
        Template.title,
        Template.slug,
        newest,
        _text(Template.phase),
        literal(0),
        literal(True),
    ).where(Template.id.in_(numbers), Template.retired_at.is_(None))


_READERS = {Kind.lesson: _lessons, Kind.page: _pages, Kind.template: _templates}
