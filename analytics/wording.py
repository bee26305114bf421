"""The words that a theme is named by: each stands in a text of it that everybody may read.

A run sees to that (`keeping`). Until the next one a lesson may be made confidential, taken back or
rewritten: then its theme is looked at again, and loses what no text says openly any more. What
people themselves call a theme stays.
"""

import re
from collections.abc import Collection, Iterator, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from analytics.models import Theme, ThemeMember
from analytics.review_models import ReviewItem
from analytics.texts import corpus, name_of
from content.types import Kind, ThemeText

# Texts that are read at once; the most typical ones mostly say all words.
READ = 200
# Phrases of a name that is made of terms.
PHRASES = 3
_WORD = re.compile(r"[^\W\d_]\w*")

Unsaid = Mapping[int, frozenset[str]]


def words_of(text: str) -> set[str]:
    """The words of a text or a phrase, in one case; numbers are none."""
    return set(_WORD.findall(text.casefold()))


def unsaid(session: Session, texts: Collection[tuple[Kind, int]]) -> Unsaid:
    """Of each theme that holds one of these, the words of its name and terms that it must lose."""
    found = {}
    for theme in _holding(session, texts):
        left = words_of(" ".join(_phrases(theme)))
        for text in _texts_of(session, theme):
            if not left:
                break
            if text.open:
                left -= words_of(text.text)
        if left:
            found[theme.id] = frozenset(left)
    return found


def take_out(session: Session, words: Unsaid) -> None:
    """Have themes say these words no more: phrases with them leave the name and the terms."""
    for theme in session.scalars(select(Theme).where(Theme.id.in_(words))):
        lost, before = words[theme.id], theme.label
        theme.terms = [term for term in theme.terms if not words_of(term) & lost]
        if _is_of_run(theme) and words_of(theme.label) & lost:
            kept = [part for part in theme.label.split(", ") if not words_of(part) & lost]
            name = ", ".join(kept or theme.terms[:PHRASES]) or _plain(theme)
            theme.label = name[:1].upper() + name[1:]
            _rename_in_reviews(session, theme, before)
    session.flush()


def _rename_in_reviews(session: Session, theme: Theme, before: str) -> None:
    """Reviews keep what was known when they were planned, its name too, for their papers."""
    for item in session.scalars(select(ReviewItem).where(ReviewItem.theme_id == theme.id)):
        if item.known.get("title") == before:
            item.known = {**item.known, "title": theme.label}


def _holding(session: Session, texts: Collection[tuple[Kind, int]]) -> list[Theme]:
    numbers: set[int] = set()
    for kind in (Kind.lesson, Kind.issue):
        named = {number for of, number in texts if of is kind}
        at = (ThemeMember.kind == kind, ThemeMember.object_id.in_(named))
        numbers.update(session.scalars(select(ThemeMember.theme_id).where(*at)))
    return list(session.scalars(select(Theme).where(Theme.id.in_(numbers)).order_by(Theme.id)))


def _phrases(theme: Theme) -> list[str]:
    return [*theme.terms, *([theme.label] if _is_of_run(theme) else [])]


def _is_of_run(theme: Theme) -> bool:
    """Whether its label was made of texts: not by people, and not for want of words."""
    return theme.label not in (theme.name, _plain(theme))


def _plain(theme: Theme) -> str:
    return f"Theme {theme.id}"


def _texts_of(session: Session, theme: Theme) -> Iterator[ThemeText]:
    """The texts of a theme as they are now, the most typical first."""
    place = select(ThemeMember.kind, ThemeMember.object_id).where(ThemeMember.theme_id == theme.id)
    rows = session.execute(place.order_by(ThemeMember.rank, ThemeMember.id))
    names = [name_of(kind, number) for kind, number in rows]
    for start in range(0, len(names), READ):
        yield from corpus(session, only=names[start : start + READ])
