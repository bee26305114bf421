"""What was typed and is not there: the word that was meant, in the query that is asked instead."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from search.analysis import tokens
from search.facets import Mask
from search.postings import Snapshot
from search.query import Clause, Query
from search.results import Correction
from search.spelling import Spelling

# Words of a query that are looked at; a pasted page is not a query with typos.
WORDS_MOST = 8
# How much more often the better word must stand before it is offered for one that is there.
MUCH_MORE = 10


def correct(
    index: Snapshot, query: Query, visible: Mask, spelling: Callable[[], Spelling]
) -> tuple[Query, tuple[Correction, ...], tuple[str, ...]]:
    """The query with words that nothing holds replaced; what was replaced, and what is unknown."""
    found: list[Correction] = []
    dropped: list[str] = []
    looked = [0]

    def mended(clauses: Iterable[Clause]) -> Iterable[Clause]:
        for clause in clauses:
            word = _unknown(index, clause, visible)
            if word is None or looked[0] >= WORDS_MOST:
                yield clause
                continue
            looked[0] += 1
            meant = _meant(index, word, visible, spelling())
            if meant:
                found.append(Correction(clause.text, " ".join(meant)))
                yield from (replace(clause, stems=(_stem(part),), text=part) for part in meant)
            else:
                dropped.append(clause.text)
                yield clause

    should, must = tuple(mended(query.should)), tuple(mended(query.must))
    return replace(query, should=should, must=must), tuple(found), tuple(dropped)


def offer(index: Snapshot, query: Query, visible: Mask, spelling: Callable[[], Spelling]) -> str:
    """The query's text with rare words replaced by much more frequent ones like them, or empty."""
    text = query.text
    for clause in (*query.should, *query.must)[:WORDS_MOST]:
        word = _single(clause)
        if word is None:
            continue
        count = max(1, _seen(index, clause.stems[0], visible))
        for meant in spelling().like(word, 1, far=False):
            if _stem(meant) != clause.stems[0] and (
                _seen(index, _stem(meant), visible) >= MUCH_MORE * count
            ):
                text = re.sub(rf"(?<!\w){re.escape(clause.text)}(?!\w)", meant, text)
    return text if text != query.text else ""


def _single(clause: Clause) -> str | None:
    """The word of a clause that is one plain word."""
    if clause.quoted or clause.field or clause.others or len(clause.stems) != 1:
        return None
    found = tokens(clause.text)[0]
    return found[0][0] if len(found) == 1 else None


def _unknown(index: Snapshot, clause: Clause, visible: Mask) -> str | None:
    """The word of a clause that nothing visible holds."""
    word = _single(clause)
    return word if word is not None and not _is_seen(index, clause.stems[0], visible) else None


def _meant(index: Snapshot, word: str, visible: Mask, spelling: Spelling) -> tuple[str, ...] | None:
    for found in spelling.like(word):
        if _seen(index, _stem(found), visible):
            return (found,)
    parts = spelling.parts(word)
    return parts if parts and all(_seen(index, _stem(p), visible) for p in parts) else None


def _seen(index: Snapshot, stem: str, visible: Mask) -> int:
    """How many visible documents hold a stem."""
    return int(np.count_nonzero(visible[index.impacts(stem)[0]])) if stem else 0


def _is_seen(index: Snapshot, stem: str, visible: Mask) -> bool:
    ids = index.impacts(stem)[0]
    return bool(visible[ids[:100]].any() or visible[ids[100:]].any())


def _stem(word: str) -> str:
    found = tokens(word)[0]
    return found[0][1] if found else ""
