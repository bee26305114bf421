"""What people say below lessons and playbook pages: comments, questions to the author, usefulness.

Only those who read a lesson whole see or say anything about it. A removed comment is kept out of
sight and can be brought back by whoever removed it. Whether something was useful each person says
once, and may say otherwise later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session, joinedload

from content import activity, jobs, people, review_dates
from content.access import Action, require, require_whole_reader
from content.errors import Conflict, Invalid, NotFound
from content.models import (
    PUBLIC_STATES,
    Activity,
    Comment,
    Followed,
    Lesson,
    Page,
    Person,
    Subscription,
    Usefulness,
)
from content.types import SYSTEM, Actor

TEXT_MOST, NOTE_MOST = 5_000, 500
REMOVE = "remove comment"
# Answers from which on shares are shown: fewer would say who gave which.
SHOWN_FROM = 3

Thing = Lesson | Page


# Saying ---------------------------------------------------------------------------------------


def add(
    session: Session,
    of: Thing,
    text: str,
    *,
    by: Actor,
    at: datetime,
    is_question: bool = False,
    answers_id: int | None = None,
) -> Comment:
    """Say something below a lesson or a page; a question is mailed to whoever `asked_of` names.

    Raises:
        NotFound: `by` does not read it whole. Conflict: the lesson is not published. Invalid: the
            text is missing or too long, or what it answers is not here.
    """
    _require_seen(of, by)
    if isinstance(of, Lesson) and of.state not in PUBLIC_STATES:
        raise Conflict("Comments are for published lessons; use the review for others.")
    said = _checked(text)
    if answers_id is not None:
        first = session.get(Comment, answers_id)
        if first is None or _place(first) != _place_of(of) or first.answers_id is not None:
            raise Invalid("What you answer is not here any more.")
    row = Comment(
        lesson_id=of.id if isinstance(of, Lesson) else None,
        page_id=of.id if isinstance(of, Page) else None,
        answers_id=answers_id, is_question=is_question and answers_id is None, text=said,
        by_id=by.id, at=at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _note(session, row, "ask" if row.is_question else "comment", by=by, at=at)
    _tell(session, of, row, by=by, at=at)
    return row


def edit(session: Session, row: Comment, text: str, *, by: Actor, at: datetime) -> None:
    """Change what one said.

    Raises:
        NotFound: it is somebody else's. Invalid: see `add`.
    """
    if row.by_id != by.id or row.removed_at is not None:
        raise NotFound("There is no such comment of yours.")
    row.text, row.edited_at = _checked(text), at
    session.flush()
    _note(session, row, "edit comment", by=by, at=at)


def remove(session: Session, row: Comment, *, by: Actor, at: datetime) -> None:
    """Take a comment out of sight: one's own, or any as a reviewer."""
    require(by, Action.comment_remove, row)
    row.removed_at = at
    session.flush()
    _note(session, row, REMOVE, by=by, at=at)


def restore(session: Session, row: Comment, *, by: Actor, at: datetime) -> None:
    """Bring a removed comment back.

    Raises:
        Forbidden: a reviewer took it away, and it is theirs to bring back.
    """
    require(by, Action.comment_remove, row)
    if by.id != _remover(session, row):
        require(by, Action.queue_read)
    row.removed_at = None
    session.flush()
    _note(session, row, "restore comment", by=by, at=at)


def _remover(session: Session, row: Comment) -> int | None:
    """Who took a comment away last, as the log has it."""
    kind, number = _place(row)
    assert number is not None  # the table sees to it
    query = (
        select(Activity.actor_id)
        .where(
            Activity.object_kind == kind, Activity.object_id == number,
            Activity.verb == REMOVE, Activity.detail["comment"].as_integer() == row.id,
        )
        .order_by(Activity.id.desc())
    )  # fmt: skip
    return session.scalars(query).first()


def _checked(text: str) -> str:
    said = text.strip()
    if not said:
        raise Invalid("Write something first.", {"text": "Write something first."})
    if len(said) > TEXT_MOST:
        raise Invalid("It is too long.", {"text": f"At most {TEXT_MOST:,} characters."})
    return said


def _require_seen(of: Thing, by: Actor) -> None:
    require(by, Action.comment_write)
    if isinstance(of, Lesson):
        require_whole_reader(by, of)


def _place(row: Comment) -> tuple[str, int | None]:
    return ("lesson", row.lesson_id) if row.lesson_id is not None else ("page", row.page_id)


def _place_of(of: Thing) -> tuple[str, int | None]:
    return ("lesson" if isinstance(of, Lesson) else "page"), of.id


def _note(session: Session, row: Comment, verb: str, *, by: Actor, at: datetime) -> None:
    kind, number = _place(row)
    assert number is not None  # the table sees to it
    activity.record(session, kind, number, verb, by=by, at=at, detail={"comment": row.id})


class Asked(StrEnum):
    """Whom a question about a lesson reaches."""

    author = "author"
    manager = "manager"
    pmo = "pmo"


def asked_of(lesson: Lesson, *, by: Actor) -> Asked:
    """Whom a question of `by` reaches: the lesson's owner, else the PMO; never `by` themselves."""
    owner = _owner(lesson, by)
    if owner is None:
        return Asked.pmo
    return Asked.author if owner.id == lesson.author_id else Asked.manager


def _owner(lesson: Lesson, by: Actor) -> Person | None:
    owner = review_dates.owner_of(lesson)
    return owner if owner is not None and owner.id != by.id else None


def _asked(session: Session, lesson: Lesson, by: Actor) -> Sequence[Person]:
    owner = _owner(lesson, by)
    return [owner] if owner is not None else people.reviewers(session, by=SYSTEM)


def _tell(session: Session, of: Thing, row: Comment, *, by: Actor, at: datetime) -> None:
    """A question goes to the owner, an answer to whoever asked; nobody is told of their own."""
    told: Sequence[Person] = ()
    if row.is_question and isinstance(of, Lesson):
        told = _asked(session, of, by)
    elif row.answers_id is not None:
        asker = session.get(Person, session.get_one(Comment, row.answers_id).by_id)
        told = [asker] if asker is not None else []
    hidden = isinstance(of, Lesson) and of.author_hidden and of.author_id == by.id
    for person in told:
        if not person.active or person.id == by.id:
            continue
        stands_in = row.is_question and isinstance(of, Lesson) and person.id != of.author_id
        payload = {
            "template": "comment", "to": person.email, "name": person.name,
            "who": "The author" if hidden else by.name, "asks": row.is_question,
            "stands_in": stands_in, "text": row.text,
            "about": of.headline if isinstance(of, Lesson) else of.title,
            "path": f"/comments/{row.id}",
        }  # fmt: skip
        jobs.enqueue(session, "mail", payload, by=by, at=at)


# Useful? --------------------------------------------------------------------------------------


def rate(
    session: Session, of: Thing, useful: bool, note: str = "", *, by: Actor, at: datetime
) -> Usefulness:
    """Say whether it was useful; the last word counts.

    Raises:
        NotFound: `by` does not read it whole. Invalid: the note is too long.
    """
    _require_seen(of, by)
    if len(note) > NOTE_MOST:
        raise Invalid(f"At most {NOTE_MOST} characters.", {"note": f"At most {NOTE_MOST}."})
    row = _own(session, of, by)
    if row is None:
        kind, number = _place_of(of)
        assert by.id is not None  # a person says it
        row = Usefulness(person_id=by.id, useful=useful, at=at, **{f"{kind}_id": number})
        session.add(row)
    row.useful, row.note, row.at = useful, note.strip(), at
    session.flush()
    return row


def unrate(session: Session, of: Thing, *, by: Actor) -> None:
    """Take back what one said about its use."""
    row = _own(session, of, by)
    if row is not None:
        session.delete(row)
        session.flush()


def _own(session: Session, of: Thing, by: Actor) -> Usefulness | None:
    kind, number = _place_of(of)
    column = Usefulness.lesson_id if kind == "lesson" else Usefulness.page_id
    query = select(Usefulness).where(column == number, Usefulness.person_id == by.id)
    return session.scalars(query).first()


# Reads ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Thread:
    """A comment with its answers."""

    first: Comment
    answers: tuple[Comment, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many said that it was useful, of how many; and what one said and does oneself."""

    useful: int
    many: int
    own: bool | None
    follows: bool

    @property
    def is_shown(self) -> bool:
        """Whether there are enough answers to show a share."""
        return self.many >= SHOWN_FROM


def read(session: Session, of: Thing, *, by: Actor) -> tuple[list[Thread], Tally]:
    """The comments in order, each with its answers, and what people said of its use."""
    _require_seen(of, by)
    kind, number = _place_of(of)
    column = Comment.lesson_id if kind == "lesson" else Comment.page_id
    # The tally is there without a comment too: it stands in a row of its own, beside each of them.
    tally = select(*_tally(kind, number, by)).subquery()
    query = (
        select(*tally.c, Comment)
        .select_from(tally)
        .outerjoin(Comment, and_(column == number, Comment.removed_at.is_(None)))
        .options(joinedload(Comment.by))
        .order_by(Comment.id)
    )
    found = session.execute(query).all()
    rows = [row for *_, row in found if row is not None]
    answers: dict[int, list[Comment]] = {}
    for row in rows:
        if row.answers_id is not None:
            answers.setdefault(row.answers_id, []).append(row)
    said = [Thread(row, tuple(answers.get(row.id, ()))) for row in rows if row.answers_id is None]
    return said, Tally(*found[0][:-1])


def _tally(kind: str, number: int | None, by: Actor) -> tuple[ColumnElement[Any], ...]:
    """What people said about its use, and whether `by` follows it: the fields of `Tally`."""
    column = Usefulness.lesson_id if kind == "lesson" else Usefulness.page_id
    said = select(func.count()).where(column == number)
    own = select(Usefulness.useful).where(column == number, Usefulness.person_id == by.id)
    follows = exists().where(
        Subscription.person_id == by.id,
        Subscription.kind == Followed(kind),
        Subscription.object_id == number,
    )
    return (
        said.where(Usefulness.useful).scalar_subquery().label("useful"),
        said.scalar_subquery().label("many"),
        own.scalar_subquery().label("own"),
        follows.label("follows"),
    )


def get(session: Session, comment_id: int, *, by: Actor) -> tuple[Comment, Thing]:
    """One comment, and what it is about, for those who read that whole.

    Raises:
        NotFound: there is none, or it is not open to `by`.
    """
    row = session.get(Comment, comment_id)
    of: Thing | None = None
    if row is not None:
        of = (
            session.get(Lesson, row.lesson_id, options=[joinedload(Lesson.project)])
            if row.lesson_id is not None
            else session.get(Page, row.page_id)
        )
    if row is None or of is None:
        # The same words as for one that is not open: numbers can be guessed.
        raise NotFound("There is nothing here, or it is not open to you.")
    _require_seen(of, by)
    return row, of
