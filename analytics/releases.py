"""What came out since an action began: revisions of its playbook page, versions of its template.

They are read from the page and the template themselves, so that nothing has to be kept in step.
Whoever publishes leaves a job; then the action notes in its log what came out and its owner is
told once, with the way to finish it by that evidence.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from analytics.review_models import Action, ActionState
from content import activity, jobs
from content.models import Activity, PageRevision, RevisionState, TemplateVersion
from content.types import SYSTEM, Kind

# A revision that is or was what readers see.
_RELEASED = (RevisionState.published, RevisionState.superseded)


@dataclass(frozen=True, slots=True)
class Release:
    """A revision or a version that came out: of what, which one, and when."""

    title: str
    word: str  # revision or version
    number: int
    on: date
    note: str

    @property
    def evidence(self) -> str:
        """The release as evidence that something was done."""
        what = "Page" if self.word == "revision" else "Template"
        day = f"{self.on.day} {self.on:%B %Y}"
        return f"{what} “{self.title}”, {self.word} {self.number}, published {day}."


def since_start(session: Session, row: Action) -> list[Release]:
    """What came out since an action was started, the newest first."""
    return since_starts(session, [row])[row.id]


def since_starts(session: Session, rows: Sequence[Action]) -> dict[int, list[Release]]:
    """The same of each of some actions, in two queries."""
    started = [row for row in rows if row.started_at is not None]
    pages = _revisions(session, {row.page_id for row in started if row.page_id})
    templates = _versions(session, {row.template_id for row in started if row.template_id})
    return {row.id: _since(row, pages, templates) for row in rows}


_Dated = Mapping[int, Sequence[tuple[datetime, Release]]]


def _since(row: Action, pages: _Dated, templates: _Dated) -> list[Release]:
    if row.started_at is None:
        return []
    every = pages.get(row.page_id or 0) or templates.get(row.template_id or 0) or ()
    return [release for moment, release in every if moment >= row.started_at]


def _revisions(session: Session, page_ids: Collection[int]) -> _Dated:
    query = select(PageRevision).where(
        PageRevision.page_id.in_(page_ids), PageRevision.state.in_(_RELEASED)
    )
    found: dict[int, list[tuple[datetime, Release]]] = {}
    if not page_ids:
        return found
    for row in session.scalars(query.order_by(PageRevision.number.desc())):
        if row.decided_at is not None:
            day, note = row.decided_at.date(), row.change_note
            one = Release(row.title, "revision", row.number, day, note)
            found.setdefault(row.page_id, []).append((row.decided_at, one))
    return found


def _versions(session: Session, template_ids: Collection[int]) -> _Dated:
    query = (
        select(TemplateVersion)
        .where(TemplateVersion.template_id.in_(template_ids))
        .options(joinedload(TemplateVersion.template))
        .order_by(TemplateVersion.number.desc())
    )
    found: dict[int, list[tuple[datetime, Release]]] = {}
    if not template_ids:
        return found
    for row in session.scalars(query):
        day, title = row.published_at.date(), row.template.title
        one = Release(title, "version", row.number, day, row.change_note)
        found.setdefault(row.template_id, []).append((row.published_at, one))
    return found


def notice(session: Session, kind: Kind, object_id: int, *, at: datetime) -> int:
    """Tell running actions what came out of their page or template; answers how many news."""
    column = Action.page_id if kind is Kind.page else Action.template_id
    query = select(Action).where(column == object_id, Action.state == ActionState.in_progress)
    told = 0
    for row in session.scalars(query.options(joinedload(Action.owner), joinedload(Action.theme))):
        known = _noted(session, row)
        fresh = [one for one in since_start(session, row) if (one.word, one.number) not in known]
        for one in reversed(fresh):
            _note(session, row, one, at=at)
        if fresh and row.owner is not None and row.owner.active:
            jobs.enqueue(session, "mail", _mail(row, fresh[0]), by=SYSTEM, at=at)
        told += len(fresh)
    return told


def _noted(session: Session, row: Action) -> set[tuple[str, int]]:
    query = select(Activity.detail).where(
        Activity.object_kind == "action", Activity.object_id == row.id
    )
    return {
        (word, detail[word])
        for detail in session.scalars(query)
        for word in ("revision", "version")
        if word in detail
    }


def _note(session: Session, row: Action, one: Release, *, at: datetime) -> None:
    said = f"saw {one.word} {one.number} come out"
    activity.record(
        session, "action", row.id, said, by=SYSTEM, at=at, detail={one.word: one.number}
    )


def _mail(row: Action, one: Release) -> dict[str, Any]:
    assert row.owner is not None  # `notice` looks
    return {
        "template": "actionrelease", "to": row.owner.email, "name": row.owner.name,
        "title": " ".join(row.title.split()), "theme": row.theme.title, "evidence": one.evidence,
        "note": one.note, "path": f"/actions/{row.id}",
    }  # fmt: skip
