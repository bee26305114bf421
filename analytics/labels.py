"""Names for themes: the phrases that stand in a theme's texts and nowhere else as often.

Phrases of one to four words as people wrote them, ranked by their share of the theme's texts, by
their lift over all texts and by their length (c-TF-IDF, as BERTopic has it, over a Kullback-Leibler
weight); half as much again is what they are worth in headlines. The best are a theme's terms.

A name is made of such as can name a thing (`phrases`), longer ones before shorter, and not of what
stands in a few of many texts: up to three that share no word, each the one that, with those before
it, finds the theme's texts best for what it says. They are spelled as most texts spell them. No two
themes have the same name. Measured by tests/bench/bench_names.py.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice

import numpy as np
import scipy.sparse as sp
import Stemmer
from numpy.typing import NDArray
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from analytics.phrases import Company
from analytics.words import PHRASED, Words

# Terms of a theme, phrases of its name, and texts that stand for it.
TERMS, PHRASES, TEXTS = 10, 3, 3
# Characters of a text, and texts of all themes together and of each, that names are made of. From
# 1,500 texts on the names of labelled sets find their texts as well (F1 within 0.01 of all 4,000).
BEGINNING, END, TEXTS_MOST, TEXTS_LEAST = 800, 200, 3_000, 40
# How much more it counts that a phrase is rare elsewhere, and that it is long, than in proportion.
LIFTED, LONGER = 1.5, 1.5
# Words of the longest phrase; characters of a first line that are its headline; what a phrase gains
# by standing in headlines.
LONGEST, HEADLINE, HEADLINES = 4, 200, 0.5
# Phrases that are looked at, the most frequent of all texts.
PHRASES_MOST = 60_000
# A phrase must stand in so many of the theme's texts to speak for it; in a name, times the root of
# how many they are: in 3 of 30, in 9 of 300.
HELD_LEAST, HELD_ROOT = 2, 0.5
# Texts, evenly spaced, that tell which words name things: of 4,000 no other names came.
COMPANY_LEAST = 1_000
# Phrases that a name is chosen from, and words from which a longer one is worth no more in it.
CANDIDATES, WORDY = 40, 3


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

    The first line of a text is its headline. With `groups` (each text's project) a phrase counts by
    the projects that use it: a theme across projects is not named after one of them. Of a large
    corpus the beginnings of some texts of each theme are looked at.
    """
    looked = _looked_at(labels, many)
    labels = labels[looked]
    groups = None if groups is None else [groups[place] for place in looked]
    texts = [_looked_into(texts[place]) for place in looked]
    counts, words = _counts(texts)
    terms = words.terms_
    if not len(terms):
        return [Label(f"Theme {number + 1}", ()) for number in range(many)]
    headlines = words.transform([_headline(text) for text in texts])
    headlines.data[:] = 1
    lengths = np.array([term.count(" ") + 1 for term in terms])
    inside, across = _holding(counts, labels, many, groups)
    said = _scores(counts, labels, inside, across, lengths)
    headed = _scores(headlines, labels, *_holding(headlines, labels, many, groups), lengths)
    scores = _of_most(said) + HEADLINES * _of_most(headed)
    scores[across < np.minimum(HELD_LEAST, across.max(axis=1, initial=0))[:, None]] = 0
    naming = scores * np.minimum(lengths, WORDY)
    sizes = np.bincount(labels[labels >= 0], minlength=many)
    naming[inside < HELD_ROOT * np.sqrt(sizes)[:, None]] = 0
    company = Company().fit(texts[:: max(1, len(texts) // COMPANY_LEAST)])
    columns = counts.tocsc()
    taken: set[str] = set()
    found = []
    for number in range(many):
        mine = labels == number
        best = _terms(scores[number], terms)
        phrases = _finding(naming[number], columns, mine, terms, company) or best[:1]
        name = _joined(phrases, [texts[place] for place in np.flatnonzero(mine)])
        found.append(Label(_own(name, number, taken), tuple(best)))
    return found


def _looked_into(text: str) -> str:
    """Beginning and end of a long text: what it is about, and under which topics it was filed."""
    if len(text) <= BEGINNING + END:
        return text
    return f"{text[:BEGINNING]}\n{text[-END:]}"


def _headline(text: str) -> str:
    return text.split("\n", 1)[0][:HEADLINE]


def _of_most(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """As parts of the highest of each theme."""
    found: NDArray[np.float64] = scores / np.maximum(scores.max(axis=1, initial=0), 1e-12)[:, None]
    return found


def _scores(
    counts: sp.csr_matrix,
    labels: NDArray[np.int64],
    inside: NDArray[np.float64],
    across: NDArray[np.float64],
    lengths: NDArray[np.int64],
) -> NDArray[np.float64]:
    """How well each term stands for each theme, of shape (n_themes, n_terms)."""
    sizes = np.maximum(np.bincount(labels[labels >= 0], minlength=len(inside)), 1)[:, None]
    share = inside / sizes
    # How much more often the phrase stands in this theme's texts than in texts at large.
    lift = share / np.maximum(np.asarray(counts.sum(axis=0)).ravel() / len(labels), 1e-9)
    # Longer phrases say more; the root keeps them from always winning.
    longer = np.sqrt(lengths**LONGER)
    found: NDArray[np.float64] = (
        share * np.log(np.maximum(lift, 1.0)) ** LIFTED * longer * np.log1p(across)
    )
    return found


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


def _holding(
    counts: sp.csr_matrix, labels: NDArray[np.int64], many: int, groups: Sequence[str] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """In how many texts of each theme each term stands, and in how many of its groups."""
    inside = _held(counts, labels, many, None)
    return inside, inside if groups is None else _held(counts, labels, many, groups)


def _held(
    counts: sp.csr_matrix, labels: NDArray[np.int64], many: int, groups: Sequence[str] | None
) -> NDArray[np.float64]:
    """In how many texts of each theme each term stands, or with groups: in how many of these."""
    rows = np.flatnonzero(labels >= 0)
    if groups is None:
        member = sp.csr_matrix(
            (np.ones(len(rows)), (labels[rows], rows)), shape=(many, len(labels))
        )
        return np.asarray((member @ counts).toarray())
    # A text of no group is one of its own.
    own = np.array([group or f" {place}" for place, group in enumerate(groups)])[rows]
    names, group = np.unique(own, return_inverse=True)
    pairs, pair = np.unique(labels[rows] * len(names) + group, return_inverse=True)
    member = sp.csr_matrix((np.ones(len(rows)), (pair, rows)), shape=(len(pairs), len(labels)))
    found = (member @ counts).tocsr()
    found.data[:] = 1
    theme = sp.csr_matrix(
        (np.ones(len(pairs)), (pairs // len(names), np.arange(len(pairs)))),
        shape=(many, len(pairs)),
    )
    return np.asarray((theme @ found).toarray())


def _counts(texts: Sequence[str]) -> tuple[sp.csr_matrix, Words]:
    """The phrases of texts, each once a text, as they stand there."""
    words = Words(
        LONGEST, min_df=min(2, len(texts)), max_features=PHRASES_MOST, pattern=PHRASED,
        stop={*ENGLISH_STOP_WORDS, ""}, bridge=False,
    )  # fmt: skip
    counts = words.fit_transform(texts)
    counts.data[:] = 1
    return counts, words


def _terms(scores: NDArray[np.float64], terms: NDArray[np.object_]) -> list[str]:
    """The best terms of a theme, of which none says what another says."""
    chosen: list[str] = []
    for place in _best_first(scores, terms):
        if len(chosen) == TERMS:
            break
        term = str(terms[place])
        if not any(_same(term, other) for other in chosen):
            chosen.append(term)
    return chosen


def _finding(
    scores: NDArray[np.float64],
    columns: sp.csc_matrix,
    mine: NDArray[np.bool_],
    terms: NDArray[np.object_],
    company: Company,
) -> list[str]:
    """The phrases of a name: one after the other, what finds the theme's texts best by then."""
    places = _candidates(scores, terms, company)
    holds = columns[:, places].toarray() > 0
    size, found = mine.sum(), np.zeros(len(mine), bool)
    left, chosen = list(range(len(places))), list[str]()
    while left and len(chosen) < PHRASES:
        both = found[:, None] | holds[:, left]
        share = 2 * both[mine].sum(axis=0) / (both.sum(axis=0) + size)  # F1
        best = left[int(np.argmax(scores[[places[one] for one in left]] * share))]
        chosen.append(str(terms[places[best]]))
        found |= holds[:, best]
        used = {_root(word) for phrase in chosen for word in phrase.split()}
        left = [one for one in left if not used & {_root(w) for w in terms[places[one]].split()}]
    return chosen


def _candidates(
    scores: NDArray[np.float64], terms: NDArray[np.object_], company: Company
) -> list[int]:
    """The best phrases that can name a thing."""
    able = (place for place in _best_first(scores, terms) if company.names(str(terms[place])))
    return list(islice(able, CANDIDATES))


def _best_first(scores: NDArray[np.float64], terms: NDArray[np.object_]) -> Iterator[int]:
    """The places that score at all, those with the same score by their terms."""
    places = np.flatnonzero(scores > 0)
    order = places[np.argsort(-scores[places], kind="stable")].tolist()
    # Few are looked at: only as many are put in order of their letters.
    for _, tied in groupby(order, key=scores.__getitem__):
        yield from sorted(tied, key=terms.__getitem__)


def _own(name: str, number: int, taken: set[str]) -> str:
    """The name, told apart from those that are taken."""
    name = name or f"Theme {number + 1}"
    if name.lower() in taken:
        name = f"{name} ({number + 1})"
    taken.add(name.lower())
    return name


def _same(one: str, other: str) -> bool:
    """Whether two phrases say the same: one holds the other, or they differ by endings only."""
    ours, theirs = {_root(w) for w in one.split()}, {_root(w) for w in other.split()}
    return ours <= theirs or theirs <= ours


_stemmer = Stemmer.Stemmer("english")


def _root(word: str) -> str:
    return str(_stemmer.stemWord(word))


def _joined(phrases: Sequence[str], texts: Sequence[str]) -> str:
    name = ", ".join(_spelled(phrase, texts) for phrase in phrases)
    return name[:1].upper() + name[1:]


def _spelled(term: str, texts: Sequence[str]) -> str:
    """The phrase as most texts spell it below their headlines: NASA, Mars, crane."""
    pattern = re.compile(rf"(?<!\w){re.escape(term)}(?!\w)", re.IGNORECASE)
    # Looking for it as it is first spares most texts the search in any case, ten times as slow.
    bodies = (text.split("\n", 1)[-1] for text in texts if term in text.lower())
    forms = Counter(form for body in bodies for form in pattern.findall(body))
    return min(forms, key=lambda form: (-forms[form], form)) if forms else term
