"""The map of themes and texts, and the tables of themes by department and phase, as a person sees
them: drawn are the themes and texts that they may read, and the rest is not there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from analytics import placements
from analytics.layout import scatter
from analytics.models import ThemeMember, ThemeRun
from analytics.standing import Standing
from analytics.texts import name_of
from content.access import Action, require
from content.models import Issue, Lesson
from content.types import Actor, Kind

# Texts that are drawn at most; of each theme the most typical.
DRAWN_MOST = 600
# Radius of a theme's disc; centres are at least 1 apart.
RADIUS = 0.44
# Rows are further apart than columns: the names stand between them.
STRETCH = 1.32
# Themes named as the nearest ones of a theme.
NEAREST = 2


@dataclass(frozen=True, slots=True)
class Dot:
    """One text on the map."""

    kind: Kind
    id: int
    title: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Disc:
    """One theme on the map, with its texts that are drawn and the number of the others."""

    standing: Standing
    x: float
    y: float
    dots: Sequence[Dot]
    rest: int
    nearest: Sequence[Standing]


@dataclass(frozen=True, slots=True)
class Atlas:
    """The map: its discs, and its edges as left, top, width and height."""

    discs: Sequence[Disc]
    box: tuple[float, float, float, float]


def draw(session: Session, run: ThemeRun, rows: Sequence[Standing], *, by: Actor) -> Atlas:
    """The map of `rows`, with the texts that `by` reads."""
    require(by, Action.theme_read)
    places = {row.theme.id: run.layout.get(str(row.theme.id)) for row in rows}
    shown = [row for row in rows if places[row.theme.id]]
    texts = _texts(session, by)
    each = max(DRAWN_MOST // max(len(shown), 1), 1)
    discs = []
    for row in shown:
        x, y = places[row.theme.id] or (0.0, 0.0)
        y = round(y * STRETCH, 3)
        found = texts.get(row.theme.id, [])
        dots = [_dot(kind, number, title, score, x, y) for kind, number, title, score in found]
        near = _nearest(row, shown, places)
        discs.append(Disc(row, x, y, dots[:each], max(len(dots) - each, 0), near))
    return Atlas(discs, _box(discs))


Text = tuple[Kind, int, str, float]


def _texts(session: Session, by: Actor) -> dict[int, list[Text]]:
    """The texts of each theme that `by` reads, the most typical first."""
    found: dict[int, list[Text]] = {}
    place = (ThemeMember.theme_id, ThemeMember.kind, ThemeMember.object_id)
    lessons = placements.of_lessons(by).with_only_columns(
        *place, Lesson.headline, ThemeMember.score, ThemeMember.rank
    )
    issues = placements.of_issues(by).with_only_columns(
        *place, Issue.title, ThemeMember.score, ThemeMember.rank
    )
    rows = [*session.execute(lessons), *session.execute(issues)]
    for theme_id, kind, number, title, score, _rank in sorted(rows, key=lambda row: row[5]):
        found.setdefault(theme_id, []).append((kind, number, title, score))
    return found


def _dot(kind: Kind, number: int, title: str, score: float, x: float, y: float) -> Dot:
    dx, dy = scatter(name_of(kind, number), score)
    return Dot(kind, number, title, round(x + RADIUS * dx, 3), round(y + RADIUS * dy, 3))


def _nearest(
    row: Standing, rows: Sequence[Standing], places: dict[int, list[float] | None]
) -> list[Standing]:
    x, y = places[row.theme.id] or (0.0, 0.0)

    def far(other: Standing) -> float:
        there = places[other.theme.id] or (0.0, 0.0)
        return (there[0] - x) ** 2 + (there[1] - y) ** 2

    others = [other for other in rows if other is not row]
    return sorted(others, key=lambda other: (far(other), other.theme.id))[:NEAREST]


def _box(discs: Sequence[Disc]) -> tuple[float, float, float, float]:
    if not discs:
        return (0.0, 0.0, 1.0, 1.0)
    left = min(disc.x for disc in discs) - RADIUS - 0.15
    top = min(disc.y for disc in discs) - RADIUS - 0.05
    right = max(disc.x for disc in discs) + RADIUS + 0.15
    bottom = max(disc.y for disc in discs) + RADIUS + 0.3
    return (round(left, 3), round(top, 3), round(right - left, 3), round(bottom - top, 3))
