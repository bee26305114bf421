"""From texts to named themes, as frozen values or as a JSON file; no database.

The same input, parameters and seed give the same output byte for byte; the output says which
they were, with the versions of the libraries that did the arithmetic.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from analytics import corpus
from analytics.labels import TEXTS, name_themes
from analytics.themes import ThemeModel
from content.errors import Invalid
from content.types import ThemeText

Progress = Callable[[str, float], None]
LIBRARIES = ("scikit-learn", "scipy", "numpy")


@dataclass(frozen=True, slots=True)
class FittedDocument:
    """One text: its theme, or None when it fits none, and its cosine to the theme's centre."""

    id: str
    theme: int | None
    score: float


@dataclass(frozen=True, slots=True)
class FittedTheme:
    """One theme: its name, its terms, how many texts it has, and the ids of typical ones."""

    id: int
    label: str
    terms: tuple[str, ...]
    size: int
    representatives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FittedThemes:
    """A whole clustering, with what it takes to repeat it."""

    documents: tuple[FittedDocument, ...]
    themes: tuple[FittedTheme, ...]
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Summary:
    """What `fit_file` wrote."""

    documents: int
    themes: int


def _quiet(_step: str, _share: float) -> None:
    """Nobody watches."""


def fit_texts(
    texts: Sequence[ThemeText],
    *,
    themes: int | None = None,
    seed: int = 0,
    mask: Iterable[str] = (),
    known: Mapping[str, int] | None = None,
    across_projects: bool = False,
    progress: Progress = _quiet,
) -> FittedThemes:
    """Cluster and name; `progress` may raise to stop.

    With `across_projects` the vocabulary that all texts of a project share is taken out, so that
    problems are found and not settings; without it texts are compared as they are.

    `known` maps ids of texts to themes 0 to n - 1 of a run before: see `ThemeModel.fit`.

    Raises:
        Invalid: there is no text, or the number of themes cannot be.
    """
    if not texts:
        raise Invalid("There is no text to cluster.")
    if themes is not None and themes < 1:
        raise Invalid("Ask for one theme at least.")
    rows = corpus.ordered(texts)
    plain = corpus.masked([row.text for row in rows], mask)
    progress(f"Comparing {len(rows)} texts", 0.1)
    groups = [row.project for row in rows] if across_projects else None
    before = None if known is None else [known.get(row.id, -1) for row in rows]
    model = ThemeModel(themes, random_state=seed).fit(plain, groups=groups, known=before)
    progress(f"Naming {model.n_themes_} themes", 0.8)
    named = name_themes(plain, model.labels_, model.n_themes_, groups)
    documents = tuple(
        FittedDocument(row.id, int(label) if label >= 0 else None, round(float(score), 6))
        for row, label, score in zip(rows, model.labels_, model.scores_, strict=True)
    )
    found = tuple(
        FittedTheme(
            number,
            named[number].name,
            named[number].terms,
            int((model.labels_ == number).sum()),
            _typical(rows, model, number),
        )
        for number in range(model.n_themes_)
    )
    parameters = {"themes": themes, "seed": seed, "versions": {n: version(n) for n in LIBRARIES}}
    return FittedThemes(documents, found, parameters)


def _typical(rows: Sequence[ThemeText], model: ThemeModel, number: int) -> tuple[str, ...]:
    """The texts nearest to the centre, at most one of each project while others are left."""
    places = np.flatnonzero(model.labels_ == number)
    ranked = places[np.lexsort((places, -model.scores_[places]))]
    chosen: list[int] = []
    seen: set[str] = set()
    for place in ranked:
        if rows[place].project not in seen or not rows[place].project:
            chosen.append(int(place))
            seen.add(rows[place].project)
        if len(chosen) == TEXTS:
            break
    chosen += [int(place) for place in ranked if place not in chosen][: TEXTS - len(chosen)]
    return tuple(rows[place].id for place in chosen)


def fit_file(
    source: Path,
    output: Path,
    *,
    themes: int | None = None,
    seed: int = 0,
    progress: Progress = _quiet,
) -> Summary:
    """Cluster a JSON Lines file into one JSON object, written whole or not at all.

    The object holds `documents` (`id`, `theme`, `score`; theme null where it fits none), `themes`
    (`id`, `label`, `terms`, `size`, `representatives`), `parameters` with seed and versions, and
    the input's SHA-256 as `digest`.

    Raises:
        Invalid: see `corpus.read` and `fit_texts`.
    """
    progress("Reading the texts", 0.02)
    fitted = fit_texts(corpus.read(source), themes=themes, seed=seed, progress=progress)
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    _write_whole(output, {**asdict(fitted), "digest": digest})
    progress("Written", 1.0)
    return Summary(len(fitted.documents), len(fitted.themes))


def _write_whole(output: Path, value: Mapping[str, Any]) -> None:
    with tempfile.NamedTemporaryFile(
        "w", dir=output.parent, suffix=".part", delete=False, encoding="utf-8"
    ) as handle:
        json.dump(value, handle, ensure_ascii=False, indent=1)
        handle.write("\n")
    Path(handle.name).replace(output)
