"""Later theme runs over the database: what was learned is kept in files, decisions hold, new themes
appear, pairs that may be one are noted.
"""

from pathlib import Path

import pytest

from analytics import catalogue, decisions, keeping, placements, runs
from analytics.fit import FittedDocument, FittedThemes
from analytics.models import Theme
from analytics.texts import Selection
from content.models import Issue, Project
from content.types import SYSTEM, Kind
from tests.analytics.test_growth import NEW, SUBJECTS, texts_of
from tests.builders import NOW, Builders


@pytest.fixture
def themes(tmp_path: Path) -> Path:
    """The folder of what was learned."""
    return tmp_path / "themes"


@pytest.fixture
def scene(make: Builders) -> Builders:
    """Six closed projects with issues about three subjects."""
    for number in range(6):
        project = make.project(closed=True)
        for words in list(SUBJECTS.values())[:3]:
            for text in texts_of(words, 3, seed=number):
                make.issue(project, title=text[:40], description=text)
    return make


def placed(make: Builders) -> dict[str, int | None]:
    with make.portal.database.reading() as session:
        return placements.held(session)


def test_what_is_learned_stays_in_one_file_and_may_be_deleted(
    scene: Builders, themes: Path
) -> None:
    database = scene.portal.database
    runs.run(database, by=None, at=NOW, folder=themes)
    before = placed(scene)
    files = list(themes.iterdir())
    assert len(files) == 1
    project = scene.project(closed=True)
    for text in texts_of(SUBJECTS["permit"], 2, seed=9):
        scene.issue(project, title=text[:40], description=text)
    runs.run(database, by=None, at=NOW, folder=themes)
    assert list(themes.iterdir()) == files
    with database.reading() as session:
        run = catalogue.newest(session)
        assert run is not None
        assert run.difference["since"] == pytest.approx(2 / 56, abs=1e-4)
        assert run.difference["fresh"] is False
    files[0].unlink()
    runs.run(database, by=None, at=NOW, folder=themes)
    after = placed(scene)
    assert {name: after[name] for name in before} == before
    assert list(themes.iterdir()) == files


def test_a_new_problem_becomes_a_theme_beside_the_known_ones(scene: Builders, themes: Path) -> None:
    database = scene.portal.database
    runs.run(database, by=None, at=NOW, folder=themes)
    before = placed(scene)
    project = scene.project(closed=True)
    new = [scene.issue(project, title=text[:40], description=text) for text in texts_of(NEW, 8)]
    runs.run(database, by=None, at=NOW, folder=themes)
    after = placed(scene)
    assert {name: after[name] for name in before} == before
    themes = {after[f"issue:{issue.id:09}"] for issue in new}
    assert len(themes) == 1
    assert themes.isdisjoint(before.values())
    assert None not in themes


def test_a_text_that_people_took_out_makes_no_theme(scene: Builders, themes: Path) -> None:
    database = scene.portal.database
    runs.run(database, by=None, at=NOW, folder=themes)
    reviewer = scene.person("reviewer").as_actor()
    name, theme_id = next((n, t) for n, t in placed(scene).items() if t is not None)
    with database.writing() as session:
        theme = session.get_one(Theme, theme_id)
        number = int(name.split(":")[1])
        decisions.move(session, theme, [(Kind.issue, number)], None, by=reviewer, at=NOW)
    runs.run(database, by=None, at=NOW, folder=themes)
    assert placed(scene)[name] is None


def test_halves_that_people_made_are_noted_as_alike(scene: Builders, themes: Path) -> None:
    database = scene.portal.database
    runs.run(database, by=None, at=NOW, folder=themes)
    reviewer = scene.person("reviewer").as_actor()
    with database.writing() as session:
        theme = max(session.query(Theme), key=lambda theme: theme.size)
        texts = [
            (Kind.issue, int(name.split(":")[1]))
            for name, held in placements.held(session).items()
            if held == theme.id
        ]
        decisions.split(session, theme, texts[::2], "Half", by=reviewer, at=NOW)
        split_id = theme.id
    runs.run(database, by=None, at=NOW, folder=themes)
    with database.reading() as session:
        run = catalogue.newest(session)
        assert run is not None
        assert any(split_id in pair[:2] for pair in run.difference["merges"])


def test_texts_that_fit_no_theme_do_not_make_a_run_start_afresh(scene: Builders) -> None:
    database = scene.portal.database
    project = scene.project(closed=True)
    for number in range(40):
        scene.issue(project, title=f"{number} %", description="12 34 56")
    runs.run(database, by=None, at=NOW)
    assert sum(1 for theme in placed(scene).values() if theme is None) >= 40
    runs.run(database, by=None, at=NOW)
    with database.reading() as session:
        run = catalogue.newest(session)
        assert run is not None
        assert run.difference["fresh"] is False
        assert catalogue.seen(session, by=SYSTEM)


def test_a_text_put_aside_goes_where_its_theme_was_merged(scene: Builders) -> None:
    database = scene.portal.database
    runs.run(database, by=None, at=NOW)
    before = placed(scene)
    reviewer = scene.person("reviewer").as_actor()
    with database.writing() as session:
        kept = max(session.query(Theme), key=lambda theme: theme.size).id
        other = next(t for t in before.values() if t not in (None, kept))
    named = [name for name, theme in before.items() if theme == other]
    # A run that looks at nothing of one project, and a merge before the next whole one.
    with database.writing() as session:
        aside = session.get_one(Issue, int(named[0].split(":")[1])).project_id
        session.get_one(Project, aside).type = "secret"
        for project in session.query(Project).filter(Project.id != aside):
            project.type = "other"
    runs.run(database, by=None, at=NOW, selection=Selection(types=("other",)))
    with database.writing() as session:
        themes = (session.get_one(Theme, other), session.get_one(Theme, kept))
        decisions.merge(session, *themes, by=reviewer, at=NOW)
    runs.run(database, by=None, at=NOW)
    after = placed(scene)
    assert {after[name] for name in named} == {kept}
    with database.reading() as session:
        assert {seen.theme.id for seen in catalogue.seen(session, by=SYSTEM)} >= {kept}
        assert sum(seen.texts for seen in catalogue.seen(session, by=SYSTEM)) == len(
            [theme for theme in after.values() if theme is not None]
        )


def test_a_theme_merged_while_a_run_reads_takes_no_text(scene: Builders) -> None:
    database = scene.portal.database
    runs.run(database, by=None, at=NOW)
    reviewer = scene.person("reviewer").as_actor()
    with database.writing() as session:
        one, other = list(session.query(Theme))[:2]
        fitted = FittedThemes((FittedDocument("issue:000000999", 0, 0.5),), (), {})
        assert keeping.destinations(session, fitted, {0: one.id}) == {"issue:000000999": one.id}
        decisions.merge(session, one, other, by=reviewer, at=NOW)
        assert keeping.destinations(session, fitted, {0: one.id}) == {"issue:000000999": other.id}
