"""Theme runs over the database: what is read, what is kept, what a person sees of it."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import catalogue, difference, runs, standing, texts
from content.errors import Conflict, Invalid, NotFound
from content.models import Confidentiality, LessonState
from content.types import ANYBODY, SYSTEM, Actor, Kind, ThemeText
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


def corpus_of(scene: Builders, **noted: object) -> list[ThemeText]:
    with scene.portal.database.reading() as session:
        return texts.corpus(session, texts.Selection.of(noted))


def test_closed_projects_and_published_lessons_are_read_whoever_may_see_them(
    scene: Builders,
) -> None:
    closed = scene.project(closed=True)
    scene.lesson(LessonState.draft, project_id=closed.id)
    secret = scene.lesson(project_id=closed.id, confidentiality=Confidentiality.restricted)
    found = corpus_of(scene)
    assert len(found) == 17
    assert len({text.project for text in found}) == 5
    assert [text.id for text in found if not text.open] == [f"lesson:{secret.id:09}"]


def test_a_run_looks_at_what_was_chosen(make: Builders) -> None:
    works = make.department("Works")
    one = make.project(closed=True, department_id=works.id, type="software")
    other = make.project(closed=True, type="construction")
    for project in (one, other):
        make.lesson(project_id=project.id)
        make.issue(project)
    alone = make.lesson()  # names no project

    def projects(**noted: object) -> set[str]:
        return {text.project for text in corpus_of(make, **noted)}

    assert projects() == {one.code, other.code, ""}
    assert projects(departments=[works.id]) == {one.code}
    assert projects(types=["construction"]) == {other.code}
    assert projects(closed_from="2026-03-31", closed_to="2026-03-31") == {one.code, other.code}
    assert projects(closed_from="2026-04-01") == set()
    lessons = corpus_of(make, kinds=["lesson"])
    assert {text.id[:6] for text in lessons} == {"lesson"}
    assert f"lesson:{alone.id:09}" in {text.id for text in lessons}


@pytest.mark.parametrize(
    "noted",
    [
        {"closed_from": "2026-04-01", "closed_to": "2026-03-31"},
        {"closed_from": "soon"},
        {"kinds": ["page"]},
    ],
)
def test_a_choice_that_cannot_be_is_refused(noted: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        texts.Selection.of(noted)


@given(
    st.builds(
        texts.Selection,
        st.none() | st.dates(),
        st.none(),
        st.lists(st.integers(1, 99), unique=True).map(sorted).map(tuple),
        st.lists(st.text(max_size=5), unique=True).map(sorted).map(tuple),
        st.sampled_from([texts.KINDS, (Kind.lesson,), (Kind.issue,)]),
    )
)
def test_what_a_run_notes_of_its_choice_is_read_back(selection: texts.Selection) -> None:
    assert texts.Selection.of(json.loads(json.dumps(selection.noted()))) == selection


def test_too_few_texts_are_counted(scene: Builders) -> None:
    with pytest.raises(Invalid, match=r"Too few lessons and issues .* \(found 16, needed 30\)"):
        runs.run(scene.portal.database, by=None, at=NOW, least=30)


def test_what_was_looked_at_is_noted_and_the_rest_comes_back_where_it_stood(
    scene: Builders,
) -> None:
    database = scene.portal.database
    runs.run(database, by=None, at=NOW)

    def placed() -> dict[tuple[Kind, int], int]:
        with database.reading() as session:
            return {
                (m.kind, m.id): theme.id
                for theme in catalogue.themes(session, by=SYSTEM)
                for m in catalogue.members(session, theme, by=SYSTEM)
            }

    before = placed()
    issues = texts.Selection(kinds=(Kind.issue,))
    runs.run(database, by=None, at=NOW + timedelta(days=1), selection=issues)
    assert placed() == {key: theme for key, theme in before.items() if key[0] is Kind.issue}
    with database.reading() as session:
        run = catalogue.newest(session)
        assert run is not None
        assert run.parameters["corpus"]["kinds"] == ["issue"]
        assert catalogue.figures(session, by=SYSTEM).texts == 8
    runs.run(database, by=None, at=NOW + timedelta(days=2))
    assert placed() == before


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


# Who sees what --------------------------------------------------------------------------------

SECRET = "The quarrel with the zoborian mayor about the tunnel was kept out of the papers."


@pytest.fixture
def secrets(scene: Builders) -> dict[str, Actor]:
    """A restricted lesson in the theme of permits, and one in a theme of secrets only."""
    works = scene.department("Works")
    for number in range(4):
        project = scene.project(closed=True, department_id=works.id)
        level = Confidentiality.restricted if number else Confidentiality.department
        for text in (PERMIT, SECRET):
            scene.lesson(
                project_id=project.id, department_id=works.id, driving_event=text,
                headline=text[:60], lesson=text, recommendation=text, confidentiality=level,
                sanitised="Something." if number == 1 else "", topics=[text.split()[3]],
            )  # fmt: skip
    runs.run(scene.portal.database, by=None, at=NOW)
    return {
        "anybody": ANYBODY,
        "member": scene.person().as_actor(),
        "colleague": scene.person(department=works).as_actor(),
        "reviewer": scene.person("reviewer").as_actor(),
    }


def test_a_restricted_text_counts_for_those_who_may_see_it_alone(
    scene: Builders, secrets: dict[str, Actor]
) -> None:
    with scene.portal.database.reading() as session:
        texts_, figures, themes = {}, {}, {}
        for who, by in secrets.items():
            rows = standing.standings(
                session, catalogue.themes(session, by=by), by=by, today=NOW.date()
            )
            themes[who] = {row.theme.id for row in rows}
            texts_[who] = sum(row.texts for row in rows)
            figures[who] = catalogue.figures(session, by=by)
    assert (texts_["anybody"], texts_["member"]) == (16, 16)
    assert (texts_["colleague"], texts_["reviewer"]) == (18, 24)
    assert {who: found.texts for who, found in figures.items()} == texts_
    assert {who: found.projects for who, found in figures.items()} == {
        "anybody": 4, "member": 4, "colleague": 5, "reviewer": 8
    }  # fmt: skip
    assert themes["anybody"] == themes["member"] < themes["reviewer"]


def test_a_theme_of_secrets_is_not_there_for_others_and_its_words_are_nowhere(
    scene: Builders, secrets: dict[str, Actor]
) -> None:
    with scene.portal.database.reading() as session:
        every = catalogue.seen(session, by=secrets["reviewer"])
        open_ = {row.theme.id for row in catalogue.seen(session, by=ANYBODY)}
        hidden = [row.theme for row in every if row.theme.id not in open_]
        assert hidden
        for theme in hidden:
            with pytest.raises(NotFound):
                catalogue.get(session, theme.id, by=secrets["member"])
        for row in every:
            told = f"{row.theme.label} {row.theme.terms}".lower()
            assert not {"zoborian", "quarrel", "mayor"} & set(told.replace(",", " ").split())


def test_a_label_goes_when_its_words_are_no_longer_open(scene: Builders) -> None:
    database = scene.portal.database
    runs.run(database, by=None, at=NOW)
    with database.writing() as session:
        theme = catalogue.themes(session, by=SYSTEM)[0]
        before, theme.label = theme.label, "Zoborian words"
        number = theme.id
    runs.run(database, by=None, at=NOW)
    with database.reading() as session:
        assert catalogue.get(session, number, by=SYSTEM).label == before


# What a later run changes ---------------------------------------------------------------------


def test_the_difference_is_of_the_texts_that_one_may_read(scene: Builders, tmp_path: Path) -> None:
    database = scene.portal.database
    runs.run(database, by=None, at=NOW, folder=tmp_path / "themes")
    with database.reading() as session:
        run = catalogue.newest(session)
        assert run is not None
        assert not difference.of_run(session, run, by=SYSTEM)  # nothing to compare it to
    project = scene.project(closed=True)
    for level in (Confidentiality.open, Confidentiality.restricted):
        scene.lesson(
            project_id=project.id, driving_event=PERMIT, headline=PERMIT[:60], confidentiality=level
        )
    runs.run(database, by=None, at=NOW + timedelta(days=1), folder=tmp_path / "themes")
    with database.reading() as session:
        run = catalogue.newest(session)
        assert run is not None
        for by, many in ((ANYBODY, 1), (SYSTEM, 2)):
            found = difference.of_run(session, run, by=by)
            assert (found.joined, found.moved, found.left) == (many, 0, 0)
            assert [row.after - row.before for row in found.grown] == [many]
            assert (found.new, found.shrunk, found.gone) == ([], [], [])
        assert run.difference["fresh"] is False
        # They say what is known word for word.
        assert (run.difference["drift"], run.difference["since"]) == (0, 0)


def test_a_fresh_start_is_shown_before_it_is_kept(scene: Builders) -> None:
    database = scene.portal.database
    runs.run(database, by=None, at=NOW)
    with database.reading() as session:
        before = {row.theme.id: row.texts for row in catalogue.seen(session, by=SYSTEM)}
    found = runs.run(database, by=None, at=NOW + timedelta(days=1), fresh=True)
    assert found.proposed
    with database.writing() as session:
        assert {row.theme.id: row.texts for row in catalogue.seen(session, by=SYSTEM)} == before
        row = catalogue.proposed(session)
        assert row is not None
        assert row.proposal is not None
        assert row.proposal["change"] == {"moved": 0, "new": 0, "gone": 0}
        runs.keep_proposal(session, row, by=SYSTEM, at=NOW + timedelta(days=2))
        with pytest.raises(Conflict):
            runs.keep_proposal(session, row, by=SYSTEM, at=NOW)
    with database.reading() as session:
        run = catalogue.newest(session)
        assert run is not None
        assert run.id == found.run_id
        assert {row.theme.id: row.texts for row in catalogue.seen(session, by=SYSTEM)} == before
        assert catalogue.proposed(session) is None


def test_a_proposal_is_not_kept_over_other_texts_and_can_be_dropped(scene: Builders) -> None:
    database = scene.portal.database
    runs.run(database, by=None, at=NOW)
    found = runs.run(database, by=None, at=NOW, fresh=True)
    scene.lesson(project_id=scene.project(closed=True).id)
    with database.writing() as session:
        row = catalogue.run_of(session, found.run_id, by=SYSTEM)
        with pytest.raises(Conflict, match="have changed since"):
            runs.keep_proposal(session, row, by=SYSTEM, at=NOW)
        runs.drop_proposal(session, row, by=SYSTEM, at=NOW)
        assert catalogue.proposed(session) is None


TOPICS = (
    "The crane stood idle because nobody had checked the bearing load of the yard.",
    "Invoices waited for months since the cost centre had no deputy to sign.",
    "Training came a year before the software, and clerks forgot every screen.",
    "Asbestos behind the panels stopped the demolition until a survey was made.",
    "The firewall rules were lost during the migration, and branches stayed offline.",
    "Residents complained about noise at night as no letter had told them.",
    "Steel prices doubled after the bid, and the contract knew no index clause.",
    "The test laboratory mixed up samples, so every reading had to be repeated.",
)


def test_themes_are_found_as_finely_as_was_asked_and_later_runs_go_on_so(make: Builders) -> None:
    database = make.portal.database
    for number in range(5):
        project = make.project(closed=True)
        for text in TOPICS:
            make.issue(project, title=text[:50], description=f"{text} {text[::2]} {number}")
    found = {}
    for fineness in (0.25, 1.0, 4.0):
        done = runs.run(database, by=None, at=NOW, fresh=True, fineness=fineness)
        found[fineness] = done.themes
        with database.writing() as session:
            row = catalogue.run_of(session, done.run_id, by=SYSTEM)
            assert row.parameters["fineness"] == fineness
            if done.proposed:
                runs.keep_proposal(session, row, by=SYSTEM, at=NOW + timedelta(days=done.run_id))
    assert found[0.25] < found[1.0] <= found[4.0]
    for fresh, asked in ((False, 0.5), (False, None), (True, None)):
        done = runs.run(database, by=None, at=NOW, fresh=fresh, fineness=asked)
        with database.reading() as session:
            row = catalogue.run_of(session, done.run_id, by=SYSTEM)
            assert row.parameters["fineness"] == 4.0  # known themes do not follow; others go on


def test_a_fineness_that_cannot_be_is_refused(scene: Builders) -> None:
    with pytest.raises(Invalid, match="fineness"):
        runs.run(scene.portal.database, by=None, at=NOW, fineness=99.0)
