"""Whether a text says something of its own: too general, or a topic for a headline."""

import re
from collections.abc import Iterator

from content.coach.draft import Draft, Found, Prose, shown, words

# Words of its own that a general text may hold, and how long one can be before it is not judged:
# a page of platitudes holds words enough to look specific.
OWN_MOST = 1
GENERAL_MOST = 60
# A headline of more words has room for a point, in forms that no rule knows.
TOPIC_MOST = 8

_GENERAL = words("general", "words")
_EMPTY = words("general", "empty")
_ROLES = words("general", "roles")
_VERBS = words("action", "verbs")
_OPENERS = words("action", "openers")
_EVENTS = words("headline", "events")
_FINITE = words("headline", "finite")

_CONCRETE = re.compile(r"\d|\"[^\"]+\"|https?://")
_NAMED = re.compile(r"(?<=[a-z,] )[A-Z][\w&-]+|\b[A-Z]{2,}\b")
_PAST = re.compile(r"[a-z]{3,}ed$")


def too_general(draft: Draft) -> Iterator[Found]:
    """A recommendation or lesson that would fit any project.

    It holds no number, name or quotation, no role, and at most one word that is not among the
    general ones.
    """
    for name, prose in draft.filled("lesson", "recommendation"):
        if 2 <= len(prose.words) <= GENERAL_MOST and _is_general(prose):
            yield name, shown(word for word in prose.lower if word in _GENERAL)


def _is_general(prose: Prose) -> bool:
    if _CONCRETE.search(prose.text) or _NAMED.search(prose.text):
        return False
    own = own_words(prose)
    return len(own) <= OWN_MOST and not own & _ROLES and bool(set(prose.lower) - _EMPTY)


def own_words(prose: Prose) -> set[str]:
    """The words that not every project uses."""
    return set(prose.lower) - _EMPTY - _GENERAL


def topic_headline(draft: Draft) -> Iterator[Found]:
    """A headline that names what the lesson is about and not what it says."""
    headline = draft["headline"]
    if 0 < len(headline.words) <= TOPIC_MOST and not _makes_point(headline):
        yield "headline", (headline.text.strip(),)


def _makes_point(prose: Prose) -> bool:
    told = set(prose.lower)
    if told & (_EVENTS | _FINITE) or any(_PAST.search(word) for word in prose.lower[1:]):
        return True
    return len(prose.words) > 2 and any(map(_is_acting, prose.lower[0].split("/")))


def _is_acting(word: str) -> bool:
    """`check`, `always`, `checking`."""
    stem = word.removesuffix("ing") if word.endswith("ing") else ""
    known = _VERBS | _OPENERS
    return word in known or bool({stem, stem + "e", stem[:-1]} & _VERBS)
