"""Theme runs over the database: what is read, what is kept, what a person sees of it."""

import pytest

from analytics import catalogue, runs, texts
from content.errors import Invalid
from content.models import Confidentiality, LessonState
from content.types import Kind
from content.workflow import Move
from tests.builders import NOW, Builders

PERMIT = "The road closure permit came late because the council office waited for a hearing."
SUPPLIER = "The supplier shipped the pumps late and the contract had no penalty or milestone."


@pytest.fixture
def scene(make: Builders) -> Builders:
    """Four closed projects and one open, each with a permit and a supplier that were late."""
    for number in range(5):
        project = make.project(closed=number < 4)
        for text in (PERMIT, SUPPLIER):
            make.lesson(project_id=project.id, driving_event=text, headline=text[:60])
            make.issue(project, title=text[:50], description=text)
    return make


def test_only_closed_projects_and_public_open_lessons_are_read(scene: Builders) -> None:
    closed = scene.project(closed=True)
    scene.lesson(LessonState.draft, project_id=closed.id)
    scene.lesson(project_id=closed.id, confidentiality=Confidentiality.restricted)
    with scene.portal.database.reading() as session:
        found = texts.corpus(session)
    assert len(found) == 16
    assert len({text.project for text in found}) == 4


def test_a_run_is_kept_and_a_second_keeps_identities(scene: Builders) -> None:
    database = scene.portal.database
    first = runs.run(database, by=None, at=NOW)
    reviewer = scene.person("reviewer").as_actor()
    with database.reading() as session:
        before = {theme.id: theme.size for theme in catalogue.themes(session, by=reviewer)}
        assert max(theme.projects for theme in catalogue.themes(session, by=reviewer)) == 4
    second = runs.run(database, by=reviewer, at=NOW)
    assert (second.themes, second.kept) == (first.themes, first.themes)
    with database.reading() as session:
        assert {t.id: t.size for t in catalogue.themes(session, by=reviewer)} == before


def test_a_theme_shows_nothing_that_was_retired_or_hidden_since(scene: Builders) -> None:
    from content import lessons
    from content.types import SYSTEM

    database = scene.portal.database
    runs.run(database, by=None, at=NOW)
    member = scene.person().as_actor()
    with database.reading() as session:
        shown = [
            m.id
            for theme in catalogue.themes(session, by=member)
            for m in catalogue.members(session, theme, by=member)
            if m.kind is Kind.lesson
        ]
    with database.writing() as session:
        gone = lessons.get(session, shown[0], by=SYSTEM)
        lessons.move(session, gone, Move.retire, by=SYSTEM, at=NOW, reason="Old.")
        secret = lessons.get(session, shown[1], by=SYSTEM)
        lessons.edit(
            session, secret, {"confidentiality": Confidentiality.restricted}, by=SYSTEM, at=NOW
        )
    with database.reading() as session:
        now_shown = {
            m.id
            for theme in catalogue.themes(session, by=member)
            for m in catalogue.members(session, theme, by=member)
            if m.kind is Kind.lesson
        }
    assert now_shown == set(shown[2:])


def test_an_empty_portal_says_so(make: Builders) -> None:
    with pytest.raises(Invalid, match="nothing to cluster"):
        runs.run(make.portal.database, by=None, at=NOW)


def test_a_run_that_is_stopped_changes_nothing(scene: Builders) -> None:
    class Halt(Exception):
        """Raised by the progress report."""

    def stop(_step: str, share: float) -> None:
        if share > 0.5:
            raise Halt

    with pytest.raises(Halt):
        runs.run(scene.portal.database, by=None, at=NOW, progress=stop)
    with scene.portal.database.reading() as session:
        assert catalogue.newest(session) is None


def test_new_texts_join_known_themes_and_move_nobody(scene: Builders) -> None:
    database = scene.portal.database
    runs.run(database, by=None, at=NOW)
    member = scene.person().as_actor()

    def placed() -> dict[tuple[Kind, int], int]:
        with database.reading() as session:
            return {
                (m.kind, m.id): theme.id
                for theme in catalogue.themes(session, by=member)
                for m in catalogue.members(session, theme, by=member)
            }

    before = placed()
    project = scene.project(closed=True)
    new = scene.lesson(project_id=project.id, driving_event=PERMIT, headline=PERMIT[:60])
    runs.run(database, by=None, at=NOW)
    after = placed()
    assert {key: after[key] for key in before} == before
    assert (Kind.lesson, new.id) in after
