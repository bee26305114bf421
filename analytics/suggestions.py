"""Topics and a category for a lesson that was handed in, learned from the published ones.

Kernel ridge regression over TF-IDF cosines (regularised least squares; Rifkin, Yeo & Poggio 2003):
one system of equations for all labels, and what each text would have got without itself follows
from it in closed form. Those scores, unlike the fitted ones, tell how far a score can be trusted:
an isotonic regression over them (Zadrozny & Elkan 2002) makes a score a share of hits. On NASA's
lessons it names the right topic first more often than logistic regression and nearest neighbours
do, and takes less time (tests/bench/bench_suggestions.py).
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from sklearn.base import BaseEstimator
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.isotonic import IsotonicRegression
from sklearn.utils.validation import check_is_fitted

Shares = NDArray[np.float64]

# Of 0.1, 0.3, 1, 3 and 10 the best on held-out NASA lessons.
PENALTY = 0.3
# Lessons that must have a label before it is offered: fewer say little about its words.
LEAST_OFTEN = 3
# Words that are kept, the most frequent ones; more change nothing and cost memory.
WORDS_MOST = 20_000
# Without any evidence either way nothing is certain and nothing is ruled out.
SURE, RULED_OUT = 0.99, 0.005


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A label and the share of such suggestions that held, from 0 to 1."""

    label: str
    confidence: float


class LabelSuggester(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Texts to labels, several to a text, each with a confidence. Nothing is drawn at random.

    Parameters
    ----------
    penalty : float
        Ridge penalty; larger ones trust the words less and the frequencies more.
    least_often : int
        Texts that must carry a label before it is offered.

    Attributes
    ----------
    labels_ : list of str
        What is offered, in alphabetical order; empty when nothing stands often enough.
    shares_ : ndarray of shape (n_labels,)
        The share of texts that carry each label.
    weights_ : ndarray of shape (n_words, n_labels)
        What each word says for each label.
    """

    def __init__(self, penalty: float = PENALTY, least_often: int = LEAST_OFTEN) -> None:
        self.penalty = penalty
        self.least_often = least_often

    def fit(self, texts: Sequence[str], labels: Sequence[Collection[str]]) -> Self:
        """Learn which words go with which labels.

        Raises:
            ValueError: there are not as many collections of labels as texts.
        """
        if len(texts) != len(labels):
            raise ValueError(f"{len(texts)} texts and {len(labels)} collections of labels")
        often = Counter(label for found in labels for label in set(found))
        self.labels_ = sorted(name for name, count in often.items() if count >= self.least_often)
        if not self.labels_:
            return self
        known = np.array([[name in found for name in self.labels_] for found in labels], float)
        self.shares_: Shares = known.mean(axis=0)
        self.words_ = TfidfVectorizer(
            sublinear_tf=True, min_df=min(2, len(texts)), max_features=WORDS_MOST,
            stop_words="english", dtype=np.float32,
        )  # fmt: skip
        try:
            points = self.words_.fit_transform(texts)
        except ValueError:  # not one word stands in two texts
            self.labels_ = []
            return self
        pull, alone = self._solve((points @ points.T).toarray(), known)
        self.weights_ = points.T @ pull
        self.trust_ = IsotonicRegression(
            y_min=RULED_OUT, y_max=SURE, increasing=True, out_of_bounds="clip"
        ).fit(alone.ravel(), known.ravel())
        return self

    def _solve(self, likeness: Shares, known: Shares) -> tuple[Shares, Shares]:
        """The weight of each text for each label, and the scores each text gets without itself."""
        count = len(likeness)
        factor = cho_factor(likeness + np.float32(self.penalty) * np.eye(count, dtype=np.float32))
        inverse = cho_solve(factor, np.eye(count, dtype=np.float32))
        pull: Shares = inverse @ (known - self.shares_)
        alone: Shares = known - pull / np.diag(inverse)[:, None]
        return pull, alone

    def scores(self, texts: Sequence[str]) -> Shares:
        """Scores of shape (n_texts, n_labels); the greater, the likelier."""
        check_is_fitted(self, "labels_")
        if not self.labels_:
            return np.zeros((len(texts), 0))
        found: Shares = self.words_.transform(texts) @ self.weights_ + self.shares_
        return found

    def predict_proba(self, texts: Sequence[str]) -> Shares:
        """Confidences of shape (n_texts, n_labels), from 0 to 1."""
        scores = self.scores(texts)
        if not scores.size:
            return scores
        found: Shares = self.trust_.predict(scores.ravel()).reshape(scores.shape)
        return found

    def predict(self, texts: Sequence[str]) -> list[list[str]]:
        """The labels of each text that are likelier than not."""
        check_is_fitted(self, "labels_")
        return [
            [row.label for row in self.suggest(text, most=len(self.labels_), least=0.5)]
            for text in texts
        ]

    def suggest(self, text: str, *, most: int = 5, least: float = 0.0) -> list[Suggestion]:
        """The `most` likely labels of a text, the best first, none below `least`."""
        if not text.strip():
            return []
        (scores,), (shares,) = self.scores([text]), self.predict_proba([text])
        # The step function gives many scores the same share; the score decides among those.
        order = np.lexsort((np.arange(len(scores)), -scores))[:most]
        return [Suggestion(self.labels_[i], float(shares[i])) for i in order if shares[i] >= least]

    def __sklearn_tags__(self) -> Any:
        """Texts are no matrix of numbers."""
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags
