"""What later theme runs keep, and whether they see what is new.

    python -m tests.bench.bench_later_themes [--texts 1500]

Of each labelled set a part is clustered, and the rest comes in five quarters of a tenth each: the
share of texts that stay in their theme after one and after five, and the agreement with labels
beside that of clustering everything afresh. Then all classes but one are known and a quarter brings
that one: whether a new theme holds it. A quarter that brings nothing new should make none. Last,
half of the classes are known and later texts come of these alone, of both halves, or of the other
one: the drift that is shown, from which a full re-fit is offered at 0.10.
"""

import argparse
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analytics import measures
from analytics.growth import LOOSE, Growth, grow
from analytics.themes import ThemeModel
from tests.bench.bench_bertopic import drawn
from tests.bench.bench_themes import labelled
from tests.bench.machine import machine

QUARTERS, TENTH = 5, 1.1
# Classes that are held back, the largest first, and texts of them as a part of the known ones.
HELD_BACK, PART = 3, 0.05


def quarters(texts: Sequence[str], labels: Sequence[str]) -> str:
    """Five later runs: what they keep, and how they agree with labels."""
    sizes = [round(len(texts) / TENTH**left) for left in range(QUARTERS, -1, -1)]
    model = ThemeModel().fit(texts[: sizes[0]])
    basis, now = model.basis_, model.labels_
    kept, born, first = [], 0, model.labels_
    for size in sizes[1:]:
        found = grow(basis, texts[:size], [*now.tolist(), *[LOOSE] * (size - len(now))])
        basis, now, born = found.basis, found.labels, born + len(found.born)
        placed = first >= 0
        kept.append(float((now[: len(first)] == first)[placed].mean()))
    afresh = ThemeModel(found.themes).fit(texts)
    agrees = measures.v_measure(labels, now.tolist())
    anew = measures.v_measure(labels, afresh.labels_.tolist())
    return (
        f"kept {kept[0]:7.2%} after one, {kept[-1]:7.2%} after five; new themes {born}; "
        f"V {agrees:.3f}, afresh {anew:.3f}; drift {found.drift:.2f}"
    )


def a_quarter(texts: Sequence[str], labels: Sequence[str], held_back: str | None) -> Growth:
    """A later run that brings a class that nobody knew, or none."""
    rng, kind = np.random.default_rng(0), np.array(labels)
    others = np.flatnonzero(kind != held_back)
    new = rng.choice(others, len(others) // 11, replace=False)
    old = np.setdiff1d(others, new)
    own: NDArray[np.int64] = np.flatnonzero(kind == held_back)[: max(15, int(PART * len(others)))]
    model = ThemeModel().fit([texts[place] for place in old.tolist()])
    order = [*old.tolist(), *new.tolist(), *own.tolist()]
    known = [*model.labels_.tolist(), *[LOOSE] * (len(new) + len(own))]
    found = grow(model.basis_, [texts[place] for place in order], known)
    mine = found.labels[len(old) + len(new) :]
    of_it = np.isin(mine, found.born).sum()
    others_too = np.isin(found.labels, found.born).sum() - of_it
    print(
        f"    brings {held_back or 'nothing new':<40} new themes {len(found.born)}; of its "
        f"{len(own)} texts {of_it} are in them, with {others_too} others",
        flush=True,
    )
    return found


def drifts(texts: Sequence[str], labels: Sequence[str]) -> str:
    """What is shown as drift when later texts are of known classes, of both kinds, of others."""
    classes = [label for label, _ in Counter(labels).most_common()]
    known, others = (
        [text for text, label in zip(texts, labels, strict=True) if label in half]
        for half in ({*classes[::2]}, {*classes[1::2]})
    )
    first = len(known) * 7 // 10
    old, same = known[:first], known[first:]
    model = ThemeModel().fit(old)
    many = min(len(same), len(others))
    later = (same[:many], same[: many // 2] + others[: many // 2], others[:many])
    found = [
        grow(model.basis_, old + new, [*model.labels_.tolist(), *[LOOSE] * len(new)]).drift
        for new in later
    ]
    return "drift of known classes {:.2f}, of both {:.2f}, of others {:.2f}".format(*found)


def main() -> None:
    """Measure and print."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--texts", type=int, default=1_500)
    asked = reader.parse_args()
    print(machine())
    for name, found in labelled():
        texts, labels = drawn(found, asked.texts)
        print(f"{name:<16}{len(texts)} texts: {quarters(texts, labels)}", flush=True)
        often = [label for label, _ in Counter(labels).most_common(HELD_BACK)]
        for held_back in (None, *often):
            a_quarter(texts, labels, held_back)
        print(f"    {drifts(texts, labels)}", flush=True)


if __name__ == "__main__":
    main()
