"""Playbooks and their pages: writing, review and publication.

A trainer writes a draft revision; another person approves it; until then readers keep the
published one. At most one revision of a page is published, at most one is being worked on.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from content import activity, jobs
from content.access import Action, require, revisions_visible_to
from content.errors import Conflict, Invalid, NotFound
from content.models import Page, PageRevision, Phase, Playbook, RevisionState
from content.types import Actor, Kind
from content.workflow import PageMove, revision_move

TITLE_MOST = 200
SOURCE_MOST = 500_000  # characters, the bound of content.markdown
# The job that tells what waits for a page or template that it has come out.
RELEASE_JOB = "release"
IN_WORK = (RevisionState.draft, RevisionState.submitted, RevisionState.returned)


def slug_of(title: str) -> str:
    """The title as part of an address: lower case letters, digits and single hyphens."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:80] or "page"


# Reads ----------------------------------------------------------------------------------------


def listing(session: Session, *, by: Actor) -> Sequence[Playbook]:
    """All playbooks in their order, with their pages."""
    require(by, Action.playbook_read)
    query = (
        select(Playbook)
        .options(selectinload(Playbook.pages), joinedload(Playbook.owner))
        .order_by(Playbook.position, Playbook.title)
    )
    return session.scalars(query).all()


def get(session: Session, slug: str, *, by: Actor) -> Playbook:
    """One playbook with its pages.

    Raises:
        NotFound: there is none.
    """
    require(by, Action.playbook_read)
    query = (
        select(Playbook)
        .where(Playbook.slug == slug)
        .options(selectinload(Playbook.pages), joinedload(Playbook.owner))
    )
    playbook = session.scalars(query).first()
    if playbook is None:
        raise NotFound("There is no such playbook.")
    return playbook


def page(session: Session, playbook_slug: str, slug: str, *, by: Actor) -> Page:
    """One page with its playbook.

    Raises:
        NotFound: there is none, or nothing of it is published and `by` does not write.
    """
    require(by, Action.playbook_read)
    query = (
        select(Page)
        .join(Page.playbook)
        .where(Playbook.slug == playbook_slug, Page.slug == slug)
        .options(joinedload(Page.playbook))
    )
    found = session.scalars(query).first()
    if found is None or not revisions(session, found, by=by):
        raise NotFound("There is no such page.")
    return found


def revisions(session: Session, found: Page, *, by: Actor) -> Sequence[PageRevision]:
    """The revisions that `by` may see, newest first."""
    query = (
        select(PageRevision)
        .where(PageRevision.page_id == found.id, revisions_visible_to(by))
        .options(joinedload(PageRevision.author), joinedload(PageRevision.decided_by))
        .order_by(PageRevision.number.desc())
    )
    return session.scalars(query).all()


def revision(session: Session, found: Page, number: int, *, by: Actor) -> PageRevision:
    """One revision of a page.

    Raises:
        NotFound: there is none that `by` may see.
    """
    for row in revisions(session, found, by=by):
        if row.number == number:
            return row
    raise NotFound("There is no such revision.")


def published(rows: Sequence[PageRevision]) -> PageRevision | None:
    """The revision that readers see."""
    return next((row for row in rows if row.state is RevisionState.published), None)


def in_work(rows: Sequence[PageRevision]) -> PageRevision | None:
    """The revision that is being written or reviewed."""
    return next((row for row in rows if row.state in IN_WORK), None)


def published_pages(session: Session) -> set[int]:
    """The ids of the pages that have a published revision."""
    query = select(PageRevision.page_id).where(PageRevision.state == RevisionState.published)
    return set(session.scalars(query))


def page_choices(session: Session, *, by: Actor) -> list[tuple[int, str]]:
    """The published pages of all playbooks, in their order, as choices in a form."""
    require(by, Action.playbook_read)
    published = select(PageRevision.page_id).where(PageRevision.state == RevisionState.published)
    query = (
        select(Page.id, Playbook.title, Page.title)
        .join(Playbook, Playbook.id == Page.playbook_id)
        .where(Page.id.in_(published))
        .order_by(Playbook.position, Playbook.title, Page.position)
    )
    return [(number, f"{book}: {page}") for number, book, page in session.execute(query)]


def waiting(session: Session, *, by: Actor) -> Sequence[PageRevision]:
    """The revisions that wait for approval, oldest first, without those that `by` wrote."""
    require(by, Action.page_decide)
    query = (
        select(PageRevision)
        .where(PageRevision.state == RevisionState.submitted)
        .where(PageRevision.author_id.is_distinct_from(by.id))
        .options(
            joinedload(PageRevision.page).joinedload(Page.playbook),
            joinedload(PageRevision.author),
        )
        .order_by(PageRevision.submitted_at, PageRevision.id)
    )
    return session.scalars(query).all()


def in_work_of(session: Session, *, by: Actor) -> Sequence[PageRevision]:
    """The drafts and returned revisions of `by`."""
    query = (
        select(PageRevision)
        .where(PageRevision.author_id == by.id, PageRevision.state.in_(IN_WORK))
        .options(joinedload(PageRevision.page).joinedload(Page.playbook))
        .order_by(PageRevision.saved_at.desc())
    )
    return session.scalars(query).all()


def overdue(session: Session, today: date) -> Sequence[Page]:
    """The pages whose review date has passed, longest first."""
    query = (
        select(Page)
        .where(Page.review_by < today)
        .options(joinedload(Page.playbook))
        .order_by(Page.review_by, Page.id)
    )
    return session.scalars(query).all()


# Verbs ----------------------------------------------------------------------------------------


def create_playbook(
    session: Session, *, title: str, summary: str, by: Actor, at: datetime, slug: str = ""
) -> Playbook:
    """A new, empty playbook.

    Raises:
        Invalid: it has no title. Conflict: its address is taken.
    """
    require(by, Action.page_write)
    _check_title(title)
    address = slug or slug_of(title)
    if session.scalars(select(Playbook.id).where(Playbook.slug == address)).first() is not None:
        raise Conflict("A playbook with this address exists already. Choose another title.")
    last = session.scalar(select(func.max(Playbook.position))) or 0
    playbook = Playbook(
        slug=address,
        title=title.strip(),
        summary=summary.strip(),
        position=last + 1,
        owner_id=by.id,
        created_at=at,
    )
    session.add(playbook)
    session.flush()
    activity.record(session, "playbook", playbook.id, "create", by=by, at=at)
    return playbook


def create_page(
    session: Session,
    playbook: Playbook,
    values: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
    slug: str = "",
) -> Page:
    """A new page with its first draft; `values` holds title, source, change_note, phase,
    parent_id and review_by.

    Raises:
        Invalid: the title or the text is missing or too long. Conflict: its address is taken.
    """
    require(by, Action.page_write)
    address = slug or _free_slug(session, playbook, slug_of(values["title"]))
    last = session.scalar(select(func.max(Page.position)).where(Page.playbook_id == playbook.id))
    found = Page(
        playbook_id=playbook.id,
        slug=address,
        title=values["title"].strip(),
        position=(last or 0) + 1,
        created_at=at,
    )
    _place(session, found, values)
    session.add(found)
    session.flush()
    write(session, found, values, by=by, at=at)
    return found


def _free_slug(session: Session, playbook: Playbook, wanted: str) -> str:
    taken = set(session.scalars(select(Page.slug).where(Page.playbook_id == playbook.id)))
    if wanted not in taken:
        return wanted
    return next(f"{wanted[:76]}-{n}" for n in range(2, 1000) if f"{wanted[:76]}-{n}" not in taken)


def write(
    session: Session,
    found: Page,
    values: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
    version: int | None = None,
) -> PageRevision:
    """Save the draft of a page: the one in work, or a new one beside the published text.

    Raises:
        Conflict: the text is under review, or somebody saved it since `version`.
        Invalid: see `create_page`.
    """
    require(by, Action.page_edit, found)
    _check_title(values["title"])
    _check_source(values["source"])
    rows = revisions(session, found, by=by)
    row = in_work(rows)
    if row is not None and row.state is RevisionState.submitted:
        raise Conflict("This page is under review. Withdraw it first, then change it.")
    if row is not None and version is not None and row.version != version:
        raise Conflict("Somebody saved this draft while you were writing. Compare and save again.")
    if row is None:
        number = max((old.number for old in rows), default=0) + 1
        row = PageRevision(page_id=found.id, number=number, state=RevisionState.draft)
        session.add(row)
    row.title, row.source = values["title"].strip(), values["source"].replace("\r\n", "\n")
    row.change_note = values.get("change_note", "").strip()[:500]
    row.author_id, row.saved_at = by.id, at
    if published(rows) is None:
        found.title = row.title
    _place(session, found, values)
    session.flush()
    activity.record(
        session, "page", found.id, "write", by=by, at=at, detail={"revision": row.number}
    )
    return row


def _place(session: Session, found: Page, values: Mapping[str, Any]) -> None:
    """Where the page stands, and when it is to be looked at again."""
    if "phase" in values:
        found.phase = Phase(values["phase"]) if values["phase"] else None
    if "review_by" in values:
        found.review_by = values["review_by"]
    if values.get("parent_id"):
        parent = session.get(Page, values["parent_id"])
        if parent is None or parent.playbook_id != found.playbook_id or parent.parent_id:
            raise Invalid("Choose a page of this playbook as the one above.", {"parent_id": "?"})
        found.parent_id = None if parent.id == found.id else parent.id
    elif "parent_id" in values:
        found.parent_id = None


def move(
    session: Session,
    row: PageRevision,
    step: PageMove,
    *,
    by: Actor,
    at: datetime,
    reason: str = "",
) -> PageRevision:
    """Take one step of a revision's life.

    Raises:
        Forbidden: not for this actor; nobody approves their own text.
        Conflict: not from this state. Invalid: a return needs a reason.
    """
    decides = step in (PageMove.publish, PageMove.return_)
    require(by, Action.page_decide if decides else Action.page_edit, row if decides else row.page)
    reason = reason.strip()
    if step is PageMove.return_ and not reason:
        raise Invalid("Give a reason; its author reads it.", {"reason": "Give a reason."})
    before, after = row.state, revision_move(row.state, step)
    if step is PageMove.publish:
        _supersede(session, row.page, by=by, at=at)
        row.page.title = row.title
    row.state, row.reason = after, reason
    if decides:
        row.decided_by_id, row.decided_at = by.id, at
    elif step is PageMove.submit:
        row.submitted_at = at
    session.flush()
    _log(session, row, step, by=by, at=at, moved=(before, after), reason=reason)
    if step is PageMove.publish:
        payload = {"kind": Kind.page.value, "id": row.page_id}
        jobs.enqueue(session, RELEASE_JOB, payload, by=by, at=at)
    return row


def _supersede(session: Session, found: Page, *, by: Actor, at: datetime) -> None:
    query = select(PageRevision).where(
        PageRevision.page_id == found.id, PageRevision.state == RevisionState.published
    )
    for old in session.scalars(query):
        old.state = revision_move(old.state, PageMove.supersede)
        moved = (RevisionState.published, old.state)
        _log(session, old, PageMove.supersede, by=by, at=at, moved=moved)
    session.flush()


def _log(
    session: Session,
    row: PageRevision,
    step: PageMove,
    *,
    by: Actor,
    at: datetime,
    moved: tuple[str, str],
    reason: str = "",
) -> None:
    detail = {"revision": row.number}
    activity.record(
        session, "page", row.page_id, step, by=by, at=at, moved=moved, reason=reason, detail=detail
    )
    jobs.reindex(session, Kind.page, row.page_id, by=by, at=at)


def _check_title(title: str) -> None:
    if not title.strip() or len(title) > TITLE_MOST:
        message = f"Give a title of up to {TITLE_MOST} characters."
        raise Invalid(message, {"title": message})


def _check_source(source: str) -> None:
    if not source.strip():
        raise Invalid("Write something first.", {"source": "The page is empty."})
    if len(source) > SOURCE_MOST:
        message = f"A page takes at most {SOURCE_MOST} characters; split it."
        raise Invalid(message, {"source": message})
