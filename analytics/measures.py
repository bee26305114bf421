"""Measures of a clustering: agreement with labels or with another run."""

from collections.abc import Sequence


def v_measure(truth: Sequence[object], found: Sequence[object]) -> float:
    """Harmonic mean of homogeneity and completeness, 0 to 1 (Rosenberg & Hirschberg 2007)."""
    from sklearn.metrics import v_measure_score

    return float(v_measure_score(truth, found))


def adjusted_mutual_information(truth: Sequence[object], found: Sequence[object]) -> float:
    """Mutual information corrected for chance, about 0 to 1 (Vinh et al. 2010)."""
    from sklearn.metrics import adjusted_mutual_info_score

    return float(adjusted_mutual_info_score(truth, found))


def adjusted_rand(one: Sequence[object], other: Sequence[object]) -> float:
    """Agreement of two clusterings corrected for chance, -0.5 to 1 (Hubert & Arabie 1985)."""
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(one, other))
