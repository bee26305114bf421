"""What a run found, written into the tables: themes that go on keep their rows, people's decisions
hold, and what changed its place is noted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from analytics import placements
from analytics.models import Theme, ThemeMember, ThemePin, ThemeRun, ThemeState
from analytics.texts import name_of, names, of_name
from analytics.wording import words_of
from content.types import ThemeText

if TYPE_CHECKING:
    from analytics.fit import FittedDocument, FittedThemes

# Where each text goes: a theme's row, a new theme (its number in the run, as -1, -2 ...), or None.
Destinations = Mapping[str, int | None]


def destinations(
    session: Session, fitted: "FittedThemes", identities: Mapping[int, int | None]
) -> dict[str, int | None]:
    """Where each text goes; where people put a text, there it stays.

    A theme that was merged since the run read the texts takes none: they go into the other one.
    """
    pins = session.execute(select(ThemePin.kind, ThemePin.object_id, ThemePin.theme_id))
    pinned = {name_of(kind, number): theme_id for kind, number, theme_id in pins}
    into = placements.merged(session)
    found = {
        doc.id: pinned[doc.id] if doc.id in pinned else _theme_of(doc.theme, identities)
        for doc in fitted.documents
    }
    return {name: into.get(theme_id or 0, theme_id) for name, theme_id in found.items()}


def _theme_of(number: int | None, identities: Mapping[int, int | None]) -> int | None:
    return None if number is None else identities.get(number) or -(number + 1)


def moves(before: Mapping[str, int | None], after: Destinations) -> dict[str, list[int | None]]:
    """The texts that change their place, each with where it stood and where it goes."""
    return {
        name: [before.get(name), theme]
        for name, theme in sorted(after.items())
        if before.get(name) != theme
    }


def write(
    session: Session,
    row: ThemeRun,
    texts: Sequence[ThemeText],
    fitted: "FittedThemes",
    identities: Mapping[int, int | None],
) -> None:
    """Replace where texts stand by what the run found.

    A text that the run did not look at is kept aside with the theme that it stood in.
    """
    before = placements.held(session)
    after = destinations(session, fitted, identities)
    known = {theme.id: theme for theme in session.scalars(select(Theme))}
    for theme in known.values():
        theme.state = ThemeState.gone
    placements.clear(session)
    made = _themes(session, row, fitted, identities, known, _Words(texts, fitted))
    after = {name: made.get(theme, theme) if theme else None for name, theme in after.items()}
    _fill(session, row, known, texts, fitted, after)
    placements.put_aside(session, _aside(session, before, after))
    row.moves = moves(before, after) if before else {}
    row.difference = {
        **(row.difference or {}),
        "merges": [[made[-(a + 1)], made[-(b + 1)], alike] for a, b, alike in fitted.merges],
    }
    row.layout = _layout(session, texts, after)


class _Words:
    """The words of the open texts of each theme that a run found."""

    def __init__(self, texts: Sequence[ThemeText], fitted: "FittedThemes") -> None:
        theme_of = {doc.id: doc.theme for doc in fitted.documents}
        self._words: dict[int, set[str]] = {}
        for text in texts:
            theme = theme_of.get(text.id)
            if text.open and theme is not None:
                self._words.setdefault(theme, set()).update(words_of(text.text))

    def say(self, label: str, theme: int) -> bool:
        """Whether all words of `label` stand in open texts of the theme."""
        return bool(label) and words_of(label) <= self._words.get(theme, set())


def _themes(
    session: Session,
    row: ThemeRun,
    fitted: "FittedThemes",
    identities: Mapping[int, int | None],
    known: dict[int, Theme],
    words: _Words,
) -> dict[int, int]:
    """The rows of what was found; answers those of new themes by their number as -1, -2 ..."""
    made = {}
    for found in fitted.themes:
        theme = known.get(identities.get(found.id) or 0)
        if theme is None:
            theme = Theme(
                first_run_id=row.id, last_run_id=row.id, label="", state=ThemeState.current
            )
            session.add(theme)
        # A theme that goes on keeps its label: people know it by it. It changes when its words no
        # longer stand in texts that everybody may read.
        if not words.say(theme.label, found.id):
            theme.label = found.label[:200]
        theme.terms = list(found.terms)
        session.flush()
        known[theme.id] = theme
        made[-(found.id + 1)] = theme.id
    return made


def _fill(
    session: Session,
    row: ThemeRun,
    known: Mapping[int, Theme],
    texts: Sequence[ThemeText],
    fitted: "FittedThemes",
    after: Destinations,
) -> None:
    project_of = {text.id: text.project for text in texts}
    held: dict[int, list[FittedDocument]] = {}
    for doc in fitted.documents:
        theme_id = after[doc.id]
        if theme_id is not None:
            held.setdefault(theme_id, []).append(doc)
    for theme_id, docs in held.items():
        theme = known[theme_id]
        theme.state, theme.last_run_id, theme.size = ThemeState.current, row.id, len(docs)
        theme.projects = len({project_of[doc.id] for doc in docs if project_of[doc.id]})
        ranked = sorted(docs, key=lambda doc: (-(doc.score or 0.0), doc.id))
        session.add_all(_member(theme_id, doc, rank) for rank, doc in enumerate(ranked, 1))


def _member(theme_id: int, doc: "FittedDocument", rank: int) -> ThemeMember:
    kind, number = of_name(doc.id)
    return ThemeMember(
        theme_id=theme_id, kind=kind, object_id=number, score=float(doc.score or 0.0), rank=rank,
        margin=doc.margin,
    )  # fmt: skip


def _aside(
    session: Session, before: Mapping[str, int | None], after: Destinations
) -> dict[str, int | None]:
    """The texts in no theme: those that fit none, and those that were not looked at."""
    found = {name: None for name, theme in after.items() if theme is None}
    unseen = (before.keys() - after.keys()) & names(session)
    return found | {name: before[name] for name in unseen if before[name] is not None}


# Texts of a theme, and characters of each, that its place on the map is made of.
TEXTS_MOST, BEGINNING = 40, 800


def _layout(
    session: Session, texts: Sequence[ThemeText], after: Destinations
) -> dict[str, list[float]]:
    """Where themes stand on the map, by the words that everybody may read; known ones stay."""
    from analytics import layout

    query = select(ThemeRun.layout).where(ThemeRun.finished_at.is_not(None))
    runs = session.scalars(query.order_by(ThemeRun.finished_at.desc(), ThemeRun.id.desc()).limit(2))
    known = next((found for found in runs if found), {})
    words: dict[int, list[str]] = {}
    for text in texts:
        theme = after.get(text.id)
        if theme is not None:
            said = words.setdefault(theme, [])
            if text.open and len(said) < TEXTS_MOST:
                said.append(text.text[:BEGINNING])
    themes = sorted(words)
    there = {row: known[str(theme)] for row, theme in enumerate(themes) if str(theme) in known}
    places = layout.settle(layout.centres([" ".join(words[theme]) for theme in themes]), there)
    found = {
        str(theme): place for theme, place in zip(themes, places.round(4).tolist(), strict=True)
    }
    return {**known, **found}


@dataclass(frozen=True, slots=True)
class Change:
    """How many texts change their place, and how many themes come and go."""

    moved: int
    new: int
    gone: int


def change(
    before: Mapping[str, int | None], after: Destinations, moved: Mapping[str, list[int | None]]
) -> Change:
    """What keeping a result would change."""
    themes_before = {theme for theme in before.values() if theme is not None}
    themes_after = {theme for theme in after.values() if theme is not None}
    return Change(
        sum(1 for old, new in moved.values() if old is not None),
        len(themes_after - themes_before),
        len(themes_before - themes_after),
    )
