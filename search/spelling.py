"""Words that were mistyped: the words that are there and differ by one edit, or by two.

Only words that everybody may read are ever offered: a restricted text corrects nothing.

One edit (a letter too many, too few, another, or two in the wrong order) is found by symmetric
deletion: both words lose one letter and meet. Two edits are looked for among all words by
rapidfuzz, only where one gave nothing. Of several words the likelier edit of the more frequent
word comes first, as in Kernighan, Church, Gale: A Spelling Correction Program Based on a Noisy
Channel Model (COLING 1990), with costs for what fingers do on a keyboard.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from search.collecting import SPELLED_LEAST, SPELLED_MOST, key_of
from search.columns import Columns

# Letters from which on two edits are tried: shorter words are then like half of all words.
TWO_EDITS_FROM = 6
# Natural logarithm of how much less likely an edit is than the likeliest one.
COSTS = {"swap": 0.0, "double": 0.3, "near": 0.7, "missing": 0.6, "extra": 0.8, "other": 1.8}
FIRST_LETTER = 2.0
SECOND_EDIT = 4.0
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


class Spelling:
    """The words of a snapshot that everybody may read, with how many documents hold them."""

    def __init__(self, segments: Sequence[Columns]) -> None:
        self._segments = [_Words(columns) for columns in segments]

    def count(self, word: str) -> int:
        """How many documents that everybody may read hold this very word."""
        return sum(segment.count(word) for segment in self._segments)

    def like(self, word: str, many: int = 5, *, far: bool = True) -> list[str]:
        """The words that `word` may be meant for, likeliest first; without `far` one edit away."""
        if not SPELLED_LEAST <= len(word) <= SPELLED_MOST or not word.isalpha():
            return []
        counts: dict[str, int] = {}
        for segment in self._segments:
            for found, count in segment.near(word):
                counts[found] = counts.get(found, 0) + count
        counts.pop(word, None)
        if far and not counts and len(word) >= TWO_EDITS_FROM:
            counts = self._two_edits(word)
        ranked = sorted(
            counts, key=lambda found: (cost(word, found) - math.log(counts[found]), found)
        )
        return ranked[:many]

    def _two_edits(self, word: str) -> dict[str, int]:
        names, counts = self.all_words
        found = process.extract(
            word, names, scorer=OSA.distance, score_cutoff=2, limit=20, processor=None
        )
        return {name: int(counts[place]) for name, _, place in found if name != word}

    @cached_property
    def all_words(self) -> tuple[list[str], NDArray[np.int64]]:
        """Every word in alphabetical order, with how many documents hold it."""
        found: dict[str, int] = {}
        for segment in self._segments:
            for place in np.flatnonzero(segment.counts > 0).tolist():
                word = segment.names[place]
                found[word] = found.get(word, 0) + int(segment.counts[place])
        names = sorted(found)
        return names, np.array([found[name] for name in names], np.int64)

    def beginning(self, prefix: str, many: int = 8) -> list[str]:
        """The most frequent words that begin with `prefix`."""
        names, counts = self.all_words
        first = bisect_left(names, prefix)
        last = bisect_left(names, prefix + "\uffff")
        order = np.argsort(-counts[first:last], kind="stable")[:many]
        return [names[first + int(place)] for place in order]

    def parts(self, word: str) -> tuple[str, str] | None:
        """Two words that were written as one, the most frequent pair; None when there is none."""
        best, most = None, 0
        for place in range(SPELLED_LEAST, len(word) - SPELLED_LEAST + 1):
            first, second = word[:place], word[place:]
            count = min(self.count(first), self.count(second))
            if count > most:
                best, most = (first, second), count
        return best


class _Words:
    """The words of one segment."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self.counts: NDArray[Any] = columns.word_documents
        self._keys, self._owners = columns.delete_keys, columns.delete_words

    @cached_property
    def names(self) -> list[str]:
        return self._columns.word_names

    @cached_property
    def _number(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.names)}

    def count(self, word: str) -> int:
        place = self._number.get(word)
        return int(self.counts[place]) if place is not None else 0

    def near(self, word: str) -> list[tuple[str, int]]:
        """Words that are one edit from `word`, with their counts."""
        keys = {key_of(word), *(key_of(word[:i] + word[i + 1 :]) for i in range(len(word)))}
        wanted = np.array(sorted(keys), np.uint32)
        first = np.searchsorted(self._keys, wanted, side="left")
        last = np.searchsorted(self._keys, wanted, side="right")
        owners = {
            int(self._owners[place])
            for begin, end in zip(first.tolist(), last.tolist(), strict=True)
            for place in range(begin, end)
        }
        return [
            (self.names[owner], int(self.counts[owner]))
            for owner in owners
            if self.counts[owner] > 0 and OSA.distance(word, self.names[owner], score_cutoff=1) <= 1
        ]


def cost(typed: str, meant: str) -> float:
    """How unlikely it is that somebody who means one word types the other; 0 is the likeliest."""
    edits = OSA.distance(typed, meant)
    found = COSTS[_edit(typed, meant)] if edits == 1 else COSTS["other"]
    return found + FIRST_LETTER * (typed[:1] != meant[:1]) + SECOND_EDIT * (edits - 1)


def _edit(typed: str, meant: str) -> str:
    """What kind of single edit leads from `meant` to `typed`."""
    at = next((i for i, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b), None)
    at = min(len(typed), len(meant)) if at is None else at
    if len(typed) == len(meant):
        if typed[at + 1 : at + 2] == meant[at] and typed[at] == meant[at + 1 : at + 2]:
            return "swap"
        return "near" if meant[at] in _NEAR.get(typed[at], "") else "other"
    longer = max(typed, meant, key=len)
    if longer[at : at + 1] in (longer[at - 1 : at] if at else "", longer[at + 1 : at + 2]):
        return "double"
    return "missing" if len(typed) < len(meant) else "extra"


def _neighbours() -> dict[str, str]:
    near: dict[str, set[str]] = {}
    for row in _ROWS:
        for a, b in pairwise(row):
            near.setdefault(a, set()).add(b)
            near.setdefault(b, set()).add(a)
    for upper, lower in pairwise(_ROWS):
        for place, letter in enumerate(lower):
            for other in upper[place : place + 2]:
                near[letter].add(other)
                near[other].add(letter)
    return {letter: "".join(sorted(found)) for letter, found in near.items()}


_NEAR = _neighbours()
