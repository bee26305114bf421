"""What the newest run changed, as far as a person may read the texts that it moved."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from analytics import placements
from analytics.catalogue import is_shown
from analytics.models import Theme, ThemeRun
from analytics.texts import name_of
from content.access import Action, require
from content.types import Actor

# A full re-fit is offered from this drift on, or when so large a part of the texts came since.
DRIFT_MOST, SINCE_MOST = 0.1, 0.5


def refit_due(drift: float, since: float) -> bool:
    """Whether the known themes have become old enough to be found afresh."""
    return drift >= DRIFT_MOST or since >= SINCE_MOST


@dataclass(frozen=True, slots=True)
class Resized:
    """A theme that grew or shrank, with its texts before and after."""

    theme: Theme
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Difference:
    """The themes that a run found new, that grew, shrank or are gone, and how many texts moved.

    `joined` are texts that stood in no theme before, `moved` those that changed theme, `left`
    those that fit none any more.
    """

    new: Sequence[Theme] = ()
    grown: Sequence[Resized] = ()
    shrunk: Sequence[Resized] = ()
    gone: Sequence[Theme] = ()
    joined: int = 0
    moved: int = 0
    left: int = 0

    def __bool__(self) -> bool:
        return bool(self.joined or self.moved or self.left or self.gone)


def of_run(session: Session, run: ThemeRun, *, by: Actor) -> Difference:
    """What `run`, the newest one, changed among the texts that `by` reads."""
    require(by, Action.theme_read)
    moves = run.moves
    if not moves:
        return Difference()
    now = _readable(session, by)
    seen = [moves[name] for name in now if name in moves]
    after = Counter(theme for theme in now.values() if theme is not None)
    ins = Counter(new for _, new in seen if new is not None)
    outs = Counter(old for old, _ in seen if old is not None)
    touched = session.scalars(select(Theme).where(Theme.id.in_(ins.keys() | outs.keys()))).all()
    rows = [
        Resized(theme, after[theme.id] - ins[theme.id] + outs[theme.id], after[theme.id])
        for theme in sorted(touched, key=lambda theme: theme.id)
        if is_shown(theme) or not after[theme.id]
    ]
    return Difference(
        new=[row.theme for row in rows if row.before <= 0 < row.after],
        grown=[row for row in rows if 0 < row.before < row.after],
        shrunk=[row for row in rows if row.before > row.after > 0],
        gone=[row.theme for row in rows if row.after == 0 < row.before],
        joined=sum(1 for old, new in seen if old is None and new is not None),
        moved=sum(1 for old, new in seen if None not in (old, new)),
        left=sum(1 for old, new in seen if new is None),
    )


def _readable(session: Session, by: Actor) -> dict[str, int | None]:
    """The texts that `by` reads, each with the theme that it stands in now."""
    placed, aside = placements.seen_by(by), placements.aside_seen_by(by)
    found: dict[str, int | None] = {
        name_of(kind, number): theme
        for kind, number, theme in session.execute(
            select(placed.c.kind, placed.c.object_id, placed.c.theme_id)
        )
    }
    fits_none = session.execute(select(aside.c.kind, aside.c.object_id))
    return found | dict.fromkeys(name_of(kind, number) for kind, number in fits_none)
