"""The thesaurus: which terms search takes for each other; the verbs and reads.

A term is looked up in one active entry only, so that what a search finds can be told from one
line of the list. Entries that came with the portal are switched off, never removed: a removed one
would come back with the next release. Search does not read these rows; a job writes them out for
it after each change.
"""

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from importlib.resources import files
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from content import activity, jobs
from content.access import Action, require
from content.errors import Conflict, Invalid, NotFound
from content.models import Activity, Direction, ThesaurusEntry
from content.types import SYSTEM, Actor, SynonymGroup

FIELDS = ("terms", "direction", "note")
TERMS_LEAST = 2
TERMS_MOST = 12
WORDS_MOST = 6  # words of one term; what is longer is a sentence that nobody repeats
TERM_MOST = 80  # characters
NOTE_MOST = 300  # characters, as the column holds
JOB = "thesaurus"
KIND = "thesaurus entry"
SHIPPED = files("content.starter") / "thesaurus.toml"

_BREAK = re.compile(r"[\n\r,;]+")


def split(text: str) -> list[str]:
    """The terms in what a person typed: one a line, or with commas between them."""
    return _tidy(_BREAK.split(text))


def folded(term: str) -> str:
    """A term as it is compared: case, blanks and ways of writing a letter make no difference."""
    return " ".join(unicodedata.normalize("NFKC", term).casefold().split())


# Reading --------------------------------------------------------------------------------------


class Which(StrEnum):
    """Which entries a list shows."""

    all = "all"
    own = "own"
    shipped = "shipped"
    off = "switched off"


@dataclass(frozen=True, slots=True)
class ThesaurusFilter:
    """What the list of entries is narrowed to."""

    text: str = ""
    which: Which = Which.all


def get(session: Session, entry_id: int, *, by: Actor) -> ThesaurusEntry:
    """One entry.

    Raises:
        NotFound: there is none.
    """
    require(by, Action.thesaurus_write)
    entry = session.get(ThesaurusEntry, entry_id)
    if entry is None:
        raise NotFound("There is no such entry in the thesaurus; it may have been removed.")
    return entry


def listing(
    session: Session, wanted: ThesaurusFilter, *, by: Actor, offset: int = 0, limit: int = 25
) -> tuple[Sequence[ThesaurusEntry], int]:
    """One page of entries by their first term, and how many there are in all."""
    require(by, Action.thesaurus_write)
    query = select(ThesaurusEntry).options(joinedload(ThesaurusEntry.changed_by))
    narrowing = {
        Which.all: None,
        Which.own: ThesaurusEntry.shipped.is_(False),
        Which.shipped: ThesaurusEntry.shipped.is_(True),
        Which.off: ThesaurusEntry.active.is_(False),
    }[wanted.which]
    if narrowing is not None:
        query = query.where(narrowing)
    # A thesaurus has some hundreds of entries, and the databases differ in how they look into a
    # JSON list and in what order they put it; so the text is compared here.
    part = folded(wanted.text)
    rows = [row for row in session.scalars(query) if part in _looked_in(row)]
    rows.sort(key=lambda row: (folded(row.terms[0]), row.id))
    return rows[offset : offset + limit], len(rows)


def _looked_in(entry: ThesaurusEntry) -> str:
    return "\n".join(folded(text) for text in (*entry.terms, entry.note))


def groups(session: Session, *, without: int | None = None) -> list[SynonymGroup]:
    """What search is to know: the active entries, but not the one with the id `without`."""
    query = select(ThesaurusEntry).where(ThesaurusEntry.active).order_by(ThesaurusEntry.id)
    return [group_of(row) for row in session.scalars(query) if row.id != without]


def group_of(entry: ThesaurusEntry) -> SynonymGroup:
    """An entry as search takes it."""
    return SynonymGroup(tuple(entry.terms), entry.direction is Direction.both)


# Changing -------------------------------------------------------------------------------------


def add(session: Session, values: Mapping[str, Any], *, by: Actor, at: datetime) -> ThesaurusEntry:
    """Add an entry of one's own; it holds at once.

    Raises:
        Invalid: see `checked`.
    """
    require(by, Action.thesaurus_write)
    entry = ThesaurusEntry(
        **checked(session, values), shipped=False, active=True, changed_by_id=by.id, changed_at=at
    )
    session.add(entry)
    session.flush()
    _note(session, entry, "add", by=by, at=at)
    return entry


def edit(
    session: Session,
    entry: ThesaurusEntry,
    values: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
    version: int | None = None,
) -> None:
    """Change an entry; one that came with the portal stays as changed from now on.

    Raises:
        Conflict: somebody saved it since `version`. Invalid: see `checked`.
    """
    require(by, Action.thesaurus_write)
    if version is not None and version != entry.version:
        raise Conflict("Somebody saved this entry while you were writing. Compare and save again.")
    found = checked(session, values, entry)
    changed = sorted(name for name, value in found.items() if getattr(entry, name) != value)
    if not changed:
        return
    for name in changed:
        setattr(entry, name, found[name])
    _touch(session, entry, by=by, at=at)
    _note(session, entry, "edit", by=by, at=at, detail={"fields": changed})


def set_active(
    session: Session, entry: ThesaurusEntry, active: bool, *, by: Actor, at: datetime
) -> None:
    """Switch an entry on or off.

    Raises:
        Invalid: switched on, one of its terms would be looked up in two entries.
    """
    require(by, Action.thesaurus_write)
    if entry.active is active:
        return
    if active:
        _refuse_taken(session, entry.terms, entry.direction, entry.id)
    entry.active = active
    _touch(session, entry, by=by, at=at)
    moved = ("off", "on") if active else ("on", "off")
    _note(session, entry, "switch", by=by, at=at, moved=moved)


def remove(session: Session, entry: ThesaurusEntry, *, by: Actor, at: datetime) -> None:
    """Remove an entry of one's own.

    Raises:
        Conflict: it came with the portal.
    """
    require(by, Action.thesaurus_write)
    if entry.shipped:
        raise Conflict("This entry came with the portal. Switch it off instead of removing it.")
    _note(session, entry, "remove", by=by, at=at)
    session.delete(entry)
    session.flush()


def _touch(session: Session, entry: ThesaurusEntry, *, by: Actor, at: datetime) -> None:
    entry.changed_by_id, entry.changed_at = by.id, at
    session.flush()
    session.expire(entry, ["changed_by"])


def _note(
    session: Session,
    entry: ThesaurusEntry,
    verb: str,
    *,
    by: Actor,
    at: datetime,
    moved: tuple[str | None, str | None] = (None, None),
    detail: Mapping[str, Any] | None = None,
) -> None:
    """What each change leaves behind: a row in the log, and a job that tells search."""
    activity.record(session, KIND, entry.id, verb, by=by, at=at, moved=moved, detail=detail)
    jobs.enqueue(session, JOB, by=by, at=at)


# Checking -------------------------------------------------------------------------------------


def checked(
    session: Session, values: Mapping[str, Any], entry: ThesaurusEntry | None = None
) -> dict[str, Any]:
    """The values of an entry, tidied; `entry` is the one that they are to replace.

    Raises:
        Invalid: too few or too many terms, one that is too long or empty of letters, the same one
            twice, or one that another active entry holds already.
    """
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise ValueError(f"not fields of a thesaurus entry: {sorted(unknown)}")
    terms, note = _tidy(values.get("terms", ())), (values.get("note") or "").strip()
    direction = values.get("direction")
    problems: dict[str, str] = {}
    reason = _fault(terms)
    if reason:
        problems["terms"] = reason
    if not isinstance(direction, Direction):
        problems["direction"] = "Choose which way the entry is read."
    if len(note) > NOTE_MOST:
        problems["note"] = f"At most {NOTE_MOST} characters."
    if problems:
        raise Invalid("Please look at the fields below.", problems)
    assert isinstance(direction, Direction)
    if entry is None or entry.active:
        _refuse_taken(session, terms, direction, entry.id if entry else None)
    return {"terms": terms, "direction": direction, "note": note}


def _tidy(terms: Iterable[str]) -> list[str]:
    return [term for term in (" ".join(term.split()) for term in terms) if term]


def _fault(terms: Sequence[str]) -> str:
    """What is wrong with the terms by themselves; empty when nothing is."""
    if len(terms) < TERMS_LEAST:
        return "Give at least two terms, one on each line."
    if len(terms) > TERMS_MOST:
        return f"At most {TERMS_MOST} terms; make a second entry of the rest."
    counts = Counter(map(folded, terms))
    twice = [term for term in terms if counts[folded(term)] > 1]
    if twice:
        return f"“{twice[-1]}” is there twice. Take one of them out."
    return next(filter(None, map(_fault_of, terms)), "")


def _fault_of(term: str) -> str:
    if len(term) > TERM_MOST:
        return f"“{term[:40]}…” is too long: a term has at most {TERM_MOST} characters."
    if len(term.split()) > WORDS_MOST:
        return f"“{term}” is too long: a term has at most {WORDS_MOST} words."
    if not any(c.isalnum() for c in term):
        return f"“{term}” has no letter and no digit. Take it out."
    return ""


def _looked_up(terms: Sequence[str], direction: Direction) -> dict[str, str]:
    """The terms under which an entry is found, folded: of a one-way entry only the first."""
    asked = terms if direction is Direction.both else terms[:1]
    return {folded(term): term for term in asked}


def _refuse_taken(
    session: Session, terms: Sequence[str], direction: Direction, own_id: int | None
) -> None:
    """Pass when no other active entry is found under one of the terms.

    The words that a one-way entry leads to may stand in others: they are not looked up in it.
    """
    mine = _looked_up(terms, direction)
    query = select(ThesaurusEntry).where(ThesaurusEntry.active).order_by(ThesaurusEntry.id)
    for other in session.scalars(query):
        both = mine.keys() & _looked_up(other.terms, other.direction).keys()
        if other.id == own_id or not both:
            continue
        term = next(mine[name] for name in mine if name in both)
        named = ", ".join(other.terms)
        raise Invalid(
            "Please look at the fields below.",
            {
                "terms": f"“{term}” is already in the entry “{named}”. "
                "Add your terms there, or switch that entry off first."
            },
        )


# What the portal ships ------------------------------------------------------------------------


def shipped() -> list[dict[str, Any]]:
    """The entries that come with the portal, as values that `checked` takes."""
    rows = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))["entry"]
    return [
        {
            "terms": list(row["terms"]),
            "direction": Direction(row["direction"]),
            "note": row.get("note", ""),
        }
        for row in rows
    ]


def load_shipped(session: Session, at: datetime) -> int:
    """Add the shipped entries that were never here, and answer how many.

    The activity log knows which ones were: so an entry that somebody changed is not taken for
    another one, whatever was changed in it. One that meets an entry of the organisation's own
    comes in switched off.
    """
    query = select(Activity.detail).where(Activity.object_kind == KIND, Activity.verb == "ship")
    known = {detail["key"] for detail in session.scalars(query)}
    taken = _all_looked_up(session)
    count = 0
    for values in shipped():
        key = folded(values["terms"][0])
        if key in known:
            continue
        mine = _looked_up(values["terms"], values["direction"]).keys()
        entry = ThesaurusEntry(**values, shipped=True, active=not mine & taken, changed_at=at)
        session.add(entry)
        session.flush()
        activity.record(session, KIND, entry.id, "ship", by=SYSTEM, at=at, detail={"key": key})
        count += 1
    if count:
        jobs.enqueue(session, JOB, by=SYSTEM, at=at)
    return count


def _all_looked_up(session: Session) -> set[str]:
    query = select(ThesaurusEntry).where(ThesaurusEntry.active)
    return {term for row in session.scalars(query) for term in _looked_up(row.terms, row.direction)}
