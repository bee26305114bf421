"""Which theme of a new run goes on which theme of the run before."""

from collections import Counter
from collections.abc import Mapping

import numpy as np

# Shared texts, as a part of all texts of both, from which on it is the same theme.
LEAST = 0.3


def match(
    old: Mapping[str, int], new: Mapping[str, int], *, least: float = LEAST
) -> dict[int, int | None]:
    """Of each new theme, the old one that it goes on, or None.

    `old` and `new` map text ids to themes. The pairing maximises the sum of Jaccard likeness over
    the texts that both runs hold (Hungarian method, Kuhn 1955); pairs below `least` are no pairs.
    """
    from scipy.optimize import linear_sum_assignment

    shared = old.keys() & new.keys()
    themes, known = sorted(set(new.values())), sorted(set(old.values()))
    if not shared:
        return dict.fromkeys(themes)
    both = Counter((new[text], old[text]) for text in shared)
    in_new = Counter(new[text] for text in shared)
    in_old = Counter(old[text] for text in shared)
    likeness = np.array(
        [[both[n, o] / max(1, in_new[n] + in_old[o] - both[n, o]) for o in known] for n in themes]
    )
    rows, columns = linear_sum_assignment(-likeness)
    found: dict[int, int | None] = dict.fromkeys(themes)
    for row, column in zip(rows, columns, strict=True):
        if likeness[row, column] >= least:
            found[themes[row]] = known[column]
    return found
