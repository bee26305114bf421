"""How good a clustering is on texts whose labels people gave: agreement, names, steadiness.

No one number decides. V-measure, AMI and ARI say how far themes are the labels; the coherence and
the diversity of their terms, whether names can be read; the rest, whether a theme is there again
in another run. Coherence and usefulness to readers disagree at times: neither gates the other.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

from analytics import measures
from analytics.fit import Progress, quiet
from analytics.labels import name_themes
from analytics.themes import Labels, ThemeModel
from analytics.words import HYPHENED
from content.errors import Invalid

# Terms of a theme that are looked at.
TERMS = 10
# Draws of nine texts out of ten.
DRAWS, SHARE = 3, 0.9


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The measures of one clustering of labelled texts."""

    texts: int
    labels: int
    themes: int
    found: int
    v_measure: float
    adjusted_mutual_information: float
    adjusted_rand: float
    coherence: float
    diversity: float
    between_seeds: float
    between_draws: float
    unclustered: int

    def rows(self) -> Iterable[tuple[str, str]]:
        """What to print, a name and a value each."""
        yield "texts, labels", f"{self.texts:,}, {self.labels}"
        yield "themes asked for, found without asking", f"{self.themes}, {self.found}"
        yield "not clustered", f"{self.unclustered:,}"
        for name, value in (
            ("V-measure", self.v_measure),
            ("AMI", self.adjusted_mutual_information),
            ("ARI", self.adjusted_rand),
            (f"NPMI of {TERMS} terms", self.coherence),
            (f"diversity of {TERMS} terms", self.diversity),
            ("stability: ARI between seeds", self.between_seeds),
            ("stability: ARI between 90 % of the texts", self.between_draws),
        ):
            yield name, f"{value:.4f}"


def evaluate_file(
    source: Path,
    *,
    themes: int | None = None,
    seed: int = 0,
    semantic: bool = False,
    progress: Progress = quiet,
) -> Evaluation:
    """Measure on a JSON Lines file of objects with `text` and `label`.

    Raises:
        Invalid: a line is no such object (with its number), or there is one label only.
    """
    texts, labels = _labelled(source)
    return evaluate(texts, labels, themes=themes, seed=seed, semantic=semantic, progress=progress)


def _labelled(source: Path) -> tuple[list[str], list[str]]:
    texts, labels = [], []
    with source.open(encoding="utf-8-sig", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                text, label = row["text"], row["label"]
            except (ValueError, KeyError, TypeError, RecursionError):
                raise Invalid(f"Line {number}: give an object with a text and a label.") from None
            if not isinstance(text, str) or label in (None, ""):
                raise Invalid(f"Line {number}: give a text and one label.")
            texts.append(text)
            labels.append(str(label))
    return texts, labels


def evaluate(
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    themes: int | None = None,
    seed: int = 0,
    semantic: bool = False,
    progress: Progress = quiet,
) -> Evaluation:
    """Measure a clustering into `themes` (as many as labels when left out).

    Raises:
        Invalid: there are fewer than two labels.
    """
    if len(set(labels)) < 2:
        raise Invalid("There must be two labels at least.")
    # Nothing may follow from the order of a file.
    order = sorted(range(len(texts)), key=lambda place: (texts[place], labels[place]))
    texts, truth = [texts[i] for i in order], [labels[i] for i in order]
    many = themes or len(set(truth))
    progress(f"Clustering {len(texts):,} texts into {many}", 0.1)
    model = ThemeModel(many, random_state=seed, semantic=semantic).fit(texts)
    progress("Looking for a number of themes", 0.3)
    free = ThemeModel(random_state=seed, semantic=semantic).fit(texts)
    progress("Clustering again by another seed", 0.5)
    other = ThemeModel(many, random_state=seed + 1, semantic=semantic).fit(texts)
    terms = [label.terms[:TERMS] for label in name_themes(texts, model.labels_, model.n_themes_)]
    return Evaluation(
        texts=len(texts),
        labels=len(set(truth)),
        themes=many,
        found=free.n_themes_,
        v_measure=measures.v_measure(truth, model.labels_.tolist()),
        adjusted_mutual_information=measures.adjusted_mutual_information(
            truth, model.labels_.tolist()
        ),
        adjusted_rand=measures.adjusted_rand(truth, model.labels_.tolist()),
        coherence=coherence(texts, terms),
        diversity=diversity(terms),
        between_seeds=measures.adjusted_rand(model.labels_.tolist(), other.labels_.tolist()),
        between_draws=_between_draws(texts, model.labels_, many, seed, semantic, progress),
        unclustered=int((model.labels_ < 0).sum()),
    )


def _between_draws(
    texts: Sequence[str],
    whole: Labels,
    many: int,
    seed: int,
    semantic: bool,
    progress: Progress,
) -> float:
    """The mean agreement of the whole with clusterings of nine texts out of ten."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(DRAWS):
        progress("Clustering parts of the texts", 0.6 + 0.4 * number / DRAWS)
        part = np.sort(rng.choice(len(texts), round(SHARE * len(texts)), replace=False))
        model = ThemeModel(many, random_state=seed, semantic=semantic)
        labels = model.fit([texts[i] for i in part]).labels_
        found.append(measures.adjusted_rand(whole[part].tolist(), labels.tolist()))
    return float(np.mean(found))


def coherence(texts: Sequence[str], terms: Sequence[Sequence[str]]) -> float:
    """The mean normalised pointwise mutual information of a theme's terms, -1 to 1.

    Over pairs of terms that stand in the same text (Bouma 2009; Lau, Newman and Baldwin 2014).
    """
    wanted = sorted({term for group in terms for term in group})
    if not wanted:
        return 0.0
    held = _held(texts, wanted)
    place = {term: number for number, term in enumerate(wanted)}
    values = [_npmi(held[:, [place[term] for term in group]]) for group in terms if len(group) > 1]
    return float(np.mean(values)) if values else 0.0


def _held(texts: Sequence[str], terms: Sequence[str]) -> NDArray[np.bool_]:
    vectorizer = CountVectorizer(
        vocabulary=list(terms), ngram_range=(1, 4), stop_words=sorted(ENGLISH_STOP_WORDS),
        token_pattern=HYPHENED, binary=True,
    )  # fmt: skip
    found: NDArray[np.bool_] = vectorizer.transform(texts).toarray() > 0
    return found


def _npmi(held: NDArray[np.bool_]) -> float:
    both = (held.T.astype(np.float64) @ held) / len(held)
    single = np.diag(both)
    first, second = np.triu_indices(len(single), 1)
    joint, apart = both[first, second], single[first] * single[second]
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.log(joint / apart) / -np.log(joint)
    # Terms that never meet are as far apart as can be; those that always do, as near.
    values = np.where(joint <= 0, -1.0, np.where(joint >= 1, 1.0, values))
    return float(np.mean(values))


def diversity(terms: Sequence[Sequence[str]]) -> float:
    """The share of all themes' terms that are different (Dieng, Ruiz and Blei 2020)."""
    every = [term for group in terms for term in group]
    return len(set(every)) / len(every) if every else 0.0
