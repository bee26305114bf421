"""In the room of a review: silence before the votes are shown, one clock, nothing lost by two."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import event, select

from analytics import agenda, reviews, room
from analytics.review_models import (
    Action,
    ActionState,
    ChangeKind,
    Outcome,
    Review,
    ReviewItem,
    ReviewState,
    ReviewVote,
)
from content.errors import Conflict, Forbidden, Invalid
from content.models import Person
from content.types import Actor
from portal.worker.mail import compose
from tests.builders import NOW, Builders
from tests.conftest import post
from tests.portal.test_review_pages import items_of, mails, plan, reviewer, themes

ClientOf = Callable[..., FlaskClient]
__all__ = ["reviewer", "themes"]  # fixtures


@pytest.fixture
def guest(make: Builders) -> Person:
    return make.person(name="Gus Guest")


@pytest.fixture
def lead(client_of: ClientOf, reviewer: Person) -> FlaskClient:
    """The browser of the reviewer who leads."""
    return client_of(reviewer)


def text(browser: FlaskClient, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.status_code
    return answer.get_data(as_text=True)


def number_of(review: str) -> int:
    return int(review.rsplit("/", 1)[1])


# Votes ----------------------------------------------------------------------------------------


def test_nobody_sees_a_sum_before_the_votes_are_shown(
    themes: list[int], lead: FlaskClient, client_of: ClientOf, reviewer: Person, guest: Person
) -> None:
    other = client_of(guest)
    review = plan(lead, themes, reviewer.id, guest.id)
    first = items_of(lead, review)[0]
    assert post(other, f"{review}/vote", **{f"points-{first}": 4}).status_code == 302
    post(lead, f"{review}/begin")
    for page in (review, f"{review}/room", f"{review}/room/status?item={first}", f"{review}/vote"):
        shown = text(lead, page)
        assert "1 of 2 have voted" in shown
        assert not re.search(r"\b4\b(?! of| (?:point|Nov|Dec))[^<]*points", shown)
        assert '<td class="num" data-label="Points">4</td>' not in shown
    assert f'id="p-{first}-4" value="4" checked' in text(other, f"{review}/vote")
    post(lead, f"{review}/reveal")
    assert "4 points" in text(lead, f"{review}/room")
    assert "Gus Guest 4" not in text(lead, f"{review}/room")
    late = post(other, f"{review}/vote", **{f"points-{first}": 1})
    assert "shown already" in text(other, late.headers["Location"])
    post(lead, f"{review}/hide")
    assert "4 points" not in text(lead, f"{review}/room/status?item={first}")


def test_votes_with_names_show_names(
    themes: list[int], lead: FlaskClient, reviewer: Person, make: Builders
) -> None:
    answer = post(
        lead, "/reviews/new", title="Named", starts_at="2026-12-01T09:00", minutes=60,
        themes=themes, people=[reviewer.id], names_votes="y",
    )  # fmt: skip
    review = answer.headers["Location"]
    first = items_of(lead, review)[0]
    post(lead, f"{review}/vote", **{f"points-{first}": 3})
    post(lead, f"{review}/begin")
    post(lead, f"{review}/reveal")
    post(lead, f"{review}/close")
    assert "Rita Reviewer 3" in text(lead, review)


def test_a_review_without_names_forgets_who_gave_what(
    themes: list[int], lead: FlaskClient, reviewer: Person, make: Builders
) -> None:
    review = plan(lead, themes, reviewer.id)
    first = items_of(lead, review)[0]
    post(lead, f"{review}/vote", **{f"points-{first}": 3})
    post(lead, f"{review}/begin")
    post(lead, f"{review}/close")
    with make.portal.database.reading() as session:
        assert session.scalars(select(ReviewVote)).all() == []
        assert session.get_one(ReviewItem, int(first)).points == 3
    assert '<td class="num" data-label="Points">3</td>' in text(lead, review)


def test_the_agenda_is_ordered_by_hand_and_by_points(
    themes: list[int], lead: FlaskClient, reviewer: Person
) -> None:
    review = plan(lead, themes, reviewer.id)
    before = items_of(lead, review)
    assert len(before) >= 2
    post(lead, f"{review}/agenda", down=before[0], **{f"minutes-{before[0]}": 25})
    assert items_of(lead, review)[:2] == [before[1], before[0]]
    assert 'value="25"' in text(lead, review)
    post(lead, f"{review}/agenda", points=1)
    assert "Show the votes first" in text(lead, review)
    post(lead, f"{review}/vote", **{f"points-{before[0]}": 5})
    post(lead, f"{review}/begin")
    post(lead, f"{review}/reveal")
    post(lead, f"{review}/agenda", points=1)
    assert items_of(lead, review)[0] == before[0]


# Verbs ----------------------------------------------------------------------------------------


@pytest.fixture
def held(themes: list[int], make: Builders, reviewer: Person, guest: Person) -> int:
    """A review that runs."""
    with make.portal.database.writing() as session:
        values = {"title": "Held", "starts_at": NOW, "minutes": 60}
        review = reviews.plan(
            session, values, themes, [reviewer.id, guest.id], by=reviewer.as_actor(), at=NOW
        )
        reviews.move(session, review, ReviewState.running, by=reviewer.as_actor(), at=NOW)
        return review.id


def test_one_clock_for_all(held: int, make: Builders, reviewer: Person) -> None:
    by = reviewer.as_actor()
    with make.portal.database.writing() as session:
        review = reviews.get(session, held, by=by)
        minutes = review.items[0].minutes
        assert review.item_now == review.items[0].id
        assert room.left(review, NOW) == minutes * 60
        later = NOW + timedelta(seconds=90)
        room.set_clock(session, review, "pause", by=by, at=later)
        assert room.left(review, later + timedelta(hours=1)) == minutes * 60 - 90
        room.set_clock(session, review, "more", by=by, at=later)
        room.set_clock(session, review, "start", by=by, at=later)
        over = later + timedelta(seconds=minutes * 60 - 90 + 300 + 7)
        assert room.left(review, over) == -7
        room.go(session, review, review.items[1].id, by=by, at=over)
        assert room.left(review, over) == review.items[1].minutes * 60
        assert room.following(review) is (review.items[2] if len(review.items) > 2 else None)


def test_the_room_is_not_open_before_and_after(held: int, make: Builders, reviewer: Person) -> None:
    by = reviewer.as_actor()
    with make.portal.database.writing() as session:
        review = reviews.get(session, held, by=by)
        reviews.move(session, review, ReviewState.closed, by=by, at=NOW)
        item = review.items[0]
        for act in (
            lambda: room.go(session, review, item.id, by=by, at=NOW),
            lambda: room.set_clock(session, review, "more", by=by, at=NOW),
            lambda: room.vote(session, review, {item.id: 1}, by=by, at=NOW),
            lambda: room.take_notes(session, item, "Late.", by=by, at=NOW, version=1),
            lambda: room.decide(session, item, Outcome.adopt, by=by, at=NOW),
        ):
            with pytest.raises(Conflict):
                act()


def test_what_a_ballot_may_hold(held: int, make: Builders, guest: Person, reviewer: Person) -> None:
    by = guest.as_actor()
    with make.portal.database.writing() as session:
        review = reviews.get(session, held, by=by)
        first, second = (item.id for item in review.items[:2])
        room.vote(session, review, {first: 3, second: 2}, by=by, at=NOW)
        room.vote(session, review, {first: 1}, by=by, at=NOW)
        assert [room.sum_of(item) for item in review.items[:2]] == [1, 0]
        assert room.voters(review) == 1
        for points in ({first: 4, second: 2}, {first: -1, second: 6}, {first: 6}):
            with pytest.raises(Invalid):
                room.vote(session, review, points, by=by, at=NOW)
        outsider = Actor(id=10_000, name="Out", role=reviewer.role)
        with pytest.raises(Forbidden):
            room.vote(session, review, {first: 1}, by=outsider, at=NOW)
        with pytest.raises(Forbidden):
            room.reveal(session, review, True, by=by, at=NOW)


# Two who write --------------------------------------------------------------------------------


def test_a_decision_is_not_undone_by_an_older_page(
    held: int, lead: FlaskClient, client_of: ClientOf, make: Builders
) -> None:
    review, second = f"/reviews/{held}", client_of("reviewer")
    item = items_of(lead, review)[0]
    old = {"shown-outcome": "", "shown-until": "", "shown-reason": ""}
    post(lead, f"{review}/items/{item}", notes="", version=1, outcome="adopt", **old)
    # The other page still says "open": its notes are kept, the decision stays.
    post(second, f"{review}/items/{item}", notes="Said.", version=1, outcome="", **old)
    page = text(lead, f"{review}/room")
    assert 'value="adopt" checked' in page
    assert ">Said.</textarea>" in page
    other = post(
        second, f"{review}/items/{item}", notes="Said.", version=2, outcome="reject",
        reason="No.", **old,
    )  # fmt: skip
    assert other.status_code == 409
    assert "Somebody decided meanwhile" in other.get_data(as_text=True)
    assert 'value="No."' in other.get_data(as_text=True)


def test_actions_of_the_last_review_come_first(
    held: int, themes: list[int], make: Builders, lead: FlaskClient, client_of: ClientOf,
    reviewer: Person,
) -> None:  # fmt: skip
    by = reviewer.as_actor()
    with make.portal.database.writing() as session:
        first = reviews.get(session, held, by=by)
        session.add(
            Action(
                theme_id=first.items[0].theme_id, item_id=first.items[0].id, title="Ask early",
                state=ActionState.planned, due_on=date(2020, 1, 1), change=ChangeKind.training,
                owner_id=reviewer.id, created_at=NOW,
            )
        )  # fmt: skip
        reviews.move(session, first, ReviewState.closed, by=by, at=NOW)
    review = plan(lead, themes, reviewer.id)
    page = text(lead, review)
    assert "First: the actions of" in page
    assert "overdue" in page
    assert "Actions of the last review" in page
    post(lead, f"{review}/begin")
    assert "First: the actions of the last review" in text(lead, f"{review}/room")
    fields = {"action": 1, "looked-1": 1, "version-1": 0}
    post(lead, f"{review}/looks", **fields, **{"note-1": "Half done."})
    answer = post(client_of("reviewer"), f"{review}/looks", **fields, **{"note-1": "Owner is ill."})
    assert answer.status_code == 302
    assert ">Half done.\n\nOwner is ill.</textarea>" in text(lead, f"{review}/room")
    post(lead, f"{review}/close")
    assert "looked at" in text(lead, review)
    late = post(lead, f"{review}/looks", **fields, **{"note-1": "Said too late."})
    assert late.status_code == 409
    assert "while you wrote" in late.text
    assert "Ask early</label>" in late.text
    assert ">Said too late.</textarea>" in late.text
    assert "Said too late." not in text(lead, review)


# Who sees what --------------------------------------------------------------------------------


def test_a_review_is_read_by_its_guests_and_the_pmo(
    held: int, client_of: ClientOf, guest: Person
) -> None:
    review, stranger, invited = f"/reviews/{held}", client_of("member"), client_of(guest)
    item = items_of(invited, review)[0]
    paths = ("", "/room", "/room/status", "/vote", "/voted", "/review.ics", "/minutes.pdf")
    for path in paths:
        assert stranger.get(f"{review}{path}").status_code == 404, path
        assert invited.get(f"{review}{path}").status_code == 200, path
    assert "Held" not in text(stranger, "/reviews/")
    assert "Held" in text(invited, "/reviews/")
    for path in ("/edit", "/begin", "/close", "/agenda", "/go", "/looks", "/reveal", "/clock/pause",
                 f"/items/{item}", f"/items/{item}/notes"):  # fmt: skip
        assert post(invited, f"{review}{path}").status_code == 403, path
    shown = text(invited, f"{review}/room")
    assert "Lead the room" not in shown
    assert "<textarea" not in shown


def test_readers_go_along_with_the_room(
    held: int, lead: FlaskClient, client_of: ClientOf, guest: Person
) -> None:
    review, invited = f"/reviews/{held}", client_of(guest)
    first, second, *_ = items_of(lead, review)
    post(lead, f"{review}/items/{first}/notes", notes="Seen at once.", version=1)
    assert "Seen at once." in text(invited, f"{review}/room/status?item={first}")
    post(lead, f"{review}/go", item=second)
    moved = invited.get(f"{review}/room/status?item={first}")
    assert moved.headers["HX-Refresh"] == "true"
    # Who takes notes is told, and not torn away.
    assert "The others are at" in text(lead, f"{review}/room/status?item={first}")
    post(lead, f"{review}/items/{first}", notes="Seen at once.", version=2, next=first)
    assert "HX-Refresh" not in invited.get(f"{review}/room/status?item={first}").headers


def test_pages_ask_little_of_the_database(
    held: int, lead: FlaskClient, make: Builders, themes: list[int]
) -> None:
    asked: list[str] = []
    engine = make.portal.database.engine

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        for path, most in (("/reviews/", 12), (f"/reviews/{held}/room/status", 12),
                           (f"/reviews/{held}/vote", 12)):  # fmt: skip
            asked.clear()
            text(lead, path)
            assert len(asked) <= most, (path, asked)
    finally:
        event.remove(engine, "before_cursor_execute", note)


# Planning, moving and the next one ------------------------------------------------------------


def test_people_hear_when_a_review_moves_or_is_off(
    themes: list[int], lead: FlaskClient, make: Builders, reviewer: Person, guest: Person
) -> None:
    review = plan(lead, themes, reviewer.id, guest.id)
    third = make.person(name="Tea Third")
    fields = {
        "title": "Autumn review", "starts_at": "2026-12-02T10:00", "minutes": 60,
        "place": "Room 5", "themes": themes, "people": [reviewer.id, third.id],
    }  # fmt: skip
    assert post(lead, f"{review}/edit", **fields).status_code == 302
    assert post(lead, f"{review}/edit", **fields).status_code == 302  # nothing new to tell
    post(lead, f"{review}/cancel")
    said = [(m["to"], m["said"], m["calendar"]["sequence"]) for m in mails(make, "review")]  # type: ignore[index]
    assert said == [
        (guest.email, "invited", 0), (reviewer.email, "invited", 0),
        (third.email, "invited", 1), (guest.email, "cancelled", 1), (reviewer.email, "moved", 1),
        (reviewer.email, "cancelled", 2), (third.email, "cancelled", 2),
    ]  # fmt: skip


def test_a_mail_carries_the_calendar_entry(
    themes: list[int], lead: FlaskClient, make: Builders, reviewer: Person
) -> None:
    review = plan(lead, themes, reviewer.id)
    with make.portal.database.writing() as session:
        row = session.get_one(Review, number_of(review))
        row.title, row.place = "Réview; with, comma\\ and " + "long " * 20, "Room 4, left"
    post(lead, f"{review}/cancel")
    invited, cancelled = (compose(make.portal.settings, mail) for mail in mails(make, "review"))
    for mail, method in ((invited, "REQUEST"), (cancelled, "CANCEL")):
        parts = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
        assert [part.get_param("method") for part in parts] == [method, method]
        entry = Calendar.from_ical(parts[1].get_content())
        (found,) = entry.walk("VEVENT")
        assert entry["METHOD"] == method
        assert found["UID"].startswith(f"review-{number_of(review)}-")
        assert str(found["ATTENDEE"]) == f"mailto:{reviewer.email}"
        assert parts[1].get_filename() == "review.ics"
        body = mail.get_body(("plain",))
        assert body is not None
        assert "Dear Rita Reviewer" in body.get_content()
    assert str(found["SUMMARY"]).strip() == ("Réview; with, comma\\ and " + "long " * 20).strip()
    assert found["STATUS"] == "CANCELLED"
    assert found["SEQUENCE"] == 1
    assert "Invited" not in str(cancelled["Subject"])
    assert str(cancelled["Subject"]).startswith("Cancelled: ")
    octets = parts[1].get_content().encode()
    assert all(len(line) <= 75 for line in octets.split(b"\r\n"))


def test_what_was_put_off_stands_on_the_next_agenda(
    held: int, make: Builders, lead: FlaskClient, reviewer: Person
) -> None:
    by = reviewer.as_actor()
    with make.portal.database.writing() as session:
        review = reviews.get(session, held, by=by)
        item = review.items[-1]
        theme = item.theme_id
        long_ago = datetime(2020, 1, 1, tzinfo=UTC)
        room.decide(session, item, Outcome.defer, by=by, at=long_ago, until=date(2020, 2, 1))
        reviews.move(session, review, ReviewState.closed, by=by, at=NOW)
        assert reviews.deferred(session, by=by, until=date(2020, 1, 31)) == {}
        assert reviews.deferred(session, by=by, until=date(2020, 2, 1)) == {theme: date(2020, 2, 1)}
    page = text(lead, f"/reviews/new?after={held}")
    assert "put off until" in page
    box = re.search(rf'<input checked[^>]*name="themes"[^>]*value="{theme}"', page)
    assert box is not None
    assert page.count('checked class="form-check-input" id="people-') == 2


@pytest.mark.parametrize(
    ("minutes", "themes", "back", "shared"),
    [(90, 5, False, (0, 17)), (90, 5, True, (15, 14)), (60, 3, True, (10, 15)),
     (20, 4, False, (0, 5)), (10, 12, True, (5, 1))],
)  # fmt: skip
def test_minutes_are_shared_out(
    minutes: int, themes: int, back: bool, shared: tuple[int, int]
) -> None:
    assert agenda.share_out(minutes, themes, looks_back=back) == shared


def test_numbers_of_a_period(themes: list[int], lead: FlaskClient, reviewer: Person) -> None:
    fields = {
        "title": "Old", "starts_at": "2026-12-01T09:00", "minutes": 60, "themes": themes,
        "people": [reviewer.id],
    }  # fmt: skip
    inside = post(
        lead, "/reviews/new", **fields, period_from="2025-02-01", period_to="2025-03-01"
    ).headers["Location"]
    outside = post(lead, "/reviews/new", **fields, period_from="2025-03-02").headers["Location"]
    whole = post(lead, "/reviews/new", **fields).headers["Location"]
    assert "8 of 8</strong> closed projects in the period" in text(lead, inside)
    page = text(lead, outside)
    assert "0 of 0</strong> closed projects in the period" in page
    assert "8 of 8 in all years" in page
    always = text(lead, whole)
    assert "8 of 8</strong> closed projects" in always
    assert "in the period" not in always
    assert "in all years" not in always
    wrong = post(lead, "/reviews/new", **fields, period_from="2025-03-02", period_to="2025-01-01")
    assert wrong.status_code == 400
    assert "ends before it begins" in wrong.get_data(as_text=True)


def test_home_names_the_reviews_that_one_is_asked_to(
    held: int, lead: FlaskClient, client_of: ClientOf, guest: Person
) -> None:
    invited = client_of(guest)
    item = items_of(lead, f"/reviews/{held}")[0]
    assert "Give your points" in text(invited, "/")
    post(invited, f"/reviews/{held}/vote", **{f"points-{item}": 1})
    assert "you have voted" in text(invited, "/")
    assert "Reviews you are asked to" not in text(client_of("member"), "/")
