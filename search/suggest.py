"""Completions while somebody types: words, headlines, projects and topics that they may see."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from search.analysis import tokens
from search.columns import KINDS
from search.facets import Mask
from search.postings import Snapshot
from search.ranking import best
from search.results import Hit
from search.spelling import Spelling

# Letters from which on the last word is completed; one letter begins a tenth of all words.
LEAST = 2
# Words that the last one is completed to when headlines are looked for.
ENDINGS = 24
# Facets whose values are offered as they stand.
VALUES = ("project", "topic", "category")


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What may be meant: whole queries, documents by their headline, values of facets."""

    texts: tuple[str, ...] = ()
    headlines: tuple[Hit, ...] = ()
    values: tuple[tuple[str, str], ...] = ()  # facet, value


def suggest(
    index: Snapshot, visible: Mask, spelling: Spelling, text: str, many: int = 6
) -> Suggestions:
    """Complete `text`, whose last word may be cut short."""
    before, last = _split(text)
    if len(last) < LEAST:
        return Suggestions()
    endings = spelling.beginning(last, ENDINGS)
    texts = tuple(f"{before}{word}" for word in endings[:many] if word != last)
    return Suggestions(
        texts[:many],
        tuple(_headlines(index, visible, before, endings, many)),
        tuple(_values(index, visible, text.strip().lower(), many)),
    )


def holds(index: Snapshot, visible: Mask, text: str) -> bool:
    """Whether one of the `visible` documents holds every word of `text`, and there are words."""
    stems = {stem for _, stem, _ in tokens(text)[0]}
    held = visible.copy()
    for stem in stems:
        ids, _ = index.impacts(stem)
        here = np.zeros(index.size, bool)
        here[ids] = True
        held &= here
    return bool(stems) and bool(held.any())


def _split(text: str) -> tuple[str, str]:
    """The text before its last word, and that word in lower case."""
    if not text or text[-1].isspace():
        return text, ""
    start = len(text) - len(text.rsplit(maxsplit=1)[-1])
    return text[:start], text[start:].lower()


def _headlines(
    index: Snapshot, visible: Mask, before: str, endings: Sequence[str], many: int
) -> list[Hit]:
    """Documents whose headline holds every word before, and a word that begins so."""
    scores = np.zeros(index.size, np.float32)
    for word in endings:
        for _, stem, _ in tokens(word)[0]:
            ids, impacts = index.impacts(stem, ("title",))
            scores[ids] = np.maximum(scores[ids], impacts)
    fits = visible & (scores > 0)
    for _, stem, _ in tokens(before)[0]:
        held = np.zeros(index.size, bool)
        ids, impacts = index.impacts(stem, ("title",))
        held[ids] = True
        np.add.at(scores, ids, impacts)
        fits &= held
    rows = best(scores * fits, index.order, many)
    return [
        Hit(
            KINDS[int(index.kinds[row])], int(index.ids[row]), index.external_id(row),
            index.key(row), index.variant(row), float(scores[row]),
        )
        for row in rows.tolist()
    ]  # fmt: skip


def _values(index: Snapshot, visible: Mask, text: str, many: int) -> list[tuple[str, str]]:
    found = []
    for name in VALUES:
        for value in index.facets[name].values:
            words = value.lower()
            begins = words.startswith(text) or f" {text}" in f" {words}"
            if begins and bool((index.facets[name].mask((value,)) & visible).any()):
                found.append((name, value))
                if len(found) >= many:
                    return found
    return found
