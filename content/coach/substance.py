"""Whether a text says something of its own: too general, a topic for a headline, no step."""

import re
from collections.abc import Iterator

from content.coach.draft import Draft, Found, Prose, phrases, shown, words

# Words of its own that a general text may hold, and how long one can be before it is not judged:
# a page of platitudes holds words enough to look specific.
OWN_MOST = 1
GENERAL_MOST = 60
# A headline of more words has room for a point, and most that are longer make one.
TOPIC_MOST = 5
# Words within which a sentence comes to its verb.
SUBJECT_MOST = 6
# A recommendation of fewer words is still being typed.
ACTION_LEAST = 2

_GENERAL = words("general", "words")
_EMPTY = words("general", "empty")
_ROLES = words("general", "roles")
_VERBS = words("action", "verbs")
_OPENERS = words("action", "openers")
_MODALS = phrases("action", "modals")
_WEAK = phrases("action", "weak")
_EVENTS = words("headline", "events")
_FINITE = words("headline", "finite")

_CONCRETE = re.compile(r"\d|\"[^\"]+\"|https?://")
_NAMED = re.compile(r"(?<=[a-z,] )[A-Z][\w&-]+|\b[A-Z]{2,}\b")
_CLAUSE = re.compile(r"[,()]|\s[-–—]\s")
_BULLET = re.compile(r"^\W*(?:\(?(?:\d{1,2}|[a-zA-Z])[.)]\s*)?\W*")
_MADE_VERB = re.compile(r"(?:i[sz]e|ify)$")
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
    told = set(prose.lower) - _EMPTY
    own = told - _GENERAL
    return len(own) <= OWN_MOST and not own & _ROLES and bool(told)


def topic_headline(draft: Draft) -> Iterator[Found]:
    """A headline that names what the lesson is about and not what it says."""
    headline = draft["headline"]
    if 0 < len(headline.words) <= TOPIC_MOST and not _makes_point(headline):
        yield "headline", (headline.text.strip(),)


def _makes_point(prose: Prose) -> bool:
    told = set(prose.lower)
    if told & (_EVENTS | _FINITE) or any(_PAST.search(word) for word in prose.lower[1:]):
        return True
    first = prose.lower[0]
    return (first in _VERBS or first in _OPENERS) and len(prose.words) > 2


def no_action(draft: Draft) -> Iterator[Found]:
    """A recommendation in which nobody is told to do anything."""
    prose = draft["recommendation"]
    if len(prose.words) < ACTION_LEAST or any(map(_is_step, prose.sentences)):
        return
    yield "recommendation", shown(_WEAK.among(prose.lower))


def _is_step(sentence: Prose) -> bool:
    if not sentence:
        return False
    weak = _WEAK.within(sentence.lower)
    if _orders(sentence):
        return not weak or len(sentence.words) > 12
    return (_MODALS.within(sentence.lower) or _somebody_does(sentence)) and not weak


def _somebody_does(sentence: Prose) -> bool:
    """`The site manager asks ...`: a verb in the third person near the beginning."""
    return any(
        word.endswith("s") and (word[:-1] in _VERBS or word[:-2] in _VERBS)
        for word in sentence.lower[1:SUBJECT_MOST]
    )


def _orders(sentence: Prose) -> bool:
    """Whether it, or one of its clauses, begins with a verb that tells somebody to act."""
    return any(_begins_with_verb(clause) for clause in _CLAUSE.split(sentence.text))


def _begins_with_verb(clause: str) -> bool:
    for word in Prose(_BULLET.sub("", clause)).lower:
        if word not in _OPENERS:
            return word in _VERBS or bool(_MADE_VERB.search(word))
    return False
