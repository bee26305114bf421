"""Below lessons and playbook pages: comments, questions, and whether it was useful."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from content import discussion, following, lessons, playbooks, review_dates
from content.access import Action, can, shows_author
from content.db import now
from content.discussion import Asked, Tally, Thread
from content.errors import Conflict, Invalid, NotFound
from content.models import PUBLIC_STATES, Comment, Followed, Lesson, Page
from portal.auth import actor, allowed
from portal.db import reading, writing
from portal.html import toast

bp = Blueprint("discussion", __name__)


@dataclass(frozen=True, slots=True)
class Section:
    """What a page shows below its text."""

    kind: str
    number: int
    threads: list[Thread]
    tally: Tally
    says: bool  # whether comments may be written now
    hidden_id: int | None  # the author who is not to be named
    asks: str = ""  # whom a question reaches
    why: str = ""  # why it does not reach the author

    def name(self, row: Comment) -> str:
        """Who said it, as the page may show."""
        if self.hidden_id is not None and row.by_id == self.hidden_id:
            return "The author"
        return row.by.name if row.by else "Somebody"


def section(session: Session, of: Lesson | Page) -> Section:
    """The discussion of a lesson that the person reads whole, or of a page."""
    kind = "lesson" if isinstance(of, Lesson) else "page"
    hidden = isinstance(of, Lesson) and not shows_author(actor(), of)
    threads, tally = discussion.read(session, of, by=actor())
    return Section(
        kind=kind,
        number=of.id,
        threads=threads,
        tally=tally,
        says=not isinstance(of, Lesson) or of.state in PUBLIC_STATES,
        hidden_id=of.author_id if isinstance(of, Lesson) and hidden else None,
        asks=asks(of) if isinstance(of, Lesson) else "",
        why=_why(of) if isinstance(of, Lesson) else "",
    )


def asks(lesson: Lesson) -> str:
    """Whom a question of the person reaches, in words."""
    if not shows_author(actor(), lesson):
        return "whoever answers for it"  # that its author has left would tell who that was
    return _ASKED[discussion.asked_of(lesson, by=actor())]


_ASKED = {
    Asked.author: "the author", Asked.manager: "the project's manager", Asked.pmo: "the PMO",
}  # fmt: skip


def _why(lesson: Lesson) -> str:
    if not shows_author(actor(), lesson) or lesson.author_id == actor().id:
        return ""
    if lesson.author is None:
        return "Its author is not known."
    return "" if lesson.author.active else "Its author is not here any more."


def _thing(session: Session, kind: str, number: int) -> Lesson | Page:
    if kind == "lesson":
        return lessons.get(session, number, by=actor())
    found = session.get(Page, number)
    if found is None or number not in playbooks.published_pages(session):
        raise NotFound("There is nothing here, or it is not open to you.")
    return found


def _back(session: Session, of: Lesson | Page, anchor: str = "discussion") -> Response:
    _, path = following.name_of(
        session, Followed.lesson if isinstance(of, Lesson) else Followed.page, of.id, by=actor()
    )
    return redirect(f"{path}#{anchor}")


@bp.post("/<any('lesson','page'):kind>/<int:number>/comments")
@allowed(Action.comment_write)
def add(kind: str, number: int) -> Response:
    """Say something, ask the author, or answer."""
    form = request.form
    with writing() as unit:
        of = _thing(unit, kind, number)
        try:
            row = discussion.add(
                unit, of, form.get("text", ""), by=actor(), at=now(),
                is_question=form.get("ask") == "1", answers_id=form.get("answers", type=int),
            )  # fmt: skip
        except (Invalid, Conflict) as error:
            reasons = getattr(error, "fields", {}).values()
            toast(" ".join(reasons) or error.message, kind="error")
        else:
            undo = url_for("discussion.move", comment_id=row.id, step="remove")
            said = "Said."
            if row.is_question and isinstance(of, Lesson):
                said = f"Asked; {asks(of)} gets a mail."
            toast(said, undo=undo)
        return _back(unit, of)


@bp.post("/comments/<int:comment_id>/<any('edit','remove','restore'):step>")
@allowed(Action.comment_write)
def move(comment_id: int, step: str) -> Response:
    """Change, remove, or bring back a comment."""
    with writing() as unit:
        row, of = discussion.get(unit, comment_id, by=actor())
        if step == "edit":
            try:
                discussion.edit(unit, row, request.form.get("text", ""), by=actor(), at=now())
                toast("Changed.")
            except Invalid as error:
                toast(" ".join(error.fields.values()), kind="error")
        elif step == "remove":
            discussion.remove(unit, row, by=actor(), at=now())
            undo = url_for("discussion.move", comment_id=comment_id, step="restore")
            toast("Removed.", undo=undo)
        else:
            discussion.restore(unit, row, by=actor(), at=now())
            toast("It is back.")
        return _back(unit, of)


@bp.get("/comments/<int:comment_id>")
@allowed(Action.comment_write)
def page(comment_id: int) -> Response:
    """Where a comment stands."""
    _, of = discussion.get(reading(), comment_id, by=actor())
    return _back(reading(), of)


@bp.post("/<any('lesson','page'):kind>/<int:number>/useful")
@allowed(Action.comment_write)
def useful(kind: str, number: int) -> Response:
    """Say whether it was useful, or take that back."""
    asked: Any = request.form.get("useful", "")
    with writing() as unit:
        of = _thing(unit, kind, number)
        if asked in ("yes", "no"):
            note = request.form.get("note", "")[: discussion.NOTE_MOST]
            discussion.rate(unit, of, asked == "yes", note, by=actor(), at=now())
            toast("Thank you; that is noted.")
        else:
            discussion.unrate(unit, of, by=actor())
            toast("Taken back.")
        return _back(unit, of)


@bp.post("/lesson/<int:lesson_id>/confirm")
@allowed(Action.lesson_confirm)
def confirm(lesson_id: int) -> Response:
    """Say that a lesson is still true."""
    with writing() as unit:
        lesson = lessons.get(unit, lesson_id, by=actor())
        review_dates.confirm(unit, lesson, by=actor(), at=now())
    toast("Confirmed; it is looked at again in a year.")
    return redirect(url_for("lessons.page", lesson_id=lesson_id))


def is_asked(lesson: Lesson) -> bool:
    """Whether the person is asked if the lesson is still true."""
    return can(actor(), Action.lesson_confirm, lesson) and review_dates.is_due_now(
        lesson, now().date()
    )
