"""How well the names of themes say which texts they stand for, and how they read.

    python -m tests.bench.bench_names [--show]

On NASA's lessons, clustered as a run does without their projects, and on labelled sets at the true
number of classes: the share of phrases of more than one word; F1 of finding a theme's texts by its
name, as a whole (any of its phrases stands in the text) and ranked (as many texts as the theme has,
best first by BM25 of the name's words); the coherence of the terms; CPU time of naming.
"""

import argparse
import re
import time
from collections.abc import Iterator, Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from analytics.evaluate import coherence
from analytics.labels import name_themes
from analytics.themes import Labels, ThemeModel
from analytics.words import HYPHENED, Words
from tests.bench.bench_themes import _rows, labelled
from tests.bench.judged import DATA
from tests.bench.machine import machine

PARTS = ("abstract", "driving_event", "lessons", "recommendations")
SETS = ("SAFECOM", "BBC", "newsgroups")
# BM25 as Robertson and Zaragoza (2009) have it.
K1, B = 1.2, 0.75


def clustered() -> Iterator[tuple[str, list[str], Labels, int]]:
    """Each set with its themes."""
    if not DATA.is_dir():
        print("left out: the sets are not there")
        return
    texts = sorted(
        "\n".join(row[part] or "" for part in ("title", *PARTS))
        for row in _rows("llis/llis_dev.jsonl")
    )
    model = ThemeModel(random_state=0).fit(texts)
    yield "NASA's lessons", texts, model.labels_, model.n_themes_
    for name, (unordered, labels) in labelled():
        if name in SETS:
            texts = sorted(unordered)
            model = ThemeModel(len(set(labels)), random_state=0).fit(texts)
            yield name, texts, model.labels_, model.n_themes_


def found_whole(name: str, texts: Sequence[str]) -> NDArray[np.bool_]:
    """Which texts hold any phrase of a name."""
    phrases = "|".join(map(re.escape, name.lower().split(", ")))
    wanted = re.compile(rf"(?<!\w)(?:{phrases})(?!\w)")
    return np.array([wanted.search(text.lower()) is not None for text in texts])


class Ranking:
    """Texts ranked by the words of a name."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.words = Words(1, pattern=HYPHENED)
        counts = self.words.fit_transform(texts).astype(float).tocoo()
        held = np.bincount(counts.col, minlength=counts.shape[1])
        rare = np.log(1 + (len(texts) - held + 0.5) / (held + 0.5))
        long = np.asarray(counts.sum(axis=1)).ravel()
        damped = counts.data + K1 * (1 - B + B * long[counts.row] / long.mean())
        weights = rare[counts.col] * counts.data * (K1 + 1) / damped
        self.weights = sp.csr_matrix((weights, (counts.row, counts.col)), shape=counts.shape)

    def best(self, name: str, many: int) -> NDArray[np.int64]:
        """The places of the best texts, at most `many`."""
        scores = self.weights @ np.asarray(self.words.transform([name]).todense()).ravel()
        order = np.lexsort((np.arange(len(scores)), -scores))[:many]
        return order[scores[order] > 0]


def f1(found: int, right: int, size: int) -> float:
    """The harmonic mean of precision and recall."""
    return 2 * right / max(found + size, 1)


def main() -> None:
    """Print a line for each set, with the names where wanted."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--show", action="store_true", help="print the names too")
    wanted = parser.parse_args()
    print(machine())
    print(f"{'':<16}{'themes':>7}{'several words':>15}{'F1 whole':>10}{'ranked':>8}{'NPMI':>8}"
          f"{'CPU s':>7}")  # fmt: skip
    for name, texts, labels, many in clustered():
        began = time.process_time()
        named = name_themes(texts, labels, many)
        took = time.process_time() - began
        ranking, whole, ranked = Ranking(texts), [], []
        for theme, label in enumerate(named):
            mine = labels == theme
            size, held = int(mine.sum()), found_whole(label.name, texts)
            whole.append(f1(int(held.sum()), int((held & mine).sum()), size))
            best = ranking.best(label.name, size)
            ranked.append(f1(len(best), int(mine[best].sum()), size))
        phrases = [phrase for label in named for phrase in label.name.split(", ")]
        several = np.mean([" " in phrase for phrase in phrases])
        npmi = coherence(texts, [label.terms for label in named])
        print(f"{name:<16}{many:>7}{several:>15.2f}{np.mean(whole):>10.3f}{np.mean(ranked):>8.3f}"
              f"{npmi:>8.3f}{took:>7.2f}")  # fmt: skip
        if wanted.show:
            print("\n".join(f"    {label.name}" for label in named))


if __name__ == "__main__":
    main()
