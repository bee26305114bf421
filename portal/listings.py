"""Every list that can be exported: its columns, and its rows as the person who asks sees them.

A list takes exactly the filters of its page, read from the same address by the same function, and
its rows come from the same verbs: an export never holds what its page does not show. Columns are
named as imports and the API name them, so that an export of lessons can be imported again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from analytics import actions, catalogue
from content import (
    applications,
    issues,
    lesson_lists,
    people,
    playbooks,
    projects,
    requests,
)
from content import library as templates
from content import thesaurus as synonyms
from content.access import Action, reads_whole, shows_author
from content.db import now
from content.exports import Column
from content.models import Lesson
from content.types import Actor
from portal import figures, searching
from portal.findings import of_hits
from portal.runtime import Runtime
from search.query import Query

# Rows read at once; between two such pages nothing is kept.
CHUNK = 500
# Findings of a search that are exported: nobody reads further, and ranking is not a list.
FINDINGS_MOST = 1_000

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, over what: the session that reads, and the portal's parts."""

    session: Session
    runtime: Runtime
    by: Actor

    def link(self, path: str) -> str:
        """An address that works outside the portal."""
        return self.runtime.settings.address + path


@dataclass(frozen=True, slots=True)
class Listing:
    """One list: what it is called, who may have it, its columns, and its rows in pieces.

    `page` names the columns that are printed; the others would not fit on paper.
    """

    title: str
    action: Action
    columns: tuple[Column, ...]
    rows: Callable[[Asking], Iterator[Row]]
    page: tuple[str, ...]


def _pages(
    asking: Asking, read: Callable[[int, int], tuple[Sequence[Any], int]]
) -> Iterator[Sequence[Any]]:
    """Pages of a verb's rows, until there are no more."""
    offset = 0
    while True:
        rows, total = read(offset, CHUNK)
        if rows:
            yield rows
        offset += CHUNK
        asking.session.expunge_all()
        if offset >= total or not rows:
            return


# Lessons --------------------------------------------------------------------------------------

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

    def read(offset: int, limit: int) -> tuple[Sequence[Lesson], int]:
        return lesson_lists.listing(
            asking.session, filters, by=asking.by, offset=offset, limit=limit
        )

    for rows in _pages(asking, read):
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


# Issues and projects --------------------------------------------------------------------------


def _issues(asking: Asking) -> Iterator[Row]:
    from portal.views.issues import asked_for

    filters = asked_for()

    def read(offset: int, limit: int) -> tuple[Sequence[Any], int]:
        return issues.listing(asking.session, filters, by=asking.by, offset=offset, limit=limit)

    for rows in _pages(asking, read):
        for row in rows:
            yield {
                **{column.name: getattr(row, column.name, None) for column in ISSUE_COLUMNS},
                "external_id": row.number, "project": row.project.name,
                "project_code": row.project.code, "link": asking.link(f"/issues/{row.id}"),
            }  # fmt: skip


ISSUE_COLUMNS = (
    Column("external_id", "external_id"), Column("project", "project"),
    Column("project_code", "project_code"), Column("title", "title", "long"),
    Column("description", "description", "long"), Column("category", "category"),
    Column("severity", "severity"), Column("status", "status"),
    Column("raised_on", "raised_on", "date"), Column("closed_on", "closed_on", "date"),
    Column("resolution", "resolution", "long"), Column("cost", "cost", "number"),
    Column("days", "days", "number"), Column("link", "link", "link"),
)  # fmt: skip


def _projects(asking: Asking) -> Iterator[Row]:
    from portal.views.projects import asked_for

    filters = asked_for()

    def read(offset: int, limit: int) -> tuple[Sequence[Any], int]:
        return projects.listing(asking.session, filters, by=asking.by, offset=offset, limit=limit)

    for rows in _pages(asking, read):
        counts = projects.counts(asking.session, [row.id for row in rows], by=asking.by)
        for row in rows:
            yield {
                **{column.name: getattr(row, column.name, None) for column in PROJECT_COLUMNS},
                "department": row.department.name if row.department else None,
                "manager": row.manager.name if row.manager else None,
                "lessons": counts[row.id][0], "issues": counts[row.id][1],
                "link": asking.link(url_for("projects.page", code=row.code)),
            }  # fmt: skip


PROJECT_COLUMNS = (
    Column("code", "code"), Column("name", "name", "long"), Column("state", "state"),
    Column("department", "department"), Column("type", "type"), Column("size", "size"),
    Column("method", "method"), Column("manager", "manager"),
    Column("description", "description", "long"), Column("objectives", "objectives", "long"),
    Column("starts_on", "starts_on", "date"),
    Column("planned_end_on", "planned_end_on", "date"), Column("closed_on", "closed_on", "date"),
    Column("budget", "budget", "number"), Column("actual_cost", "actual_cost", "number"),
    Column("outcome", "outcome"), Column("closing_summary", "closing_summary", "long"),
    Column("lessons", "lessons", "number"), Column("issues", "issues", "number"),
    Column("link", "link", "link"),
)  # fmt: skip


# Playbooks, templates, themes -----------------------------------------------------------------


def _pages_of_playbooks(asking: Asking) -> Iterator[Row]:
    published = playbooks.published_pages(asking.session)
    for book in playbooks.listing(asking.session, by=asking.by):
        for page in book.pages:
            if page.id in published:
                yield {
                    "playbook": book.title, "title": page.title, "review_by": page.review_by,
                    "owner": book.owner.name if book.owner else None,
                    "link": asking.link(f"/playbooks/{book.slug}/{page.slug}"),
                }  # fmt: skip


def _templates(asking: Asking) -> Iterator[Row]:
    from portal.views.library import asked_for

    for row in templates.listing(asking.session, asked_for(), by=asking.by):
        newest = templates.version(row)
        yield {
            "title": row.title, "summary": row.summary, "kind": row.kind, "phase": row.phase,
            "format": newest.file.format, "version": newest.number,
            "link": asking.link(url_for("library.page", slug=row.slug)),
        }  # fmt: skip


def _themes(asking: Asking) -> Iterator[Row]:
    from portal.recurring import listed

    for place, row in enumerate(listed(asking.session), 1):
        theme = row.theme
        yield {
            "rank": place, "label": theme.title, "terms": theme.terms, "texts": row.texts,
            "projects": row.hit, "of": row.projects, "recurrence": round(row.recurrence.score, 4),
            "trend": row.trend.verdict, "stage": theme.stage, "days": row.days, "cost": row.cost,
            "last_hit": row.last, "owner": theme.owner.name if theme.owner else None,
            "link": asking.link(url_for("themes.page", theme_id=theme.id)),
        }  # fmt: skip


def _actions(asking: Asking) -> Iterator[Row]:
    from portal.views.actions import asked_for

    for row in actions.listing(asking.session, asked_for(), by=asking.by):
        yield {
            "title": row.title, "state": row.state, "theme": row.theme.heir.title,
            "owner": row.owner.name if row.owner else None, "due_on": row.due_on,
            "overdue": row.is_overdue(now().date()), "change": row.change,
            "changes": row.page.title if row.page
            else row.template.title if row.template else None,
            "measured_over": ", ".join(
                part for part in (
                    row.indicator_size, row.indicator_method, row.indicator_type,
                    row.indicator_department.name if row.indicator_department else None,
                ) if part
            ) or "all projects",
            "measure_on": row.measure_on,
            "started_on": row.started_at.date() if row.started_at else None,
            "in_force_on": row.changed_on, "evidence": row.evidence,
            "link": asking.link(url_for("actions.page", action_id=row.id)),
        }  # fmt: skip


def _performance(asking: Asking) -> Iterator[Row]:
    from portal.views.performance import counted

    yield from figures.rows(counted()[1])


def _theme_members(asking: Asking) -> Iterator[Row]:
    from portal.views.themes import is_asked

    theme = catalogue.get(asking.session, request.args.get("theme", 0, type=int), by=asking.by)
    members = catalogue.members(asking.session, theme, by=asking.by)
    for row in filter(is_asked, members):
        yield {"theme": theme.title, "likeness": round(row.score, 3), **_text_row(asking, row)}


def _unplaced(asking: Asking) -> Iterator[Row]:
    for row in catalogue.unplaced(asking.session, by=asking.by):
        yield _text_row(asking, row)


def _text_row(asking: Asking, row: catalogue.Member) -> Row:
    return {
        "kind": row.kind, "title": row.title, "text": row.text, "phase": row.phase,
        "project": row.project.code if row.project else None,
        "closed_on": row.project.closed_on if row.project else None,
        "link": asking.link(f"/{row.kind}s/{row.id}"),
    }  # fmt: skip


# Search, requests, thesaurus, people ----------------------------------------------------------


def _findings(asking: Asking) -> Iterator[Row]:
    from content.access import scope_of

    mine = searching.own_projects(asking.session, asking.by)
    wanted = searching.request_of(request.args, asking.by, mine=mine, limit=FINDINGS_MOST)
    found = asking.runtime.search.search(wanted, scope_of(asking.by)).findings
    for start in range(0, len(found), CHUNK):
        part = found[start : start + CHUNK]
        for number, row in enumerate(
            of_hits(asking.session, part, Query(), by=asking.by), start + 1
        ):
            yield {
                "rank": number, "kind": row.kind, "external_id": row.number,
                "title": "".join(part.text for part in row.title),
                "text": "".join(part.text for part in row.text),
                "recommendation": "".join(part.text for part in row.recommendation),
                "facts": row.facts, "date": row.day, "applied": row.applied,
                "link": asking.link(row.url),
            }  # fmt: skip


def _requests(asking: Asking) -> Iterator[Row]:
    asked = request.args.get("which", "")
    which = requests.Which(asked) if asked in set(requests.Which) else requests.Which.open
    text = request.args.get("text", "").strip()

    def read(offset: int, limit: int) -> tuple[Sequence[Any], int]:
        return requests.listing(
            asking.session, which, text, by=asking.by, offset=offset, limit=limit
        )

    for rows in _pages(asking, read):
        for row in rows:
            yield {
                "title": row.title, "note": row.note, "state": row.state,
                "owner": row.owner.name if row.owner else None, "due_on": row.due_on,
                "asked_on": row.created_at.date(), "answer": row.answer,
                "link": asking.link(url_for("requests.page", request_id=row.id)),
            }  # fmt: skip


def _thesaurus(asking: Asking) -> Iterator[Row]:
    from portal.views.thesaurus import asked_for

    filters = asked_for()

    def read(offset: int, limit: int) -> tuple[Sequence[Any], int]:
        return synonyms.listing(asking.session, filters, by=asking.by, offset=offset, limit=limit)

    for rows in _pages(asking, read):
        for row in rows:
            yield {
                "terms": row.terms, "direction": row.direction, "note": row.note,
                "active": row.active, "shipped": row.shipped,
            }  # fmt: skip


def _people(asking: Asking) -> Iterator[Row]:
    text = request.args.get("text", "").strip()
    for row in people.listing(asking.session, by=asking.by, text=text):
        yield {
            "name": row.name, "email": row.email, "role": row.role, "active": row.active,
            "department": row.department.name if row.department else None,
        }  # fmt: skip


TEXT_COLUMNS = (
    Column("kind", "kind"), Column("project", "project"), Column("closed_on", "closed_on", "date"),
    Column("phase", "phase"), Column("title", "title", "long"), Column("text", "text", "long"),
    Column("link", "link", "link"),
)  # fmt: skip
LISTINGS: Mapping[str, Listing] = {
    "lessons": Listing(
        "Lessons", Action.lesson_read, LESSON_COLUMNS, _lessons,
        ("external_id", "headline", "recommendation", "project_code", "phase", "date_occurred"),
    ),
    "issues": Listing(
        "Issues", Action.issue_read, ISSUE_COLUMNS, _issues,
        ("external_id", "project_code", "title", "severity", "status", "raised_on", "days"),
    ),
    "projects": Listing(
        "Projects", Action.project_read, PROJECT_COLUMNS, _projects,
        ("code", "name", "state", "type", "size", "manager", "starts_on", "closed_on", "lessons"),
    ),
    "pages": Listing(
        "Playbook pages", Action.playbook_read,
        (Column("playbook", "playbook"), Column("title", "title", "long"),
         Column("owner", "owner"), Column("review_by", "review_by", "date"),
         Column("link", "link", "link")),
        _pages_of_playbooks, ("playbook", "title", "owner", "review_by"),
    ),
    "templates": Listing(
        "Templates", Action.template_read,
        (Column("title", "title", "long"), Column("summary", "summary", "long"),
         Column("kind", "kind"), Column("phase", "phase"), Column("format", "format"),
         Column("version", "version", "number"), Column("link", "link", "link")),
        _templates, ("title", "summary", "phase", "format", "version"),
    ),
    "themes": Listing(
        "Themes", Action.theme_read,
        (Column("rank", "rank", "number"), Column("label", "label", "long"),
         Column("terms", "terms", "long"), Column("projects", "projects", "number"),
         Column("of", "of", "number"), Column("recurrence", "recurrence", "number"),
         Column("trend", "trend"), Column("stage", "stage"), Column("texts", "texts", "number"),
         Column("days", "days", "number"), Column("cost", "cost", "number"),
         Column("last_hit", "last_hit", "date"), Column("owner", "owner"),
         Column("link", "link", "link")),
        _themes, ("rank", "label", "projects", "of", "recurrence", "trend", "stage", "texts"),
    ),
    "theme": Listing(
        "Texts of a theme", Action.theme_read,
        (Column("theme", "theme"), *TEXT_COLUMNS, Column("likeness", "likeness", "number")),
        _theme_members, ("kind", "project", "title", "likeness"),
    ),
    "actions": Listing(
        "Actions", Action.theme_read,
        (Column("title", "title", "long"), Column("state", "state"), Column("theme", "theme"),
         Column("owner", "owner"), Column("due_on", "due_on", "date"),
         Column("overdue", "overdue", "mark"), Column("change", "change"),
         Column("changes", "changes"), Column("measured_over", "measured_over"),
         Column("measure_on", "measure_on", "date"), Column("started_on", "started_on", "date"),
         Column("in_force_on", "in_force_on", "date"), Column("evidence", "evidence", "long"),
         Column("link", "link", "link")),
        _actions, ("title", "state", "theme", "owner", "due_on", "measure_on"),
    ),
    "performance": Listing(
        "How the PMO is doing", Action.theme_read,
        (Column("figure", "figure"), Column("quarter", "quarter"),
         Column("so_far", "so_far", "mark"), Column("counted", "counted", "number"),
         Column("of", "of", "number"), Column("share", "share", "number"),
         Column("low", "low", "number"), Column("high", "high", "number"),
         Column("median", "median", "number"), Column("p90", "p90", "number"),
         Column("definition", "definition", "long")),
        _performance, ("figure", "quarter", "counted", "of", "share", "median"),
    ),
    "unplaced": Listing(
        "Texts that fit no theme", Action.theme_read, TEXT_COLUMNS, _unplaced,
        ("kind", "project", "title", "text"),
    ),
    "findings": Listing(
        "Findings", Action.search,
        (Column("rank", "rank", "number"), Column("kind", "kind"),
         Column("external_id", "external_id"), Column("title", "title", "long"),
         Column("text", "text", "long"), Column("recommendation", "recommendation", "long"),
         Column("facts", "facts"), Column("date", "date", "date"),
         Column("applied", "applied", "number"), Column("link", "link", "link")),
        _findings, ("rank", "kind", "external_id", "title", "text", "date"),
    ),
    "requests": Listing(
        "Content requests", Action.request_create,
        (Column("title", "title", "long"), Column("note", "note", "long"),
         Column("state", "state"), Column("owner", "owner"), Column("asked_on", "asked_on", "date"),
         Column("due_on", "due_on", "date"), Column("answer", "answer", "long"),
         Column("link", "link", "link")),
        _requests, ("title", "state", "owner", "asked_on", "due_on"),
    ),
    "thesaurus": Listing(
        "Thesaurus", Action.thesaurus_write,
        (Column("terms", "terms", "long"), Column("direction", "direction"),
         Column("note", "note", "long"), Column("active", "active", "mark"),
         Column("shipped", "shipped", "mark")),
        _thesaurus, ("terms", "direction", "note", "active"),
    ),
    "people": Listing(
        "People", Action.people_manage,
        (Column("name", "name"), Column("email", "email"), Column("role", "role"),
         Column("department", "department"), Column("active", "active", "mark")),
        _people, ("name", "email", "role", "department", "active"),
    ),
}  # fmt: skip
