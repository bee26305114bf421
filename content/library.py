"""The library of standard templates: publishing versions, browsing and downloading.

A file is inspected by `content.documents` before any verb here sees it; a version is never
changed once it is there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from content import activity, jobs, passages
from content.access import Action, require
from content.db import contains
from content.errors import Conflict, Invalid, NotFound
from content.models import Phase, StoredFile, Template, TemplateVersion
from content.playbooks import RELEASE_JOB, slug_of
from content.types import Actor, Kind, trimmed

FIELDS = ("title", "summary", "when_to_use", "kind", "phase")
# Offered in forms; a template may be of any other kind.
KINDS = ("charter", "case", "plan", "matrix", "register", "log", "request", "report")


@dataclass(frozen=True, slots=True)
class TemplateFilter:
    """What the library is narrowed to; empty means everything."""

    text: str = ""
    phase: str | None = None
    kind: str | None = None


def listing(session: Session, wanted: TemplateFilter, *, by: Actor) -> Sequence[Template]:
    """The templates in use, by title, each with its versions and their files."""
    require(by, Action.template_read)
    query = select(Template).where(Template.retired_at.is_(None))
    if wanted.phase:
        query = query.where(Template.phase == wanted.phase)
    if wanted.kind:
        query = query.where(Template.kind == wanted.kind)
    if wanted.text:
        like = contains(wanted.text)
        query = query.where(
            or_(Template.title.ilike(like, escape="\\"), Template.summary.ilike(like, escape="\\"))
        )
    query = query.options(selectinload(Template.versions).joinedload(TemplateVersion.file))
    return session.scalars(query.order_by(Template.title)).all()


def choices(session: Session, *, by: Actor) -> list[tuple[int, str]]:
    """The templates in use, by title, as choices in a form."""
    require(by, Action.template_read)
    query = select(Template.id, Template.title).where(Template.retired_at.is_(None))
    return [(number, title) for number, title in session.execute(query.order_by(Template.title))]


def get(session: Session, slug: str, *, by: Actor) -> Template:
    """One template with its versions, in use or retired.

    Raises:
        NotFound: there is none.
    """
    require(by, Action.template_read)
    query = (
        select(Template)
        .where(Template.slug == slug)
        .options(
            joinedload(Template.owner),
            selectinload(Template.versions).options(
                joinedload(TemplateVersion.file), joinedload(TemplateVersion.published_by)
            ),
        )
    )
    template = session.scalars(query).first()
    if template is None:
        raise NotFound("There is no such template.")
    return template


def version(template: Template, number: int | None = None) -> TemplateVersion:
    """One version of a template, the newest when no number is given.

    Raises:
        NotFound: there is none.
    """
    for row in template.versions:
        if number in (None, row.number):
            return row
    raise NotFound("There is no such version.")


def create(
    session: Session,
    values: Mapping[str, Any],
    file: StoredFile,
    *,
    by: Actor,
    at: datetime,
    slug: str = "",
) -> Template:
    """A new template with its first version.

    Raises:
        Invalid: it has no title or summary. Conflict: its address is taken.
    """
    require(by, Action.template_write)
    address = slug or slug_of(values.get("title", ""))
    if session.scalars(select(Template.id).where(Template.slug == address)).first() is not None:
        raise Conflict(
            "A template with this title exists already. Open it and upload a new version there."
        )
    template = Template(slug=address, owner_id=by.id, created_at=at)
    _take(template, values)
    session.add(template)
    session.flush()
    publish(session, template, file, change_note="First version.", by=by, at=at)
    return template


def edit(
    session: Session, template: Template, values: Mapping[str, Any], *, by: Actor, at: datetime
) -> None:
    """Change what the library says of a template; its files stay.

    Raises:
        Invalid: it would have no title or summary.
    """
    require(by, Action.template_write)
    _take(template, values)
    session.flush()
    _record(session, template, "edit", by=by, at=at)


def publish(
    session: Session,
    template: Template,
    file: StoredFile,
    *,
    change_note: str,
    by: Actor,
    at: datetime,
) -> TemplateVersion:
    """Put a new version in force; the older ones stay to be downloaded.

    Raises:
        Invalid: it has no change note. Conflict: the newest version is the same file.
    """
    require(by, Action.template_write)
    if not change_note.strip():
        raise Invalid("Say what changed.", {"change_note": "Say what changed, in a sentence."})
    rows = session.scalars(
        select(TemplateVersion)
        .where(TemplateVersion.template_id == template.id)
        .order_by(TemplateVersion.number.desc())
    ).all()
    if rows and rows[0].file_id == file.id:
        raise Conflict("This file is the version in force already.")
    row = TemplateVersion(
        template_id=template.id,
        number=rows[0].number + 1 if rows else 1,
        file_id=file.id,
        change_note=change_note.strip()[:500],
        published_at=at,
        published_by_id=by.id,
    )
    session.add(row)
    session.flush()
    session.expire(template, ["versions"])
    passages.ask(session, file, by=by, at=at)
    _record(session, template, "publish", by=by, at=at, detail={"version": row.number})
    payload = {"kind": Kind.template.value, "id": template.id}
    jobs.enqueue(session, RELEASE_JOB, payload, by=by, at=at)
    return row


def set_retired(
    session: Session, template: Template, retired: bool, *, by: Actor, at: datetime
) -> None:
    """Take a template out of the library, or back into it."""
    require(by, Action.template_write)
    template.retired_at = at if retired else None
    session.flush()
    _record(session, template, "retire" if retired else "restore", by=by, at=at)


def _take(template: Template, values: Mapping[str, Any]) -> None:
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise ValueError(f"not fields of a template: {sorted(unknown)}")
    for name, value in values.items():
        setattr(template, name, trimmed(value))
    template.phase = Phase(template.phase) if template.phase else None
    problems: dict[str, str] = {}
    if not (template.title or "").strip() or len(template.title) > 200:
        problems["title"] = "Give a title of up to 200 characters."
    if not (template.summary or "").strip():
        problems["summary"] = "Say in a sentence what it is for."
    if problems:
        raise Invalid("Please look at the fields below.", problems)


def _record(
    session: Session,
    template: Template,
    verb: str,
    *,
    by: Actor,
    at: datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    activity.record(session, "template", template.id, verb, by=by, at=at, detail=detail)
    jobs.reindex(session, Kind.template, template.id, by=by, at=at)
