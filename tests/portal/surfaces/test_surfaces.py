"""The table of who reads what, held against every surface of the portal."""

import re
from collections.abc import Callable
from itertools import product

import pytest
from sqlalchemy import func, select

from content import lesson_texts
from content.models import Activity, Comment, Lesson
from tests.conftest import csrf_of
from tests.portal.surfaces import table
from tests.portal.surfaces.scene import MANAGERS, SANITISED, SHY, Scene
from tests.portal.surfaces.table import (
    LESSONS,
    LINK,
    NOTHING,
    PART,
    PEOPLE,
    REACHED,
    REACHED_BY_MANAGER,
    REACHED_IF_OPEN,
    SEES,
    WHOLE,
)
from tests.portal.surfaces.walk import Walked, body_of, filled, lasting

Walks = Callable[[str], Walked]
# Lists of people, where everybody stands because they may be chosen.
NAMES_PEOPLE = re.compile(
    r"^/(people|projects/new|projects/[^/]+/edit|actions/|reviews/|requests/|themes/\d+)"
)


@pytest.mark.parametrize("who", PEOPLE)
def test_each_reads_what_the_table_says(who: str, walked: Walks, scene: Scene) -> None:
    found = walked(who)
    for row in LESSONS:
        page, cell = f"/lessons/{scene.lessons[row].id}", SEES[row][who]
        status, body = found.answers[page]
        assert status == (404 if cell == NOTHING else 200), (row, who)
        assert (table.told(row) in body) == (cell in (WHOLE, LINK)), (row, who)
        assert (SANITISED.lower() in body) == (cell == PART), (row, who)
        asked = found.status(f"/api/v1{page}")
        assert asked == status, (row, who)


@pytest.mark.parametrize("who", [*PEOPLE, "nobody"])
def test_what_is_not_open_is_told_nowhere(who: str, walked: Walks) -> None:
    hidden = table.words(who, NOTHING, PART) if who in PEOPLE else map(table.told, LESSONS)
    leaks = {word: found for word in hidden if (found := walked(who).met(word))}
    assert leaks == {}


@pytest.mark.parametrize("who", ["colleague", "outsider", "trainer"])
def test_what_is_out_of_use_is_met_by_its_address_alone(
    who: str, walked: Walks, scene: Scene
) -> None:
    for row in LESSONS:
        if SEES[row][who] == LINK:
            number = scene.lessons[row].id
            own = rf"^(/api/v1)?/lessons/{number}\b|^/exports/\w+\.csv\?lesson={number}$"
            strange = [path for path in walked(who).met(table.told(row)) if not re.match(own, path)]
            assert strange == [], (row, who)


@pytest.mark.parametrize("who", PEOPLE)
def test_what_is_open_is_met_on_every_surface(who: str, walked: Walks) -> None:
    """So that the walk would meet what is not: on each surface it meets all that it should."""
    found = walked(who)
    surfaces = [
        *product(REACHED.items(), ("open", "department", "restricted", "sanitised")),
        *product(REACHED_IF_OPEN.items(), ("open",)),
    ]
    if who in MANAGERS:
        surfaces += product(REACHED_BY_MANAGER.items(), ("open", "unsigned"))
    missed = [
        (surface, row)
        for (surface, at), row in surfaces
        if SEES[row][who] == WHOLE and not found.met(table.told(row), at)
    ]
    assert missed == []


def test_nothing_differs_from_a_portal_that_was_never_told(before: Walked, after: Walked) -> None:
    """Counts, facets, suggestions, orders and titles are as if the lessons were not there."""
    differ = [
        path
        for path, (status, body) in before.answers.items()
        if (status, lasting(body)) != (after.status(path), lasting(after.answers[path][1]))
        # Says when a token was used last, and this walk uses one.
        and not path.startswith("/account/tokens")
    ]
    assert differ == []


def test_what_is_hidden_answers_like_what_is_not_there(after: Walked, scene: Scene) -> None:
    hidden = [scene.lessons[row].id for row in LESSONS if SEES[row]["trainer"] == NOTHING]
    for path, (status, body) in after.answers.items():
        if "/999999" in path:
            for number in hidden:
                there, said = after.answers[path.replace("/999999", f"/{number}")]
                said = re.sub(rf"lessons/{number}\b", "lessons/999999", said)
                assert (there, lasting(said)) == (status, lasting(body)), (path, number)


@pytest.mark.parametrize("who", ["colleague", "outsider", "manager", "reviewer"])
def test_who_hides_their_name_is_named_nowhere(who: str, walked: Walks) -> None:
    named = [path for path in walked(who).met(SHY.lower()) if not NAMES_PEOPLE.match(path)]
    assert named == []


def test_the_log_keeps_who_hid_their_name(scene: Scene, walked: Walks) -> None:
    number = scene.lessons["unsigned"].id
    assert SHY.lower() in walked("admin").answers[f"/lessons/{number}"][1]
    assert SHY.lower() not in walked("reviewer").answers[f"/lessons/{number}"][1]


def test_guessed_posts_change_nothing(scene: Scene) -> None:
    """An outsider posts to every address of a secret lesson: refused, and nothing is different."""
    browser, lesson = scene.browser("outsider"), scene.lessons["restricted"]
    before, token = state_of(scene, lesson.id), csrf_of(browser, "/search/like")
    for rule in scene.app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.rule.startswith("/api/"):
            continue
        if "lesson_id" not in rule.arguments:
            continue
        for path in filled(scene, "outsider", rule, {"lesson_id": [str(lesson.id)]}):
            answer = browser.post(path, data={"csrf_token": token, **ANYTHING})
            assert answer.status_code in (302, 400, 403, 404, 405), path
            assert table.told("restricted") not in body_of(answer), path
    assert state_of(scene, lesson.id) == before


# Something for each form that could be posted.
ANYTHING = {"reason": "x", "answer": "applied", "headline": "x", "text": "x", "note": "x"}


def state_of(scene: Scene, number: int) -> object:
    """All that a post could have changed."""
    with scene.portal.database.reading() as session:
        row = session.get_one(Lesson, number)
        said = session.scalar(select(func.count()).select_from(Comment))
        done = session.scalar(select(func.count()).select_from(Activity))
        return lesson_texts.snapshot(row), row.version, row.state, said, done
