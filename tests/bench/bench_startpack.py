"""Start packs: how long one takes over many lessons, and whether answers make the ranking better.

    python -m tests.bench.bench_startpack [--documents 100000] [--folder DIR]

Time: projects are given a pack as registering does it (words asked of the index, facts read,
ranked, kept), over made-up lessons of which 3 of 10 hold for the whole organisation, with 20,000
answers. Beside it, in turns: a plain list of the 30 lessons most like the project by TF-IDF and
cosine, as scikit-learn comes, over the same texts, with their rows read. Wall and CPU time.

Learning: of the sample organisation, each project's own answers are held back in turn, and each of
its lessons is scored for it, with what others answered and without: all others, and only those who
answered before it. AUC: how often a lesson that fitted ("applied" or "already done") stands above
one that was "not applicable" to the same project, 0.5 by chance; nDCG@10: how high what fitted
stands. Both are means over projects; intervals are of 2,000 paired bootstrap samples of projects.
The sample is an invented organisation: its answers were written lesson by lesson from the texts,
without looking at a rank, but a real organisation may answer otherwise. How much is learned from
how many answers is shown on answers drawn from known shares.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sqlalchemy import event, insert, select, update
from sqlalchemy.orm import Session

from analytics.candidates import FITTED, candidates, learned, profile_of
from analytics.learned import Crossed, Kind, Learned, Said
from analytics.startpack import rank
from content import applications
from content.models import (
    Answer,
    Application,
    Confidentiality,
    Lesson,
    LessonState,
    Method,
    Person,
    Phase,
    Priority,
    Project,
    ProjectPhase,
    ProjectState,
    Reach,
    Size,
    StartPack,
)
from content.models.projects import PROJECT_TYPES
from content.projects import PHASES
from content.starter.load import load_organisation
from content.types import SYSTEM, Role
from portal import migrate, packing
from portal.runtime import Runtime, open_runtime, settle
from portal.settings import Settings
from portal.worker.handlers import rebuild
from search import index
from tests.bench.machine import machine
from tests.bench.synthetic import lessons

CLOSED, ASKED, ANSWERS = 3_000, 25, 20_000
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
BATCH = 5_000
SHOWN = 30


# Time -----------------------------------------------------------------------------------------


def filled(folder: Path, count: int) -> Runtime:
    """A portal with so many lessons, and the projects that ask for packs."""
    place = folder / f"startpack-{count}"
    fresh = not (place / "portal.db").exists()
    runtime = open_runtime(Settings(data_dir=place))
    if fresh:
        migrate.upgrade(runtime.database)
        _fill(runtime, count)
    shared = folder / f"similar-{count}"
    if not shared.exists():
        index.rebuild(shared, lessons(count))
    if not runtime.settings.index_dir.exists():
        runtime.settings.index_dir.symlink_to(shared.resolve())
    return runtime


def _fill(runtime: Runtime, count: int) -> None:
    rng = np.random.default_rng(11)
    texts = list(islice(lessons(ASKED, words=100, seed=99), ASKED))
    with runtime.database.writing() as session:
        session.add(
            Person(
                id=1,
                email="manager@example.org",
                name="Mara",
                role=Role.member,
                password_hash="",
                active=True,
                created_at=NOW,
            )
        )
        session.flush()
        projects = [_project(rng, number, None) for number in range(1, CLOSED + 1)]
        projects += [
            _project(rng, CLOSED + place, " ".join(text.texts.values()))
            for place, text in enumerate(texts, 1)
        ]
        session.execute(insert(Project), projects)
        session.execute(
            insert(ProjectPhase),
            [
                {"project_id": row["id"], "name": name, "position": place}
                for row in projects
                for place, name in enumerate(PHASES)
            ],
        )
    waiting = lessons(count)
    while batch := list(islice(waiting, BATCH)):
        with runtime.database.writing() as session:
            session.execute(insert(Lesson), [_lesson(rng, row) for row in batch])
    pairs = {
        (int(rng.integers(1, count + 1)), int(rng.integers(1, CLOSED + 1))) for _ in range(ANSWERS)
    }
    answers = list(Answer)
    with runtime.database.writing() as session:
        session.execute(
            insert(Application),
            [
                {"lesson_id": lesson, "project_id": project, "answer": answers[place % 4],
                 "reason": "", "where": "", "result": "", "at": NOW, "version": 1}
                for place, (lesson, project) in enumerate(sorted(pairs))
            ],
        )  # fmt: skip


def _project(rng: np.random.Generator, number: int, text: str | None) -> dict[str, object]:
    return {
        "id": number, "code": f"P-{number}", "name": f"Project {number}",
        "state": ProjectState.open if text else ProjectState.closed,
        "type": PROJECT_TYPES[rng.integers(len(PROJECT_TYPES))],
        "size": list(Size)[rng.integers(3)], "method": list(Method)[rng.integers(3)],
        "description": text or "", "objectives": "", "manager_id": 1,
        "starts_on": date(2026, 10, 1), "created_at": NOW, "updated_at": NOW, "version": 1,
    }  # fmt: skip


def _lesson(rng: np.random.Generator, row: object) -> dict[str, object]:
    texts = row.texts  # type: ignore[attr-defined]
    return {
        "id": row.id, "external_id": row.external_id, "headline": row.title[:200],  # type: ignore[attr-defined]
        "summary": texts["summary"], "driving_event": texts["event"], "lesson": texts["lesson"],
        "recommendation": texts["recommendation"], "project_id": int(rng.integers(1, CLOSED + 1)),
        "phase": list(Phase)[rng.integers(5)], "date_occurred": row.day,  # type: ignore[attr-defined]
        "scope": Reach.organisation if rng.random() < 0.3 else Reach.project,
        "priority": list(Priority)[rng.integers(3)], "state": LessonState.published,
        "confidentiality": Confidentiality.open, "published_at": NOW - timedelta(days=9),
        "created_at": NOW, "updated_at": NOW, "version": 1,
    }  # fmt: skip


def plain(runtime: Runtime, count: int) -> Callable[[int], object]:
    """The rival: the lessons most like the project, by TF-IDF and cosine over everything."""
    vectorizer = TfidfVectorizer(stop_words="english", sublinear_tf=True, dtype=np.float32)
    points = vectorizer.fit_transform(
        "\n".join((row.title, *row.texts.values())) for row in lessons(count)
    )

    def make(project_id: int) -> object:
        with runtime.database.reading() as session:
            project = session.get_one(Project, project_id)
            asked = vectorizer.transform([f"{project.name}\n{project.description}"])
            likeness = (points @ asked.T).toarray().ravel()
            near = np.argpartition(-likeness, SHOWN)[:SHOWN] + 1
            return session.scalars(select(Lesson).where(Lesson.id.in_(near.tolist()))).all()

    return make


def timed(make: Callable[[int], object], project_id: int) -> tuple[float, float]:
    """Wall and CPU milliseconds of one."""
    wall, cpu = time.perf_counter(), time.process_time()
    make(project_id)
    return (time.perf_counter() - wall) * 1e3, (time.process_time() - cpu) * 1e3


def speed(folder: Path, count: int) -> None:
    """Print times beside the rival's."""
    runtime = filled(folder, count)
    statements = [0]
    event.listen(
        runtime.database.engine, "before_cursor_execute",
        lambda *_: statements.__setitem__(0, statements[0] + 1),
    )  # fmt: skip
    ways: dict[str, Callable[[int], object]] = {
        "start pack": lambda project_id: packing.make(runtime, project_id),
        "TF-IDF list": plain(runtime, count),
    }
    settle()  # as server and worker do
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    # One way after the other: the rival's matrix drives what a pack reads out of the caches.
    for name, make in ways.items():
        for place in range(1, ASKED + 1):
            found = timed(make, CLOSED + place)
            if place > 3:  # the first warm up
                taken[name].append(found)
    with runtime.database.reading() as session:
        assert all(len(pack.items) >= SHOWN for pack in session.scalars(select(StartPack)))
    statements[0] = 0
    ways["start pack"](CLOSED + 1)
    for name, every in taken.items():
        wall, cpu = zip(*every, strict=True)
        print(f"{name:<12} over {count} lessons: wall mean {statistics.mean(wall):7.1f} ms, "
              f"most {max(wall):7.1f} ms; CPU mean {statistics.mean(cpu):7.1f} ms")  # fmt: skip
    means = [statistics.mean(cpu for _, cpu in taken[name]) for name in ways]
    print(f"ratio of CPU, start pack / TF-IDF list: {means[0] / means[1]:.2f}; "
          f"{statements[0]} statements a pack")  # fmt: skip
    runtime.close()


# Learning ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class HeldBack:
    """The answers of one project, and what its lessons scored with learning and without."""

    fitted: list[bool]
    taught: list[float]
    plain: list[float]


def sample(folder: Path) -> Runtime:
    """The sample organisation, indexed."""
    place = folder / "sample"
    shutil.rmtree(place, ignore_errors=True)
    runtime = open_runtime(Settings(data_dir=place))
    migrate.upgrade(runtime.database)
    with runtime.database.writing() as session:
        load_organisation(session, runtime.files, at=NOW)
    rebuild(runtime)
    return runtime


def held_back(runtime: Runtime, *, forward: bool) -> list[HeldBack]:
    """Of each project with answers, its lessons' scores; its own answers teach nothing.

    `forward`: neither do answers of others from the day on which the project began to answer.
    """
    with runtime.database.reading() as session:
        numbers = session.scalars(select(Project.id).order_by(Project.id)).all()
    found = []
    for number in numbers:
        with suppress(_Undone), runtime.database.writing() as session:
            rows = _of(session, session.get_one(Project, number), runtime, forward=forward)
            if rows is not None:
                found.append(rows)
            raise _Undone
    return found


class _Undone(Exception):
    """Leaves a unit of work without keeping what it changed."""


def _of(session: Session, project: Project, runtime: Runtime, *, forward: bool) -> HeldBack | None:
    rows = applications.of_project(session, project, by=SYSTEM)
    told = [row for row in rows if row.answer is not Answer.later]
    said = {row.lesson_id: row.answer in FITTED for row in told}
    if not said:
        return None
    if forward:
        began = min(row.at for row in rows)
        session.execute(
            update(Application)
            .where(Application.at >= began, Application.project_id != project.id)
            .values(withdrawn_at=NOW)
        )
    likeness = packing.likeness_to(runtime, project, SYSTEM)
    every = candidates(session, project, likeness, reader=SYSTEM, answered=said)
    asked = [lesson for lesson in every if lesson.id in said]
    taught, plain_ = (
        {
            choice.id: choice.score
            for choice in rank(profile_of(project), asked, how, today=NOW.date(), stay=said)
        }
        for how in (learned(session, project, list(said)), Learned())
    )
    return HeldBack(
        list(said.values()), [taught[lesson] for lesson in said], [plain_[n] for n in said]
    )


def area(scores: Sequence[float], fitted: Sequence[bool]) -> float | None:
    """How often a lesson that fitted stands above one that did not; None without a pair."""
    good = [score for score, fits in zip(scores, fitted, strict=True) if fits]
    bad = [score for score, fits in zip(scores, fitted, strict=True) if not fits]
    if not (good and bad):
        return None
    return float(np.mean([(g > b) + 0.5 * (g == b) for g in good for b in bad]))


def gain_at_ten(scores: Sequence[float], fitted: Sequence[bool]) -> float | None:
    """nDCG@10 of what fitted (Jarvelin and Kekalainen 2002); None where nothing did."""
    weights = 1 / np.log2(np.arange(2, 12))
    order = np.argsort(-np.array(scores), kind="stable")[:10]
    hits = np.array(fitted, float)[order]
    best = np.sort(np.array(fitted, float))[::-1][:10]
    most = float(best @ weights[: len(best)])
    return float(hits @ weights[: len(hits)]) / most if most else None


def learning(folder: Path) -> None:
    """Print how well held-back answers are ordered, with learning and without, and the gain."""
    runtime = sample(folder)
    for name, forward in (("answers of all others", False), ("answers given before", True)):
        rows = held_back(runtime, forward=forward)
        fitted = sum(sum(row.fitted) for row in rows)
        every = sum(len(row.fitted) for row in rows)
        print(f"{name}: {len(rows)} projects, {fitted} answers that fitted, "
              f"{every - fitted} not applicable")  # fmt: skip
        for measure, of in (("AUC", area), ("nDCG@10", gain_at_ten)):
            _compare(measure, [(of(r.taught, r.fitted), of(r.plain, r.fitted)) for r in rows])
    runtime.close()


def _compare(measure: str, found: Sequence[tuple[float | None, float | None]]) -> None:
    """Means over projects and their paired difference, by a bootstrap of projects."""
    both = np.array([pair for pair in found if None not in pair], float)
    draws = np.random.default_rng(3).integers(0, len(both), (2_000, len(both)))
    means, difference = both.mean(0), both[:, 0] - both[:, 1]
    print(f"  {measure:<8} with learning {means[0]:.3f}, without {means[1]:.3f}, difference "
          f"{difference.mean():+.3f} {between(difference[draws].mean(1))}; better in "
          f"{int((difference > 1e-9).sum())}, worse in {int((difference < -1e-9).sum())} "
          f"of {len(both)} projects")  # fmt: skip


def planted() -> None:
    """Print how well shares are learned from so many answers, where the truth is known.

    60 lessons, 5 types; how often a lesson fits a type is drawn evenly from 0 to 1, and 20 further
    projects of each type are what is to be foretold.
    """
    rng = np.random.default_rng(4)
    truth = rng.random((60, 5))
    later = rng.binomial(20, truth)
    for many in (0, 1, 2, 4, 8, 16):
        seen = rng.binomial(many, truth)
        said = [
            Said(lesson, Kind(str(type_)), many, int(seen[lesson, type_]))
            for lesson in range(60)
            for type_ in range(5)
        ]
        crossed = [
            Crossed("own", str(type_), many * 60, int(seen[:, type_].sum())) for type_ in range(5)
        ]
        taught = Learned(said, crossed, overall=(many * 300, int(seen.sum())))
        areas = []
        for type_ in range(5):
            kind = Kind(str(type_))
            shares = np.array([taught.share(lesson, kind, "own") for lesson in range(60)])
            good, bad = later[:, type_], 20 - later[:, type_]
            above = np.sign(shares[:, None] - shares[None, :]) / 2 + 0.5
            areas.append((above * good[:, None] * bad[None, :]).sum() / (good.sum() * bad.sum()))
        print(f"planted, {many:2} answers a lesson and type: AUC {np.mean(areas):.3f}")


def between(values: NDArray[np.float64]) -> str:
    """The middle 95 of 100."""
    low, high = np.quantile(values, (0.025, 0.975))
    return f"(95 % between {low:.3f} and {high:.3f})"


def main() -> None:
    """Measure and print."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--documents", type=int, default=100_000)
    reader.add_argument("--folder", type=Path)
    asked = reader.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="portal-bench-"))
    print(machine())
    learning(folder)
    planted()
    speed(folder, asked.documents)


if __name__ == "__main__":
    main()
