"""How surely a change of a rate would be seen, before anybody waits for it.

Counted with the very test that `analytics.trends.effect` makes, not with a formula beside it: every
number of hits that may come out is tried, and weighed with its chance. Arrays only.
"""

import numpy as np

from analytics.ratio import score
from analytics.trends import LEVEL, quantile

# How surely one wants to see a change before one relies on not having seen it.
WANTED = 0.8
# More projects than this after a change no organisation waits for.
AFTER_MOST = 2_000


def chance_to_see(
    hits: int, before: int, after: int, *, factor: float = 0.5, level: float = LEVEL
) -> float:
    """The chance that a rate which really is `factor` times what it was is seen to differ.

    Parameters
    ----------
    hits, before
        What was counted before the change: so many of so many projects were hit. It is known when
        the question is asked, so that only the hits after it are left to chance (binomial).
    after
        Projects that will be counted after it.
    factor
        The true ratio of the rates; 0.5 is a halving.
    level
        Error of the interval of the ratio, whose end must lie on the right side of 1.

    Returns
    -------
    float
        0 to 1; 0 where there was nothing before.

    Raises
    ------
    ValueError
        The counts cannot be.
    """
    if not 0 <= hits <= before or after < 0:
        raise ValueError(f"{hits} of {before} before and {after} after cannot be")
    if not hits or not after:
        return 0.0
    from scipy.stats import binom

    found = np.arange(after + 1)
    # The interval of the ratio leaves 1 out just where the score of 1 is beyond its reach.
    far, reach = score(hits, before, found, after), quantile(1 - level / 2)
    seen = far < -reach if factor < 1 else far > reach
    chances = binom.pmf(found, after, min(factor * hits / before, 1.0))
    return float(np.clip(chances[seen].sum(), 0.0, 1.0))


def after_needed(
    hits: int, before: int, *, factor: float = 0.5, wanted: float = WANTED
) -> int | None:
    """The fewest projects after a change with which it is seen so surely; None when none will do.

    None is common: with few projects before, waiting alone does not help.
    """
    if chance_to_see(hits, before, AFTER_MOST, factor=factor) < wanted:
        return None
    low, high = 0, AFTER_MOST
    while high - low > 1:
        middle = (low + high) // 2
        enough = chance_to_see(hits, before, middle, factor=factor) >= wanted
        low, high = (low, middle) if enough else (middle, high)
    return high
