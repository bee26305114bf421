"""Acronyms that the text never explains."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from content.coach.draft import Draft, Found, Prose, shown, words

_KNOWN = words("acronyms", "common") | words("acronyms", "project")
# Three to six capitals that stand alone: no part of a number (`STS-36`, `NPD 8710`, `PFR #42`), of
# a file name or of a longer code. Two capitals are too often a unit, a state or a place on a map.
_ACRONYM = re.compile(
    r"(?<![\w.&#-])(?<![a-z\d]/)(?<![Cc]ode )(?<![Tt]ype )(?<![Ff]orm )"
    r"([A-Z][A-Z&]{1,4}[A-Z])(?:'?s)?"
    r"(?![\w&'-]|\.\w|/[a-z\d]|/[A-Z][a-z]|/[A-Z]+ \d| ?#| [A-Z-]{0,6}\d| No\b)"
)
_ROMAN = re.compile(r"[IVX]+[AB]?$")
_PART = re.compile(r"[^\W_]+")
_SMALL = frozenset(("of", "and", "the", "for", "in", "on", "to", "a", "an", "with", "by"))
# A word of capitals that is too long for an acronym: it is a heading or stress, and so is what
# stands beside it.
_LOUD = re.compile(r"\b[A-Z]{7,}\b")
# What can be read as a word is mostly the name of a thing: APU and PTCR stay, SERVIR goes.
_NAME = re.compile(r"(?=.{6}|.{5}$)(?:[^AEIOUY]*[AEIOUY]){2}")
# In a text with more capitals than this, they are a way of writing; a share of its words.
SHOUTING = 0.3
# So many words of capitals side by side are a heading.
RUN_MOST = 2


def short_forms(names: Iterable[str]) -> frozenset[str]:
    """The acronyms in names that everybody here reads, as of departments and projects."""
    return frozenset(word for name in names for word in _ACRONYM.findall(name))


def unexplained(draft: Draft) -> Iterator[Found]:
    """Acronyms that no field explains, with the field in which each stands first."""
    everything = [prose for _, prose in draft.filled()]
    spelled = frozenset(word for prose in everything for word in prose.words if not word.isupper())
    explained = frozenset(_explained(everything))
    seen = explained | draft.known | frozenset(word.upper() for word in spelled)
    for name, prose in draft.filled():
        found = [word for word in _acronyms(prose.tale) if word not in seen]
        seen |= frozenset(found)
        if found:
            yield name, shown(found)


def _acronyms(prose: Prose) -> Iterator[str]:
    for sentence in prose.sentences:
        if _shouts(sentence):
            continue
        for match in _ACRONYM.finditer(sentence.text):
            word = match[1]
            if not _is_told(word) and not _is_loud(sentence.text, match):
                yield word


def _is_told(word: str) -> bool:
    return word in _KNOWN or bool(_ROMAN.match(word) or _NAME.match(word))


def _shouts(sentence: Prose) -> bool:
    capitals = sum(word.isupper() and len(word) > 1 for word in sentence.words)
    return len(sentence.words) > 1 and capitals > 1 and capitals > SHOUTING * len(sentence.words)


def _is_loud(text: str, match: re.Match[str]) -> bool:
    """Whether it stands in a heading, or in a run of capitals that stress something."""
    before, after = text[: match.start()].split()[-2:], text[match.end() :].split()[:2]
    near = [word.strip(".,:;()*") for word in (*before, *after)]
    loud = [word.isupper() and not _has_figure(word) for word in near]
    split = len(before)
    run = sum(_leading(reversed(loud[:split]))) + sum(_leading(loud[split:])) + 1
    return run > RUN_MOST or any(
        _LOUD.fullmatch(word) for word in (*near[:split][-1:], *near[split:][:1])
    )


def _has_figure(word: str) -> bool:
    return any(sign.isdigit() for sign in word)


def _leading(claims: Iterable[bool]) -> Iterator[bool]:
    return takewhile(bool, claims)


def _explained(texts: Sequence[Prose]) -> Iterator[str]:
    """Every acronym that a text spells out.

    It stands in brackets after what it is short for, or what it is short for in brackets after it,
    or consecutive words begin with its letters, with small words or without them. These need not
    stand beside it: who reads `Test Readiness Review` anywhere can read TRR.
    """
    spelling = [_Spelling(prose.text) for prose in texts]
    for acronym in {word for prose in texts for word in _ACRONYM.findall(prose.text)}:
        if any(text.has(acronym) for text in spelling):
            yield acronym


class _Spelling:
    """The words of a text, to look for those that an acronym stands for."""

    def __init__(self, text: str) -> None:
        self.text = text
        parts = [part.lower() for part in _PART.findall(text)]
        self.initials = "".join(part[0] for part in parts)
        self.main = "".join(part[0] for part in parts if part not in _SMALL)

    def has(self, acronym: str) -> bool:
        letters = acronym.lower()
        return (
            letters.replace("&", "a") in self.initials
            or letters.replace("&", "") in self.main
            or self._is_bracketed(acronym)
        )

    def _is_bracketed(self, acronym: str) -> bool:
        short, first = re.escape(acronym), acronym[0]
        after = rf"\w\W{{0,3}}[(\[](?:[^()]*\bor )?{short}'?s? ?[)\]]"
        before = rf"(?<!\w){short}'?s? ?\((?:[Tt]he )?[{first}{first.lower()}][a-z]+[^()]*\)"
        return bool(re.search(after, self.text) or re.search(before, self.text))
