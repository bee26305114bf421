"""Content requests: everybody asks, the owner or the PMO decides, each step leaves its trace."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from content import activity, requests
from content.errors import Conflict, Forbidden, Invalid, NotFound, PortalError
from content.models import Activity, Confidentiality, ContentRequest, Job, Person, RequestState
from content.requests import Which
from content.types import SYSTEM, Actor, Role
from tests.builders import NOW, Builders


def ask(make: Builders, by: Person | None = None, **values: Any) -> ContentRequest:
    with make.portal.database.writing() as session:
        wanted = {"title": "How to hire a crane", **values}
        return requests.create(session, wanted, by=actor_of(by), at=NOW)


def actor_of(person: Person | None) -> Actor:
    return person.as_actor() if person else SYSTEM


Verb = Callable[[Session, ContentRequest], object]


def do(make: Builders, request: ContentRequest, verb: Verb) -> ContentRequest:
    """The request as it is after `verb`, done in a unit of its own."""
    with make.portal.database.writing() as session:
        row = requests.get(session, request.id, by=SYSTEM)
        verb(session, row)
    return row


def refused(make: Builders, request: ContentRequest, verb: Verb) -> PortalError:
    """Why `verb` was refused; the request is as it was."""
    with pytest.raises(PortalError) as caught:
        do(make, request, verb)
    with make.portal.database.reading() as session:
        kept = requests.get(session, request.id, by=SYSTEM)
        assert (kept.state, kept.version) == (request.state, request.version)
    return caught.value


def log(make: Builders, request: ContentRequest) -> list[Activity]:
    with make.portal.database.reading() as session:
        return list(activity.of(session, requests.KIND, request.id))


def mails(make: Builders) -> list[dict[str, Any]]:
    with make.portal.database.reading() as session:
        return [dict(job.payload) for job in session.scalars(select(Job).where(Job.kind == "mail"))]


# Asking ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_everybody_may_ask(role: Role, make: Builders) -> None:
    person = make.person(role)
    row = ask(make, person, title="  How to\n hire a crane ", note=" For a week. ")
    assert (row.title, row.note, row.state) == (
        "How to hire a crane", "For a week.", RequestState.open,
    )  # fmt: skip
    assert (row.asked_by_id, row.owner_id, row.due_on) == (person.id, None, None)
    [line] = log(make, row)
    assert (line.verb, line.actor_id, line.to_state) == ("ask", person.id, "open")
    assert mails(make) == []


@pytest.mark.parametrize("title", ["", "  ", "ab", " a ", "x" * 201])
def test_a_title_says_something(title: str, make: Builders) -> None:
    with pytest.raises(Invalid) as caught:
        ask(make, title=title)
    assert set(caught.value.fields) == {"title"}


def test_the_bounds_of_a_title_and_a_note(make: Builders) -> None:
    assert ask(make, title="PV!").title == "PV!"
    assert len(ask(make, title="x" * 200, note="y" * requests.TEXT_MOST).title) == 200
    with pytest.raises(Invalid) as caught:
        ask(make, note="y" * (requests.TEXT_MOST + 1))
    assert set(caught.value.fields) == {"note"}
    with pytest.raises(ValueError, match="state"):
        ask(make, state=RequestState.answered)


def test_a_member_owns_their_own_request_and_names_nobody_else(make: Builders) -> None:
    member, other = make.person(), make.person()
    assert ask(make, member, owner_id=member.id).owner_id == member.id
    with pytest.raises(Forbidden):
        ask(make, member, owner_id=other.id)
    assert not requests.names_owners(member.as_actor())
    assert requests.names_owners(make.person("reviewer").as_actor())
    assert mails(make) == []


def test_an_owner_is_somebody_active(make: Builders) -> None:
    gone = make.person(active=False)
    for owner_id in (gone.id, 99_999):
        with pytest.raises(Invalid) as caught:
            ask(make, owner_id=owner_id)
        assert set(caught.value.fields) == {"owner_id"}


def test_a_new_owner_is_told(make: Builders) -> None:
    reviewer, owner = make.person("reviewer", name="Ada"), make.person(name="Bo")
    row = ask(make, reviewer, owner_id=owner.id)
    assert mails(make) == [
        {
            "template": "request", "to": owner.email, "name": "Bo", "giver": "Ada",
            "title": "How to hire a crane", "request": str(row.id),
        }
    ]  # fmt: skip


def test_taking_back_leaves_nothing_but_its_trace(make: Builders) -> None:
    person = make.person()
    row = ask(make, person)
    do(make, row, lambda s, r: requests.take_back(s, r, by=person.as_actor(), at=NOW))
    with make.portal.database.reading() as session, pytest.raises(NotFound):
        requests.get(session, row.id, by=SYSTEM)
    assert [line.verb for line in log(make, row)] == ["take back", "ask"]


def test_only_the_person_who_asked_takes_back_and_only_at_once(make: Builders) -> None:
    person, admin = make.person(), make.person("admin").as_actor()
    row = ask(make, person)
    why = refused(make, row, lambda s, r: requests.take_back(s, r, by=admin, at=NOW))
    assert isinstance(why, Forbidden)
    row = do(make, row, lambda s, r: requests.edit(s, r, {"note": "N"}, by=admin, at=NOW))
    mine = person.as_actor()
    why = refused(make, row, lambda s, r: requests.take_back(s, r, by=mine, at=NOW))
    assert isinstance(why, Conflict)


# Changing -------------------------------------------------------------------------------------


def test_an_edit_names_its_fields_and_tells_the_new_owner(make: Builders) -> None:
    reviewer, owner = make.person("reviewer").as_actor(), make.person()
    row = ask(make)
    values = {"title": row.title, "owner_id": owner.id, "due_on": date(2026, 12, 1)}
    row = do(make, row, lambda s, r: requests.edit(s, r, values, by=reviewer, at=NOW))
    assert (row.owner_id, row.due_on) == (owner.id, date(2026, 12, 1))
    line = log(make, row)[0]
    assert (line.verb, line.detail) == ("edit", {"fields": ["owner_id", "due_on"]})
    assert [mail["to"] for mail in mails(make)] == [owner.email]
    # The same once more is no change, and nobody is told twice.
    again = do(make, row, lambda s, r: requests.edit(s, r, values, by=reviewer, at=NOW))
    assert again.version == row.version
    do(make, row, lambda s, r: requests.edit(s, r, {"note": "N"}, by=reviewer, at=NOW))
    assert len(mails(make)) == 1
    assert len(log(make, row)) == 3


def test_the_owner_hands_over_and_can_decide_no_longer(make: Builders) -> None:
    owner, heir = make.person(), make.person()
    row = ask(make, owner, owner_id=owner.id)
    given = {"owner_id": heir.id}
    row = do(make, row, lambda s, r: requests.edit(s, r, given, by=owner.as_actor(), at=NOW))
    assert [mail["to"] for mail in mails(make)] == [heir.email]
    taken = {"owner_id": owner.id}
    why = refused(make, row, lambda s, r: requests.edit(s, r, taken, by=owner.as_actor(), at=NOW))
    assert isinstance(why, Forbidden)


def test_an_owner_who_has_left_may_stay_until_another_is_named(make: Builders) -> None:
    owner = make.person()
    row = ask(make, owner_id=owner.id)
    with make.portal.database.writing() as session:
        session.get_one(Person, owner.id).active = False
    values = {"owner_id": owner.id, "note": "More."}
    row = do(make, row, lambda s, r: requests.edit(s, r, values, by=SYSTEM, at=NOW))
    assert row.note == "More."


# Deciding -------------------------------------------------------------------------------------


def test_an_answer_closes_a_request(make: Builders) -> None:
    owner = make.person()
    row = ask(make, owner, owner_id=owner.id)
    row = do(
        make,
        row,
        lambda s, r: requests.answer(
            s, r, text=" See chapter 2. ", path=" /playbooks/lifecycle/gates#two ",
            by=owner.as_actor(), at=NOW,
        ),
    )  # fmt: skip
    assert (row.state, row.decided_at) == (RequestState.answered, NOW)
    assert (row.answer, row.answer_path) == ("See chapter 2.", "/playbooks/lifecycle/gates#two")
    line = log(make, row)[0]
    assert (line.verb, line.from_state, line.to_state) == ("answer", "open", "answered")
    assert line.actor_id == owner.id
    assert "chapter" not in f"{line.reason}{line.detail}"


def test_text_or_path_is_enough_and_neither_is_not(make: Builders) -> None:
    for given in ({"text": "Ask Bo."}, {"path": "/library/plan"}):
        row = do(
            make, ask(make), lambda s, r, g=given: requests.answer(s, r, **g, by=SYSTEM, at=NOW)
        )
        assert row.state is RequestState.answered
    why = refused(
        make, ask(make), lambda s, r: requests.answer(s, r, text=" ", path=" ", by=SYSTEM, at=NOW)
    )
    assert isinstance(why, Invalid)
    assert set(why.fields) == {"text"}


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example/x", "https://evil.example/", "javascript:alert(1)", "/\\evil.example",
        "/a b", "/a\nb", "/" + "x" * 300, "no such lesson", "999999", "\\/evil",
    ],
)  # fmt: skip
def test_a_path_stays_in_the_portal(path: str, make: Builders) -> None:
    why = refused(make, ask(make), lambda s, r: requests.answer(s, r, path=path, by=SYSTEM, at=NOW))
    assert isinstance(why, Invalid)
    assert set(why.fields) == {"path"}


def test_a_lesson_is_named_by_its_number(make: Builders) -> None:
    other, plain = make.lesson(), make.lesson()
    named = make.lesson(external_id="NET-01-L03")
    # Its own number is another one's id: the number counts.
    confusing = make.lesson(external_id=str(other.id))
    for typed, lesson in (
        ("NET-01-L03", named), (f"L-{plain.id}", plain), (f"l-{plain.id}", plain),
        (str(plain.id), plain), (str(other.id), confusing),
    ):  # fmt: skip
        row = do(
            make, ask(make), lambda s, r, t=typed: requests.answer(s, r, path=t, by=SYSTEM, at=NOW)
        )
        assert row.answer_path == f"/lessons/{lesson.id}", typed


def test_a_number_tells_nothing_of_a_lesson_that_is_kept_back(make: Builders) -> None:
    hidden = make.lesson(
        external_id="FRAUD-7", confidentiality=Confidentiality.restricted, sanitised="Something."
    )
    owner, reviewer = make.person(), make.person("reviewer")
    for typed in ("FRAUD-7", str(hidden.id)):
        row = ask(make, owner, owner_id=owner.id)
        why = refused(
            make, row, lambda s, r, t=typed: requests.answer(
                s, r, path=t, by=owner.as_actor(), at=NOW
            )
        )  # fmt: skip
        assert isinstance(why, Invalid)
        row = do(
            make, row, lambda s, r, t=typed: requests.answer(
                s, r, path=t, by=reviewer.as_actor(), at=NOW
            )
        )  # fmt: skip
        assert row.answer_path == f"/lessons/{hidden.id}"


def test_declining_needs_a_reason(make: Builders) -> None:
    row = ask(make)
    for reason, field in (("  ", "reason"), ("x" * (requests.TEXT_MOST + 1), "reason")):
        why = refused(
            make, row, lambda s, r, w=reason: requests.decline(s, r, w, by=SYSTEM, at=NOW)
        )
        assert isinstance(why, Invalid)
        assert set(why.fields) == {field}
    row = do(make, row, lambda s, r: requests.decline(s, r, " Not ours. ", by=SYSTEM, at=NOW))
    assert (row.state, row.answer, row.decided_at) == (RequestState.declined, "Not ours.", NOW)
    line = log(make, row)[0]
    assert (line.verb, line.to_state, line.reason) == ("decline", "declined", "Not ours.")


def test_a_reopened_request_keeps_its_answer_to_begin_with(make: Builders) -> None:
    answered = do(
        make, ask(make), lambda s, r: requests.answer(s, r, text="T", path="/x", by=SYSTEM, at=NOW)
    )
    row = do(make, answered, lambda s, r: requests.reopen(s, r, by=SYSTEM, at=NOW))
    assert (row.state, row.decided_at) == (RequestState.open, None)
    assert (row.answer, row.answer_path) == ("T", "/x")
    line = log(make, row)[0]
    assert (line.verb, line.from_state, line.to_state) == ("reopen", "answered", "open")
    declined = do(make, ask(make), lambda s, r: requests.decline(s, r, "No.", by=SYSTEM, at=NOW))
    row = do(make, declined, lambda s, r: requests.reopen(s, r, by=SYSTEM, at=NOW))
    assert row.answer == ""
    assert isinstance(
        refused(make, row, lambda s, r: requests.reopen(s, r, by=SYSTEM, at=NOW)), Conflict
    )


CHANGES: dict[str, Callable[[Session, ContentRequest, Actor, int | None], object]] = {
    "edit": lambda s, r, by, v: requests.edit(s, r, {"note": "N"}, by=by, at=NOW, version=v),
    "answer": lambda s, r, by, v: requests.answer(s, r, text="T", by=by, at=NOW, version=v),
    "decline": lambda s, r, by, v: requests.decline(s, r, "No.", by=by, at=NOW, version=v),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_owner_and_those_who_oversee_decide(name: str, make: Builders) -> None:
    owner, asker = make.person("trainer"), make.person()
    for who, may in (
        (owner, True), (make.person("reviewer"), True), (make.person("admin"), True),
        (asker, False), (make.person("trainer"), False),
    ):  # fmt: skip
        row = ask(make, asker)
        row = do(
            make, row, lambda s, r: requests.edit(s, r, {"owner_id": owner.id}, by=SYSTEM, at=NOW)
        )
        change = CHANGES[name]
        if may:
            done = do(make, row, lambda s, r, w=who, c=change: c(s, r, w.as_actor(), None))
            assert done.version == row.version + 1
        else:
            why = refused(make, row, lambda s, r, w=who, c=change: c(s, r, w.as_actor(), None))
            assert isinstance(why, Forbidden)


@pytest.mark.parametrize("name", CHANGES)
def test_the_second_of_two_writers_is_told(name: str, make: Builders) -> None:
    row = ask(make)
    old = row.version
    row = do(make, row, lambda s, r: requests.edit(s, r, {"note": "First"}, by=SYSTEM, at=NOW))
    why = refused(make, row, lambda s, r: CHANGES[name](s, r, SYSTEM, old))
    assert isinstance(why, Conflict)
    assert do(make, row, lambda s, r: CHANGES[name](s, r, SYSTEM, row.version)).note in (
        "First",
        "N",
    )


@pytest.mark.parametrize("name", CHANGES)
def test_a_closed_request_is_opened_first(name: str, make: Builders) -> None:
    row = do(make, ask(make), lambda s, r: requests.decline(s, r, "No.", by=SYSTEM, at=NOW))
    why = refused(make, row, lambda s, r: CHANGES[name](s, r, SYSTEM, None))
    assert isinstance(why, Conflict)
    assert "Open it again" in why.message


# Lists ----------------------------------------------------------------------------------------


def test_the_lists(make: Builders) -> None:
    me, other = make.person(), make.person("reviewer")
    late = ask(make, other, title="Late", due_on=date(2026, 12, 24))
    soon = ask(make, other, title="Soon", due_on=date(2026, 11, 3))
    asked = ask(make, me, title="Asked by me")
    owned = ask(make, other, title="Mine to answer", owner_id=me.id)
    answered = do(
        make, ask(make, title="Answered"),
        lambda s, r: requests.answer(s, r, text="T", by=SYSTEM, at=NOW),
    )  # fmt: skip
    declined = do(
        make, ask(make, title="Declined"),
        lambda s, r: requests.decline(s, r, "No.", by=SYSTEM, at=NOW),
    )  # fmt: skip
    expected = {
        Which.open: [soon, late, owned, asked],
        Which.mine: [owned, asked],
        Which.answered: [answered],
        Which.declined: [declined],
        Which.all: [declined, answered, owned, asked, soon, late],
    }
    with make.portal.database.reading() as session:
        for which, rows in expected.items():
            found, total = requests.listing(session, which, by=me.as_actor())
            assert [row.title for row in found] == [row.title for row in rows], which
            assert total == len(rows)
        counts = requests.counts(session, by=me.as_actor())
        assert counts == {which: len(rows) for which, rows in expected.items()}
        found, total = requests.listing(session, Which.all, "ME", by=me.as_actor())
        assert [row.title for row in found] == ["Asked by me"]
        found, total = requests.listing(session, Which.all, by=me.as_actor(), offset=4, limit=1)
        assert ([row.title for row in found], total) == (["Soon"], 6)
        assert requests.listing(session, Which.all, "%", by=me.as_actor())[1] == 0


def test_a_title_that_is_asked_for_already_is_known(make: Builders) -> None:
    row = ask(make, title="Übergabe an den Betrieb")
    do(
        make,
        ask(make, title="Crane hire"),
        lambda s, r: requests.decline(s, r, "No.", by=SYSTEM, at=NOW),
    )
    with make.portal.database.reading() as session:
        known = requests.standing(session, ["übergabe  an den BETRIEB", "crane hire"], by=SYSTEM)
    assert known == {"übergabe  an den BETRIEB": row.id}


def test_people_who_are_gone_read_nothing(make: Builders) -> None:
    row, gone = ask(make), make.person("admin", active=False).as_actor()
    with make.portal.database.reading() as session:
        with pytest.raises(Forbidden):
            requests.get(session, row.id, by=gone)
        with pytest.raises(Forbidden):
            requests.listing(session, by=gone)
