"""The manager's board: notes into groups, groups in order, notes out of sight; each step undone.

Two people may work on one board. Each step says what it saw of the notes it moves, so that what
somebody else has moved in between is named and not moved twice. Steps are in the activity log with
the numbers of their notes, which is what undoing them reads.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from content import activity
from content.errors import Conflict, Invalid, NotFound
from content.models import Activity, CaptureDraft, Workshop, WorkshopGroup, WorkshopNote
from content.types import Actor
from content.workshops.planning import THERE, TITLE_MOST, require_manager

# Groups of one workshop: five to twelve lessons are used, thirty are stored.
GROUPS_MOST = 100
# Characters of a note that name a group until somebody gives it a title.
TITLE_FROM_NOTE = 80
PLACED, HIDDEN, SHOWN = "group notes", "hide notes", "show notes"


# Reads ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heap:
    """A group with its notes, and who writes its lesson."""

    group: WorkshopGroup
    notes: Sequence[WorkshopNote]
    draft: CaptureDraft | None


@dataclass(frozen=True, slots=True)
class Board:
    """All of a workshop: its groups in order, loose notes by question, and what is hidden."""

    heaps: Sequence[Heap]
    loose: Mapping[int, Sequence[WorkshopNote]]
    hidden: Sequence[WorkshopNote]
    last_note: int  # the highest number so far: what is above it is new
    step: int  # the last step in the log

    @property
    def notes(self) -> list[WorkshopNote]:
        """Every note in sight, grouped ones first."""
        grouped = [note for heap in self.heaps for note in heap.notes]
        return grouped + [note for notes in self.loose.values() for note in notes]


def board(session: Session, workshop: Workshop, *, by: Actor) -> Board:
    """The board as it is now."""
    require_manager(by, workshop)
    query = select(WorkshopNote).where(WorkshopNote.workshop_id == workshop.id, THERE)
    notes = session.scalars(query.order_by(WorkshopNote.id)).all()
    groups = _groups(session, workshop)
    drafts = _drafts(session, groups)
    placed: dict[int | None, list[WorkshopNote]] = defaultdict(list)
    known = {group.id for group in groups}
    for note in notes:
        if note.hidden_at is None:
            placed[note.group_id if note.group_id in known else None].append(note)
    loose = defaultdict(list)
    for note in placed[None]:
        loose[note.question].append(note)
    return Board(
        [Heap(group, placed[group.id], drafts.get(group.draft_key or "")) for group in groups],
        {place: loose[place] for place in range(len(workshop.questions))},
        [note for note in notes if note.hidden_at is not None],
        max((note.id for note in notes), default=0),
        last_step(session, workshop),
    )


def _groups(session: Session, workshop: Workshop) -> Sequence[WorkshopGroup]:
    query = (
        select(WorkshopGroup)
        .where(WorkshopGroup.workshop_id == workshop.id, WorkshopGroup.removed_at.is_(None))
        .options(joinedload(WorkshopGroup.lesson))
        .order_by(WorkshopGroup.position, WorkshopGroup.id)
    )
    return session.scalars(query).all()


def _drafts(session: Session, groups: Iterable[WorkshopGroup]) -> dict[str, CaptureDraft]:
    keys = [group.draft_key for group in groups if group.draft_key and group.lesson_id is None]
    if not keys:
        return {}
    query = select(CaptureDraft).where(
        CaptureDraft.key.in_(keys), CaptureDraft.discarded_at.is_(None)
    )
    found = session.scalars(query.options(joinedload(CaptureDraft.person)))
    return {draft.key: draft for draft in found}


def last_step(session: Session, workshop: Workshop) -> int:
    """The number of the last thing done to it, by the log."""
    query = select(func.max(Activity.id)).where(
        Activity.object_kind == "workshop", Activity.object_id == workshop.id
    )
    return session.scalar(query) or 0


def since(
    session: Session, workshop: Workshop, note_id: int, *, by: Actor
) -> Sequence[WorkshopNote]:
    """The notes that came after the one of this number."""
    require_manager(by, workshop)
    query = select(WorkshopNote).where(
        WorkshopNote.workshop_id == workshop.id,
        WorkshopNote.id > note_id,
        WorkshopNote.hidden_at.is_(None),
        THERE,
    )
    return session.scalars(query.order_by(WorkshopNote.id)).all()


def group(session: Session, workshop: Workshop, group_id: int, *, by: Actor) -> WorkshopGroup:
    """One group of the workshop, also a dissolved one.

    Raises:
        NotFound: it has none of this number.
    """
    require_manager(by, workshop)
    row = session.get(WorkshopGroup, group_id)
    if row is None or row.workshop_id != workshop.id:
        raise NotFound("There is no such group.")
    return row


def notes_of(session: Session, row: WorkshopGroup) -> Sequence[WorkshopNote]:
    """The notes of a group that are in sight."""
    query = select(WorkshopNote).where(
        WorkshopNote.group_id == row.id, WorkshopNote.hidden_at.is_(None), THERE
    )
    return session.scalars(query.order_by(WorkshopNote.question, WorkshopNote.id)).all()


# Moving notes ---------------------------------------------------------------------------------


def place(
    session: Session,
    workshop: Workshop,
    seen: Mapping[int, int | None],
    target: int | str | None,
    *,
    by: Actor,
    at: datetime,
) -> WorkshopGroup | None:
    """Put notes into a group (its number), a new one (its title), or into none.

    `seen` says of each note in which group its mover saw it. A new group without a title takes it
    from its first note. Answers the group.

    Raises:
        Conflict: somebody moved one of them in between, and all stay.
        Invalid: no note is named, or the title is too long.
    """
    require_manager(by, workshop)
    notes = _seen_notes(session, workshop, seen)
    _require_as_seen(session, workshop, notes, seen)
    into = _target(session, workshop, target, notes, by=by)
    was = {str(note.id): note.group_id for note in notes}
    for note in notes:
        note.group_id = into.id if into else None
    session.flush()
    detail = {"was": was, "into": into.id if into else None, "new": isinstance(target, str)}
    activity.record(session, "workshop", workshop.id, PLACED, by=by, at=at, detail=detail)
    session.flush()
    return into


def _seen_notes(
    session: Session, workshop: Workshop, numbers: Iterable[int]
) -> Sequence[WorkshopNote]:
    """Those of the named notes that are still there: a writer may take one back at any time."""
    query = select(WorkshopNote).where(
        WorkshopNote.workshop_id == workshop.id, WorkshopNote.id.in_(list(numbers)), THERE
    )
    notes = session.scalars(query.order_by(WorkshopNote.question, WorkshopNote.id)).all()
    if not notes:
        raise Invalid("Tick the notes first.")
    return notes


def _require_as_seen(
    session: Session,
    workshop: Workshop,
    notes: Sequence[WorkshopNote],
    seen: Mapping[int, int | None],
) -> None:
    titles = {row.id: row.title for row in _groups(session, workshop)}
    for note in notes:
        now_in = note.group_id if note.group_id in titles else None
        if now_in != seen[note.id]:
            where = f"put into “{titles[now_in]}”" if now_in else "taken out of its group"
            raise Conflict(
                f"Somebody else was quicker: “{brief(note.text)}” was {where}. "
                "Your ticks are kept; look again, then repeat the step if you still want it."
            )


def brief(text: str) -> str:
    """A note in one short line."""
    line = " ".join(text.split())
    return line if len(line) <= TITLE_FROM_NOTE else line[: TITLE_FROM_NOTE - 1].rstrip() + "…"


def _target(
    session: Session,
    workshop: Workshop,
    target: int | str | None,
    notes: Sequence[WorkshopNote],
    *,
    by: Actor,
) -> WorkshopGroup | None:
    if target is None:
        return None
    if isinstance(target, int):
        row = group(session, workshop, target, by=by)
        if row.removed_at is not None:
            raise Conflict(f"“{row.title}” was dissolved in between. Choose another group.")
        return row
    groups = _groups(session, workshop)
    if len(groups) >= GROUPS_MOST:
        raise Invalid(f"There are {GROUPS_MOST} groups, which is all a workshop takes.")
    title = _title(target) if target.strip() else brief(notes[0].text)
    place_ = max((row.position for row in groups), default=-1) + 1
    row = WorkshopGroup(workshop_id=workshop.id, title=title, position=place_)
    session.add(row)
    session.flush()
    return row


def _title(text: str) -> str:
    title = " ".join(text.split())
    if not title or len(title) > TITLE_MOST:
        message = f"Give the group a title of up to {TITLE_MOST} characters."
        raise Invalid(message, {"title": message})
    return title


def set_hidden(
    session: Session,
    workshop: Workshop,
    numbers: Iterable[int],
    hidden: bool,
    *,
    by: Actor,
    at: datetime,
) -> int:
    """Take notes out of everybody's sight, or bring them back; answers how many.

    Raises:
        Invalid: no note is named.
    """
    require_manager(by, workshop)
    notes = _seen_notes(session, workshop, numbers)
    changed = [note for note in notes if (note.hidden_at is not None) is not hidden]
    for note in changed:
        note.hidden_at = at if hidden else None
    detail = {"notes": [note.id for note in changed]}
    verb = HIDDEN if hidden else SHOWN
    activity.record(session, "workshop", workshop.id, verb, by=by, at=at, detail=detail)
    session.flush()
    return len(changed)


def undo(session: Session, workshop: Workshop, step: int, *, by: Actor, at: datetime) -> int:
    """Take a step back, as far as nobody has changed the same notes since; answers how many notes.

    Raises:
        NotFound: the workshop has no such step, or it is none that moves notes.
    """
    require_manager(by, workshop)
    row = session.get(Activity, step)
    if row is None or (row.object_kind, row.object_id) != ("workshop", workshop.id):
        raise NotFound("There is nothing to undo.")
    if row.verb in (HIDDEN, SHOWN):
        numbers = row.detail["notes"]
        return set_hidden(session, workshop, numbers, row.verb == SHOWN, by=by, at=at)
    if row.verb != PLACED:
        raise NotFound("There is nothing to undo.")
    return _place_back(session, workshop, row, by=by, at=at)


def _place_back(
    session: Session, workshop: Workshop, step: Activity, *, by: Actor, at: datetime
) -> int:
    was, into = step.detail["was"], step.detail["into"]
    query = select(WorkshopNote).where(
        WorkshopNote.workshop_id == workshop.id, WorkshopNote.id.in_([int(n) for n in was]), THERE
    )
    notes = [note for note in session.scalars(query) if note.group_id == into]
    undone = {str(note.id): note.group_id for note in notes}
    for note in notes:
        note.group_id = was[str(note.id)]
    session.flush()
    if step.detail["new"]:
        _drop_empty(session, session.get_one(WorkshopGroup, into), at)
    detail = {"was": undone, "undone": step.id}
    activity.record(session, "workshop", workshop.id, "undo", by=by, at=at, detail=detail)
    session.flush()
    return len(notes)


def _drop_empty(session: Session, row: WorkshopGroup, at: datetime) -> None:
    if not notes_of(session, row) and row.lesson_id is None and row.removed_at is None:
        row.removed_at = at


# Groups ---------------------------------------------------------------------------------------


def rename(
    session: Session,
    workshop: Workshop,
    row: WorkshopGroup,
    title: str,
    *,
    was: str,
    by: Actor,
    at: datetime,
) -> None:
    """Give a group another title; `was` is the one that its renamer saw.

    Raises:
        Conflict: somebody renamed it in between. Invalid: the title is empty or too long.
    """
    require_manager(by, workshop)
    title = _title(title)
    if row.title not in (was, title):
        raise Conflict(
            f"Somebody else renamed this group to “{row.title}”. You wrote “{title}”; "
            "rename it again if yours is better."
        )
    row.title = title
    _note(session, workshop, "rename a group", row, by=by, at=at)


def shift(
    session: Session, workshop: Workshop, row: WorkshopGroup, by_places: int, *, by: Actor,
    at: datetime,
) -> None:  # fmt: skip
    """Move a group up (-1) or down (+1) among the others, as far as there is room."""
    require_manager(by, workshop)
    groups = list(_groups(session, workshop))
    if row not in groups:
        raise Conflict(f"“{row.title}” was dissolved in between.")
    at_place = groups.index(row)
    groups.insert(min(max(at_place + by_places, 0), len(groups) - 1), groups.pop(at_place))
    for position, one in enumerate(groups):
        one.position = position
    _note(session, workshop, "move a group", row, by=by, at=at)


def dissolve(
    session: Session, workshop: Workshop, row: WorkshopGroup, *, by: Actor, at: datetime
) -> None:
    """Take a group apart: its notes are loose again. A lesson written from it stays a lesson."""
    require_manager(by, workshop)
    if row.removed_at is None:
        row.removed_at = at
        _note(session, workshop, "dissolve a group", row, by=by, at=at)


def restore(
    session: Session, workshop: Workshop, row: WorkshopGroup, *, by: Actor, at: datetime
) -> None:
    """Bring a group back, with those of its notes that nobody has put elsewhere."""
    require_manager(by, workshop)
    if row.removed_at is not None:
        row.removed_at = None
        _note(session, workshop, "restore a group", row, by=by, at=at)


def _note(
    session: Session, workshop: Workshop, verb: str, row: WorkshopGroup, *, by: Actor, at: datetime
) -> None:
    session.flush()
    detail = {"group": row.id}
    activity.record(session, "workshop", workshop.id, verb, by=by, at=at, detail=detail)
    session.flush()
