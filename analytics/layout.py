"""Where themes stand on the map: alike ones near each other, known ones where they were.

Arrays only. Texts have no place of their own here: a page scatters them inside the disc of their
theme (`scatter`), each by its own name and typicality, so that none tells of another.
"""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Positions = NDArray[np.float64]

# Distance between the centres of two themes below which their discs would touch.
APART = 1.0
# Rounds of pushing discs apart; 40 themes are apart after about 60.
ROUNDS = 300
# Cosines to the centre of texts in the middle and at the edge of a disc: on the sample organisation
# one text of ten is above the first, and none below the second.
MIDDLE, RIM = 0.95, 0.45
# How far from the centre a text that fits badly stands, as a part of the disc.
EDGE = 0.92


def centres(words: Sequence[str]) -> Positions:
    """A place in the plane for each theme, from the words of its texts; shape (n_themes, 2).

    Classical scaling (Torgerson, Psychometrika 1952) of the cosines of TF-IDF vectors; signs are
    fixed, so that the same words give the same map.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    if len(words) < 2:
        return np.zeros((len(words), 2))
    try:
        vectors = TfidfVectorizer(stop_words="english", sublinear_tf=True).fit_transform(words)
    except ValueError:  # no theme has a word
        return np.zeros((len(words), 2))
    likeness = (vectors @ vectors.T).toarray()
    middle = np.eye(len(words)) - 1 / len(words)
    values, axes = np.linalg.eigh(middle @ likeness @ middle)
    found: Positions = axes[:, -2:][:, ::-1] * np.sqrt(np.maximum(values[-2:][::-1], 0))
    signs = np.sign(found[np.abs(found).argmax(axis=0), np.arange(found.shape[1])])
    return found * np.where(signs == 0, 1, signs)


def settle(raw: Positions, known: Mapping[int, Sequence[float]]) -> Positions:
    """The places of themes so that no two discs touch; those of `known` rows stay as they are.

    New rows are put where they would stand beside the known ones: `raw` is turned and scaled onto
    them first (Schönemann, Psychometrika 1966).
    """
    if not len(raw):
        return raw
    rows = sorted(known)
    there = np.array([known[row] for row in rows], float).reshape(-1, 2)
    places = _onto(raw, rows, there) if len(rows) > 2 else _spread(raw)
    places[rows] = there
    free = np.ones(len(raw), bool)
    free[rows] = False
    return _apart(places, free)


def _spread(raw: Positions) -> Positions:
    """`raw` at a size at which its discs have about the room that they need."""
    size = np.abs(raw).max()
    return raw / size * APART * np.sqrt(len(raw)) / 2 if size else raw.copy()


def _onto(raw: Positions, rows: Sequence[int], there: Positions) -> Positions:
    ours, theirs = raw[rows], there
    mean_ours, mean_theirs = ours.mean(axis=0), theirs.mean(axis=0)
    left, scales, right = np.linalg.svd((ours - mean_ours).T @ (theirs - mean_theirs))
    spread = np.square(ours - mean_ours).sum()
    scale = scales.sum() / spread if spread else 1.0
    moved: Positions = (raw - mean_ours) @ (left @ right) * scale + mean_theirs
    return moved


def _apart(places: Positions, free: NDArray[np.bool_]) -> Positions:
    """Push discs apart along the line between them; those that are not free stand still."""
    # A turn of the golden angle each: themes with the same place part in different directions.
    turns = np.arange(len(places)) * np.pi * (3 - np.sqrt(5))
    places = places + 1e-3 * np.column_stack([np.cos(turns), np.sin(turns)]) * free[:, None]
    for _ in range(ROUNDS):
        gaps = places[:, None] - places[None]
        far = np.linalg.norm(gaps, axis=2)
        np.fill_diagonal(far, np.inf)
        short = np.maximum(APART - far, 0)
        if short.max() < 1e-3:
            break
        push = (gaps / np.maximum(far, 1e-9)[..., None] * short[..., None]).sum(axis=1)
        places = places + 0.5 * push * free[:, None]
    return places


def scatter(name: str, likeness: float) -> tuple[float, float]:
    """Where a text stands in the disc of its theme, of radius 1: the more typical, the nearer.

    `likeness` is the cosine to the centre. It is taken in steps, so that a text does not move
    with every later run; the angle is drawn from the text's name alone.
    """
    draw = hashlib.blake2b(name.encode(), digest_size=8).digest()
    turn = int.from_bytes(draw[:4]) / 2**32 * 2 * np.pi
    within = int.from_bytes(draw[4:]) / 2**32
    step = round(10 * min(max((MIDDLE - likeness) / (MIDDLE - RIM), 0.0), 0.9)) / 10
    far = EDGE * np.sqrt(min(step + 0.1 * within, 1.0))
    return float(far * np.cos(turn)), float(far * np.sin(turn))
