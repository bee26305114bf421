"""Decisions about themes: they act at once, hold in the next run, and can be undone."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from analytics import catalogue, decisions, placements, runs, standing, undoing
from analytics.models import Stage, Theme, ThemeDecision, ThemeMember, ThemePin
from analytics.trends import Verdict
from content import activity
from content.errors import Conflict, Forbidden, Invalid
from content.models import Issue, Lesson, LessonKind, Project
from content.types import SYSTEM, Actor, Kind
from portal.runtime import Runtime, open_runtime
from portal.settings import Settings
from tests.builders import NOW, Builders

PERMIT = "The road closure permit came late because the council office waited for a hearing."
SUPPLIER = "The supplier shipped the pumps late and the contract had no penalty or milestone."
DATA = "Customer records were migrated twice and the duplicate data had to be cleansed by hand."

Text = tuple[Kind, int]
Targets = Mapping[Text, int | None]


@pytest.fixture
def reviewer(make: Builders) -> Actor:
    """Three problems in each of six closed projects, clustered."""
    for _ in range(6):
        project = make.project(closed=True)
        for text in (PERMIT, SUPPLIER, DATA):
            make.lesson(project_id=project.id, driving_event=text, headline=text[:60], days=4)
            make.issue(project, title=text[:50], description=text)
    runs.run(make.portal.database, by=None, at=NOW)
    return make.person("reviewer").as_actor()


@pytest.fixture
def unit(make: Builders, reviewer: Actor) -> Iterator[Session]:
    with make.portal.database.writing() as session:
        yield session


def shown(session: Session, by: Actor) -> list[Theme]:
    return list(catalogue.themes(session, by=by))


def texts_of(session: Session, theme: Theme) -> list[tuple[Kind, int]]:
    query = select(ThemeMember.kind, ThemeMember.object_id).where(ThemeMember.theme_id == theme.id)
    return [(kind, number) for kind, number in session.execute(query.order_by(ThemeMember.rank))]


def run_again(make: Builders) -> None:
    runs.run(make.portal.database, by=None, at=NOW)


def test_a_name_holds_in_the_next_run(make: Builders, reviewer: Actor) -> None:
    database = make.portal.database
    with database.writing() as session:
        theme = shown(session, reviewer)[0]
        decisions.rename(session, theme, "Late permits", by=reviewer, at=NOW)
        number = theme.id
    run_again(make)
    with database.reading() as session:
        assert catalogue.get(session, number, by=reviewer).title == "Late permits"
        assert activity.of(session, "theme", number)[0].verb == "rename"


def test_two_themes_cannot_have_one_name(unit: Session, reviewer: Actor) -> None:
    first, second = shown(unit, reviewer)[:2]
    decisions.rename(unit, first, "Late", by=reviewer, at=NOW)
    with pytest.raises(Invalid):
        decisions.rename(unit, second, "late", by=reviewer, at=NOW)


def test_a_merge_holds_and_can_be_undone(make: Builders, reviewer: Actor) -> None:
    database = make.portal.database
    with database.writing() as session:
        first, second = shown(session, reviewer)[:2]
        before = {first.id: first.size, second.id: second.size}
        done = decisions.merge(session, second, first, by=reviewer, at=NOW)
        assert first.size == sum(before.values())
        number = done.id
    run_again(make)
    with database.writing() as session:
        sizes = {theme.id: theme.size for theme in shown(session, reviewer)}
        assert sizes[min(before)] == sum(before.values()) or sum(before.values()) in sizes.values()
        assert second.id not in sizes
        undoing.undo(session, decisions.get(session, number, by=reviewer), by=reviewer, at=NOW)
        sizes = {theme.id: theme.size for theme in shown(session, reviewer)}
        assert {key: sizes[key] for key in before} == before
        with pytest.raises(Conflict):
            undoing.undo(session, decisions.get(session, number, by=reviewer), by=reviewer, at=NOW)


def test_a_moved_text_stays_where_it_was_put(make: Builders, reviewer: Actor) -> None:
    database = make.portal.database
    with database.writing() as session:
        first, second = shown(session, reviewer)[:2]
        text = texts_of(session, first)[-1]
        decisions.move(session, first, [text], second, by=reviewer, at=NOW)
        out = texts_of(session, first)[-1]
        decisions.move(session, first, [out], None, by=reviewer, at=NOW)
    for _ in range(2):
        run_again(make)
        with database.reading() as session:
            assert text in texts_of(session, catalogue.get(session, second.id, by=reviewer))
            held = {t for theme in shown(session, reviewer) for t in texts_of(session, theme)}
            assert out not in held


def test_a_split_makes_a_theme_of_its_own(make: Builders, reviewer: Actor) -> None:
    database = make.portal.database
    with database.writing() as session:
        theme = shown(session, reviewer)[0]
        some = texts_of(session, theme)[:3]
        done = decisions.split(session, theme, some, "A part", by=reviewer, at=NOW)
        made = done.detail["made"]
        with pytest.raises(Invalid):
            decisions.split(session, theme, [], "None", by=reviewer, at=NOW)
    run_again(make)
    with database.reading() as session:
        found = catalogue.get(session, made, by=reviewer)
        assert found.title == "A part"
        assert sorted(texts_of(session, found)) == sorted(some)
        assert catalogue.is_shown(found)


def test_no_theme_is_not_shown_again(make: Builders, reviewer: Actor) -> None:
    database = make.portal.database
    with database.writing() as session:
        theme = shown(session, reviewer)[0]
        with pytest.raises(Invalid):
            decisions.dismiss(session, theme, by=reviewer, at=NOW, reason=" ")
        done = decisions.dismiss(session, theme, by=reviewer, at=NOW, reason="Only words.")
    run_again(make)
    with database.writing() as session:
        assert theme.id not in {one.id for one in shown(session, reviewer)}
        assert [one.id for one in decisions.taken_out(session, by=reviewer)] == [theme.id]
        undoing.undo(session, decisions.get(session, done.id, by=reviewer), by=reviewer, at=NOW)
        assert theme.id in {one.id for one in shown(session, reviewer)}


def test_only_the_pmo_decides(make: Builders, unit: Session, reviewer: Actor) -> None:
    theme = shown(unit, reviewer)[0]
    somebody = Actor(id=reviewer.id, name="x", role=reviewer.role.member)
    with pytest.raises(Forbidden):
        decisions.set_stage(unit, theme, Stage.confirmed, by=somebody, at=NOW)


def test_standings_count_closed_projects_and_not_texts(unit: Session, reviewer: Actor) -> None:
    rows = standing.standings(unit, shown(unit, reviewer), by=reviewer, today=NOW.date())
    assert {row.projects for row in rows} == {6}
    assert {row.hit for row in rows} == {6}
    assert all(sum(rate.projects for rate in row.trend.rates) == 6 for row in rows)
    assert all(row.trend.verdict is Verdict.too_few for row in rows)
    assert sum(row.days for row in rows) == 6 * 3 * 4
    assert standing.rate_of(rows[0]).startswith("6 of 6 closed projects (100%")


def test_a_lesson_about_a_success_is_no_hit(unit: Session, reviewer: Actor) -> None:
    theme = shown(unit, reviewer)[0]
    everything = standing.standings(unit, [theme], by=reviewer, today=NOW.date())[0]
    for row in unit.scalars(select(Lesson)):
        row.kind = LessonKind.success
    unit.flush()
    found = standing.standings(unit, [theme], by=reviewer, today=NOW.date())[0]
    assert found.texts == everything.texts
    hit = standing.projects_hit(unit, set(unit.scalars(select(Project.id))), by=reviewer)
    issues = select(Issue.project_id).join(ThemeMember, ThemeMember.object_id == Issue.id)
    issues = issues.where(ThemeMember.theme_id == theme.id, ThemeMember.kind == Kind.issue)
    assert hit.get(theme.id, set()) == set(unit.scalars(issues))
    assert found.days == 0
    assert all(member.is_success for member in catalogue.members(unit, theme, by=reviewer)
               if member.kind is Kind.lesson)  # fmt: skip


def test_undoing_brings_back_the_decision_before(unit: Session, reviewer: Actor) -> None:
    first, second, third = shown(unit, reviewer)[:3]
    text = texts_of(unit, first)[0]
    one = decisions.move(unit, first, [text], second, by=reviewer, at=NOW)
    two = decisions.move(unit, second, [text], third, by=reviewer, at=NOW)
    undoing.undo(unit, two, by=reviewer, at=NOW)
    assert text in texts_of(unit, second)
    pin = unit.scalars(select(ThemePin)).one()
    assert (pin.theme_id, pin.decision_id) == (second.id, one.id)
    again = decisions.move(unit, second, [text], None, by=reviewer, at=NOW)
    undoing.undo(unit, one, by=reviewer, at=NOW)  # a later one stands on it: nothing moves
    assert placements.theme_of(unit, *text) is None
    undoing.undo(unit, again, by=reviewer, at=NOW)
    assert text in texts_of(unit, first)
    assert unit.scalars(select(ThemePin)).all() == []


def test_undoing_an_earlier_name_leaves_the_later_one(unit: Session, reviewer: Actor) -> None:
    theme = shown(unit, reviewer)[0]
    one = decisions.rename(unit, theme, "One", by=reviewer, at=NOW)
    two = decisions.rename(unit, theme, "Two", by=reviewer, at=NOW)
    undoing.undo(unit, one, by=reviewer, at=NOW)
    assert theme.title == "Two"
    undoing.undo(unit, two, by=reviewer, at=NOW)
    assert theme.name is None


def test_moving_needs_texts_of_the_theme(unit: Session, reviewer: Actor) -> None:
    first, second = shown(unit, reviewer)[:2]
    with pytest.raises(Invalid):
        decisions.move(unit, first, [], second, by=reviewer, at=NOW)
    with pytest.raises(Conflict):
        decisions.move(unit, first, texts_of(unit, second)[:1], second, by=reviewer, at=NOW)
    with pytest.raises(Conflict):
        decisions.pin(unit, first, texts_of(unit, second)[:1], by=reviewer, at=NOW)


# Whatever people decide, and in whatever order runs come, it holds -----------------------------


class Decided(RuleBasedStateMachine):
    """People decide, take back, and run; of each text the last decision in force holds."""

    portal: Runtime
    folder: Path
    empty: Path

    @initialize()
    def begin(self) -> None:
        self.folder.mkdir()
        shutil.copy(self.empty, self.folder / "portal.db")
        self.portal = open_runtime(Settings(data_dir=self.folder))
        self.make = Builders(self.portal)
        self.made: list[tuple[int, dict[Text, int | None]]] = []
        self.parts = 0
        for _ in range(4):
            self.close_a_project()
        runs.run(self.portal.database, by=None, at=NOW)

    def close_a_project(self) -> None:
        project = self.make.project(closed=True)
        for text in (PERMIT, SUPPLIER, DATA):
            self.make.issue(project, title=text[:50], description=text)

    def themes(self, session: Session) -> list[Theme]:
        return shown(session, SYSTEM)

    def take(self, verb: Callable[[Session, list[Theme]], tuple[ThemeDecision, Targets]]) -> None:
        with self.portal.database.writing() as session:
            done, targets = verb(session, self.themes(session))
            self.made.append((done.id, targets))

    @precondition(lambda self: self.count() > 1)
    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        def verb(session: Session, themes: list[Theme]) -> tuple[ThemeDecision, Targets]:
            theme = data.draw(st.sampled_from(themes))
            into = data.draw(st.sampled_from([*themes, None]))
            text = data.draw(st.sampled_from(texts_of(session, theme)))
            done = decisions.move(session, theme, [text], into, by=SYSTEM, at=NOW)
            return done, {text: into.id if into else None}

        self.take(verb)

    @precondition(lambda self: self.count() > 1)
    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        def verb(session: Session, themes: list[Theme]) -> tuple[ThemeDecision, Targets]:
            theme, into = data.draw(st.permutations(themes))[:2]
            texts = texts_of(session, theme)
            done = decisions.merge(session, theme, into, by=SYSTEM, at=NOW)
            return done, dict.fromkeys(texts, into.id)

        self.take(verb)

    @precondition(lambda self: self.count() > 0)
    @rule(data=st.data())
    def split(self, data: st.DataObject) -> None:
        with self.portal.database.reading() as session:
            large = [t.id for t in self.themes(session) if len(texts_of(session, t)) > 1]
        if not large:
            return

        def verb(session: Session, themes: list[Theme]) -> tuple[ThemeDecision, Targets]:
            theme = session.get_one(Theme, data.draw(st.sampled_from(large)))
            some = texts_of(session, theme)[:1]
            self.parts += 1  # a name stays taken when its split is undone
            name = f"Part {self.parts}"
            done = decisions.split(session, theme, some, name, by=SYSTEM, at=NOW)
            return done, dict.fromkeys(some, done.detail["made"])

        self.take(verb)

    @precondition(lambda self: self.made)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        place = data.draw(st.integers(0, len(self.made) - 1))
        number, _ = self.made.pop(place)
        with self.portal.database.writing() as session:
            row = decisions.get(session, number, by=SYSTEM)
            undoing.undo(session, row, by=SYSTEM, at=NOW)

    @rule(more=st.booleans(), fresh=st.booleans())
    def run_again(self, more: bool, fresh: bool) -> None:
        if more:
            self.close_a_project()
        runs.run(self.portal.database, by=None, at=NOW, fresh=fresh)
        with self.portal.database.writing() as session:
            row = catalogue.proposed(session)
            if row is not None:
                runs.keep_proposal(session, row, by=SYSTEM, at=NOW)

    def count(self) -> int:
        with self.portal.database.reading() as session:
            return len(self.themes(session))

    @invariant()
    def the_last_decision_in_force_holds(self) -> None:
        expected: dict[Text, int | None] = {}
        for _, targets in self.made:
            expected |= targets
        with self.portal.database.reading() as session:
            found = {text: placements.theme_of(session, *text) for text in expected}
            pins = {(pin.kind, pin.object_id) for pin in session.scalars(select(ThemePin))}
        assert found == expected
        assert pins == set(expected)

    def teardown(self) -> None:
        self.portal.close()
        shutil.rmtree(self.folder)


def test_decisions_hold_whatever_comes(tmp_path: Path, empty_database: Path) -> None:
    class Here(Decided):
        """The same with a folder of this test."""

        folder = tmp_path / "walk"
        empty = empty_database

    run_state_machine_as_test(
        Here,
        settings=settings(max_examples=6, stateful_step_count=8,
                          suppress_health_check=list(HealthCheck)),
    )  # fmt: skip
