"""Pairs of themes that the newest run found alike: to be merged, or kept apart once for all."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from analytics.models import DecisionKind, Theme, ThemeDecision, ThemeRun
from content.access import Action, require
from content.types import Actor


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two themes that may be one, and the cosine of their centres."""

    one: Theme
    other: Theme
    likeness: float


def suggested(
    session: Session, run: ThemeRun | None, themes: Sequence[Theme], *, by: Actor
) -> list[Suggestion]:
    """The pairs among `themes` that the newest run found alike and nobody has kept apart."""
    require(by, Action.theme_read)
    pairs = run.difference.get("merges", []) if run else []
    known = {theme.id: theme for theme in themes}
    pairs = [(one, other, like) for one, other, like in pairs if {one, other} <= known.keys()]
    if not pairs:
        return []
    query = select(ThemeDecision.theme_id, ThemeDecision.detail).where(
        ThemeDecision.kind == DecisionKind.apart, ThemeDecision.undone_at.is_(None)
    )
    apart = {frozenset((theme, detail["other"])) for theme, detail in session.execute(query)}
    return [
        Suggestion(known[one], known[other], like)
        for one, other, like in pairs
        if frozenset((one, other)) not in apart
    ]
