"""Closing workshops: links, notes without names, groups with undo, and lessons out of groups."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from content import capture, lessons, projects
from content.errors import Conflict, Forbidden, Invalid, NotFound
from content.models import (
    Activity,
    Lesson,
    LessonKind,
    Person,
    Project,
    Workshop,
    WorkshopGroup,
    WorkshopNote,
)
from content.types import SYSTEM, Actor, Role
from content.workshops import groups, notes, planning
from content.workshops import lessons as written
from tests.builders import NOW, password_hash

QUESTIONS = ["What went well?", "What did not go well?", "What would we do differently?"]
VALUES = {
    "title": "Looking back", "questions": QUESTIONS, "closes_at": NOW + timedelta(days=7),
    "shows_notes": True,
}  # fmt: skip
LATER = NOW + timedelta(days=8)


def person(session: Session, name: str, role: Role = Role.member) -> Actor:
    row = Person(
        email=f"{name}@example.org", name=name, role=role, password_hash=password_hash(),
        active=True, created_at=NOW,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.as_actor()


@pytest.fixture
def mona(session: Session) -> Actor:
    return person(session, "mona")


@pytest.fixture
def project(session: Session, mona: Actor) -> Project:
    values = {"code": "P-1", "name": "Pier", "manager_id": mona.id}
    return projects.create(session, values, by=SYSTEM, at=NOW)


@pytest.fixture
def workshop(session: Session, project: Project, mona: Actor) -> Workshop:
    return planning.plan(session, project, VALUES, by=mona, at=NOW)


@pytest.fixture
def say(session: Session, workshop: Workshop) -> Callable[..., WorkshopNote]:
    def add(text: str, question: int = 0, **more: Any) -> WorkshopNote:
        return notes.add(session, workshop, question, text, at=NOW, **more)

    return add


# Planning -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"questions": ["Only one?", " "]}, "questions"),
        ({"questions": [f"{n}?" for n in range(7)]}, "questions"),
        ({"questions": ["Why?", "why? "]}, "questions"),
        ({"questions": ["Why?", "x" * 201]}, "questions"),
        ({"closes_at": None}, "closes_at"),
        ({"closes_at": NOW}, "closes_at"),
        ({"closes_at": NOW + timedelta(days=366)}, "closes_at"),
    ],
)
def test_what_cannot_be_planned_names_its_field(
    values: dict[str, Any], field: str, session: Session, project: Project, mona: Actor
) -> None:
    with pytest.raises(Invalid) as caught:
        planning.plan(session, project, {**VALUES, **values}, by=mona, at=NOW)
    assert list(caught.value.fields) == [field]


def test_only_who_runs_the_project_plans_and_to_others_it_is_not_there(
    session: Session, project: Project, workshop: Workshop
) -> None:
    for role, may in ((Role.member, False), (Role.trainer, False), (Role.reviewer, True)):
        actor = person(session, f"a-{role}", role)
        assert bool(planning.of_project(session, project, by=actor)) is may
        if may:
            assert planning.get(session, workshop.id, by=actor) is workshop
        else:
            with pytest.raises(NotFound):
                planning.get(session, workshop.id, by=actor)
            with pytest.raises(NotFound):
                groups.board(session, workshop, by=actor)
            with pytest.raises(Forbidden):
                planning.plan(session, project, VALUES, by=actor, at=NOW)


def test_the_token_is_long_easy_to_type_and_told_to_no_log(
    session: Session, workshop: Workshop, mona: Actor
) -> None:
    tokens = {planning.new_token() for _ in range(200)}
    assert len(tokens) == 200
    assert all(len(token) == 24 and not set(token) & set("01ilo") for token in tokens)
    old = workshop.token
    planning.renew(session, workshop, by=mona, at=NOW)
    for typed in (workshop.token.upper(), workshop.token.replace("-", ""), f" {workshop.token}."):
        assert notes.by_token(session, typed) is workshop
    for wrong in (
        old,
        workshop.token[:4],
        workshop.token[:-1],
        f"{workshop.token}a",
        "",
        "%",
        "%" * 24,
        "\x00",
    ):
        with pytest.raises(NotFound):
            notes.by_token(session, wrong)
    logged = session.scalars(select(Activity).where(Activity.object_kind == "workshop")).all()
    assert [row.verb for row in logged] == ["plan", "renew the link"]
    assert not any(token in str(row.detail) for row in logged for token in (old, workshop.token))


def test_a_question_with_notes_is_reworded_and_not_taken_out(
    session: Session, workshop: Workshop, mona: Actor, say: Callable[..., WorkshopNote]
) -> None:
    say("Valves came late", 1)
    for gone in (["", *QUESTIONS[1:]], [QUESTIONS[0], ""], QUESTIONS[:1]):
        with pytest.raises(Invalid, match="fields below"):
            planning.change(session, workshop, {"questions": gone}, by=mona, at=NOW)
    session.refresh(workshop)
    reworded = ["What helped?", "What hindered?", "", "Why?"]
    planning.change(session, workshop, {"questions": reworded}, by=mona, at=NOW)
    assert workshop.questions == ["What helped?", "What hindered?", "Why?"]


def test_two_who_change_it_are_told(session: Session, workshop: Workshop, mona: Actor) -> None:
    seen = workshop.version
    planning.change(session, workshop, {"title": "One"}, by=mona, at=NOW, version=seen)
    with pytest.raises(Conflict):
        planning.change(session, workshop, {"title": "Two"}, by=mona, at=NOW, version=seen)
    assert workshop.title == "One"


def test_one_with_notes_is_not_deleted(
    session: Session, workshop: Workshop, mona: Actor, say: Callable[..., WorkshopNote]
) -> None:
    note = say("Valves came late")
    with pytest.raises(Conflict):
        planning.remove(session, workshop, by=mona, at=NOW)
    notes.take_back(session, workshop, note.id, at=NOW)
    planning.remove(session, workshop, by=mona, at=NOW)
    assert session.scalars(select(Workshop)).all() == []


# Notes ----------------------------------------------------------------------------------------


def test_nothing_of_a_note_says_who_or_when_to_the_minute(
    session: Session, workshop: Workshop
) -> None:
    at = NOW + timedelta(minutes=23, seconds=7)
    note = notes.add(session, workshop, 0, " Valves\r\ncame\x00 late ", at=at)
    assert (note.text, note.added_at) == ("Valves\ncame late", NOW)
    columns = {column.key for column in inspect(WorkshopNote).columns}
    assert columns == {
        "id", "workshop_id", "question", "text", "group_id", "added_at", "hidden_at",
    }  # fmt: skip
    assert not session.scalars(select(Activity).where(Activity.verb.contains("note"))).all()


@pytest.mark.parametrize(
    ("text", "question", "at", "error"),
    [
        ("  ", 0, NOW, Invalid),
        ("x" * 501, 0, NOW, Invalid),
        ("A note", 3, NOW, Invalid),
        ("A note", -1, NOW, Invalid),
        ("A note", 0, LATER, Conflict),
    ],
)
def test_what_is_not_taken(
    text: str, question: int, at: Any, error: type[Exception], session: Session, workshop: Workshop
) -> None:
    with pytest.raises(error):
        notes.add(session, workshop, question, text, at=at)
    assert session.scalars(select(WorkshopNote)).all() == []


def test_a_workshop_holds_so_many_notes(
    monkeypatch: pytest.MonkeyPatch, say: Callable[..., WorkshopNote]
) -> None:
    monkeypatch.setattr(notes, "NOTES_MOST", 3)
    for number in range(3):
        say(f"Note {number}")
    with pytest.raises(Invalid, match="holds 3 notes"):
        say("One too many")


def test_sent_twice_by_one_browser_it_is_there_once(say: Callable[..., WorkshopNote]) -> None:
    first = say("Valves came late")
    assert say("Valves came late", own=[first.id]) is first
    assert say("Valves came late") is not first  # two people may say the same
    assert say("Valves came late", 1, own=[first.id]) is not first


def test_a_number_that_was_taken_back_is_never_another_note(
    session: Session, workshop: Workshop, mona: Actor, say: Callable[..., WorkshopNote]
) -> None:
    """Else whoever kept an old cookie could take another person's note back."""
    note = say("Valves came late")
    number = note.id
    assert notes.take_back(session, workshop, number, at=NOW) == "Valves came late"
    assert say("The foundry was helpful").id != number
    with pytest.raises(NotFound):
        notes.take_back(session, workshop, number, at=NOW)
    assert [n.text for n in groups.board(session, workshop, by=mona).notes] == [
        "The foundry was helpful"
    ]
    assert not session.scalars(
        select(WorkshopNote).where(WorkshopNote.text.contains("Valves"))
    ).all()


def test_what_a_visitor_sees(
    session: Session, workshop: Workshop, mona: Actor, say: Callable[..., WorkshopNote]
) -> None:
    own, other, hidden = say("Own"), say("Other"), say("Hidden")
    say("Elsewhere", 1)
    groups.set_hidden(session, workshop, [hidden.id], True, by=mona, at=NOW)

    def seen(*mine: int) -> set[str]:
        return {note.text for note in notes.shown(session, workshop, 0, own=mine)}

    assert seen(own.id) == {"Own", "Other"}
    assert seen(hidden.id) == {"Own", "Other", "Hidden"}  # nobody learns that theirs was hidden
    workshop.shows_notes = False
    assert seen(own.id) == {"Own"}
    assert seen() == set()
    assert other.id not in seen()


# Groups ---------------------------------------------------------------------------------------


def test_notes_into_groups_and_back(
    session: Session, workshop: Workshop, mona: Actor, say: Callable[..., WorkshopNote]
) -> None:
    one, two, three = say("Valves came late", 1), say("Late valves"), say("Good food")
    made = groups.place(
        session, workshop, {one.id: None, two.id: None}, " Valves  late ", by=mona, at=NOW
    )
    assert made is not None
    step = groups.last_step(session, workshop)
    board = groups.board(session, workshop, by=mona)
    assert [(heap.group.title, [n.text for n in heap.notes]) for heap in board.heaps] == [
        ("Valves late", ["Valves came late", "Late valves"])
    ]
    assert [n.text for n in board.loose[0]] == ["Good food"]
    named = groups.place(session, workshop, {three.id: None}, "", by=mona, at=NOW)
    assert named is not None
    assert named.title == "Good food"
    groups.place(session, workshop, {one.id: made.id}, named.id, by=mona, at=NOW)
    assert groups.undo(session, workshop, step, by=mona, at=NOW) == 1  # what was moved since stays
    assert one.group_id == named.id
    assert two.group_id is None
    assert [heap.group.title for heap in groups.board(session, workshop, by=mona).heaps] == [
        "Good food"
    ]


def test_who_was_slower_is_told_and_nothing_is_moved(
    session: Session, workshop: Workshop, mona: Actor, say: Callable[..., WorkshopNote]
) -> None:
    one, two = say("Valves came late"), say("Late valves")
    groups.place(session, workshop, {one.id: None}, "Suppliers", by=mona, at=NOW)
    with pytest.raises(Conflict, match="“Valves came late” was put into “Suppliers”"):
        groups.place(session, workshop, {one.id: None, two.id: None}, "Mine", by=mona, at=NOW)
    assert two.group_id is None
    assert len(groups.board(session, workshop, by=mona).heaps) == 1


def test_a_group_is_renamed_by_one_of_two(
    session: Session, workshop: Workshop, mona: Actor, say: Callable[..., WorkshopNote]
) -> None:
    one = groups.place(session, workshop, {say("Valves").id: None}, "A", by=mona, at=NOW)
    assert one is not None
    groups.rename(session, workshop, one, "B", was="A", by=mona, at=NOW)
    with pytest.raises(Conflict, match="to “B”"):
        groups.rename(session, workshop, one, "C", was="A", by=mona, at=NOW)
    with pytest.raises(Invalid):
        groups.rename(session, workshop, one, " ", was="B", by=mona, at=NOW)


def test_groups_in_order_apart_and_together_again(
    session: Session, workshop: Workshop, mona: Actor, say: Callable[..., WorkshopNote]
) -> None:
    rows = [
        groups.place(session, workshop, {say(title).id: None}, title, by=mona, at=NOW)
        for title in "ABC"
    ]

    def order() -> str:
        return "".join(h.group.title for h in groups.board(session, workshop, by=mona).heaps)

    _, second, third = rows
    assert second is not None
    assert third is not None
    groups.shift(session, workshop, third, -1, by=mona, at=NOW)
    assert order() == "ACB"
    groups.shift(session, workshop, second, 1, by=mona, at=NOW)
    assert order() == "ACB"
    groups.dissolve(session, workshop, third, by=mona, at=NOW)
    assert order() == "AB"
    board = groups.board(session, workshop, by=mona)
    assert [note.text for note in board.loose[0]] == ["C"]
    with pytest.raises(Conflict):
        groups.place(session, workshop, {board.loose[0][0].id: None}, third.id, by=mona, at=NOW)
    groups.restore(session, workshop, third, by=mona, at=NOW)
    assert order() == "ACB"


def test_a_step_of_another_workshop_is_not_undone(
    session: Session, project: Project, workshop: Workshop, mona: Actor,
    say: Callable[..., WorkshopNote],
) -> None:  # fmt: skip
    other = planning.plan(session, project, VALUES, by=mona, at=NOW)
    note = say("Valves")
    groups.place(session, workshop, {note.id: None}, "A", by=mona, at=NOW)
    step = groups.last_step(session, workshop)
    for row, number in ((other, step), (workshop, step - 1), (workshop, 999)):
        with pytest.raises(NotFound):
            groups.undo(session, row, number, by=mona, at=NOW)
    with pytest.raises(NotFound):
        groups.group(session, other, note.group_id or 0, by=mona)
    with pytest.raises(Invalid):
        groups.place(session, other, {note.id: None}, "B", by=mona, at=NOW)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sets(st.integers(0, 4), min_size=1), st.integers(0, 3)), max_size=6))
def test_undoing_every_step_from_the_last_gives_the_board_before(
    session: Session, project: Project, mona: Actor, moves: list[tuple[set[int], int]]
) -> None:
    row = planning.plan(session, project, VALUES, by=mona, at=NOW)
    made = [notes.add(session, row, 0, f"Note {n}", at=NOW) for n in range(5)]
    states, steps = [placed(session, row, mona)], []
    for ticked, target in moves:
        heaps = groups.board(session, row, by=mona).heaps
        into = {0: "New", 1: None}.get(target, heaps[target % len(heaps)].group.id if heaps else "")
        groups.place(
            session, row, {made[n].id: made[n].group_id for n in ticked}, into, by=mona, at=NOW
        )
        steps.append(groups.last_step(session, row))
        states.append(placed(session, row, mona))
    for step, state in zip(reversed(steps), reversed(states[:-1]), strict=True):
        groups.undo(session, row, step, by=mona, at=NOW)
        assert placed(session, row, mona) == state
    # So that the next example has room.
    session.delete(row)
    session.flush()


def placed(session: Session, row: Workshop, by: Actor) -> list[tuple[str, frozenset[int]]]:
    board = groups.board(session, row, by=by)
    heaps = [(h.group.title, frozenset(n.id for n in h.notes)) for h in board.heaps if h.notes]
    return sorted([("", frozenset(n.id for n in board.loose[0])), *heaps], key=str)


# Lessons --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "field", "kind"),
    [
        ("What went well?", "driving_event", LessonKind.success),
        ("What did not go well?", "driving_event", LessonKind.problem),
        ("What didn’t work?", "driving_event", LessonKind.problem),
        ("What surprised us?", "driving_event", None),
        ("What would we do differently?", "recommendation", None),
        ("What should the next project do?", "recommendation", None),
        ("Why was that?", "cause", None),
        ("What did we learn?", "lesson", None),
        ("What was the impact?", "effect", None),
        ("Was mögen wir?", "driving_event", None),
    ],
)
def test_which_field_a_question_fills(question: str, field: str, kind: LessonKind | None) -> None:
    assert (written.field_of(question), written.kind_of(question)) == (field, kind)


def test_a_group_becomes_a_lesson(
    session: Session, workshop: Workshop, mona: Actor, say: Callable[..., WorkshopNote]
) -> None:
    ticks = {say("Valves came late", 1).id: None, say("Order in week one", 2).id: None}
    row = groups.place(session, workshop, ticks, "Valves late", by=mona, at=NOW)
    assert row is not None
    key = "a-key-of-sixteen-letters"
    known = {"project_id": str(workshop.project_id)}
    assert written.begin(session, workshop, row, known, key=key, by=mona, at=NOW) == key
    draft = capture.find(session, key, by=mona)
    assert draft is not None
    assert draft.values == {
        "project_id": str(workshop.project_id), "headline": "Valves late", "kind": "problem",
        "driving_event": "- Valves came late", "recommendation": "- Order in week one",
    }  # fmt: skip
    again = written.begin(
        session, workshop, row, known, key="another-key-of-letters", by=mona, at=NOW
    )
    assert again == key
    pat = person(session, "pat", Role.reviewer)
    with pytest.raises(Conflict, match="mona is writing"):
        written.begin(session, workshop, row, known, key="k" * 16, by=pat, at=NOW)
    lesson = lessons.create(session, {"headline": "H", "lesson": "L"}, by=mona, at=NOW)
    capture.forget(session, key, by=mona, lesson=lesson)
    session.refresh(row)
    assert row.lesson_id == lesson.id
    assert planning.of_project(session, workshop.project, by=mona)[0].with_lesson == 1
    with pytest.raises(Conflict, match="has its lesson"):
        written.begin(session, workshop, row, known, key="k" * 16, by=pat, at=NOW)
    written.part(session, workshop, row, by=mona, at=NOW)
    assert row.lesson_id is None
    assert session.get(Lesson, lesson.id) is lesson


def test_taking_the_writing_over_leaves_the_others_draft(
    session: Session, workshop: Workshop, mona: Actor, say: Callable[..., WorkshopNote]
) -> None:
    row = groups.place(session, workshop, {say("Valves").id: None}, "A", by=mona, at=NOW)
    assert row is not None
    pat = person(session, "pat", Role.reviewer)
    first, second = "first-key-of-letters", "second-key-of-letters"
    written.begin(session, workshop, row, {}, key=first, by=mona, at=NOW)
    written.begin(session, workshop, row, {}, key=second, by=pat, at=NOW, instead=True)
    assert capture.find(session, first, by=mona) is not None
    lesson = lessons.create(session, {"headline": "H", "lesson": "L"}, by=mona, at=NOW)
    capture.forget(session, first, by=mona, lesson=lesson)
    session.refresh(row)
    assert (row.lesson_id, row.draft_key) == (None, second)
    capture.discard(session, second, by=pat, at=NOW)
    assert written.begin(session, workshop, row, {}, key=first, by=mona, at=NOW) == first


def test_a_dissolved_group_has_no_lesson_to_write(
    session: Session, workshop: Workshop, mona: Actor, say: Callable[..., WorkshopNote]
) -> None:
    row = groups.place(session, workshop, {say("Valves").id: None}, "A", by=mona, at=NOW)
    assert isinstance(row, WorkshopGroup)
    groups.dissolve(session, workshop, row, by=mona, at=NOW)
    with pytest.raises(Conflict, match="dissolved"):
        written.begin(session, workshop, row, {}, key="k" * 16, by=mona, at=NOW)
