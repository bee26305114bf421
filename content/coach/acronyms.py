"""Acronyms that the text never explains."""

import re
from collections.abc import Iterable, Iterator

from content.coach.draft import Draft, Found, Prose, shown, words

_KNOWN = words("acronyms", "common") | words("acronyms", "project")
# Two to six capitals that stand alone: no part of a number (`STS-36`, `NPD 8710`), of a file name
# or of a longer code.
_ACRONYM = re.compile(r"(?<![\w./&-])([A-Z][A-Z&]{0,4}[A-Z])(?:'?s)?(?![\w&-]|\.\w|/\w| \d)")
_ROMAN = re.compile(r"[IVX]+$")
_SMALL = frozenset(("of", "and", "the", "for", "in", "on", "to", "a", "an", "with", "by"))
# In a text with more capitals than this, they are a way of writing; a share of its words.
SHOUTING = 0.3


def unexplained(draft: Draft) -> Iterator[Found]:
    """Acronyms that no field explains, with the field in which each stands first."""
    everything = [prose for _, prose in draft.filled()]
    explained = frozenset(_explained(everything))
    seen: set[str] = set()
    for name, prose in draft.filled():
        found = [
            word
            for word in _acronyms(prose)
            if word not in explained and word not in draft.known and word not in seen
        ]
        seen.update(found)
        if found:
            yield name, shown(found)


def _acronyms(prose: Prose) -> Iterator[str]:
    for sentence in prose.sentences:
        if _shouts(sentence):
            continue
        for match in _ACRONYM.finditer(sentence.text):
            word = match[1]
            if word not in _KNOWN and not _ROMAN.match(word):
                yield word


def _shouts(sentence: Prose) -> bool:
    capitals = sum(word.isupper() and len(word) > 1 for word in sentence.words)
    return len(sentence.words) > 1 and capitals > 1 and capitals > SHOUTING * len(sentence.words)


def _explained(texts: Iterable[Prose]) -> Iterator[str]:
    """Every acronym that consecutive words spell, with small words or without them.

    It need not stand beside them: who reads `Test Readiness Review` anywhere can read TRR.
    """
    for prose in texts:
        letters = "".join(word[0] for word in prose.lower)
        main = "".join(word[0] for word in prose.lower if word not in _SMALL)
        for acronym in set(_ACRONYM.findall(prose.text)):
            wanted = acronym.replace("&", "a").lower()
            if wanted in letters or wanted in main:
                yield acronym
