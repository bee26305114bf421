"""More like this: the documents most like a text, or like one of the index.

The words of the text that say most (by frequency times rarity) are asked as one long query, each
weighted by its frequency. The best of what that finds are compared whole: by the cosine of their
TF-IDF vectors with that of the text, in which a word of the headline counts twice. The cosine finds
more of the linked duplicates among issues than the long query does, 0.85 against 0.79, and it says
how like two texts are, from 0 to 1 (tests/bench/bench_similar.py).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

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
    index: Snapshot,
    headline: str,
    text: str,
    masks: Sequence[Mask],
    many: int,
    told: Among | None = None,
) -> list[Found]:
    """For each of `masks` its `many` documents most like a text, how like, and how many are so.

    How rare a word is tell all documents, or those of `told`: then how like they are says nothing
    of the others. (How long texts are on the average is still that of all; it has a part in which
    `COMPARED` of them are compared, and none in how like these are.)
    """
    counts = Counter(stem for _, stem, _ in tokens(text[:READ_MOST])[0])
    for _, stem, _ in tokens(headline[:READ_MOST])[0]:
        counts[stem] += TITLE_TIMES
    return _most_like(index, counts, masks, many, told)


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
    return _most_like(index, counts, [mask & ~same], many)[0]


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


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of the text: how much it says, and what it adds to the documents that hold it."""

    weight: float
    stem: str
    ids: Ids
    impacts: Weights
    share: np.float32

    def most(self, mask: Mask) -> float:
        """The most that it adds to a document of `mask`."""
        return float(self.share * (self.impacts * mask.take(self.ids)).max(initial=0))


def _most_like(
    index: Snapshot,
    counts: Counter[str],
    masks: Sequence[Mask],
    many: int,
    told: Among | None = None,
) -> list[Found]:
    words = _words(index, counts, told)
    summed: dict[tuple[str, ...], Scores] = {}
    found = []
    for mask in masks:
        # A word that only others hold must not take the place of another.
        own = words if told is None else (word for word in words if mask.take(word.ids).any())
        asked = list(islice(own, WORDS_MOST))
        stems = tuple(word.stem for word in asked)
        if stems not in summed:
            summed[stems] = _sums(index, asked)
        scores = summed[stems]
        fits = mask & (scores > LEAST * sum(word.most(mask) for word in asked))
        rows = np.sort(best(scores * fits, index.order, max(many, COMPARED)))
        alike = index.vectors.cosines(rows, counts, told)
        turn = np.lexsort((index.order[rows], -alike.round(DIGITS)))[:many]
        found.append((rows[turn], alike[turn], int(np.count_nonzero(fits))))
    return found


def _words(index: Snapshot, counts: Counter[str], told: Among | None) -> list[_Word]:
    """The words of a text that some document holds, those that say most first."""
    found = []
    for stem, often in counts.items():
        ids, impacts = index.impacts(stem)
        # A word that one document alone holds likens it to none.
        if len(ids) <= (1 if told is None else 0):
            continue
        frequency, rarity = 1 + np.log(often), rarity_of(len(ids), index.documents)
        anew = rarity if told is None else told.rarity(int(np.count_nonzero(told.mask.take(ids))))
        # Impacts were made with the rarity among all documents.
        share = np.float32(frequency * anew / rarity)
        found.append(_Word(frequency * anew, stem, ids, impacts, share))
    return sorted(found, key=lambda word: (-word.weight, word.stem))


def _sums(index: Snapshot, words: Sequence[_Word]) -> Scores:
    scores = np.zeros(index.size, np.float32)
    for word in words:
        scores[word.ids] += word.share * word.impacts
    return scores
