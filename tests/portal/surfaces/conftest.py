"""The scene of the table, made once: tests here only look at it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.runtime import open_runtime
from portal.settings import Settings
from tests.portal.surfaces.scene import Scene
from tests.portal.surfaces.table import (
    LESSONS,
    NOTHING,
    REACHED,
    REACHED_BY_MANAGER,
    REACHED_IF_OPEN,
    SEES,
)
from tests.portal.surfaces.walk import Walked, mails, walk

# Everybody else walks where a lesson is met.
WHOLE_WALKS = ("colleague", "nobody")
SHORT = "|".join({**REACHED, **REACHED_IF_OPEN, **REACHED_BY_MANAGER}.values())


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[Scene]:
    """The scene before any lesson of the table is told."""
    folder = tmp_path_factory.mktemp("surfaces") / "data"
    folder.mkdir()
    shutil.copy(empty_database, folder / "portal.db")
    runtime = open_runtime(Settings(data_dir=folder))
    yield Scene(runtime)
    runtime.close()


@pytest.fixture(scope="session")
def before(stage: Scene) -> Walked:
    """What a trainer meets before anything is told that they may not know."""
    return walk(stage, "trainer")


@pytest.fixture(scope="session")
def after(stage: Scene, before: Walked) -> Walked:
    """What the same trainer meets when everything has been told that they may not know."""
    stage.tell(*(row for row in LESSONS if SEES[row]["trainer"] == NOTHING))
    stage.put_in_theme()
    return walk(stage, "trainer")


@pytest.fixture(scope="session")
def scene(stage: Scene, after: Walked) -> Scene:
    """The scene with every lesson of the table."""
    stage.tell(*(row for row in LESSONS if row not in stage.lessons))
    stage.find_themes()
    return stage


@pytest.fixture(scope="session")
def posted(scene: Scene) -> dict[str, str]:
    """The day's mails, by whom they go to."""
    return mails(scene)


@pytest.fixture(scope="session")
def walked(scene: Scene, posted: dict[str, str]) -> Callable[[str], Walked]:
    """`walked("outsider")`: what one person meets, mails among it; each walks once."""
    known: dict[str, Walked] = {}

    def of(who: str) -> Walked:
        if who not in known:
            known[who] = walk(scene, who, "" if who in WHOLE_WALKS else SHORT)
            if who in scene.people:
                known[who].answers["mail"] = 200, posted.get(scene.people[who].email, "")
        return known[who]

    return of
