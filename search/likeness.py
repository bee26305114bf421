"""More like this: the documents most like a text, or like one of the index.

The words of the text that say most (by frequency times rarity) are asked as one long query, each
weighted by its frequency. The best of what that finds are compared whole: by the cosine of their
TF-IDF vectors with that of the text, in which a word of the headline counts twice. The cosine finds
more of the linked duplicates among issues than the long query does, 0.85 against 0.79, and it says
how like two texts are, from 0 to 1 (tests/bench/bench_similar.py).
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from content.types import Kind
from search.analysis import tokens
from search.codec import Ids, Weights
from search.columns import KINDS, VARIANTS
from search.facets import Mask
from search.postings import Snapshot
from search.ranking import DIGITS, Scores, best
from search.schema import TITLE_TIMES
from search.vectors import Among, rarity_of

# Words of the text that are asked for: more change nothing that is shown, and cost time.
WORDS_MOST = 60
# Characters of a text that are read.
READ_MOST = 20_000
# A finding must reach this share of the best possible score to count as like the text at all.
LEAST = 0.03

# Findings of the long query that are compared whole.
COMPARED = 300

# Words that more than this share of the documents hold say little; in small indexes, this many.
COMMON, COMMON_LEAST = 0.12, 8

Found = tuple[NDArray[np.int64], Scores, int]


def like_text(
    index: Snapshot, headline: str, text: str, mask: Mask, many: int, told: Among | None = None
) -> Found:
    """The `many` documents of `mask` most like a text, how like, and how many are like it.

    How rare a word is tell all documents, or those of `told`: then how like they are says nothing
    of the others. (How long texts are on the average is still that of all; it has a part in which
    `COMPARED` of them are compared, and none in how like these are.)
    """
    counts = Counter(stem for _, stem, _ in tokens(text[:READ_MOST])[0])
    for _, stem, _ in tokens(headline[:READ_MOST])[0]:
        counts[stem] += TITLE_TIMES
    return _most_like(index, counts, mask, many, told)


def like_rows(index: Snapshot, key: str, visible: Mask, mask: Mask, many: int) -> Found:
    """The `many` documents of `mask` most like the one with this key, without that object."""
    kind, number, variant = (*key.split(":"), "", "", "")[:3]
    if kind not in set(Kind) or not number.isdecimal() or variant not in VARIANTS:
        return np.empty(0, np.int64), np.empty(0, np.float32), 0
    same = (index.ids == int(number)) & (index.kinds == KINDS.index(Kind(kind)))
    rows = np.flatnonzero(same & visible & (index.variants == VARIANTS.index(variant)))
    if not len(rows):
        return np.empty(0, np.int64), np.empty(0, np.float32), 0
    segment, inner = index.of(int(rows[0]))
    columns = segment.columns
    part = slice(columns.stem_starts[inner], columns.stem_starts[inner + 1])
    names = columns.stem_names
    counts = Counter(
        {
            names[stem]: int(often)
            for stem, often in zip(columns.stems[part], columns.frequency[part], strict=True)
        }
    )
    return _most_like(index, counts, mask & ~same, many)


def telling_words(index: Snapshot, text: str, many: int) -> list[str]:
    """The words of a text that say most, as they are written, the rarest first.

    Words that no document holds are left out, and so are numbers and words that many hold: they
    liken by chance.
    """
    written: dict[str, str] = {}
    for word, stem, _ in tokens(text[:READ_MOST])[0]:
        if word.isalpha():
            written.setdefault(stem, word)
    most = max(COMMON_LEAST, COMMON * index.documents)
    held = ((len(index.impacts(stem)[0]), stem) for stem in written)
    known = [(count, stem) for count, stem in held if 0 < count <= most]
    return [written[stem] for _, stem in sorted(known)[:many]]


def _most_like(
    index: Snapshot, counts: Counter[str], mask: Mask, many: int, told: Among | None = None
) -> Found:
    weighted = []
    for stem, often in counts.items():
        found = _weighed(index, stem, mask, told)
        if found is not None:
            weighted.append(((1 + np.log(often)) * found.rarity, stem, found))
    weighted.sort(key=lambda row: (-row[0], row[1]))
    scores = np.zeros(index.size, np.float32)
    possible = 0.0
    for _, stem, word in weighted[:WORDS_MOST]:
        impacts = np.float32((1 + np.log(counts[stem])) * word.factor) * word.impacts
        scores[word.ids] += impacts
        possible += float((impacts * mask.take(word.ids)).max(initial=0))
    fits = mask & (scores > LEAST * possible)
    rows = np.sort(best(scores * fits, index.order, max(many, COMPARED)))
    alike = index.vectors.cosines(rows, counts, told)
    turn = np.lexsort((index.order[rows], -alike.round(DIGITS)))[:many]
    return rows[turn], alike[turn], int(np.count_nonzero(fits))


@dataclass(frozen=True, slots=True)
class _Word:
    """A word: how rare it is, the documents that hold it, and what it adds to their scores.

    `impacts` are those among all documents, `factor` makes them what they are among others.
    """

    rarity: float
    ids: Ids
    impacts: Weights
    factor: float = 1.0


def _weighed(index: Snapshot, stem: str, mask: Mask, told: Among | None) -> _Word | None:
    """A word of the text, or None where it likens nothing to anything."""
    ids, impacts = index.impacts(stem)
    rarity = rarity_of(len(ids), index.documents)
    if told is None:
        # A word that one document alone holds likens it to none.
        return _Word(rarity, ids, impacts) if len(ids) > 1 else None
    # A word that only others hold must not take the place of another.
    if not mask.take(ids).any():
        return None
    anew = told.rarity(int(np.count_nonzero(told.mask.take(ids))))
    return _Word(anew, ids, impacts, anew / rarity)
