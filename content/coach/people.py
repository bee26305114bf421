"""Names of people: a lesson is about what happened, not who it was."""

import re
from collections.abc import Iterable, Iterator

from content.coach.draft import Draft, Found, Prose, phrases, shown, words

_FIRST = words("names", "first")
_TITLES = words("names", "titles")
_THINGS = words("names", "things")
_HUMAN = words("names", "human")
_PLAIN = words("names", "plain")
_DOING = frozenset(("has", "have", "had", "is", "was", "does", "did", "who", "will", "would"))
_TO = frozenset(("by", "asked", "told", "blamed", "warned", "called", "mr", "mrs", "ms"))
_PAST = re.compile(r"[a-z]{3,}ed$")
_STORMS = words("names", "storms")
_FIRMS = phrases("names", "firms")
# The longest name of a known person that is looked for, in words.
NAME_MOST = 4

_TOKEN = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*|[^\w\s]")
_SURNAME = re.compile(r"[A-Z][a-z]+(?:['-]?[A-Z]?[a-z]+)+$|[A-Z]'[A-Z][a-z]+$")
# Before a name, a list of names between: somebody is quoted or thanked, not told of.
_CREDIT = re.compile(
    r"(?:[\"…”]|\b[A-Z]\w+|\b(?:written|prepared|presented|edited|published|compiled|developed"
    r"|authored|paper|book|article|report|study|presentation))[\s,:]*\bby\W+(?:{names}){{0,9}}$"
    r"|\b(?:[Cc]ourtesy(?: of)?|[Aa]uthors?|patent|thanks to|named (?:after|for)|et al|contact"
    r"(?:ing)?(?: either)?|obtained from|available from|ask)\W+"
    r"(?:\w+\W+){{0,8}}(?:{names}){{0,9}}$".format(
        names=r"(?:[A-Z][\w.'-]*|and|&|the|[a-z]{2,3})\W+"
    )
)
# After a name: the title of what the person wrote.
_TITLE = re.compile(r"^(?:[\s,.&:]|and\b|[A-Z][\w.]*){0,9}?(?:[\"…“]|quot|,? ?et\.? ?al)")
CONTEXT = 120  # characters before and after a name that show whether somebody is quoted
_PARTICLES = frozenset(("van", "von", "de", "der", "den", "di", "da", "la", "al", "bin", "el"))


def names(draft: Draft) -> Iterator[Found]:
    """Names of people in any field."""
    known = _folded(draft.people)
    for name, prose in draft.filled():
        tale = prose.tale
        found = shown(name for name in _names_in(tale, known) if not _is_credited(tale.text, name))
        if found:
            yield name, found


def _is_credited(text: str, name: str) -> bool:
    """Whether everywhere the name stands its bearer is an author or is thanked."""
    words = r"\W+(?:\w\W+)*".join(map(re.escape, name.split()))
    return all(
        _CREDIT.search(text[max(0, match.start() - CONTEXT) : match.start()])
        or _TITLE.search(text[match.end() : match.end() + CONTEXT])
        for match in re.finditer(words, text)
    )


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
    title = tokens[place].lower()
    if title not in _TITLES:
        return
    surname, end = _surname_after(tokens, place + 1)
    # Given names are looked at by themselves, and a degree is often on a title page.
    if surname and surname.lower() not in _FIRST and (title in _PLAIN or _acts(tokens, place, end)):
        yield f"{tokens[place]} {surname}"


def _given_at(tokens: list[str], place: int) -> Iterator[str]:
    """`John Smith said`, `by John A. Smith`; `John forgot`, whose verb only people have."""
    given = tokens[place]
    if given.lower() not in _FIRST or given.isupper() or _is_thing_before(tokens, place):
        return
    surname, end = _surname_after(tokens, place + 1)
    if surname and not _FIRMS.within([given.lower(), surname.lower()]):
        if _acts(tokens, place, end) or _is_titled(tokens, place):
            yield f"{given} {surname}"
    elif not surname and tokens[place + 1 : place + 2] and tokens[place + 1] in _HUMAN:
        yield given


def _acts(tokens: list[str], place: int, end: int) -> bool:
    """Whether the name between does something, or something is done by or to who bears it.

    Else it stands in a list of authors, under a picture, on a building.
    """
    before = tokens[place - 1].lower() if place else ""
    after = tokens[end].lower() if end < len(tokens) else ""
    owner = tokens[end - 1].endswith("'s")
    return owner or before in _TO or after in _HUMAN or after in _DOING or bool(_PAST.match(after))


def _is_titled(tokens: list[str], place: int) -> bool:
    return any(word.lower() in _PLAIN for word in tokens[max(0, place - 2) : place])


def _is_thing_before(tokens: list[str], place: int) -> bool:
    before = tokens[place - 1].lower() if place else ""
    return before in _STORMS or before in ("the", "-", "little")


def _surname_after(tokens: list[str], place: int) -> tuple[str, int]:
    """The surname that stands there, over a dot, initials and particles, and where it ends.

    It is empty when none does.
    """
    while place < len(tokens) and (
        tokens[place] == "." or len(tokens[place]) == 1 or tokens[place] in _PARTICLES
    ):
        place += 1
        if tokens[place - 1] not in "." and not tokens[place - 1].isalpha():
            return "", place
    surname = tokens[place] if place < len(tokens) else ""
    after = tokens[place + 1].lower() if place + 1 < len(tokens) else ""
    if not _SURNAME.match(surname) or surname.lower() in _THINGS:
        return "", place
    capital = place + 1 < len(tokens) and tokens[place + 1][0].isupper()
    return ("" if capital and after in _THINGS else surname), place + 1
