"""What a fit learned, kept in a file, so that a later run computes only what is new.

Words, weights, axes of the latent space, and the point of each text under a hash of the text. The
file is an npz archive of plain arrays (nothing in it is run when it is read), belongs to one set of
parameters and library versions, and may be deleted: the next run learns afresh. Texts that a run no
longer holds leave it with that run.
"""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from analytics.features import Bm25, Meant, TextFeatures
from analytics.nearest import Points
from analytics.words import Words

# Goes up when the file changes its form, or the same texts would get other points.
FORM = 1
LIBRARIES = ("scikit-learn", "scipy", "numpy")
HASH = 16  # bytes: among 10 to the 9 texts no two share one


@dataclass(frozen=True, slots=True)
class Basis:
    """The features of a full fit, with the points of texts: those learned on, and later ones.

    `points` are neither centred nor smoothed, `weights` the terms of each text; `learned` says of
    each text whether the full fit saw it; `places` are the rows by the hash of the text.
    """

    features: TextFeatures
    places: Mapping[bytes, int]
    points: Points
    weights: sp.csr_matrix
    learned: NDArray[np.bool_]

    @classmethod
    def fit(cls, features: TextFeatures, texts: Sequence[str]) -> Self:
        """Learn on `texts`."""
        points = features.learn(texts)
        learned = np.ones(len(texts), bool)
        return cls(features, _places(map(mark, texts)), points, features.weights_, learned)

    def of(self, texts: Sequence[str]) -> Self:
        """The basis of these texts, in this order: what is known is taken, the rest placed."""
        marks = [mark(text) for text in texts]
        rows = np.array([self.places.get(one, -1) for one in marks], np.int64)
        new = np.flatnonzero(rows < 0)
        points, weights = self.features.place([texts[place] for place in new.tolist()])
        rows[new] = len(self.points) + np.arange(len(new))
        learned = np.concatenate([self.learned, np.zeros(len(new), bool)])
        return type(self)(
            self.features, _places(marks), np.vstack([self.points, points])[rows],
            sp.vstack([self.weights, weights], format="csr")[rows], learned[rows],
        )  # fmt: skip

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        arrays = {**_kept(self.features), **_packed(self)}
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as handle:
            part = Path(handle.name)
        try:
            with part.open("wb") as handle:
                np.savez(handle, allow_pickle=False, **arrays)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)  # a full disk leaves no piece behind

    @classmethod
    def load(cls, path: Path, like: TextFeatures) -> Self | None:
        """What `save` wrote, when it is whole and was learned by `like`'s parameters."""
        try:
            with path.open("rb") as handle, np.load(handle, allow_pickle=False) as arrays:
                if bytes(arrays["key"]) != _key(like):
                    return None
                return cls(_features(like, arrays), *_unpacked(arrays))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None


def mark(text: str) -> bytes:
    """The hash of a text."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=HASH).digest()


def _places(marks: Iterable[bytes]) -> dict[bytes, int]:
    return {one: place for place, one in enumerate(marks)}


def _key(features: TextFeatures) -> bytes:
    """Parameters and versions that decide about points."""
    versions = {name: version(name) for name in LIBRARIES}
    return json.dumps([FORM, features.get_params(), versions], sort_keys=True).encode()


Arrays = Mapping[str, NDArray[Any]]


def _bytes(text: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(text, np.uint8)


def _kept(features: TextFeatures) -> dict[str, NDArray[Any]]:
    """What the features learned, as arrays."""
    found = {
        "key": _bytes(_key(features)),
        "words": _bytes("\n".join(features.words_.words_).encode()),
        "bounds": np.array([features.words_.longest]),
        "average": np.array(features.weighting_.average_),
        "rarity": features.weighting_.rarity_,
    }
    for length, keys in enumerate(features.words_.keys_, 1):
        found[f"keys{length}"] = keys
    if features.components_ is not None:
        found["axes"] = features.components_
    if features.semantic:
        found |= features.meant_.kept()
    return found


def _features(like: TextFeatures, arrays: Arrays) -> TextFeatures:
    """`like` with what was learned."""
    features = TextFeatures(**like.get_params())
    longest = int(arrays["bounds"][0])
    features.words_ = Words(longest=longest)
    spelled = bytes(arrays["words"]).decode()
    features.words_.words_ = spelled.split("\n") if spelled else []
    features.words_.keys_ = [arrays[f"keys{length}"] for length in range(1, longest + 1)]
    features.weighting_ = Bm25()
    features.weighting_.average_ = float(arrays["average"])
    features.weighting_.rarity_ = arrays["rarity"]
    features.components_ = arrays.get("axes")
    if features.semantic:
        features.meant_ = Meant(features.random_state).of(arrays)
    return features


def _packed(basis: Basis) -> dict[str, NDArray[Any]]:
    marks = b"".join(basis.places)
    return {
        "marks": _bytes(marks),
        "rows": np.fromiter(basis.places.values(), np.int64),
        "points": basis.points,
        "learned": basis.learned,
        "data": basis.weights.data,
        "indices": basis.weights.indices,
        "indptr": basis.weights.indptr,
        "shape": np.array(basis.weights.shape),
    }


def _unpacked(arrays: Arrays) -> tuple[Any, ...]:
    marks = bytes(arrays["marks"])
    names = [marks[start : start + HASH] for start in range(0, len(marks), HASH)]
    weights = sp.csr_matrix(
        (arrays["data"], arrays["indices"], arrays["indptr"]), shape=tuple(arrays["shape"])
    )
    places = dict(zip(names, arrays["rows"].tolist(), strict=True))
    return places, arrays["points"], weights, arrays["learned"]
