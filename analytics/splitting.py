"""Two groups of the texts of a theme, suggested by the model; people adjust them before they split.

Only texts that the person may read whole are looked at and shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from analytics import catalogue
from analytics.catalogue import Member
from analytics.models import Theme
from analytics.texts import corpus, name_of, names_to_mask
from content.access import Action, require
from content.types import Actor, ThemeText


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Texts that stay, texts that go into a theme of their own, and what that may be called."""

    stay: Sequence[Member]
    go: Sequence[Member]
    name: str


def suggest(session: Session, theme: Theme, *, by: Actor) -> Suggestion:
    """How the theme would fall in two: the smaller part goes, or none where nothing divides it."""
    require(by, Action.theme_run)
    members = catalogue.members(session, theme, by=by)
    names = {name_of(member.kind, member.id): member for member in members}
    texts = corpus(session, only=names)
    going, name = _divided(texts, names_to_mask(session))
    return Suggestion(
        [member for key, member in names.items() if key not in going],
        [member for key, member in names.items() if key in going],
        name,
    )


def _divided(texts: Sequence[ThemeText], mask: Sequence[str]) -> tuple[set[str], str]:
    """The texts of the smaller of two groups, and the phrases that it would be named by."""
    from analytics.fit import fit_texts

    if len(texts) < 2:
        return set(), ""
    fitted = fit_texts(texts, themes=2, mask=mask)
    smallest = min(fitted.themes, key=lambda theme: (theme.size, theme.id), default=None)
    if smallest is None or len(fitted.themes) < 2:
        return set(), ""
    return {doc.id for doc in fitted.documents if doc.theme == smallest.id}, smallest.label
