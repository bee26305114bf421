"""Theme runs over the database: read the texts, cluster them, keep what was found.

Clustering happens between two units of work: the first reads a snapshot of the texts, the second
writes the whole result at once. A theme that shares enough texts with one of the run before keeps
that theme's row, and so its identity and address.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from analytics.catalogue import is_shown
from analytics.models import Theme, ThemeMember, ThemePin, ThemeRun, ThemeState
from analytics.texts import corpus, name_of, names_to_mask
from content import activity
from content.access import Action, require
from content.db import Database
from content.errors import Invalid
from content.types import SYSTEM, Actor, Kind, ThemeText

if TYPE_CHECKING:
    from analytics.fit import FittedThemes

Progress = Callable[[str, float], None]
SEED = 0


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run found."""

    run_id: int
    texts: int
    themes: int
    kept: int


def run(
    database: Database,
    *,
    by: Actor | None,
    at: datetime,
    progress: Progress = lambda _step, _share: None,
    job_id: int | None = None,
) -> RunSummary:
    """Cluster what is there now and keep the result whole.

    Raises:
        Invalid: there is no text.
    """
    from analytics.fit import fit_texts

    actor = by or SYSTEM
    require(actor, Action.theme_run)
    progress("Reading the texts of closed projects", 0.02)
    with database.reading() as session:
        texts, names = corpus(session), names_to_mask(session)
        order, known = _known(session, texts)
    if not texts:
        raise Invalid("There is nothing to cluster yet: no closed project has lessons or issues.")
    fitted = fit_texts(
        texts,
        seed=SEED,
        mask=names,
        known=known,
        across_projects=True,
        progress=progress,
    )
    progress("Keeping the themes", 0.97)
    with database.writing() as session:
        identities = _identities(session, fitted) if known is None else dict(enumerate(order))
        return _keep(session, texts, fitted, identities, by=actor, at=at, job_id=job_id)


def _keep(
    session: Session,
    texts: Sequence[ThemeText],
    fitted: "FittedThemes",
    identities: Mapping[int, int | None],
    *,
    by: Actor,
    at: datetime,
    job_id: int | None,
) -> RunSummary:
    project_of = {text.id: text.project for text in texts}
    row = ThemeRun(
        started_at=at,
        finished_at=at,
        by_id=by.id,
        job_id=job_id,
        texts=len(texts),
        projects=len({project for project in project_of.values() if project}),
        unclustered=sum(1 for document in fitted.documents if document.theme is None),
        parameters=dict(fitted.parameters),
        digest=_digest(texts),
    )
    session.add(row)
    session.flush()
    _write_themes(session, row, fitted, identities, project_of)
    activity.record(
        session, "theme run", row.id, "run", by=by, at=at, detail={"themes": len(fitted.themes)}
    )
    kept = sum(1 for old in identities.values() if old is not None)
    return RunSummary(row.id, len(texts), len(fitted.themes), kept)


# The part of a corpus that may be new before a run starts afresh instead of placing new texts in
# the known themes; five quarters of a tenth each stay below it one by one.
DRIFT_MOST = 0.3


def _known(
    session: Session, texts: Sequence[ThemeText]
) -> tuple[list[int], Mapping[str, int] | None]:
    """The themes in force as numbers 0 to n - 1, and the texts that they hold already.

    None instead of the texts when too many are new: then the run starts afresh and themes are
    matched by the texts that they share.
    """
    rows = session.execute(
        select(ThemeMember.kind, ThemeMember.object_id, ThemeMember.theme_id)
    ).all()
    here = {text.id for text in texts}
    held = {name_of(kind, object_id): theme for kind, object_id, theme in rows}
    held = {name: theme for name, theme in held.items() if name in here}
    if len(held) < (1 - DRIFT_MOST) * len(texts):
        return [], None
    order = sorted(set(held.values()))
    number = {theme: place for place, theme in enumerate(order)}
    return order, {name: number[theme] for name, theme in held.items()}


def _digest(texts: Sequence[ThemeText]) -> str:
    digest = hashlib.sha256()
    for text in sorted(texts, key=lambda text: text.id):
        digest.update(f"{text.id}\0{text.project}\0{text.text}\0".encode())
    return digest.hexdigest()


def _identities(session: Session, fitted: "FittedThemes") -> Mapping[int, int | None]:
    """Of each new theme, the known theme that it goes on."""
    from analytics.match import match

    members = session.execute(
        select(ThemeMember.kind, ThemeMember.object_id, ThemeMember.theme_id)
    ).all()
    old = {name_of(kind, object_id): theme_id for kind, object_id, theme_id in members}
    new = {doc.id: doc.theme for doc in fitted.documents if doc.theme is not None}
    return match(old, new)


def _write_themes(
    session: Session,
    row: ThemeRun,
    fitted: "FittedThemes",
    identities: Mapping[int, int | None],
    project_of: Mapping[str, str],
) -> None:
    known = {theme.id: theme for theme in session.scalars(select(Theme))}
    before = {theme.id: theme.size for theme in known.values() if is_shown(theme)}
    for theme in known.values():
        theme.state = ThemeState.gone
    session.execute(delete(ThemeMember))
    held = _placed(session, row, fitted, identities, known)
    for theme_id, members in held.items():
        _fill(session, row, known[theme_id], members, project_of)
    after = {theme_id: known[theme_id].size for theme_id in held if is_shown(known[theme_id])}
    row.difference = {
        "new": sorted(after.keys() - before.keys()),
        "gone": sorted(before.keys() - after.keys()),
        "sizes": {
            str(theme_id): [before[theme_id], after[theme_id]]
            for theme_id in sorted(before.keys() & after.keys())
            if before[theme_id] != after[theme_id]
        },
    }


# A text of a theme: its id, and its likeness to the centre.
Placed = tuple[str, float]


def _placed(
    session: Session,
    row: ThemeRun,
    fitted: "FittedThemes",
    identities: Mapping[int, int | None],
    known: dict[int, Theme],
) -> dict[int, list[Placed]]:
    """The texts of each theme; where people put a text, there it stays."""
    numbers: dict[int, int] = {}
    for found in fitted.themes:
        theme = known.get(identities.get(found.id) or 0)
        if theme is None:
            theme = Theme(
                first_run_id=row.id, last_run_id=row.id, label="", state=ThemeState.current
            )
            session.add(theme)
        # A theme that goes on keeps its label: people know it by it.
        theme.label = theme.label or found.label[:200]
        theme.terms = list(found.terms)
        session.flush()
        known[theme.id] = theme
        numbers[found.id] = theme.id
    pinned = {
        name_of(pin.kind, pin.object_id): pin.theme_id for pin in session.scalars(select(ThemePin))
    }
    held: dict[int, list[Placed]] = {}
    for doc in fitted.documents:
        found_in = numbers.get(doc.theme) if doc.theme is not None else None
        theme_id = pinned.get(doc.id, found_in)
        if theme_id is not None:
            held.setdefault(theme_id, []).append((doc.id, float(doc.score or 0.0)))
    return held


def _fill(
    session: Session,
    row: ThemeRun,
    theme: Theme,
    members: Sequence[Placed],
    project_of: Mapping[str, str],
) -> None:
    ranked = sorted(members, key=lambda member: (-member[1], member[0]))
    theme.state, theme.last_run_id, theme.size = ThemeState.current, row.id, len(ranked)
    theme.projects = len({project_of[name] for name, _ in ranked if project_of[name]})
    session.add_all(
        ThemeMember(
            theme_id=theme.id, kind=Kind(name.split(":")[0]), object_id=int(name.split(":")[1]),
            score=score, rank=rank,
        )
        for rank, (name, score) in enumerate(ranked, 1)
    )  # fmt: skip
