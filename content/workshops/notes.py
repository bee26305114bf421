"""What whoever has a workshop's link can do: read its questions, add notes, take one back.

There is no actor here, on purpose: nobody is asked who they are, and nothing that could tell is
kept. What proves that a note is somebody's own stands in their browser's signed cookie alone.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from hmac import compare_digest

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from content.errors import Conflict, Invalid, NotFound
from content.exports import printable
from content.models import Workshop, WorkshopNote
from content.workshops.planning import THERE, TOKEN_PART, is_open, row_count, spelled

# Characters of one note: what one would write on a card; more is a letter.
NOTE_MOST = 500
# Notes of one workshop: forty people with twenty-five each. More is somebody playing.
NOTES_MOST = 1_000
# What one person may take back: the last ones, as many as a cookie holds.
OWN_MOST = 60
GONE = "There is no such workshop. The link may have been replaced: ask who gave it to you."
OVER = "This workshop takes no more notes."


def by_token(session: Session, token: str) -> Workshop:
    """The workshop of a link, also as people type it: in capitals, or without its dashes.

    The first part finds candidates and the whole is compared in constant time, so that how long
    the answer takes says nothing about the rest.

    Raises:
        NotFound: there is none, or the link was replaced.
    """
    token = spelled(token)
    query = select(Workshop).where(Workshop.token.startswith(token[:TOKEN_PART], autoescape=True))
    found = None
    for workshop in session.scalars(query) if len(token) > TOKEN_PART else ():
        if compare_digest(workshop.token.encode(), token.encode()):
            found = workshop
    if found is None:
        raise NotFound(GONE)
    return found


def add(
    session: Session,
    workshop: Workshop,
    question: int,
    text: str,
    *,
    at: datetime,
    own: Collection[int] = (),
) -> WorkshopNote:
    """Put a note under a question. Sent twice by one browser, it is there once.

    Raises:
        Conflict: the workshop takes no more. Invalid: the note is empty, too long, or one too many.
    """
    if not is_open(workshop, at):
        raise Conflict(OVER)
    text = _checked(workshop, question, text)
    twin = _own_twin(session, workshop, question, text, own)
    if twin is not None:
        return twin
    if row_count(session, workshop) >= NOTES_MOST:
        raise Invalid(f"This workshop holds {NOTES_MOST:,} notes, which is all it takes.")
    # To the hour: the moment, beside the log of some machine on the way, would tell who it was.
    hour = at.replace(minute=0, second=0, microsecond=0)
    note = WorkshopNote(workshop_id=workshop.id, question=question, text=text, added_at=hour)
    session.add(note)
    session.flush()
    return note


def _checked(workshop: Workshop, question: int, text: str) -> str:
    if not 0 <= question < len(workshop.questions):
        raise Invalid("Choose one of the questions.")
    text = printable(text.replace("\r\n", "\n")).strip()
    if not text:
        raise Invalid("Write something first.", {"text": "Write something first."})
    if len(text) > NOTE_MOST:
        message = f"At most {NOTE_MOST} characters; this has {len(text):,}. Make two notes of it."
        raise Invalid(message, {"text": message})
    return text


def _own_twin(
    session: Session, workshop: Workshop, question: int, text: str, own: Collection[int]
) -> WorkshopNote | None:
    query = select(WorkshopNote).where(
        WorkshopNote.workshop_id == workshop.id,
        WorkshopNote.id.in_(own),
        WorkshopNote.question == question,
        WorkshopNote.text == text,
    )
    return session.scalars(query).first()


def take_back(session: Session, workshop: Workshop, note_id: int, *, at: datetime) -> str:
    """Wipe a note, for whoever wrote it (which the caller has checked); answers its text.

    The empty row stays, so that its number, which cookies hold, is never another note's.

    Raises:
        NotFound: it is not there. Conflict: the workshop is over, and others work with it now.
    """
    if not is_open(workshop, at):
        raise Conflict(OVER)
    note = session.get(WorkshopNote, note_id)
    if note is None or note.workshop_id != workshop.id or not note.text:
        raise NotFound("That note is not there any more.")
    text, note.text, note.group_id = note.text, "", None
    session.flush()
    return text


def shown(
    session: Session, workshop: Workshop, question: int, *, own: Collection[int]
) -> Sequence[WorkshopNote]:
    """The notes of a question that a visitor sees, the newest first: their own, and those of
    others where the workshop shows them and its manager has not hidden them.
    """
    seen: ColumnElement[bool] = WorkshopNote.id.in_(own)
    if workshop.shows_notes:
        seen = or_(seen, WorkshopNote.hidden_at.is_(None))
    query = select(WorkshopNote).where(
        WorkshopNote.workshop_id == workshop.id, WorkshopNote.question == question, seen, THERE
    )
    return session.scalars(query.order_by(WorkshopNote.id.desc())).all()
