"""Whether a recommendation can be acted on: it orders, or tells what was done, and here."""

import re
from collections.abc import Iterator
from itertools import pairwise

from content.coach.draft import Draft, Found, Prose, phrases, shown, words
from content.coach.substance import own_words

# A recommendation of fewer words is still being typed.
ACTION_LEAST = 2
# Words within which a sentence comes to its verb.
SUBJECT_MOST = 6
# With so many words of its own a sentence says what to do, though it says `consider` as well.
WEAK_OWN = 3
# A pointer of more words has room for the point itself.
POINTER_MOST = 40

_EMPTY = words("general", "empty")
_VERBS = words("action", "verbs")
_OPENERS = words("action", "openers")
_ARTICLES = words("action", "articles")
_DONE = words("action", "done")
_MODALS = phrases("action", "modals")
_WEAK = phrases("action", "weak")
_BE = frozenset(("was", "were", "is", "are", "been", "being"))
_IS = _BE | frozenset(("has", "have", "had", "may", "might", "seems", "contains"))

_CLAUSE = re.compile(r"[,()]|\s[-–—]\s")
_BULLET = re.compile(r"^\W*(?:\(?(?:\d{1,2}|[a-zA-Z])[.)]\s*)?\W*")
_MADE_VERB = re.compile(r"(?:i[sz]e|ify)$")
# Endings that an order does not have.
_FORM = re.compile(r"(?:s|ed|ing|ly|tion|ment|ness|ity|al|ous|ive)$")
_POINTER = re.compile(
    r"^\W*(?:please\s+)?(?:see|refer to|same as|as above|n/?a|none|not applicable|tb[acd])\b"
    r"|\b(?:provided|described|contained|listed|given|stated|found) (?:above|below|elsewhere)\b"
    r"|\breader is referred to\b|\battached\W*$",
    re.IGNORECASE,
)


def no_action(draft: Draft) -> Iterator[Found]:
    """A recommendation in which nobody is told to do anything."""
    prose = draft["recommendation"]
    if len(prose.words) < ACTION_LEAST or _is_pointer(prose):
        return
    if not any(map(_is_step, prose.sentences)):
        yield "recommendation", shown(_WEAK.among(prose.lower))


def pointer(draft: Draft) -> Iterator[Found]:
    """A lesson or recommendation that only says where the words are."""
    for name, prose in draft.filled("lesson", "recommendation"):
        if _is_pointer(prose):
            yield name, (prose.text.strip(),)


def _is_pointer(prose: Prose) -> bool:
    return len(prose.words) <= POINTER_MOST and bool(_POINTER.search(prose.text))


def _is_step(sentence: Prose) -> bool:
    """Whether it tells somebody to do something, or what was done.

    One clause is enough: in `Where it cannot be avoided, pins should be soldered` the second is.
    """
    if _WEAK.within(sentence.lower) and len(own_words(sentence)) < WEAK_OWN:
        return any(
            _acts(clause) and not _WEAK.within(clause.lower) for clause in _clauses(sentence)
        )
    return not _describes(sentence) or any(map(_acts, (sentence, *_clauses(sentence))))


def _describes(sentence: Prose) -> bool:
    """Whether it tells how something is; what does not may be an order with a verb unknown here."""
    return not _IS.isdisjoint(sentence.lower)


def _clauses(sentence: Prose) -> list[Prose]:
    return [Prose(_BULLET.sub("", clause)) for clause in _CLAUSE.split(sentence.text)]


def _acts(clause: Prose) -> bool:
    return (
        _begins_with_verb(clause)
        or _MODALS.within(clause.lower)
        or _somebody_does(clause)
        or _was_done(clause)
    )


def _was_done(clause: Prose) -> bool:
    """`The drawings were updated`: what others did can be done again."""
    return any(
        word in _BE and any(_base(done) for done in clause.lower[place + 1 : place + 3])
        for place, word in enumerate(clause.lower)
    )


def _base(done: str) -> bool:
    bases = {done[:-1], done[:-2], done[:-3]} if done.endswith("ed") else set()
    return bool(bases & _VERBS) or done in _DONE


def _somebody_does(sentence: Prose) -> bool:
    """`The site manager asks`, `projects ask`: a verb with its subject near the beginning."""
    near = sentence.lower[:SUBJECT_MOST]
    return any(
        (word.endswith("s") and (word[:-1] in _VERBS or word[:-2] in _VERBS))
        or (word in _VERBS and before.endswith("s"))
        for before, word in pairwise(near)
    )


def _begins_with_verb(clause: Prose) -> bool:
    """A verb that tells somebody to act, or a word before an article that can be nothing else."""
    for place, word in enumerate(clause.lower):
        if word in _OPENERS:
            continue
        after = clause.lower[place + 1 : place + 2]
        parts = word.split("/")
        return any(part in _VERBS or _MADE_VERB.search(part) for part in parts) or (
            bool(after) and after[0] in _ARTICLES and _is_plain(word)
        )
    return False


def _is_plain(word: str) -> bool:
    return word.isalpha() and word not in _EMPTY and not _FORM.search(word)
