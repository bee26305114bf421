"""Review in pages: the queue, remarks, suggestions, merges, changes and reminders."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

from content import lessons, validation
from content.models import Job, Lesson, LessonChange, LessonState, Occurrence, Person, Remark
from content.types import SYSTEM
from portal.worker.loop import drain
from portal.worker.mail import compose
from portal.worker.reviewmail import tell_reviewers
from tests.builders import NOW, Builders
from tests.conftest import post

Clients = Callable[..., FlaskClient]


def text(browser: FlaskClient, path: str) -> str:
    return unescape(browser.get(path, follow_redirects=True).get_data(as_text=True))


def row_of(make: Builders, lesson: Lesson) -> Lesson:
    with make.portal.database.reading() as session:
        found = session.get_one(Lesson, lesson.id)
        assert found.topics is not None
        return found


def key(make: Builders, lesson: Lesson) -> str:
    return f"lesson:{lesson.id}:{row_of(make, lesson).version}"


def toast(browser: FlaskClient) -> str:
    page = text(browser, "/account")
    found = re.search(r"data-toast>.*?<span>(.*?)</span>", page, re.DOTALL)
    assert found is not None
    return found[1]


def undo_of(page: str) -> str:
    found = re.search(r'action="([^"]+)"[^>]*>(?:(?!</form>).)*Undo', page, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def author(make: Builders) -> Person:
    return make.person(name="Ada Author")


@pytest.fixture
def reviewer(make: Builders) -> Person:
    return make.person("reviewer", name="Rita Reviewer")


# The queue ------------------------------------------------------------------------------------


def test_the_queue_says_what_waits_and_with_whom(
    make: Builders, client_of: Clients, author: Person, reviewer: Person
) -> None:
    project = make.project(name="Riverside")
    lesson = make.lesson(
        LessonState.submitted, by=author, project_id=project.id, category="risk",
        headline="Weigh the crates",
    )  # fmt: skip
    make.lesson(LessonState.submitted, by=author, author_hidden=True, headline="No name here")
    browser = client_of(reviewer)
    page = text(browser, "/lessons/queue")
    for said in ("Weigh the crates", "Riverside", "risk", "by Ada Author", "author not shown"):
        assert said in page, said
    assert page.count("by Ada Author") == 1
    assert re.search(r"waits \d+ days", page)
    assert text(browser, "/lessons/queue?category=risk").count("data-row ") == 1
    assert "Nothing fits" in text(browser, "/lessons/queue?text=zebra")
    post(browser, "/lessons/queue/take", item=key(make, lesson))
    assert "with you" in text(browser, "/lessons/queue?who=me")
    assert client_of(author).get("/lessons/queue").status_code == 403


def test_a_bulk_step_says_how_many_and_what_was_left_out(
    make: Builders, client_of: Clients, author: Person, reviewer: Person
) -> None:
    fine, stale, taken = (make.lesson(LessonState.submitted, by=author) for _ in range(3))
    own = make.lesson(LessonState.submitted, by=reviewer)
    public = make.lesson(by=author)
    other = make.person("reviewer", name="Olu Other")
    with make.portal.database.writing() as session:
        lesson = session.get_one(Lesson, taken.id)
        validation.take_on(session, lesson, by=other.as_actor(), at=NOW)
    items = [key(make, row) for row in (fine, stale, taken, own, public)]
    with make.portal.database.writing() as session:
        lesson = session.get_one(Lesson, stale.id)
        lessons.edit(session, lesson, {"cause": "New."}, by=SYSTEM, at=NOW)
    browser = client_of(reviewer)
    answer = post(browser, "/lessons/queue/publish", item=items, back="category=risk&evil=1")
    assert answer.location == "/lessons/queue?category=risk"
    said = toast(browser)
    assert said.startswith("1 item published. Left out:")
    for part in (
        f"{stale.number}: Somebody changed this lesson",
        f"{taken.number}: Olu Other has taken it on", f"{own.number}: Your role does not allow",
        f"{public.number}: A lesson that is published cannot",
    ):  # fmt: skip
        assert part in said, part
    states = [row_of(make, row).state.value for row in (fine, stale, taken, own)]
    assert states == ["published", "submitted", "submitted", "submitted"]


def test_taking_on_and_assigning_are_taken_back(
    make: Builders, client_of: Clients, author: Person, reviewer: Person
) -> None:
    rows = [make.lesson(LessonState.submitted, by=author) for _ in range(2)]
    other = make.person("reviewer")
    browser = client_of(reviewer)
    post(browser, "/lessons/queue/take", item=[key(make, row) for row in rows])
    page = text(browser, "/")
    assert "2 items taken on." in page
    post(browser, undo_of(page))
    assert [row_of(make, row).reviewer_id for row in rows] == [None, None]
    post(browser, "/lessons/queue/assign", item=key(make, rows[0]), person=other.id)
    assert row_of(make, rows[0]).reviewer_id == other.id
    post(browser, "/lessons/queue/assign", item=key(make, rows[0]), person="")
    assert "Choose the colleague" in text(browser, "/")
    post(browser, "/lessons/queue/publish")
    assert "Choose at least one line first." in text(browser, "/")
    # A button of one line leaves alone what is chosen elsewhere.
    post(browser, "/lessons/queue/take", item=key(make, rows[1]), one=key(make, rows[0]))
    assert [row_of(make, row).reviewer_id for row in rows] == [reviewer.id, None]


# One lesson -----------------------------------------------------------------------------------


def test_a_remark_goes_to_the_author_and_its_answer_back(
    make: Builders, client_of: Clients, author: Person, reviewer: Person
) -> None:
    lesson = make.lesson(LessonState.submitted, by=author, cause="Nobody looked.")
    here, browser = f"/lessons/{lesson.id}", client_of(reviewer)
    assert "Nobody looked." in text(browser, f"{here}/review")
    fields = {"version": row_of(make, lesson).version, "remark-cause": "Which rule was missing?",
              "remark-author_id": "no field", "remark-headline": "Say what to do."}  # fmt: skip
    answer = post(browser, f"{here}/review/return", **fields)
    assert answer.location == "/lessons/queue"
    theirs = client_of(author)
    page = text(theirs, here)
    assert "Which rule was missing?" in page
    form = text(theirs, f"{here}/edit")
    assert "A reviewer asks you to look at 2 places." in form
    assert 'name="answer-cause"' in form
    assert 'name="answer-lesson"' not in form
    # A reader of the form who may not edit sees nothing of it.
    assert client_of("member").get(here).status_code == 404
    texts = {"headline": "Check each rule", "driving_event": "It sank.", "lesson": "L",
             "recommendation": "R", "cause": "Nobody looked.", "then": "submit",
             "answer-cause": "Rule 7 was."}  # fmt: skip
    assert post(theirs, f"{here}/edit", version=row_of(make, lesson).version, **texts).location
    assert row_of(make, lesson).state is LessonState.submitted
    shown = text(browser, f"{here}/review")
    assert "Rule 7 was." in shown
    with make.portal.database.reading() as session:
        asked = session.scalars(select(Remark).where(Remark.by_id == reviewer.id))
        rows = {row.field: row.settled_at for row in asked}
    assert set(rows) == {"cause", "headline"}
    assert None not in rows.values()


def test_a_fault_keeps_every_remark_that_was_typed(
    make: Builders, client_of: Clients, author: Person, reviewer: Person
) -> None:
    lesson = make.lesson(LessonState.submitted, by=author)
    path, browser = f"/lessons/{lesson.id}/review", client_of(reviewer)
    answer = post(browser, f"{path}/reject", **{"remark-lesson": "Seen before."})
    assert answer.status_code == 400
    assert "Seen before." in answer.get_data(as_text=True)
    answer = post(browser, f"{path}/publish", version=99, reason="R", **{"remark-lesson": "Kept."})
    assert answer.status_code == 409
    assert "Kept." in answer.get_data(as_text=True)
    answer = post(browser, f"{path}/return", **{"remark-lesson": "x" * 5_001})
    assert answer.status_code == 400
    assert row_of(make, lesson).state is LessonState.submitted


def test_nobody_reviews_their_own_in_pages(
    make: Builders, client_of: Clients, author: Person, reviewer: Person
) -> None:
    own = make.lesson(LessonState.submitted, by=reviewer)
    path, browser = f"/lessons/{own.id}/review", client_of(reviewer)
    page = text(browser, path)
    assert "Somebody else decides on what you wrote." in page
    assert "formaction" not in page
    for step in ("publish", "return", "reject", "merge", "use"):
        assert post(browser, f"{path}/{step}", reason="R", into=1).status_code in (403, 404), step
    assert browser.get(f"{path}/edit").status_code == 403
    assert browser.get(f"{path}/beside").status_code == 403
    public = make.lesson(by=reviewer)
    assert browser.get(f"/lessons/{public.id}/edit").status_code == 403
    assert "Propose a change" in text(browser, f"/lessons/{public.id}")


def test_publishing_with_edits_and_the_words_that_changed(
    make: Builders, client_of: Clients, author: Person, reviewer: Person
) -> None:
    lesson = make.lesson(LessonState.submitted, by=author, recommendation="Weigh one crate.")
    here, browser = f"/lessons/{lesson.id}", client_of(reviewer)
    assert "Save and publish" in text(browser, f"{here}/review/edit")
    texts = {"headline": "H", "driving_event": "E", "lesson": "L"}
    answer = post(browser, f"{here}/review/edit", version=99, recommendation="Mine.", **texts)
    assert answer.status_code == 409
    assert "Weigh one crate." in answer.get_data(as_text=True)
    assert "Mine." in answer.get_data(as_text=True)
    answer = post(
        browser, f"{here}/review/edit", version=row_of(make, lesson).version,
        recommendation="Weigh every crate.", **texts,
    )  # fmt: skip
    assert answer.location == "/lessons/queue"
    assert row_of(make, lesson).state is LessonState.published
    mail = mails(make)[-1]
    assert f"{here}/revisions?from=1&to=2" in mail
    shown = text(client_of(author), f"{here}/revisions?from=1&to=2")
    assert "<del>one</del>" in shown
    assert "<ins>every</ins>" in shown


def mails(make: Builders) -> list[str]:
    """The mails in the outbox as they would be sent."""
    with make.portal.database.reading() as session:
        rows = session.scalars(select(Job).where(Job.kind == "mail").order_by(Job.id)).all()
        return [str(compose(make.portal.settings, dict(row.payload))) for row in rows]


def test_the_author_is_told_what_a_reviewer_changes_in_a_text_in_force(
    make: Builders, client_of: Clients, author: Person, reviewer: Person
) -> None:
    lesson = make.lesson(by=author, recommendation="Weigh one crate.")
    texts = {"headline": lesson.headline, "driving_event": "It sank.", "lesson": "L"}
    path = f"/lessons/{lesson.id}/edit"
    answer = post(
        client_of(reviewer),
        path,
        **texts,
        recommendation="Weigh every crate.",
        version=row_of(make, lesson).version,
    )
    assert answer.status_code == 302
    (mail,) = mails(make)
    assert f"To: {author.email}" in mail
    assert "has changed your published lesson." in mail
    assert f"/lessons/{lesson.id}/revisions?from=1&to=2" in mail


def test_a_rejected_author_answers(
    make: Builders, client_of: Clients, author: Person, reviewer: Person
) -> None:
    lesson = make.lesson(LessonState.submitted, by=author)
    here, browser, theirs = f"/lessons/{lesson.id}", client_of(reviewer), client_of(author)
    post(browser, f"{here}/review/reject", reason="We know this.")
    assert "We know this." in text(theirs, here)
    assert "We know this." in text(theirs, "/")
    assert "We know this." in mails(make)[-1]
    post(theirs, f"{here}/answer", answer="Not for pumps.")
    assert "Not for pumps." in mails(make)[-1]
    assert "answer to a rejection" in text(browser, "/lessons/queue")
    assert "Not for pumps." in text(browser, f"{here}/review")
    post(browser, f"{here}/review/reconsider")
    assert row_of(make, lesson).state is LessonState.submitted
    assert post(client_of("member"), f"{here}/answer", answer="x").status_code in (403, 404)


# Beside it ------------------------------------------------------------------------------------


@pytest.fixture
def filed(make: Builders) -> list[Lesson]:
    """Published lessons in two categories, with words of their own."""
    found = []
    for number in range(4):
        found.append(
            make.lesson(
                headline=f"The supplier delivered late {number}",
                category="procurement",
                driving_event="The vendor broke the delivery contract.",
                topics=["suppliers"],
            )
        )
        found.append(
            make.lesson(
                headline=f"Nobody tested the defect {number}",
                category="quality",
                driving_event="The acceptance test missed a defect.",
                topics=["testing"],
            )
        )
    drain(make.portal)
    return found


def test_suggestions_are_buttons_and_nothing_is_taken_by_itself(
    make: Builders, client_of: Clients, author: Person, reviewer: Person, filed: list[Lesson]
) -> None:
    lesson = make.lesson(
        LessonState.submitted, by=author, headline="A vendor failed us",
        driving_event="The supplier broke the delivery contract.", category="scope",
    )  # fmt: skip
    path, browser = f"/lessons/{lesson.id}/review", client_of(reviewer)
    page = text(browser, f"{path}/beside")
    assert 'value="topic:suppliers"' in page
    assert 'value="category:procurement"' in page
    assert "topic:testing" not in page
    assert re.search(r"\d+ %", page)
    row = row_of(make, lesson)
    assert (row.category, row.topics) == ("scope", [])
    answer = post(
        browser, f"{path}/use", use="topic:suppliers", version=row.version,
        **{"remark-cause": "Half typed"},
    )  # fmt: skip
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "Half typed" in page
    assert "no-topic:suppliers" in page
    post(browser, f"{path}/use", use="category:procurement")
    row = row_of(make, lesson)
    assert (row.category, row.topics) == ("procurement", ["suppliers"])
    post(browser, f"{path}/use", use="no-topic:suppliers")
    assert row_of(make, lesson).topics == []
    assert post(browser, f"{path}/use", use="headline:x").status_code == 400
    assert "topic:suppliers" in text(browser, f"{path}?beside=1")
    assert client_of(author).get(f"{path}/beside").status_code == 403


def test_a_merge_from_the_page_and_back(
    make: Builders, client_of: Clients, author: Person, reviewer: Person, filed: list[Lesson]
) -> None:
    project = make.project()
    lesson = make.lesson(
        LessonState.submitted, by=author, headline="The supplier delivered late again",
        driving_event="The vendor broke the delivery contract.", project_id=project.id,
    )  # fmt: skip
    hidden = make.lesson(LessonState.draft, by=author, headline="The supplier delivered late")
    drain(make.portal)
    here, browser = f"/lessons/{lesson.id}", client_of(reviewer)
    page = text(browser, f"{here}/review/beside")
    into = re.findall(r'name="into" value="(\d+)"', page)
    assert into
    assert str(hidden.id) not in into
    assert str(lesson.id) not in into
    answer = post(browser, f"{here}/review/merge", into=into[0], version=99)
    assert answer.status_code == 409
    post(browser, f"{here}/review/merge", into=into[0], version=row_of(make, lesson).version)
    toasted = text(browser, "/")
    assert "Kept as one more time of" in toasted
    assert "Kept with another lesson" in text(client_of(author), here)
    assert client_of("member").get(here).status_code == 404
    assert project.code in text(browser, f"/lessons/{into[0]}")
    assert "superseded" in text(client_of(author), "/")
    post(browser, undo_of(toasted))
    assert row_of(make, lesson).state is LessonState.submitted
    with make.portal.database.reading() as session:
        assert session.scalars(select(Occurrence)).one().withdrawn_at is not None


def test_a_merge_is_no_step_of_the_page_of_a_lesson(
    make: Builders, client_of: Clients, author: Person
) -> None:
    lesson = make.lesson(LessonState.submitted, by=author)
    browser = client_of("reviewer")
    assert post(browser, f"/lessons/{lesson.id}/merge").status_code in (404, 405)
    assert post(browser, f"/lessons/{lesson.id}/restore").status_code == 409


# Changes --------------------------------------------------------------------------------------


def change_of(make: Builders) -> LessonChange:
    with make.portal.database.reading() as session:
        return session.scalars(select(LessonChange)).one()


CHANGED = {"headline": "Weigh the crates", "driving_event": "It sank.", "lesson": "L",
           "recommendation": "Weigh every crate."}  # fmt: skip


def published(make: Builders, author: Person) -> Lesson:
    return make.lesson(by=author, **{**CHANGED, "recommendation": "Weigh one crate."})


def test_a_change_stays_out_of_sight_until_it_is_accepted(
    make: Builders, client_of: Clients, author: Person, reviewer: Person
) -> None:
    lesson = published(make, author)
    here, theirs, reader = f"/lessons/{lesson.id}", client_of(author), client_of("member")
    before = re.sub(r"csrf_token.*?>", "", text(reader, here))
    assert "Propose a change" in text(theirs, here)
    assert "Hand in the change" in text(theirs, f"{here}/change")
    answer = post(theirs, f"{here}/change", base_revision=1, note="", **CHANGED)
    assert answer.status_code == 400
    assert "Weigh every crate." in answer.get_data(as_text=True)
    answer = post(theirs, f"{here}/change", base_revision=1, note="One was not enough.", **CHANGED)
    change = change_of(make)
    page = f"{here}/changes/{change.id}"
    assert answer.location == page
    assert "<ins>every</ins>" in text(theirs, page)
    assert "Your change is under review." in text(theirs, here)
    assert re.sub(r"csrf_token.*?>", "", text(reader, here)) == before
    assert reader.get(page).status_code == 404
    assert post(reader, f"{page}/withdraw").status_code == 404
    assert post(theirs, f"{page}/accept").status_code == 403
    browser = client_of(reviewer)
    assert "One was not enough." in text(browser, "/lessons/queue")
    assert "A change is under review." in text(browser, here)
    answer = post(browser, f"{page}/accept", version=change.version, revision=1)
    assert answer.location == "/lessons/queue"
    assert "Weigh every crate." in text(reader, here)
    assert "put your change of a lesson in force" in mails(make)[-1]
    assert "<ins>every</ins>" in text(theirs, page)


def test_two_texts_in_the_same_place_are_both_shown(
    make: Builders, client_of: Clients, author: Person, reviewer: Person
) -> None:
    lesson = published(make, author)
    here = f"/lessons/{lesson.id}"
    post(client_of(author), f"{here}/change", base_revision=1, note="N", **CHANGED)
    with make.portal.database.writing() as session:
        row = session.get_one(Lesson, lesson.id)
        values = {"recommendation": "Weigh two crates."}
        lessons.edit(session, row, values, by=SYSTEM, at=NOW)
    browser, page = client_of(reviewer), f"{here}/changes/{change_of(make).id}"
    shown = text(browser, page)
    assert "Both changed this." in shown
    assert "<ins>two" in shown
    assert "<ins>every" in shown
    answer = post(browser, f"{page}/accept", revision=2)
    assert answer.status_code == 409
    assert post(browser, f"{page}/accept", revision=1).status_code == 409
    post(browser, f"{page}/accept", revision=2, **{"choose-recommendation": "change"})
    assert row_of(make, lesson).recommendation == "Weigh every crate."


def test_a_change_is_returned_and_written_again(
    make: Builders, client_of: Clients, author: Person, reviewer: Person
) -> None:
    lesson = published(make, author)
    here, theirs, browser = f"/lessons/{lesson.id}", client_of(author), client_of(reviewer)
    post(theirs, f"{here}/change", base_revision=1, note="N", **CHANGED)
    page = f"{here}/changes/{change_of(make).id}"
    assert post(browser, f"{page}/return", reason=" ").status_code == 400
    assert post(browser, f"{page}/return", reason="R", version=99).status_code == 409
    post(browser, f"{page}/return", reason="All of them?")
    assert "All of them?" in text(theirs, f"{here}/change")
    answer = post(
        theirs, f"{page}/edit", base_revision=1, note="Half.", version=change_of(make).version,
        **{**CHANGED, "recommendation": "Weigh half of them."},
    )  # fmt: skip
    assert answer.location == page
    post(theirs, f"{page}/withdraw")
    assert "data-row " not in text(browser, "/lessons/queue?kind=change")
    post(theirs, undo_of(text(theirs, "/")))
    post(browser, f"{page}/reject", reason="No.")
    assert change_of(make).state.value == "rejected"


# Reminders ------------------------------------------------------------------------------------


def test_reminders_go_to_who_has_it_else_to_all(
    make: Builders, author: Person, reviewer: Person
) -> None:
    other = make.person("reviewer")
    free = make.lesson(LessonState.submitted, by=author, headline="Free for all")
    taken = make.lesson(LessonState.submitted, by=author, headline="Taken on")
    make.lesson(LessonState.submitted, by=other, headline="Written by a reviewer")
    admin = make.person("admin")
    with make.portal.database.writing() as session:
        row = session.get_one(Lesson, taken.id)
        validation.take_on(session, row, by=other.as_actor(), at=NOW)
    late = NOW + timedelta(days=8)
    assert tell_reviewers(make.portal, NOW + timedelta(days=6)) == 0
    assert tell_reviewers(make.portal, late) == 2
    found: dict[Any, str] = {}
    for mail in mails(make):
        to = re.search(r"^To: (.*)$", mail, re.MULTILINE)
        assert to is not None
        found[to[1]] = mail
    assert set(found) == {reviewer.email, other.email}
    assert admin.email not in found
    assert "Free for all" in found[reviewer.email]
    assert "Written by a reviewer" in found[reviewer.email]
    assert "Taken on" not in found[reviewer.email]
    assert "Taken on" in found[other.email]
    assert "Written by a reviewer" not in found[other.email]
    assert f"/lessons/{free.id}/review" in found[other.email]
    assert "waits 8 days" in found[other.email]
    assert tell_reviewers(make.portal, late + timedelta(days=1)) == 0
    assert tell_reviewers(make.portal, late + timedelta(days=7)) == 2


@pytest.fixture
def count(make: Builders) -> list[str]:
    """The statements that run, as they run."""
    statements: list[str] = []
    event.listen(
        make.portal.database.engine, "before_cursor_execute",
        lambda _c, _cur, statement, *_: statements.append(statement),
    )  # fmt: skip
    return statements


def test_the_pages_ask_few_questions(
    make: Builders, client_of: Clients, author: Person, reviewer: Person, count: list[str]
) -> None:
    project = make.project()
    lesson = make.lesson(LessonState.submitted, by=author, project_id=project.id)
    for _ in range(12):
        make.lesson(LessonState.submitted, by=make.person(), project_id=make.project().id)
    browser = client_of(reviewer)
    for path in ("/lessons/queue", f"/lessons/{lesson.id}/review", f"/lessons/{lesson.id}"):
        count.clear()
        assert browser.get(path).status_code == 200
        print(path, len(count))
        assert len(count) <= 12, (path, count)
