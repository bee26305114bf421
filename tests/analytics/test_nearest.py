"""The nearest of many points: exact where whole, nearly so by cells."""

import numpy as np
import pytest
from sklearn.preprocessing import normalize

from analytics import nearest
from analytics.nearest import Points, neighbours, smooth


def clustered(many: int, knots: int = 40, seed: int = 3) -> Points:
    """Points around knots, as texts of themes are."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(knots, 30))
    points = centres[rng.integers(knots, size=many)] + rng.normal(scale=0.7, size=(many, 30))
    found: Points = normalize(points.astype(np.float32))
    return found


def brute(points: Points, many: int) -> set[tuple[int, int]]:
    """Pairs of neighbours, one by one."""
    likeness = points @ points.T
    np.fill_diagonal(likeness, -2)
    near = np.argsort(-likeness, axis=1)[:, :many]
    pairs = {(i, int(j)) for i, row in enumerate(near) for j in row if likeness[i, j] > 0}
    return pairs | {(j, i) for i, j in pairs}


def pairs_of(points: Points, many: int) -> set[tuple[int, int]]:
    graph = neighbours(points, many).tocoo()
    return set(zip(graph.row.tolist(), graph.col.tolist(), strict=True))


def test_a_whole_search_is_exact_over_several_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    points = clustered(150)
    monkeypatch.setattr(nearest, "BLOCK", 64)
    assert pairs_of(points, 5) == brute(points, 5)


def test_cells_find_nearly_all(monkeypatch: pytest.MonkeyPatch) -> None:
    points = clustered(3_000)
    exact = pairs_of(points, 10)
    monkeypatch.setattr(nearest, "WHOLE_MOST", 100)
    found = pairs_of(points, 10)
    assert len(found & exact) / len(exact) > 0.95


def test_cells_have_an_answer_for_points_that_are_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(nearest, "WHOLE_MOST", 100)
    same = np.repeat(clustered(1), 400, axis=0)
    graph = neighbours(np.vstack([same, np.zeros_like(same)]), 5)
    assert (graph.getnnz(axis=1)[:400] >= 5).all()
    assert not graph.getnnz(axis=1)[400:].any()


@pytest.mark.parametrize("many", [0, 1, 2])
def test_few_points_have_an_answer(many: int) -> None:
    points = clustered(many) if many else np.zeros((0, 30), np.float32)
    assert neighbours(points, 5).shape == (many, many)
    assert smooth(points, 5, 2).shape == points.shape
