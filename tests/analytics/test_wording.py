"""Between two runs a theme says nothing that its open texts do not say any more."""

from datetime import timedelta

import pytest

from analytics import catalogue, decisions, reviews, runs
from analytics.models import Theme
from analytics.review_models import Review
from analytics.wording import words_of
from content import lessons
from content.errors import Conflict
from content.models import Confidentiality, Lesson
from content.types import SYSTEM
from content.workflow import Move
from portal.worker.loop import drain
from tests.builders import NOW, Builders

PERMIT = "The road closure permit came late because the council office waited for a hearing."
SECRET = "The zoborian mayor had a quarrel with the contractor."
SUPPLIER = "The supplier shipped the pumps late and the contract had no penalty or milestone."


@pytest.fixture
def told(make: Builders) -> list[Lesson]:
    """The lessons that name the mayor, open still, with the texts of permits in their theme."""
    found = []
    for number in range(6):
        project = make.project(closed=True)
        make.lesson(project_id=project.id, driving_event=SUPPLIER, headline=SUPPLIER[:60])
        make.lesson(project_id=project.id, driving_event=PERMIT, headline=PERMIT[:60])
        said = {"driving_event": PERMIT, "headline": SECRET, "cause": SECRET}
        found += [make.lesson(project_id=project.id, **said)] if number < 4 else []
    runs.run(make.portal.database, by=None, at=NOW)
    with make.portal.database.writing() as session:
        themes = catalogue.themes(session, by=SYSTEM)
        secret = next(theme for theme in themes if "zoborian" in words_of(str(theme.terms)))
        permit = next(t for t in themes if t is not secret and "permit" in words_of(str(t.terms)))
        decisions.merge(session, permit, secret, by=SYSTEM, at=NOW)
    drain(make.portal)
    return found


def themes_of(make: Builders) -> list[Theme]:
    with make.portal.database.reading() as session:
        return catalogue.themes(session, by=SYSTEM)


def words(make: Builders) -> set[str]:
    return {w for theme in themes_of(make) for w in words_of(f"{theme.title} {theme.terms}")}


def hide(make: Builders, told: list[Lesson]) -> None:
    with make.portal.database.writing() as session:
        for row in told:
            lesson = lessons.get(session, row.id, by=SYSTEM)
            level = {"confidentiality": Confidentiality.restricted}
            lessons.edit(session, lesson, level, by=SYSTEM, at=NOW)


def test_words_that_are_confidential_by_now_leave_names_and_terms(
    make: Builders, told: list[Lesson]
) -> None:
    before = words(make)
    assert {"zoborian", "mayor"} <= before
    hide(make, told[:3])
    drain(make.portal)
    assert words(make) == before, "one text says it openly still"
    hide(make, told[3:])
    drain(make.portal)
    after = words(make)
    assert not {"zoborian", "mayor", "quarrel"} & after
    assert {"permit", "supplier"} <= after
    assert all(theme.terms and not theme.title.startswith("Theme") for theme in themes_of(make))


def test_words_of_retired_lessons_leave_too_and_people_s_own_names_stay(
    make: Builders, told: list[Lesson]
) -> None:
    with make.portal.database.writing() as session:
        for theme in catalogue.themes(session, by=SYSTEM):
            if "zoborian" in words_of(f"{theme.label} {theme.terms}"):
                decisions.rename(session, theme, "The zoborian affair", by=SYSTEM, at=NOW)
        for row in told:
            lesson = lessons.get(session, row.id, by=SYSTEM)
            lessons.move(session, lesson, Move.retire, by=SYSTEM, at=NOW, reason="Wrong.")
    drain(make.portal)
    assert "The zoborian affair" in {theme.title for theme in themes_of(make)}
    kept = [f"{theme.label} {theme.terms}" for theme in themes_of(make)]
    assert not any("zoborian" in words_of(text) for text in kept)


def test_papers_of_a_review_say_it_no_more(make: Builders, told: list[Lesson]) -> None:
    reviewer, database = make.person("reviewer"), make.portal.database
    with database.writing() as session:
        for theme in catalogue.themes(session, by=SYSTEM):
            if "zoborian" in words_of(theme.label):
                theme.label = "Zoborian mayor, permit"
        values = {"title": "Permits", "starts_at": NOW + timedelta(days=3)}
        numbers = [theme.id for theme in catalogue.themes(session, by=SYSTEM)]
        by = reviewer.as_actor()
        number = reviews.plan(session, values, numbers, [reviewer.id], by=by, at=NOW).id
    hide(make, told)
    drain(make.portal)
    with database.reading() as session:
        items = session.get_one(Review, number).items
        assert {item.known["title"] for item in items} == {item.theme.label for item in items}
        assert "Permit" in {item.theme.label for item in items}


def test_what_is_hidden_while_a_run_names_its_themes_is_not_said(
    make: Builders, told: list[Lesson]
) -> None:
    def meanwhile(step: str, _share: float) -> None:
        if step == "Keeping the themes":
            hide(make, told)

    with make.portal.database.writing() as session:
        for theme in catalogue.themes(session, by=SYSTEM):
            theme.label = "Nothing of the kind"  # so that the run names it anew
    runs.run(make.portal.database, by=None, at=NOW, progress=meanwhile)
    assert not {"zoborian", "mayor", "quarrel"} & words(make)


def test_a_proposal_is_not_kept_when_its_words_are_confidential_by_now(
    make: Builders, told: list[Lesson]
) -> None:
    found = runs.run(make.portal.database, by=None, at=NOW, fresh=True)
    hide(make, told)
    with make.portal.database.writing() as session:
        row = catalogue.run_of(session, found.run_id, by=SYSTEM)
        with pytest.raises(Conflict, match="have changed since"):
            runs.keep_proposal(session, row, by=SYSTEM, at=NOW)
