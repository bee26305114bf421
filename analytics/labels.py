"""Names for themes: the phrases that stand in a theme's texts and nowhere else as often.

Phrases of one to three words, ranked by their share of the theme's texts times the logarithm of
their lift over all texts (the terms of a Kullback-Leibler divergence); phrases that say the same
are left out; the name joins the best phrases that share no word. Names are surface forms as people
wrote them, and no two themes have the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from analytics.words import HYPHENED, Words

# Terms of a theme, phrases of its name, and texts that stand for it.
TERMS, PHRASES, TEXTS = 10, 3, 3
# Characters of a text, and texts of all themes together and of each, that names are made of.
BEGINNING, TEXTS_MOST, TEXTS_LEAST = 800, 4_000, 40
# Phrases that are looked at, the most frequent of all texts.
PHRASES_MOST = 60_000
# A phrase must stand in so many of the theme's texts to speak for it.
HELD_LEAST = 2


@dataclass(frozen=True, slots=True)
class Label:
    """The name of a theme and the terms behind it."""

    name: str
    terms: tuple[str, ...]


def name_themes(
    texts: Sequence[str],
    labels: NDArray[np.int64],
    many: int,
    groups: Sequence[str] | None = None,
) -> list[Label]:
    """A label for each of the themes 0 to `many` - 1.

    With `groups` (each text's project) a phrase counts by the projects that use it: a theme across
    projects is not named after one of them. Of a large corpus the beginnings of some texts of each
    theme are looked at: headlines and first sentences say what a text is about.
    """
    looked = _looked_at(labels, many)
    labels = labels[looked]
    groups = None if groups is None else [groups[place] for place in looked]
    texts = [texts[place][:BEGINNING] for place in looked]
    counts, terms = _counts(texts)
    if not len(terms):
        return [Label(f"Theme {number + 1}", ()) for number in range(many)]
    member = sp.csr_matrix(
        (np.ones(int((labels >= 0).sum())), (labels[labels >= 0], np.flatnonzero(labels >= 0))),
        shape=(many, len(texts)),
    )
    found = (member @ counts).toarray()
    held = found if groups is None else _held_by_groups(counts, labels, many, groups)
    sizes = np.maximum(np.bincount(labels[labels >= 0], minlength=many), 1)[:, None]
    share = found / sizes
    # How much more often the phrase stands in this theme's texts than in texts at large.
    lift = share / np.maximum(counts.sum(axis=0).A1 / len(texts), 1e-9)
    # Longer phrases say more; the root keeps them from always winning.
    lengths = np.array([term.count(" ") + 1 for term in terms])
    scores = share * np.log(np.maximum(lift, 1.0)) * np.sqrt(lengths) * np.log1p(held)
    taken: set[str] = set()
    return [_label(number, scores[number], held[number], terms, taken) for number in range(many)]


def _looked_at(labels: NDArray[np.int64], many: int) -> NDArray[np.int64]:
    """Places of the texts that names are made of: as many of each theme, evenly spaced."""
    share = max(TEXTS_LEAST, TEXTS_MOST // max(many, 1))
    chosen = []
    for theme in range(-1, many):
        places = np.flatnonzero(labels == theme)
        if len(places) > share:
            places = places[np.linspace(0, len(places) - 1, share).round().astype(np.int64)]
        chosen.append(places)
    return np.sort(np.concatenate(chosen))


def _held_by_groups(
    counts: sp.csr_matrix, labels: NDArray[np.int64], many: int, groups: Sequence[str]
) -> NDArray[np.float64]:
    """How many groups use each term in each theme; a text of no group is one of its own."""
    own = [group or f" {place}" for place, group in enumerate(groups)]
    names, group = np.unique(np.array(own), return_inverse=True)
    held = np.zeros((many, counts.shape[1]))
    for theme in range(many):
        rows = np.flatnonzero(labels == theme)
        member = sp.csr_matrix(
            (np.ones(len(rows)), (group[rows], np.arange(len(rows)))), shape=(len(names), len(rows))
        )
        held[theme] = np.asarray(((member @ counts[rows]) > 0).sum(axis=0)).ravel()
    return held


def _counts(texts: Sequence[str]) -> tuple[sp.csr_matrix, NDArray[np.object_]]:
    """The phrases of texts, each once a text."""
    words = Words(longest=3, min_df=min(2, len(texts)), max_features=PHRASES_MOST, pattern=HYPHENED)
    counts = words.fit_transform(texts)
    counts.data[:] = 1
    return counts, words.terms_


def _label(
    number: int,
    scores: NDArray[np.float64],
    held: NDArray[np.float64],
    terms: NDArray[np.object_],
    taken: set[str],
) -> Label:
    chosen: list[str] = []
    least = min(HELD_LEAST, held.max(initial=0))
    for place in np.lexsort((terms, -scores)):
        if len(chosen) == TERMS or scores[place] <= 0:
            break
        term = str(terms[place])
        if held[place] >= least and not any(_same(term, other) for other in chosen):
            chosen.append(term)
    name = _name(chosen) or f"Theme {number + 1}"
    if name.lower() in taken:
        name = f"{name} ({number + 1})"
    taken.add(name.lower())
    return Label(name, tuple(chosen))


def _same(one: str, other: str) -> bool:
    """Whether two phrases say the same: one holds the other, or they differ by endings only."""
    ours, theirs = {_root(w) for w in one.split()}, {_root(w) for w in other.split()}
    return ours <= theirs or theirs <= ours


def _root(word: str) -> str:
    for ending in ("ing", "ies", "es", "ed", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def _name(terms: Sequence[str]) -> str:
    chosen: list[str] = []
    used: set[str] = set()
    for term in terms:
        roots = {_root(word) for word in term.split()}
        if not roots & used:
            chosen.append(term)
            used |= roots
        if len(chosen) == PHRASES:
            break
    return ", ".join(chosen)[:1].upper() + ", ".join(chosen)[1:]
