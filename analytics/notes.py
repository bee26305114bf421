"""Which short notes say the same: groups to propose for a workshop's board.

The notes of a workshop are a line long and few: too few for themes, and there is nothing to learn
from but the notes themselves. Whole words, by their stems, and pieces of words, which bring
compounds, plurals and slips together, are weighted side by side, and notes are joined while they
stay near enough. Arrays only: the same notes give the same groups, in whatever order they come.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Mean likeness from which notes are proposed as one group, and what pieces of words weigh beside
# whole words. Chosen on one half of the linked duplicates of Hadoop's tracker, by their titles: of
# the pairs that are proposed 0.53 are linked, of the linked ones 0.51 are proposed; on the other
# half 0.79 and 0.59 (tests/bench/bench_notes.py). A little higher trades one for the other.
LIKE_LEAST, PIECES = 0.28, 0.8
# Notes of one proposal: more would be a theme, not a thought.
PROPOSED_MOST = 12

_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True)
class Proposal:
    """Notes, by their places, that may belong together; the first says it best.

    `group` is the group that notes like them are in already; None proposes a new one.
    """

    notes: tuple[int, ...]
    group: int | None


def likeness(texts: Sequence[str]) -> NDArray[np.float64]:
    """The cosine of each pair of texts, of shape (n_texts, n_texts), from 0 to 1.

    TF-IDF with logarithmic frequencies (Salton & Buckley 1988) over stems and over the character
    n-grams of words. A text without a word is like none, itself excepted.
    """
    import Stemmer
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer
    from sklearn.preprocessing import normalize

    stem = Stemmer.Stemmer("english").stemWord

    def words(text: str) -> list[str]:
        found = _WORD.findall(text.lower())
        return [stem(word) for word in found if word not in ENGLISH_STOP_WORDS]

    parts: list[Any] = []
    for options, weight in (
        ({"analyzer": words}, 1.0),
        ({"analyzer": "char_wb", "ngram_range": (3, 5)}, PIECES),
    ):
        try:
            found = TfidfVectorizer(sublinear_tf=True, **options).fit_transform(texts)
        except ValueError:
            continue  # not one word in all of them
        parts.append(weight * found)
    if not parts:
        return np.eye(len(texts))
    points = normalize(hstack(parts).tocsr())
    alike: NDArray[np.float64] = (points @ points.T).toarray()
    np.fill_diagonal(alike, 1.0)
    return alike.clip(0.0, 1.0)


def proposals(texts: Sequence[str], placed: Sequence[int | None]) -> list[Proposal]:
    """What could be put together, the surest first.

    `placed` says of each text the group that it is in already. Only loose texts are proposed: as a
    group of their own, or into the group that most texts like them are in.
    """
    if len(texts) < 2:
        return []
    alike = likeness(texts)
    found = []
    for members in _joined(alike):
        loose = [place for place in members if placed[place] is None]
        groups = [group for place in members if (group := placed[place]) is not None]
        if not loose or (not groups and len(loose) < 2):
            continue
        sure = alike[np.ix_(members, members)].mean(axis=1)
        best = sorted(loose, key=lambda p: (-sure[members.index(p)], texts[p]))
        into = max(sorted(set(groups)), key=groups.count) if groups else None
        found.append((float(sure.mean()), Proposal(tuple(best[:PROPOSED_MOST]), into)))
    found.sort(key=lambda pair: (-round(pair[0], 9), texts[pair[1].notes[0]]))
    return [proposal for _, proposal in found]


def _joined(alike: NDArray[np.float64]) -> list[list[int]]:
    """Places that average linkage joins while their mean likeness is at least `LIKE_LEAST`."""
    from sklearn.cluster import AgglomerativeClustering

    joining = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="average", distance_threshold=1 - LIKE_LEAST
    )
    labels = joining.fit_predict(1 - alike)
    groups = [np.flatnonzero(labels == label).tolist() for label in np.unique(labels)]
    return [group for group in groups if len(group) > 1]
