"""From texts to named themes, as frozen values or as a JSON file; no database.

The same input, parameters and seed give the same output byte for byte; the output says which
they were, with the versions of the libraries that did the arithmetic.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics import corpus, growth, streaming
from analytics.basis import LIBRARIES, Basis
from analytics.features import TextFeatures
from analytics.growth import Growth
from analytics.labels import TEXTS, Label, name_themes
from analytics.themes import ThemeModel
from content import meaning
from content.errors import Invalid
from content.types import ThemeText

Progress = Callable[[str, float], None]
# How far the number of themes that is found can be made coarser or finer.
FINENESS_LEAST, FINENESS_MOST = 0.25, 4.0


@dataclass(frozen=True, slots=True)
class FittedDocument:
    """One text: its theme, or None when it fits none, and its cosine to the theme's centre.

    `margin` is by how much that is above the cosine to the next best theme: small for a doubtful
    text.
    """

    id: str
    theme: int | None
    score: float
    margin: float = 0.0


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
    """A whole clustering, with what it takes to repeat it.

    In a later run, `born` are the themes that are new; `merges` pairs of themes that may be one,
    with their likeness; `drift` and `since` see `growth.Growth`.
    """

    documents: tuple[FittedDocument, ...]
    themes: tuple[FittedTheme, ...]
    parameters: Mapping[str, Any]
    born: tuple[int, ...] = ()
    merges: tuple[tuple[int, int, float], ...] = ()
    drift: float = 0.0
    since: float = 0.0
    # To be kept for a later run; it says nothing about what was found.
    basis: Basis | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Summary:
    """What `fit_file` wrote."""

    documents: int
    themes: int


def quiet(_step: str, _share: float) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person may choose of a clustering: all else follows from the texts."""

    themes: int | None = None
    seed: int = 0
    semantic: bool = False
    fineness: float = 1.0

    def model(self) -> ThemeModel:
        """The model that goes by them.

        Raises:
            Invalid: a number that cannot be.
        """
        if self.themes is not None and self.themes < 1:
            raise Invalid("Ask for one theme at least.")
        if not FINENESS_LEAST <= self.fineness <= FINENESS_MOST:
            raise Invalid(f"The fineness goes from {FINENESS_LEAST} to {FINENESS_MOST}.")
        if self.semantic and meaning.installed() is None:
            raise Invalid("Word vectors are an extra: install pmo-portal[semantic].")
        return ThemeModel(
            self.themes, random_state=self.seed, semantic=self.semantic, fineness=self.fineness
        )

    def features(self) -> TextFeatures:
        """The features that go by them."""
        return TextFeatures(random_state=self.seed, semantic=self.semantic)

    def noted(self) -> dict[str, Any]:
        """As a result records them, with the versions of what did the arithmetic."""
        return {**asdict(self), "versions": {name: version(name) for name in LIBRARIES}}


def fit_texts(
    texts: Sequence[ThemeText],
    *,
    themes: int | None = None,
    seed: int = 0,
    semantic: bool = False,
    fineness: float = 1.0,
    mask: Iterable[str] = (),
    known: Mapping[str, int] | None = None,
    basis: Basis | None = None,
    across_projects: bool = False,
    progress: Progress = quiet,
) -> FittedThemes:
    """Cluster and name; `progress` may raise to stop.

    With `across_projects` the vocabulary that all texts of a project share is taken out, so that
    problems are found and not settings; without it texts are compared as they are.

    `known` maps ids of texts to themes 0 to n - 1 of a run before, which then stay: see
    `growth.grow`. `basis` is what a run before learned; without it, that is learned afresh.

    Raises:
        Invalid: there is no text, or the number of themes cannot be.
    """
    if not texts:
        raise Invalid("There is no text to cluster.")
    choices = Choices(themes, seed, semantic, fineness)
    model = choices.model()
    rows = corpus.ordered(texts)
    plain = corpus.masked([row.text for row in rows], mask)
    progress(f"Comparing {len(rows):,} texts", 0.1)
    groups = [row.project for row in rows] if across_projects else None
    if known is None:
        found = growth.first(model.fit(plain, groups=groups))
    else:
        basis = basis or Basis.fit(choices.features(), plain)
        before = [known.get(row.id, growth.LOOSE) for row in rows]
        found = growth.grow(basis, plain, before, groups=groups)
    progress(f"Naming {found.themes} themes", 0.8)
    named = _named(rows, plain, found, groups)
    return FittedThemes(
        _documents(rows, found), _themes(rows, found, named), choices.noted(),
        found.born, found.merges, round(found.drift, 4), round(found.since, 4), found.basis,
    )  # fmt: skip


def _documents(rows: Sequence[ThemeText], found: Growth) -> tuple[FittedDocument, ...]:
    return tuple(
        FittedDocument(
            row.id, int(label) if label >= 0 else None, round(float(score), 6),
            round(float(margin), 6),
        )
        for row, label, score, margin in zip(
            rows, found.labels, found.scores, found.margins, strict=True
        )
    )  # fmt: skip


def _named(
    rows: Sequence[ThemeText], plain: Sequence[str], found: Growth, groups: Sequence[str] | None
) -> list[Label]:
    """Names out of the words of texts that everybody may read."""
    open_ = [place for place, row in enumerate(rows) if row.open]
    return name_themes(
        [plain[place] for place in open_],
        found.labels[open_],
        found.themes,
        None if groups is None else [groups[place] for place in open_],
    )


def _themes(
    rows: Sequence[ThemeText],
    found: Growth,
    named: Sequence[Label],
    sizes: Sequence[int] | None = None,
) -> tuple[FittedTheme, ...]:
    """The themes; `sizes` where there are more texts than `rows`."""
    if sizes is None:
        sizes = np.bincount(found.labels[found.labels >= 0], minlength=found.themes).tolist()
    open_ = np.array([row.open for row in rows], bool)
    return tuple(
        FittedTheme(
            number, named[number].name, named[number].terms, int(sizes[number]),
            _typical(rows, np.flatnonzero((found.labels == number) & open_), found),
        )
        for number in range(found.themes)
    )  # fmt: skip


def _typical(
    rows: Sequence[ThemeText], places: NDArray[np.int64], found: Growth
) -> tuple[str, ...]:
    """The open texts nearest to the centre, at most one of each project while others are left."""
    ranked = places[np.lexsort((places, -found.scores[places]))]
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
    semantic: bool = False,
    fineness: float = 1.0,
    progress: Progress = quiet,
) -> Summary:
    """Cluster a JSON Lines file into one JSON object, written whole or not at all.

    The object holds `documents` (`id`, `theme`, `score`; theme null where it fits none), `themes`
    (`id`, `label`, `terms`, `size`, `representatives`), `parameters` with seed and versions, and
    the input's SHA-256 as `digest`. Of a file with more than `streaming.SAMPLE_MOST` texts a
    sample is clustered, and the others are placed in its themes; only one batch of them is in
    memory at a time.

    Raises:
        Invalid: see `corpus.read` and `fit_texts`; the output cannot be written there.
    """
    _require_writable(output)
    progress("Reading the texts", 0.02)
    choices = Choices(themes, seed, semantic, fineness)
    model = choices.model()
    rows, count = streaming.sample(corpus.stream(source))
    progress(f"Comparing {len(rows):,} of {count:,} texts", 0.1)
    plain = [row.text for row in rows]
    learned = growth.first(model.fit(plain))
    progress(f"Naming {learned.themes} themes", 0.6)
    named = name_themes(plain, learned.labels, learned.themes)
    progress(f"Placing {count - len(rows):,} other texts", 0.7)
    everything = corpus.stream(source) if count > len(rows) else iter(())
    placed = streaming.place(model, rows, everything)
    found = _themes(rows, learned, named, placed.sizes(learned.themes).tolist())
    _write_whole(output, placed, found, {**choices.noted(), "sample": len(rows)}, _digest(source))
    progress("Written", 1.0)
    return Summary(count, len(found))


def _require_writable(output: Path) -> None:
    """Say so at once, not after minutes of work."""
    if output.is_dir():
        raise Invalid(f"{output} is a folder; name a file to write.")
    if not output.parent.is_dir():
        raise Invalid(f"There is no folder {output.parent} to write into.")
    if not os.access(output.parent, os.W_OK):
        raise Invalid(f"The folder {output.parent} cannot be written to.")


def _digest(source: Path) -> str:
    with source.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _write_whole(
    output: Path,
    placed: streaming.Placed,
    themes: Sequence[FittedTheme],
    parameters: Mapping[str, Any],
    digest: str,
) -> None:
    with tempfile.NamedTemporaryFile(
        "w", dir=output.parent, suffix=".part", delete=False, encoding="utf-8"
    ) as handle:
        handle.write('{"documents": [')
        for number, (name, theme, score) in enumerate(placed):
            document = {
                "id": name, "theme": theme if theme >= 0 else None, "score": round(score, 6)
            }  # fmt: skip
            handle.write(",\n" if number else "\n")
            handle.write(json.dumps(document, ensure_ascii=False))
        rest = {"themes": [asdict(t) for t in themes], "parameters": parameters, "digest": digest}
        handle.write("\n], " + json.dumps(rest, ensure_ascii=False, indent=1)[1:] + "\n")
    Path(handle.name).replace(output)
