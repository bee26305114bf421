"""What search finds: every kind of object as a `Document`, with its audience from `content/access`.

The one place where rows become search documents; the worker and `portal index rebuild` both use
it, so that a rebuilt index equals one that followed the changes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload

from content import applications, occurrences, passages
from content.access import audience_of
from content.markdown import render
from content.models import (
    PUBLIC_STATES,
    Confidentiality,
    Issue,
    Lesson,
    Page,
    PageRevision,
    Project,
    RevisionState,
    Template,
    TemplateVersion,
)
from content.types import Document, Kind, Passage

# Rows read at a time, so that memory stays bounded on any size of database.
BATCH = 500


def everything(session: Session) -> Iterator[Document]:
    """All documents, for a rebuild."""
    for kind in Kind:
        yield from of_kind(session, kind)


def of_kind(session: Session, kind: Kind, ids: Sequence[int] | None = None) -> Iterator[Document]:
    """The documents of one kind; of the given ids only when they are named."""
    yield from _READERS[kind](session, ids)


def changed(session: Session, keys: Iterable[tuple[Kind, int]]) -> list[Document]:
    """The documents of the given objects as they are now; what is gone gives none."""
    by_kind: dict[Kind, list[int]] = {}
    for kind, object_id in keys:
        by_kind.setdefault(kind, []).append(object_id)
    return [doc for kind, ids in by_kind.items() for doc in of_kind(session, kind, ids)]


def _batches(
    session: Session, query: Any, key: Any, ids: Sequence[int] | None, *, all_rows: bool = True
) -> Iterator[Any]:
    """Rows in order of their key, one by one."""
    for rows in _whole_batches(session, query, key, ids, all_rows=all_rows):
        yield from rows


def _whole_batches(
    session: Session, query: Any, key: Any, ids: Sequence[int] | None, *, all_rows: bool = True
) -> Iterator[Sequence[Any]]:
    """Rows in order of their key, a batch at a time.

    Where all are read, each batch is forgotten before the next; a few that are named stay in the
    session, because the page that names them holds other rows in it.
    """
    if ids is not None:
        query, all_rows = query.where(key.in_(ids)), False
    last = 0
    while True:
        rows = session.scalars(query.where(key > last).order_by(key).limit(BATCH)).unique().all()
        if not rows:
            return
        yield rows
        if len(rows) < BATCH:
            return
        last = rows[-1].id
        if all_rows:
            session.expunge_all()


def _values(**facets: object) -> Mapping[str, tuple[str, ...]]:
    """Facets that have a value, as text."""
    return {
        name: tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)
        for name, value in facets.items()
        if value not in (None, "", [], ())
    }


def _of_project(project: Project | None) -> dict[str, object]:
    if project is None:
        return {}
    return {
        "project": project.code,
        "project_type": project.type,
        "size": project.size,
        "method": project.method,
        "outcome": project.outcome,
    }


# Lessons --------------------------------------------------------------------------------------


def _lessons(session: Session, ids: Sequence[int] | None) -> Iterator[Document]:
    query = select(Lesson).options(joinedload(Lesson.project), joinedload(Lesson.department))
    if ids is not None:  # a page's handful: one query less, and few rows that stand twice
        query = query.options(joinedload(Lesson.topic_rows))
    for lessons in _whole_batches(session, query, Lesson.id, ids):
        numbers = [lesson.id for lesson in lessons]
        applied = applications.counts(session, numbers)
        held = passages.of_lessons(session, numbers)
        happened = occurrences.texts(session, numbers)
        for lesson in lessons:
            files, again = held.get(lesson.id, ()), happened.get(lesson.id, "")
            yield from lesson_documents(lesson, applied.get(lesson.id, 0), files, again)


def lesson_documents(
    lesson: Lesson, applied: int = 0, files: tuple[Passage, ...] = (), happened: str = ""
) -> Iterator[Document]:
    """The whole lesson for those who may read it, and its sanitised text for the others.

    How often it was `applied`, what its `files` say and what `happened` elsewhere belong to the
    whole lesson only.
    """
    facets = _lesson_facets(lesson)
    audience = audience_of(lesson)
    yield Document(
        kind=Kind.lesson,
        id=lesson.id,
        external_id=lesson.number,
        title=lesson.headline,
        texts={
            "summary": lesson.summary,
            "event": lesson.driving_event,
            "cause": "\n".join(filter(None, (lesson.cause, lesson.early_warning))),
            "effect": lesson.effect,
            "lesson": lesson.lesson,
            "recommendation": lesson.recommendation,
            "body": "\n".join(filter(None, (lesson.evidence, happened))),
        },
        keywords=tuple(filter(None, (lesson.category, *lesson.topics))),
        facets=facets,
        day=lesson.date_occurred,
        audience=audience,
        applied=applied,
        passages=files,
        since=lesson.published_at,
    )
    restricted = lesson.confidentiality is Confidentiality.restricted
    if restricted and lesson.sanitised and lesson.state in PUBLIC_STATES:
        yield Document(
            kind=Kind.lesson,
            id=lesson.id,
            # The number that it came with can say what it is about.
            external_id=f"L-{lesson.id}",
            title=SANITISED_TITLE,
            texts={"summary": lesson.sanitised},
            facets={name: facets[name] for name in ("phase", "state", "year") if name in facets},
            day=lesson.date_occurred,
            since=lesson.published_at,
            audience=("all",),
            hidden_from=audience,
            variant="sanitised",
        )


# A headline can give away what a restricted lesson protects, so the sanitised form has none.
SANITISED_TITLE = "Restricted lesson"


def _lesson_facets(lesson: Lesson) -> Mapping[str, tuple[str, ...]]:
    return _values(
        **_of_project(lesson.project),
        department=lesson.department.name if lesson.department else None,
        phase=lesson.phase,
        category=lesson.category,
        topic=lesson.topics,
        lesson_kind=lesson.kind,
        priority=lesson.priority,
        state=lesson.state,
        year=lesson.date_occurred.year if lesson.date_occurred else None,
    )


# Issues and projects --------------------------------------------------------------------------


def _issues(session: Session, ids: Sequence[int] | None) -> Iterator[Document]:
    query = select(Issue).options(joinedload(Issue.project).joinedload(Project.department))
    for issue in _batches(session, query, Issue.id, ids):
        department = issue.project.department
        yield Document(
            kind=Kind.issue,
            id=issue.id,
            external_id=issue.number,
            title=issue.title,
            texts={"event": issue.description, "recommendation": issue.resolution},
            keywords=(issue.category,) if issue.category else (),
            facets=_values(
                **_of_project(issue.project),
                department=department.name if department else None,
                category=issue.category,
                state=issue.status,
                year=issue.raised_on.year if issue.raised_on else None,
            ),
            day=issue.raised_on,
            since=issue.created_at,
        )


def _projects(session: Session, ids: Sequence[int] | None) -> Iterator[Document]:
    query = select(Project).options(joinedload(Project.department))
    for project in _batches(session, query, Project.id, ids):
        yield Document(
            kind=Kind.project,
            id=project.id,
            external_id=project.code,
            title=project.name,
            texts={
                "summary": project.description,
                "effect": project.closing_summary,
                "body": project.objectives,
            },
            keywords=(project.code,),
            facets=_values(
                **_of_project(project),
                department=project.department.name if project.department else None,
                state=project.state,
                year=project.starts_on.year if project.starts_on else None,
            ),
            day=project.closed_on or project.starts_on,
            since=project.created_at,
            path=project.code,
        )


# Playbook pages and templates -----------------------------------------------------------------


def _pages(session: Session, ids: Sequence[int] | None) -> Iterator[Document]:
    query = (
        select(PageRevision)
        .join(PageRevision.page)
        .where(PageRevision.state == RevisionState.published)
        .options(contains_eager(PageRevision.page).joinedload(Page.playbook))
    )
    if ids is not None:
        query = query.where(PageRevision.page_id.in_(ids))
    for revision in _batches(session, query, PageRevision.id, None, all_rows=ids is None):
        page = revision.page
        yield Document(
            kind=Kind.page,
            id=page.id,
            external_id=f"{page.playbook.slug}/{page.slug}",
            title=revision.title,
            texts={"body": render(revision.source).plain},
            keywords=(page.playbook.title,),
            facets=_values(phase=page.phase, playbook=page.playbook.title),
            day=revision.decided_at.date() if revision.decided_at else None,
            since=revision.decided_at,
            path=f"{page.playbook.slug}/{page.slug}",
        )


def _templates(session: Session, ids: Sequence[int] | None) -> Iterator[Document]:
    query = (
        select(Template)
        .where(Template.retired_at.is_(None))
        .options(joinedload(Template.versions).joinedload(TemplateVersion.file))
    )
    for templates in _whole_batches(session, query, Template.id, ids):
        files = [row.versions[0].file_id for row in templates if row.versions]
        held = passages.of_files(session, files)
        for template in templates:
            yield _template(template, held)


def _template(template: Template, held: Mapping[int, tuple[Passage, ...]]) -> Document:
    newest = template.versions[0] if template.versions else None
    return Document(
        kind=Kind.template,
        id=template.id,
        external_id=template.slug,
        title=template.title,
        texts={"summary": template.summary, "body": template.when_to_use},
        keywords=tuple(filter(None, (template.kind, newest.file.format if newest else ""))),
        facets=_values(phase=template.phase, format=newest.file.format if newest else None),
        day=newest.published_at.date() if newest else None,
        since=newest.published_at if newest else None,
        path=template.slug,
        passages=held.get(newest.file_id, ()) if newest else (),
    )


_READERS = {
    Kind.lesson: _lessons,
    Kind.issue: _issues,
    Kind.page: _pages,
    Kind.template: _templates,
    Kind.project: _projects,
}
