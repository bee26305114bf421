"""Validation: nobody approves what they wrote, remarks wait for the other side, changes stay out of
sight, merges can be taken back, reminders are not repeated too soon.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from content import (
    activity,
    changes,
    lessons,
    occurrences,
    remarks,
    review_queue,
    validation,
)
from content.access import Action, can, lessons_whole_to, reads_whole
from content.errors import Conflict, Forbidden, Invalid, NotFound
from content.models import (
    ChangeState,
    Confidentiality,
    Job,
    Lesson,
    LessonChange,
    LessonState,
    Person,
    Remark,
)
from content.review_queue import ItemKind, QueueFilter
from content.types import SYSTEM, Actor
from content.workflow import CHANGE_MOVES, CHANGE_RULES, ChangeMove, Move
from tests.builders import NOW, Builders

DAY = timedelta(days=1)
TEXTS = {
    "headline": "Weigh the crates",
    "driving_event": "The crane could not lift them.",
    "lesson": "A packing list is no weight.",
    "recommendation": "Weigh one crate of each kind.",
}
Say = Callable[[Lesson, Session], Any]


class Scene:
    """People and lessons, and a short way to do something as one of them."""

    def __init__(self, make: Builders) -> None:
        self.make = make
        self.author = make.person(name="Ada Author")
        self.manager = make.person(name="Mo Manager")
        self.reviewer = make.person("reviewer", name="Rita Reviewer")
        self.other = make.person("reviewer", name="Olu Other")
        self.admin = make.person("admin", name="Ann Admin")

    def do(self, row: Lesson, what: Say) -> Any:
        with self.make.portal.database.writing() as session:
            return what(session.get_one(Lesson, row.id), session)

    def state(self, row: Lesson) -> LessonState:
        with self.make.portal.database.reading() as session:
            return session.get_one(Lesson, row.id).state

    def mails(self) -> list[dict[str, Any]]:
        with self.make.portal.database.reading() as session:
            rows = session.scalars(select(Job).where(Job.kind == "mail").order_by(Job.id))
            return [dict(row.payload) for row in rows]

    def submitted(self, by: Person | None = None, **values: Any) -> Lesson:
        return self.make.lesson(LessonState.submitted, by=by or self.author, **values)

    def make_reader(self) -> Actor:
        return self.make.person().as_actor()

    def published(self, by: Person | None = None, **values: Any) -> Lesson:
        return self.make.lesson(LessonState.published, by=by or self.author, **values)


@pytest.fixture
def scene(make: Builders) -> Scene:
    return Scene(make)


def decide(who: Person, step: Move, **more: Any) -> Say:
    return lambda row, session: validation.decide(
        session, row, step, by=who.as_actor(), at=NOW, **more
    )


# Nobody approves what they wrote --------------------------------------------------------------


def saved(who: Person, *, then: tuple[Move, ...] = ()) -> Say:
    """`who` writes into the text; then the lesson goes on."""

    def run(row: Lesson, session: Session) -> None:
        lessons.edit(session, row, {"cause": f"By {who.name}"}, by=who.as_actor(), at=NOW)
        for step in then:
            lessons.move(session, row, step, by=SYSTEM, at=NOW + DAY, reason="R")

    return run


# How the lesson came into review, and who of the reviewers may publish it then.
WAYS: dict[str, tuple[Callable[[Scene], Lesson], set[str]]] = {
    "a member wrote it": (lambda s: s.submitted(), {"reviewer", "other", "admin"}),
    "a reviewer wrote it": (lambda s: s.submitted(s.reviewer), {"other", "admin"}),
    "an administrator wrote it": (lambda s: s.submitted(s.admin), {"reviewer", "other"}),
    "a reviewer wrote it without a name": (
        lambda s: s.submitted(s.reviewer, author_hidden=True), {"other", "admin"},
    ),
    "a reviewer saved the draft of a member": (
        lambda s: drafted(s, s.reviewer), {"other", "admin"},
    ),
    "a reviewer saved it while it was returned": (
        lambda s: returned(s, s.reviewer), {"other", "admin"},
    ),
    "a reviewer brought it in for somebody": (
        lambda s: brought_in(s, s.reviewer), {"other", "admin"},
    ),
    "the manager, who reviews, wrote some of it": (
        lambda s: drafted(s, s.reviewer, manager_id=s.reviewer.id), {"other", "admin"},
    ),
    "the manager, who reviews, wrote nothing": (
        lambda s: s.submitted(project_id=s.make.project(manager_id=s.reviewer.id).id),
        {"reviewer", "other", "admin"},
    ),
    "a reviewer edited it while it was in review": (
        lambda s: edited(s, s.reviewer), {"reviewer", "other", "admin"},
    ),
}  # fmt: skip


def drafted(scene: Scene, who: Person, **project: Any) -> Lesson:
    project_id = scene.make.project(**project).id
    row = scene.make.lesson(LessonState.draft, by=scene.author, project_id=project_id)
    scene.do(row, saved(who, then=(Move.submit,)))
    return row


def returned(scene: Scene, who: Person) -> Lesson:
    row = scene.make.lesson(LessonState.returned, by=scene.author)
    scene.do(row, saved(who, then=(Move.submit,)))
    return row


def edited(scene: Scene, who: Person) -> Lesson:
    row = scene.submitted()
    scene.do(row, saved(who))
    return row


def brought_in(scene: Scene, who: Person) -> Lesson:
    from content import importing

    with scene.make.portal.database.writing() as session:
        by = who.as_actor()
        row = importing.begin(
            session, filename="a.csv", file=None, mapping={}, publish=False, by=by, at=NOW
        )
        lesson = lessons.bring_in(
            session, TEXTS, external_id="X-1", import_id=row.id, author_id=scene.author.id,
            publish=False, by=by, at=NOW,
        )  # fmt: skip
        lessons.move(session, lesson, Move.submit, by=SYSTEM, at=NOW)
    return lesson


@pytest.mark.parametrize("way", WAYS)
def test_who_may_approve(way: str, scene: Scene) -> None:
    came, may = WAYS[way]
    row = came(scene)
    for name in ("author", "manager", "reviewer", "other", "admin"):
        actor = getattr(scene, name).as_actor()
        with scene.make.portal.database.reading() as session:
            lesson = session.get_one(Lesson, row.id)
            assert can(actor, Action.lesson_decide, lesson) is (name in may), name
    for name in {"reviewer", "other", "admin"} - may:
        who = getattr(scene, name)
        for verb in (
            decide(who, Move.publish),
            lambda row, s, who=who: lessons.move(s, row, Move.publish, by=who.as_actor(), at=NOW),
            lambda row, s, who=who: validation.publish_edited(
                s, row, {"cause": "C"}, by=who.as_actor(), at=NOW
            ),
            lambda row, s, who=who: validation.take_on(s, row, by=who.as_actor(), at=NOW),
        ):
            with pytest.raises(Forbidden):
                scene.do(row, verb)
    assert scene.state(row) is LessonState.submitted


def test_who_wrote_it_does_not_edit_it_in_review_or_in_force(scene: Scene) -> None:
    """Else they would approve their own words by editing what somebody else had approved."""
    for row in (scene.submitted(scene.reviewer), scene.published(scene.reviewer)):
        for who in (scene.reviewer, scene.other):
            with scene.make.portal.database.reading() as session:
                lesson = session.get_one(Lesson, row.id)
                may = can(who.as_actor(), Action.lesson_edit, lesson)
                assert may is (who is scene.other)
        with pytest.raises(Forbidden):
            scene.do(row, saved(scene.reviewer))
        scene.do(row, saved(scene.other))


def test_a_colleague_who_wrote_it_is_not_given_it(scene: Scene) -> None:
    row = scene.submitted(scene.reviewer)
    with pytest.raises(Conflict, match="wrote it"):
        scene.do(row, lambda r, s: validation.assign(
            s, r, scene.reviewer, by=scene.other.as_actor(), at=NOW))  # fmt: skip


# Deciding -------------------------------------------------------------------------------------


def test_a_return_with_remarks_and_the_way_back(scene: Scene) -> None:
    row = scene.submitted(cause="Nobody looked.")
    said = {"cause": "Which rule was missing?", "recommendation": "For whom?", "effect": " "}
    scene.do(row, decide(scene.reviewer, Move.return_, said=said))
    assert scene.state(row) is LessonState.returned
    (mail,) = scene.mails()
    assert mail["to"] == scene.author.email
    assert [r["text"] for r in mail["remarks"]] == list(said.values())[:2]
    with scene.make.portal.database.reading() as session:
        lesson = session.get_one(Lesson, row.id)
        assert lesson.reviewer_id == scene.reviewer.id
        rows = remarks.of_lesson(session, lesson, by=scene.author.as_actor())
        assert set(remarks.asked(rows)) == {"cause", "recommendation"}
        assert remarks.of_lesson(session, lesson, by=scene.make.person().as_actor()) == []
    author = scene.author.as_actor()
    scene.do(row, lambda r, s: lessons.edit(s, r, {"cause": "No rule."}, by=author, at=NOW))
    assert waiting(scene, row) == {"recommendation"}
    scene.do(row, lambda r, s: remarks.answer(
        s, r, {"recommendation": "For site managers."}, by=author, at=NOW))  # fmt: skip
    assert waiting(scene, row) == set()
    scene.do(row, lambda r, s: lessons.move(s, r, Move.submit, by=author, at=NOW))
    scene.do(row, decide(scene.reviewer, Move.publish))
    with scene.make.portal.database.reading() as session:
        assert all(r.settled_at for r in session.scalars(select(Remark)))


def waiting(scene: Scene, row: Lesson) -> set[str]:
    with scene.make.portal.database.reading() as session:
        lesson = session.get_one(Lesson, row.id)
        return set(remarks.asked(remarks.of_lesson(session, lesson, by=SYSTEM)))


def test_a_return_without_a_word_is_refused(scene: Scene) -> None:
    row = scene.submitted()
    with pytest.raises(Invalid, match="reason"):
        scene.do(row, decide(scene.reviewer, Move.return_, said={"cause": "  "}))
    with pytest.raises(Invalid, match="remarks"):
        scene.do(row, decide(scene.reviewer, Move.return_, said={"cause": "x" * 5_001}))
    with pytest.raises(Invalid, match="reason"):
        scene.do(row, decide(scene.reviewer, Move.reject, said={"cause": "Not new."}))
    assert waiting(scene, row) == set()
    assert scene.mails() == []


def test_a_stale_decision_is_refused(scene: Scene) -> None:
    row = scene.submitted()
    with pytest.raises(Conflict, match="in between"):
        scene.do(row, decide(scene.reviewer, Move.publish, version=row.version + 7))


def test_taking_on_stops_nobody_who_writes(scene: Scene) -> None:
    row = scene.submitted()
    by = scene.reviewer.as_actor()
    before = row.version
    scene.do(row, lambda r, s: validation.take_on(s, r, by=by, at=NOW))
    with scene.make.portal.database.reading() as session:
        lesson = session.get_one(Lesson, row.id)
        assert (lesson.version, lesson.reviewer_id) == (before, scene.reviewer.id)
        assert [r.verb for r in validation.log(session, lesson)] == ["take on"]
        assert "take on" not in [r.verb for r in activity.of(session, "lesson", row.id)]
    scene.do(row, lambda r, s: validation.assign(s, r, scene.other, by=by, at=NOW))
    assert [mail["to"] for mail in scene.mails()] == [scene.other.email]
    scene.do(row, lambda r, s: validation.give_back(s, r, by=by, at=NOW))
    scene.do(row, decide(scene.other, Move.publish, version=before))
    with pytest.raises(Conflict, match="waits"):
        scene.do(row, lambda r, s: validation.take_on(s, r, by=by, at=NOW))


def test_publishing_with_edits_shows_the_author_what_changed(scene: Scene) -> None:
    row = scene.submitted()
    values = {"recommendation": "Weigh every crate."}
    scene.do(row, lambda r, s: validation.publish_edited(
        s, r, values, by=scene.reviewer.as_actor(), at=NOW + DAY))  # fmt: skip
    assert scene.state(row) is LessonState.published
    (mail,) = scene.mails()
    assert mail["diff"] == f"/lessons/{row.id}/revisions?from=1&to=2"
    with pytest.raises(Conflict):
        scene.do(row, lambda r, s: validation.publish_edited(
            s, r, values, by=scene.reviewer.as_actor(), at=NOW))  # fmt: skip


def test_a_rejection_is_answered_and_taken_up_again(scene: Scene) -> None:
    row = scene.submitted()
    scene.do(row, decide(scene.reviewer, Move.reject, reason="Not new."))
    author = scene.author.as_actor()
    scene.do(row, lambda r, s: validation.answer_rejection(
        s, r, "It is: the old one was about cables.", by=author, at=NOW + DAY))  # fmt: skip
    assert [mail["to"] for mail in scene.mails()] == [scene.author.email, scene.reviewer.email]
    assert kinds(scene, scene.reviewer) == [ItemKind.answer]
    with pytest.raises(Forbidden):
        scene.do(row, lambda r, s: validation.reconsider(s, r, by=author, at=NOW))
    scene.do(row, lambda r, s: validation.reconsider(
        s, r, by=scene.other.as_actor(), at=NOW + DAY))  # fmt: skip
    assert kinds(scene, scene.reviewer) == [ItemKind.lesson]


def test_a_reviewer_stays_with_a_rejection(scene: Scene) -> None:
    row = scene.submitted()
    scene.do(row, decide(scene.reviewer, Move.reject, reason="Not new."))
    scene.do(row, lambda r, s: validation.answer_rejection(
        s, r, "It is.", by=scene.author.as_actor(), at=NOW))  # fmt: skip
    scene.do(row, lambda r, s: validation.keep_rejected(
        s, r, "See L-4.", by=scene.reviewer.as_actor(), at=NOW))  # fmt: skip
    assert kinds(scene, scene.reviewer) == []
    assert scene.mails()[-1]["remarks"][0]["text"] == "See L-4."


# The queue ------------------------------------------------------------------------------------


def listed(scene: Scene, looker: Person, **wanted: Any) -> list[review_queue.Item]:
    with scene.make.portal.database.reading() as session:
        rows, total = review_queue.listing(
            session, QueueFilter(**wanted), by=looker.as_actor(), at=NOW + 10 * DAY
        )
        assert total == len(rows)
        return rows


def kinds(scene: Scene, looker: Person, **wanted: Any) -> list[ItemKind]:
    return [item.kind for item in listed(scene, looker, **wanted)]


def test_the_queue_narrows_and_counts_days(scene: Scene) -> None:
    home = scene.make.department()
    project = scene.make.project(department_id=home.id)
    old = scene.submitted(category="risk", project_id=project.id)
    young = scene.submitted(headline="Order the long valves first")
    scene.do(young, lambda r, s: setattr(r, "submitted_at", NOW + 8 * DAY))
    scene.do(old, lambda r, s: validation.take_on(s, r, by=scene.other.as_actor(), at=NOW))
    public = scene.published(project_id=project.id)
    propose(scene, public, scene.author, {"cause": "C"}, at=NOW + DAY)
    items = listed(scene, scene.reviewer)
    assert [item.lesson.id for item in items] == [old.id, public.id, young.id]
    assert [item.days(NOW + 10 * DAY) for item in items] == [10, 9, 2]
    cases: list[tuple[dict[str, Any], list[int]]] = [
        ({"text": "long VALVES"}, [young.id]),
        ({"text": "100%"}, []),
        ({"kind": ItemKind.change}, [public.id]),
        ({"kind": ItemKind.lesson}, [old.id, young.id]),
        ({"department_id": home.id}, [old.id, public.id]),
        ({"project_id": project.id}, [old.id, public.id]),
        ({"category": "risk"}, [old.id]),
        ({"who": "me"}, []),
        ({"who": "nobody"}, [public.id, young.id]),
        ({"who": str(scene.other.id)}, [old.id]),
        ({"who": "'; drop"}, []),
        ({"days": 9}, [old.id, public.id]),
    ]
    for wanted, expected in cases:
        found = [item.lesson.id for item in listed(scene, scene.reviewer, **wanted)]
        assert found == expected, wanted
    with scene.make.portal.database.reading() as session:
        lines, total = review_queue.oldest(
            session, by=scene.reviewer.as_actor(), at=NOW + 10 * DAY, limit=2
        )
        assert ([line.lesson_id for line in lines], total) == ([old.id, public.id], 3)
        with pytest.raises(Forbidden):
            review_queue.count(session, by=scene.author.as_actor(), at=NOW)


def test_what_a_colleague_who_left_had_is_free_again(scene: Scene) -> None:
    row = scene.submitted()
    scene.do(row, lambda r, s: validation.take_on(s, r, by=scene.other.as_actor(), at=NOW))
    assert kinds(scene, scene.reviewer, who="nobody") == []
    with scene.make.portal.database.writing() as session:
        session.get_one(Person, scene.other.id).active = False
    assert kinds(scene, scene.reviewer, who="nobody") == [ItemKind.lesson]


def test_reminders_name_an_item_once_a_week(scene: Scene) -> None:
    row = scene.submitted()
    with scene.make.portal.database.writing() as session:
        assert review_queue.overdue(session, at=NOW + 6 * DAY, days=7) == []
        (item,) = review_queue.overdue(session, at=NOW + 8 * DAY, days=7)
        assert item.lesson.id == row.id
        review_queue.remember(session, [item], at=NOW + 8 * DAY)
    with scene.make.portal.database.reading() as session:
        for day, many in ((9, 0), (14, 0), (15, 1)):
            assert len(review_queue.overdue(session, at=NOW + day * DAY, days=7)) == many, day


# Joining --------------------------------------------------------------------------------------


def test_a_merge_counts_as_an_occurrence_and_is_taken_back(scene: Scene) -> None:
    project = scene.make.project()
    row = scene.submitted(project_id=project.id, effect="Two days lost.", days=2)
    into = scene.published()
    by = scene.reviewer.as_actor()

    def merge(lesson: Lesson, session: Session) -> None:
        validation.merge(session, lesson, session.get_one(Lesson, into.id), by=by, at=NOW)

    with pytest.raises(Conflict, match="published"):
        scene.do(row, lambda r, s: validation.merge(s, r, r, by=by, at=NOW))
    scene.do(row, merge)
    reader = scene.make_reader()
    with scene.make.portal.database.reading() as session:
        lesson, target = session.get_one(Lesson, row.id), session.get_one(Lesson, into.id)
        assert (lesson.state, lesson.superseded_by_id) == (LessonState.superseded, into.id)
        (found,) = occurrences.of_lesson(session, target, by=by)
        assert (found.project_id, found.effect, found.days) == (project.id, "Two days lost.", 2)
        assert found.merged_lesson_id == row.id
        # What nobody approved is not to be read by others because it was merged.
        assert not reads_whole(reader, lesson)
        seen = lessons_whole_to(reader, archived=True)
        assert row.id not in set(session.scalars(select(Lesson.id).where(seen)))
    assert scene.mails()[-1]["into"] == into.id
    with pytest.raises(Conflict, match="restore"):
        scene.do(row, lambda r, s: lessons.move(s, r, Move.restore, by=by, at=NOW))
    scene.do(row, lambda r, s: validation.unmerge(s, r, by=by, at=NOW))
    with scene.make.portal.database.reading() as session:
        target = session.get_one(Lesson, into.id)
        assert occurrences.of_lesson(session, target, by=by) == []
        assert session.get_one(Lesson, row.id).superseded_by_id is None
    assert scene.state(row) is LessonState.submitted


def test_a_merge_tells_no_more_than_its_readers_may_know(scene: Scene) -> None:
    into = scene.published()
    by = scene.reviewer.as_actor()
    row = scene.submitted(
        effect="Bribes were paid.", confidentiality=Confidentiality.restricted,
        project_id=scene.make.project(name="Riverside").id,
    )  # fmt: skip
    scene.do(row, lambda r, s: validation.merge(
        s, r, s.get_one(Lesson, into.id), by=by, at=NOW))  # fmt: skip
    with scene.make.portal.database.reading() as session:
        (found,) = occurrences.of_lesson(session, session.get_one(Lesson, into.id), by=by)
        assert (found.project_id, found.effect, found.note) == (
            None, "", validation.MERGED_QUIETLY,
        )  # fmt: skip


# Changes of published lessons -----------------------------------------------------------------


def propose(
    scene: Scene, row: Lesson, who: Person, values: dict[str, Any], *, at: Any = NOW
) -> int:
    def run(lesson: Lesson, session: Session) -> int:
        return changes.propose(
            session, lesson, values, note="It was mended.", by=who.as_actor(), at=at,
            base_revision=lessons.newest_revision(session, lesson.id),
        ).id  # fmt: skip

    found: int = scene.do(row, run)
    return found


def with_change(scene: Scene, change_id: int, what: Callable[[Session, LessonChange], Any]) -> Any:
    with scene.make.portal.database.writing() as session:
        return what(session, session.get_one(LessonChange, change_id))


def accept(who: Person, **more: Any) -> Callable[[Session, LessonChange], Any]:
    return lambda s, change: changes.accept(s, change, by=who.as_actor(), at=NOW, **more)


def test_every_state_of_a_change_is_reached_and_every_move_has_a_rule() -> None:
    assert {end for end in CHANGE_MOVES.values()} == set(ChangeState)
    assert {move for _, move in CHANGE_MOVES} == set(CHANGE_RULES) == set(ChangeMove)


def test_a_change_is_in_force_only_when_it_is_accepted(scene: Scene) -> None:
    row = scene.published(cause="The gauge.")
    number = propose(scene, row, scene.author, {"cause": "The valve.", "topics": ["valves"]})
    reader = scene.make_reader()
    with scene.make.portal.database.reading() as session:
        lesson = session.get_one(Lesson, row.id)
        assert (lesson.cause, lesson.topics) == ("The gauge.", [])
        assert changes.under_way(session, lesson, by=reader) == []
        with pytest.raises(NotFound):
            changes.get(session, number, by=reader)
        assert len(activity.of(session, "lesson", row.id)) == 3
    with_change(scene, number, accept(scene.reviewer))
    with scene.make.portal.database.reading() as session:
        lesson = session.get_one(Lesson, row.id)
        assert (lesson.cause, lesson.topics) == ("The valve.", ["valves"])
        newest = lessons.revisions(session, lesson, by=SYSTEM)[0]
        assert newest.author_id == scene.author.id
        assert activity.of(session, "lesson", row.id)[0].verb == "accept change"
    assert scene.mails()[-1]["to"] == scene.author.email
    with pytest.raises(Conflict):
        with_change(scene, number, accept(scene.other))


def test_who_may_do_what_with_a_change(scene: Scene) -> None:
    """The one who proposed it never decides; a manager proposes, a stranger sees nothing."""
    project = scene.make.project(manager_id=scene.manager.id)
    stranger = scene.make.person()
    table: list[tuple[Person, set[str]]] = [
        (scene.author, {"author", "reviewer", "other", "admin"}),
        (scene.manager, {"manager", "author", "reviewer", "other", "admin"}),
        (scene.reviewer, {"author", "reviewer", "other", "admin"}),
        (scene.admin, {"author", "reviewer", "other", "admin"}),
    ]
    for proposer, sees in table:
        row = scene.published(project_id=project.id)
        number = propose(scene, row, proposer, {"cause": "C"})
        with scene.make.portal.database.reading() as session:
            change = session.get_one(LessonChange, number)
            for name in ("author", "manager", "reviewer", "other", "admin"):
                person = getattr(scene, name)
                actor = person.as_actor()
                assert can(actor, Action.change_read, change) is (name in sees), name
                assert can(actor, Action.change_write, change) is (person is proposer), name
                decides = name in ("reviewer", "other", "admin") and person is not proposer
                assert can(actor, Action.change_decide, change) is decides, name
            assert not can(stranger.as_actor(), Action.change_read, change)
        with pytest.raises((Forbidden, NotFound)):
            with_change(scene, number, accept(proposer))
    with pytest.raises(Forbidden):
        propose(scene, scene.published(), stranger, {"cause": "C"})


def test_a_change_needs_a_difference_a_note_and_a_published_lesson(scene: Scene) -> None:
    row = scene.published(cause="The gauge.")
    with pytest.raises(Invalid, match="Nothing differs"):
        propose(scene, row, scene.author, {"cause": "The gauge."})
    with pytest.raises(Invalid):
        propose(scene, row, scene.author, {"headline": " "})
    with pytest.raises(Conflict):
        propose(scene, scene.submitted(), scene.author, {"cause": "C"})
    propose(scene, row, scene.author, {"cause": "The valve."})
    with pytest.raises(Conflict, match="under way"):
        propose(scene, row, scene.author, {"cause": "The pump."})


def test_what_both_changed_needs_a_choice(scene: Scene) -> None:
    row = scene.published(cause="The gauge.", effect="A day.")
    number = propose(scene, row, scene.author, {"cause": "The valve.", "effect": "Two days."})
    other = scene.other.as_actor()
    scene.do(row, lambda r, s: lessons.edit(
        s, r, {"cause": "The pump.", "summary": "S."}, by=other, at=NOW))  # fmt: skip
    with scene.make.portal.database.reading() as session:
        rows = changes.compare(session, session.get_one(LessonChange, number))
        assert [(r.field, r.conflict) for r in rows] == [("cause", True), ("effect", False)]
    with pytest.raises(Conflict, match="Choose"):
        with_change(scene, number, accept(scene.reviewer))
    with pytest.raises(Conflict, match="edited while"):
        with_change(scene, number, accept(scene.reviewer, seen_revision=1))
    with_change(scene, number, accept(scene.reviewer, chosen={"cause": False}, seen_revision=2))
    with scene.make.portal.database.reading() as session:
        lesson = session.get_one(Lesson, row.id)
        assert (lesson.cause, lesson.effect, lesson.summary) == ("The pump.", "Two days.", "S.")


def test_a_change_is_returned_written_again_withdrawn_and_handed_in(scene: Scene) -> None:
    row = scene.published()
    number = propose(scene, row, scene.author, {"cause": "The valve."})
    rita, author = scene.reviewer.as_actor(), scene.author.as_actor()

    def step(move: ChangeMove, by: Actor, reason: str = "") -> LessonChange:
        found: LessonChange = with_change(
            scene, number, lambda s, c: changes.move(s, c, move, by=by, at=NOW, reason=reason)
        )
        return found

    with pytest.raises(Invalid):
        step(ChangeMove.return_, rita)
    assert step(ChangeMove.return_, rita, "Which valve?").state is ChangeState.returned
    assert scene.mails()[-1]["reason"] == "Which valve?"
    values = {"cause": "Valve 7."}
    with_change(scene, number, lambda s, c: changes.rewrite(
        s, c, values, note="Named.", base_revision=1, by=author, at=NOW))  # fmt: skip
    assert step(ChangeMove.withdraw, author).state is ChangeState.withdrawn
    assert kinds(scene, scene.reviewer) == []
    assert step(ChangeMove.submit, author).state is ChangeState.submitted
    assert step(ChangeMove.reject, rita, "No.").state is ChangeState.rejected
    with pytest.raises(Conflict):
        step(ChangeMove.submit, author)


def test_a_change_of_a_lesson_that_is_gone_is_not_accepted(scene: Scene) -> None:
    row = scene.published()
    number = propose(scene, row, scene.author, {"cause": "C"})
    scene.do(row, lambda r, s: lessons.move(s, r, Move.retire, by=SYSTEM, at=NOW, reason="Old."))
    with pytest.raises(Conflict, match="retired"):
        with_change(scene, number, accept(scene.reviewer))
