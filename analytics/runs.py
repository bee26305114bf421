"""Theme runs over the database: read the texts, cluster them, keep what was found.

Clustering happens between two units of work: the first reads a snapshot of the texts, the second
writes the whole result at once. A theme that shares enough texts with one of the run before keeps
that theme's row, and so its identity and address.

A run that starts afresh is only proposed: what it would change is shown, and somebody keeps it or
drops it.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from analytics import keeping, placements, wording
from analytics.catalogue import newest
from analytics.models import ThemeRun
from analytics.texts import ALL, Selection, closed_since, corpus, names_to_mask
from content import activity
from content.access import Action, require
from content.db import Database
from content.errors import Conflict, Invalid
from content.types import SYSTEM, Actor, ThemeText

if TYPE_CHECKING:
    from analytics.basis import Basis
    from analytics.fit import FittedThemes

Progress = Callable[[str, float], None]
SEED = 0


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run found; a proposed one changed nothing yet."""

    run_id: int
    texts: int
    themes: int
    kept: int
    proposed: bool = False


def run(
    database: Database,
    *,
    by: Actor | None,
    at: datetime,
    selection: Selection = ALL,
    least: int = 1,
    fresh: bool = False,
    fineness: float | None = None,
    folder: Path | None = None,
    progress: Progress = lambda _step, _share: None,
    job_id: int | None = None,
) -> RunSummary:
    """Cluster what is there now and keep the result whole.

    With `fresh` known themes are found anew and matched, and the result is proposed instead. How
    many are found then goes by `fineness`, as `ThemeModel` takes it; None is as the run before.
    What is learned stays in `folder`, so that a later run computes only what is new.

    Raises:
        Invalid: there are fewer than `least` texts, or the fineness cannot be.
    """
    from analytics.fit import fit_texts

    actor = by or SYSTEM
    require(actor, Action.theme_run)
    progress("Reading the texts of closed projects", 0.02)
    with database.reading() as session:
        texts, names = corpus(session, selection), names_to_mask(session)
        held, out = placements.held(session), placements.out(session)
        learned, before = _learned(session), fineness_of(newest(session))
    _require_enough(texts, least)
    order, known = ([], None) if fresh else _known(held, out, texts)
    fitted = fit_texts(
        texts,
        seed=SEED,
        # Themes that are known stay as they are, so the number of then is the one to note.
        fineness=before if known is not None or fineness is None else fineness,
        mask=names,
        known=known,
        basis=None if known is None else _basis(folder, learned),
        across_projects=True,
        progress=progress,
    )
    progress("Keeping the themes", 0.97)
    identities = _matched(held, fitted) if known is None else dict(enumerate(order))
    row = _noted(texts, fitted, selection, by=actor, at=at, job_id=job_id)
    row.difference = {"fresh": known is None, "drift": fitted.drift, "since": fitted.since}
    # A later run goes on from what the last full fit learned, which bears the name of its corpus.
    learned = row.digest if known is None else learned or row.digest
    row.parameters = {**row.parameters, "learned": learned}
    _remember(folder, learned, fitted)
    with database.writing() as session:
        session.add(row)
        if fresh and newest(session) is not None:
            return _propose(session, row, fitted, identities, at=at)
        found = _keep(session, row, texts, fitted, identities, by=actor, at=at)
    if folder is not None:
        with database.reading() as session:
            forget(session, folder)
    return found


def _require_enough(texts: Sequence[ThemeText], least: int) -> None:
    if not texts:
        raise Invalid(
            "There is nothing to cluster: no closed project that was chosen has lessons or issues."
        )
    if len(texts) < least:
        raise Invalid(
            f"Too few lessons and issues of closed projects (found {len(texts)}, needed {least})."
        )


def _noted(
    texts: Sequence[ThemeText],
    fitted: "FittedThemes",
    selection: Selection,
    *,
    by: Actor,
    at: datetime,
    job_id: int | None,
) -> ThemeRun:
    """The row of a run, with all that it takes to repeat it."""
    return ThemeRun(
        started_at=at,
        by_id=by.id,
        job_id=job_id,
        texts=len(texts),
        projects=len({text.project for text in texts if text.project}),
        unclustered=sum(1 for document in fitted.documents if document.theme is None),
        parameters={**fitted.parameters, "corpus": selection.noted()},
        digest=_digest(texts),
    )


def _keep(
    session: Session,
    row: ThemeRun,
    texts: Sequence[ThemeText],
    fitted: "FittedThemes",
    identities: Mapping[int, int | None],
    *,
    by: Actor,
    at: datetime,
) -> RunSummary:
    row.finished_at = at
    session.flush()
    keeping.write(session, row, texts, fitted, identities)
    # Names were made while people wrote: what was made confidential meanwhile is not said.
    wording.take_out(session, wording.unsaid(session, closed_since(session, texts)))
    activity.record(
        session, "theme run", row.id, "run", by=by, at=at, detail={"themes": len(fitted.themes)}
    )
    kept = sum(1 for old in identities.values() if old is not None)
    return RunSummary(row.id, len(texts), len(fitted.themes), kept)


# The part of a corpus that may be new before a run starts afresh instead of placing new texts in
# the known themes; five quarters of a tenth each stay below it one by one.
NEW_MOST = 0.3


def _known(
    held: Mapping[str, int | None], out: Collection[str], texts: Sequence[ThemeText]
) -> tuple[list[int], Mapping[str, int] | None]:
    """The themes in force as numbers 0 to n - 1, and the texts that they hold already.

    None instead of the texts when too many are new: then the run starts afresh and themes are
    matched by the texts that they share.
    """
    from analytics.growth import OUT

    seen = {text.id: held[text.id] for text in texts if text.id in held}
    order = sorted({theme for theme in seen.values() if theme is not None})
    if not order or len(seen) < (1 - NEW_MOST) * len(texts):
        return [], None
    number = {theme: place for place, theme in enumerate(order)}
    known = {name: number[theme] for name, theme in seen.items() if theme is not None}
    return order, known | dict.fromkeys(out, OUT)


# What was learned, in files ---------------------------------------------------------------------


def _learned(session: Session) -> str:
    """The name under which the newest run keeps what it knows."""
    run = newest(session)
    return str(run.parameters.get("learned", "")) if run is not None else ""


def fineness_of(run: ThemeRun | None) -> float:
    """How finely the themes of a run were found."""
    return float(run.parameters.get("fineness", 1)) if run is not None else 1.0


def _basis(folder: Path | None, learned: str) -> "Basis | None":
    from analytics.basis import Basis
    from analytics.features import TextFeatures

    if folder is None or not learned:
        return None
    return Basis.load(folder / f"{learned}.npz", TextFeatures(random_state=SEED))


def _remember(folder: Path | None, learned: str, fitted: "FittedThemes") -> None:
    """Keep what was learned. A file that was lost or is old costs a later run time, no more."""
    if folder is not None and fitted.basis is not None:
        fitted.basis.save(folder / f"{learned}.npz")


def forget(session: Session, folder: Path) -> None:
    """Remove the files of runs that no later run goes on from."""
    rows = session.scalars(select(ThemeRun).where(ThemeRun.proposal.is_not(None))).all()
    kept = {str(row.parameters.get("learned", "")) for row in rows} | {_learned(session)}
    for path in folder.glob("*.npz"):
        if path.stem not in kept:
            path.unlink(missing_ok=True)


def _digest(texts: Sequence[ThemeText]) -> str:
    digest = hashlib.sha256()
    for text in sorted(texts, key=lambda text: text.id):
        digest.update(f"{text.id}\0{text.project}\0{text.text}\0{text.open:d}\0".encode())
    return digest.hexdigest()


def _matched(held: Mapping[str, int | None], fitted: "FittedThemes") -> Mapping[int, int | None]:
    """Of each new theme, the known theme that it goes on."""
    from analytics.match import match

    old = {name: theme for name, theme in held.items() if theme is not None}
    new = {doc.id: doc.theme for doc in fitted.documents if doc.theme is not None}
    return match(old, new)


# A fresh start, shown before it is kept --------------------------------------------------------


def _propose(
    session: Session,
    row: ThemeRun,
    fitted: "FittedThemes",
    identities: Mapping[int, int | None],
    *,
    at: datetime,
) -> RunSummary:
    before = placements.held(session)
    after = keeping.destinations(session, fitted, identities)
    moved = keeping.moves(before, after)
    row.proposal = {
        "fitted": asdict(replace(fitted, basis=None)),
        "identities": sorted(identities.items()),
        "change": asdict(keeping.change(before, after, moved)),
    }
    row.moves = moved
    session.flush()
    kept = sum(1 for old in identities.values() if old is not None)
    return RunSummary(row.id, row.texts, len(fitted.themes), kept, proposed=True)


def keep_proposal(session: Session, row: ThemeRun, *, by: Actor, at: datetime) -> RunSummary:
    """Keep a proposed run; what people decided meanwhile holds in it.

    Raises:
        Conflict: it is no proposal any more, or the texts are others by now.
    """
    require(by, Action.theme_run)
    if row.proposal is None:
        raise Conflict("This run is no proposal any more.")
    texts = corpus(session, Selection.of(row.parameters.get("corpus", {})))
    if _digest(texts) != row.digest:
        raise Conflict("Lessons or issues have changed since; start afresh again.")
    fitted, identities = _fitted(row.proposal), row.proposal["identities"]
    row.proposal = None
    return _keep(session, row, texts, fitted, dict(identities), by=by, at=at)


def drop_proposal(session: Session, row: ThemeRun, *, by: Actor, at: datetime) -> None:
    """Let a proposed run go; the themes stay as they are.

    Raises:
        Conflict: it is no proposal any more.
    """
    require(by, Action.theme_run)
    if row.proposal is None:
        raise Conflict("This run is no proposal any more.")
    activity.record(session, "theme run", row.id, "drop", by=by, at=at)
    row.proposal = None
    session.flush()


def _fitted(proposal: Mapping[str, Any]) -> "FittedThemes":
    from analytics.fit import FittedDocument, FittedTheme, FittedThemes

    noted = proposal["fitted"]
    return FittedThemes(
        tuple(FittedDocument(**doc) for doc in noted["documents"]),
        tuple(
            FittedTheme(**{**theme, "terms": tuple(theme["terms"])}) for theme in noted["themes"]
        ),
        noted["parameters"],
        merges=tuple((one, other, alike) for one, other, alike in noted.get("merges", ())),
    )
