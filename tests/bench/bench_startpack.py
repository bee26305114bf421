"""Start packs: how long one takes over many lessons, and whether answers make the ranking better.

    python -m tests.bench.bench_startpack [--documents 100000] [--folder DIR]

Time: projects are given a pack as registering does it (words asked of the index, facts read,
ranked, kept), over made-up lessons of which 3 of 10 hold for the whole organisation, with 20,000
answers. Beside it, in turns: a plain list of the 30 lessons most like the project by TF-IDF and
cosine, as scikit-learn comes, over the same texts, with their rows read. Wall and CPU time.

Learning: of the sample organisation, each project's own answers are held back in turn; what the
others answered is learned from, and each held-back lesson is scored for that project. AUC: how
often a lesson that fitted ("applied" or "already done") stands above one that was "not applicable"
to the same project, 0.5 by chance. Intervals are of 2,000 bootstrap samples of projects. The sample
is written by hand, so it shows that the ranking learns, not how much it would elsewhere.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sqlalchemy import event, insert, select

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
)
from content.models.projects import PROJECT_TYPES
from content.projects import PHASES
from content.types import Role
from portal import migrate, packing
from portal.runtime import Runtime, open_runtime
from portal.settings import Settings
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


def plain(runtime: Runtime, count: int) -> Callable[[int], int]:
    """The rival: the lessons most like the project, by TF-IDF and cosine over everything."""
    vectorizer = TfidfVectorizer(stop_words="english", sublinear_tf=True, dtype=np.float32)
    points = vectorizer.fit_transform(
        "\n".join((row.title, *row.texts.values())) for row in lessons(count)
    )

    def make(project_id: int) -> int:
        with runtime.database.reading() as session:
            project = session.get_one(Project, project_id)
            asked = vectorizer.transform([f"{project.name}\n{project.description}"])
            likeness = (points @ asked.T).toarray().ravel()
            near = np.argpartition(-likeness, SHOWN)[:SHOWN] + 1
            return len(session.scalars(select(Lesson).where(Lesson.id.in_(near.tolist()))).all())

    return make


def timed(make: Callable[[int], int], project_id: int) -> tuple[float, float]:
    """Wall and CPU milliseconds of one."""
    wall, cpu = time.perf_counter(), time.process_time()
    assert make(project_id) > 0
    return (time.perf_counter() - wall) * 1e3, (time.process_time() - cpu) * 1e3


def speed(folder: Path, count: int) -> None:
    """Print times beside the rival's."""
    runtime = filled(folder, count)
    statements = [0]
    event.listen(
        runtime.database.engine, "before_cursor_execute",
        lambda *_: statements.__setitem__(0, statements[0] + 1),
    )  # fmt: skip
    ways = {
        "start pack": lambda project_id: packing.make(runtime, project_id),
        "TF-IDF list": plain(runtime, count),
    }
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for place in range(1, ASKED + 1):
        for name, make in ways.items():
            found = timed(make, CLOSED + place)
            if place > 3:  # the first warm up
                taken[name].append(found)
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


def main() -> None:
    """Measure and print."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--documents", type=int, default=100_000)
    reader.add_argument("--folder", type=Path)
    asked = reader.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="portal-bench-"))
    print(machine())
    speed(folder, asked.documents)


if __name__ == "__main__":
    main()
