"""Names of people, and words that blame them: a lesson is about what happened, not who it was."""

import re
from collections.abc import Iterable, Iterator

from content.coach.draft import Draft, Found, Prose, phrases, shown, words

_FIRST = words("names", "first")
_TITLES = words("names", "titles")
_THINGS = words("names", "things")
_HUMAN = words("names", "human")
_STORMS = words("names", "storms")
_FIRMS = phrases("names", "firms")
_BLAME = phrases("blame")
# The longest name of a known person that is looked for, in words.
NAME_MOST = 4

_TOKEN = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*|[^\w\s]")
_SURNAME = re.compile(r"[A-Z][a-z]+(?:['-]?[A-Z]?[a-z]+)+$|[A-Z]'[A-Z][a-z]+$")
_PARTICLES = frozenset(("van", "von", "de", "der", "den", "di", "da", "la", "al", "bin", "el"))


def names(draft: Draft) -> Iterator[Found]:
    """Names of people in any field."""
    known = _folded(draft.people)
    for name, prose in draft.filled():
        found = shown(_names_in(prose, known))
        if found:
            yield name, found


def blame(draft: Draft) -> Iterator[Found]:
    """Words that judge a person."""
    for name, prose in draft.filled():
        found = shown(_BLAME.among(prose.lower))
        if found:
            yield name, found


def _folded(people: Iterable[str]) -> frozenset[tuple[str, ...]]:
    """Known names as their words; a name of one word is too often a word as well."""
    told = (tuple(Prose(person.casefold()).words) for person in people if isinstance(person, str))
    return frozenset(words for words in told if len(words) > 1)


def _names_in(prose: Prose, known: frozenset[tuple[str, ...]]) -> Iterator[str]:
    tokens = _TOKEN.findall(prose.text)
    for place, token in enumerate(tokens):
        if token[0].isupper():
            yield from _known_at(tokens, place, known)
            yield from _titled_at(tokens, place)
            yield from _given_at(tokens, place)


def _known_at(tokens: list[str], place: int, known: frozenset[tuple[str, ...]]) -> Iterator[str]:
    for length in range(2, NAME_MOST + 1) if known else ():
        said = tokens[place : place + length]
        folded = tuple(word.casefold() for word in said)
        if folded in known:
            yield " ".join(said)


def _titled_at(tokens: list[str], place: int) -> Iterator[str]:
    """`Mr. Smith`, `Dr J. Smith`."""
    if tokens[place].lower() not in _TITLES:
        return
    surname = _surname_after(tokens, place + 1)
    if surname:
        yield f"{tokens[place]} {surname}"


def _given_at(tokens: list[str], place: int) -> Iterator[str]:
    """`John Smith`, `John A. Smith`; `John forgot`, whose verb only people have."""
    given = tokens[place]
    if given.lower() not in _FIRST or given.isupper() or _is_thing_before(tokens, place):
        return
    surname = _surname_after(tokens, place + 1)
    if surname and not _FIRMS.within([given.lower(), surname.lower()]):
        yield f"{given} {surname}"
    elif not surname and tokens[place + 1 : place + 2] and tokens[place + 1] in _HUMAN:
        yield given


def _is_thing_before(tokens: list[str], place: int) -> bool:
    before = tokens[place - 1].lower() if place else ""
    return before in _STORMS or before in ("the", "-")


def _surname_after(tokens: list[str], place: int) -> str:
    """The surname that stands there, over a dot, initials and particles; empty when none does."""
    while place < len(tokens) and (
        tokens[place] == "." or len(tokens[place]) == 1 or tokens[place] in _PARTICLES
    ):
        place += 1
        if tokens[place - 1] not in "." and not tokens[place - 1].isalpha():
            return ""
    surname = tokens[place] if place < len(tokens) else ""
    after = tokens[place + 1].lower() if place + 1 < len(tokens) else ""
    if not _SURNAME.match(surname) or surname.lower() in _THINGS:
        return ""
    capital = place + 1 < len(tokens) and tokens[place + 1][0].isupper()
    return "" if capital and after in _THINGS else surname
