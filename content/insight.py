"""What people search for and whether they find it, so that the PMO knows what is missing.

Of who asked only the role is kept, of when only the day: there is no column for a person, and
nothing here takes one down. Whatever reads these rows counts them, in the database.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, case, delete, extract, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from content.access import Action, require
from content.errors import Invalid
from content.models import AskedSearch
from content.types import Actor, Role

TEXT_MOST = 200  # characters, as the column holds
# Months that the reads go back, the present one included.
MONTHS = 12
# Rows are kept this long: a year and what is left of the month in which it began.
KEEP = timedelta(days=400)
# Lines of a table: who reads further narrows the period instead.
LINES_MOST = 200
# A search that somebody made once and left may be a slip; made again, it is a question.
UNOPENED_LEAST = 2

# A search made on so many different days is offered to others while they type.
FREQUENT_DAYS = 3
# Letters from which on searches are completed.
FREQUENT_FROM = 2
# The most frequent searches that are looked at for some whose words the person reads.
FREQUENT_READ = 20

# What a page makes up: long enough that two pages do not meet.
_MARK = re.compile(r"[A-Za-z0-9-]{8,40}")
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


# Taking down ----------------------------------------------------------------------------------


def folded(text: str) -> str:
    """A search as it is counted: case and blanks make no difference."""
    return " ".join(text.lower().split())[:TEXT_MOST]


def asked(session: Session, mark: str, text: str, found: int, *, by: Actor, at: datetime) -> None:
    """Take down a search and how much it found; the same `mark` again replaces its text.

    So somebody who types on counts once, with what they ended at. Of `by` the role is kept.

    Raises:
        Invalid: `mark` is none that a page makes.
    """
    require(by, Action.search)
    _check(mark)
    plain = "".join(c for c in text if c.isprintable() or c.isspace())
    kept = " ".join(plain.split())[:TEXT_MOST].rstrip()
    if not kept:
        return
    values = {
        "asked_on": at.date(),
        "role": by.role,
        "text": kept,
        "folded": folded(kept),
        "found": max(0, found),
    }
    if _replace(session, mark, values):
        return
    try:
        with session.begin_nested():
            session.add(AskedSearch(mark=mark, opened=False, **values))
    except IntegrityError:  # two posts of one page at the same moment
        _replace(session, mark, values)


def _replace(session: Session, mark: str, values: dict[str, Any]) -> bool:
    known = session.scalar(select(AskedSearch.id).where(AskedSearch.mark == mark))
    if known is not None:
        session.execute(update(AskedSearch).where(AskedSearch.id == known).values(values))
    return known is not None


def opened(session: Session, mark: str) -> None:
    """Note that a finding of this search was followed; an unknown mark is let be.

    Raises:
        Invalid: `mark` is none that a page makes.
    """
    _check(mark)
    session.execute(update(AskedSearch).where(AskedSearch.mark == mark).values(opened=True))


def _check(mark: str) -> None:
    if not _MARK.fullmatch(mark):
        reason = "A search is marked with 8 to 40 letters, digits and hyphens."
        raise Invalid(reason, {"mark": reason})


def forget_before(session: Session, day: date) -> int:
    """Delete what was asked before `day` and answer how much; `KEEP` says how far back that is."""
    gone = session.scalars(
        delete(AskedSearch).where(AskedSearch.asked_on < day).returning(AskedSearch.id)
    )
    return len(gone.all())


# Reading --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AskedText:
    """A search as it was last typed, and how often; `opened_share` runs from 0 to 1."""

    text: str
    times: int
    opened_share: float
    last_asked: date


@dataclass(frozen=True, slots=True)
class Counted:
    """How many searches there were, how many found nothing, and after how many one was opened."""

    times: int = 0
    unanswered: int = 0
    opened: int = 0

    @property
    def unanswered_share(self) -> float:
        """The share that found nothing, from 0 to 1."""
        return self.unanswered / self.times if self.times else 0.0

    @property
    def opened_share(self) -> float:
        """The share after which a finding was opened, from 0 to 1."""
        return self.opened / self.times if self.times else 0.0


@dataclass(frozen=True, slots=True)
class MonthCounted:
    """The searches of one month, given by its first day."""

    month: date
    counted: Counted


def months(at: datetime) -> list[date]:
    """The first days of the months that the reads go back, newest first."""
    count = at.year * 12 + at.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(count, count - MONTHS, -1)]


def most_asked(
    session: Session,
    *,
    by: Actor,
    at: datetime,
    month: str | None = None,
    role: Role | None = None,
    limit: int = 50,
) -> list[AskedText]:
    """What was asked most often, whatever it found."""
    require(by, Action.insight_read)
    return _texts(session, _within(at, month, role), limit=limit)


def frequent(
    session: Session,
    beginning: str,
    may_read: Callable[[str], bool],
    *,
    by: Actor,
    limit: int = 4,
) -> list[str]:
    """Searches that begin so and that several people seem to have made, to complete another's.

    Only what was asked on `FREQUENT_DAYS` different days and was answered is offered, so that
    nobody's single search shows up in somebody else's box. What answered others may be closed to
    `by`: `may_read` says of a search whether they read its words somewhere, and without it nothing
    is offered.
    """
    require(by, Action.search)
    start = folded(beginning)
    if len(start) < FREQUENT_FROM:
        return []
    query = (
        select(func.max(AskedSearch.text))
        .where(AskedSearch.folded.startswith(start, autoescape=True), AskedSearch.found > 0)
        .group_by(AskedSearch.folded)
        .having(func.count(AskedSearch.asked_on.distinct()) >= FREQUENT_DAYS)
        .order_by(func.count().desc(), AskedSearch.folded)
        .limit(FREQUENT_READ)
    )
    return list(islice(filter(may_read, session.scalars(query)), limit))


def unanswered(
    session: Session,
    *,
    by: Actor,
    at: datetime,
    month: str | None = None,
    role: Role | None = None,
    limit: int = 50,
) -> list[AskedText]:
    """What was asked and found nothing, most often first."""
    require(by, Action.insight_read)
    return _texts(session, [*_within(at, month, role), AskedSearch.found == 0], limit=limit)


def unopened(
    session: Session,
    *,
    by: Actor,
    at: datetime,
    month: str | None = None,
    role: Role | None = None,
    limit: int = 50,
) -> list[AskedText]:
    """What was asked more than once and found something that nobody ever opened."""
    require(by, Action.insight_read)
    wanted = [*_within(at, month, role), AskedSearch.found > 0]
    return _texts(session, wanted, [_times() >= UNOPENED_LEAST, _opened() == 0], limit=limit)


def counted(
    session: Session,
    *,
    by: Actor,
    at: datetime,
    month: str | None = None,
    role: Role | None = None,
) -> Counted:
    """All searches of a period, counted."""
    require(by, Action.insight_read)
    row = session.execute(select(*_counts()).where(*_within(at, month, role))).one()
    return Counted(*map(int, row))


def by_month(
    session: Session, *, by: Actor, at: datetime, role: Role | None = None
) -> list[MonthCounted]:
    """The searches of each month, newest first, as far back as there are any."""
    require(by, Action.insight_read)
    year, month = extract("year", AskedSearch.asked_on), extract("month", AskedSearch.asked_on)
    query = select(year, month, *_counts()).where(*_within(at, None, role)).group_by(year, month)
    found = {
        date(int(row[0]), int(row[1]), 1): Counted(*map(int, row[2:]))
        for row in session.execute(query)
    }
    # A month without a search is shown as such, but not the time before anybody searched.
    first = min(found, default=date.max)
    return [MonthCounted(day, found.get(day, Counted())) for day in months(at) if day >= first]


def _times() -> ColumnElement[int]:
    return func.count(AskedSearch.id)


def _opened() -> ColumnElement[int]:
    return func.coalesce(func.sum(case((AskedSearch.opened, 1), else_=0)), 0)


def _counts() -> tuple[ColumnElement[int], ...]:
    nothing = func.coalesce(func.sum(case((AskedSearch.found == 0, 1), else_=0)), 0)
    return _times(), nothing, _opened()


def _within(at: datetime, month: str | None, role: Role | None) -> list[ColumnElement[bool]]:
    """The conditions of a period and a role.

    Raises:
        Invalid: the month is not written as in 2026-11.
    """
    parts = _MONTH.fullmatch(month) if month else None
    if month and parts is None:
        raise Invalid("Name a month as in 2026-11.", {"month": "Name a month as in 2026-11."})
    first = date(int(parts[1]), int(parts[2]), 1) if parts else months(at)[-1]
    last = _after(first, 1) if parts else _after(first, MONTHS)
    conditions = [AskedSearch.asked_on >= first, AskedSearch.asked_on < last]
    return conditions if role is None else [*conditions, AskedSearch.role == role]


def _after(first: date, count: int) -> date:
    number = first.year * 12 + first.month - 1 + count
    return date(number // 12, number % 12 + 1, 1)


def _texts(
    session: Session,
    wanted: Sequence[ColumnElement[bool]],
    having: Sequence[ColumnElement[bool]] = (),
    *,
    limit: int,
) -> list[AskedText]:
    """Searches that fold alike as one line each, most often first."""
    groups = (
        select(
            func.max(AskedSearch.id).label("newest"),
            _times().label("times"),
            _opened().label("opened"),
            func.max(AskedSearch.asked_on).label("last_asked"),
        )
        .where(*wanted)
        .group_by(AskedSearch.folded)
        .having(*having)
        .subquery()
    )
    query = (
        select(AskedSearch.text, groups.c.times, groups.c.opened, groups.c.last_asked)
        .join(groups, AskedSearch.id == groups.c.newest)
        .order_by(groups.c.times.desc(), groups.c.last_asked.desc(), AskedSearch.folded)
        .limit(min(max(limit, 1), LINES_MOST))
    )
    return [
        AskedText(text, int(times), int(opened) / int(times), last_asked)
        for text, times, opened, last_asked in session.execute(query)
    ]
