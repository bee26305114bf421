"""What is searched for, in pages: what the search page posts, and the page that counts it."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import product

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from content import activity, insight, requests
from content.db import now
from content.models import AskedSearch, Confidentiality, ContentRequest, Person
from content.types import SYSTEM, Actor, Role
from portal import assets
from portal.worker.handlers import rebuild
from tests.builders import NOW, Builders
from tests.conftest import csrf_of, post

Clients = Callable[..., FlaskClient]
MARK = "0123456789abcdef"


def rows(make: Builders) -> list[AskedSearch]:
    with make.portal.database.reading() as session:
        return list(session.scalars(select(AskedSearch).order_by(AskedSearch.id)))


def text_of(answer: TestResponse) -> str:
    """What a page says, without its marks."""
    plain = re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))
    return " ".join(plain.split())


# What the search page posts --------------------------------------------------------------------


def test_a_search_is_taken_down_with_what_it_finds(make: Builders, client_of: Clients) -> None:
    make.lesson(headline="The weighbridge was never calibrated")
    rebuild(make.portal)
    browser = client_of("trainer")
    answer = post(browser, "/search/asked", mark=MARK, text=" Weighbridge ", found="99")
    assert (answer.status_code, answer.data) == (204, b"")
    [row] = rows(make)
    assert (row.mark, row.text, row.role, row.opened) == (MARK, "Weighbridge", Role.trainer, False)
    assert row.found == 1
    assert post(browser, "/search/opened", mark=MARK).status_code == 204
    assert [row.opened for row in rows(make)] == [True]


def test_typing_on_changes_the_one_row(make: Builders, client_of: Clients) -> None:
    make.lesson(headline="The weighbridge was never calibrated")
    rebuild(make.portal)
    browser = client_of("member")
    for text in ("weigh", "weighbridge"):
        post(browser, "/search/asked", mark=MARK, text=text)
    assert [(row.text, row.found) for row in rows(make)] == [("weighbridge", 1)]


def test_a_click_at_once_brings_the_search_along(make: Builders, client_of: Clients) -> None:
    make.lesson(headline="The weighbridge was never calibrated")
    rebuild(make.portal)
    browser = client_of("member")
    answer = post(browser, "/search/opened", mark=MARK, text="weighbridge")
    assert answer.status_code == 204
    assert [(row.text, row.found, row.opened) for row in rows(make)] == [("weighbridge", 1, True)]


def test_what_one_may_not_see_is_not_counted(make: Builders, client_of: Clients) -> None:
    make.lesson(headline="Bribery at the gate", confidentiality=Confidentiality.restricted)
    rebuild(make.portal)
    post(client_of("member"), "/search/asked", mark=f"{MARK}1", text="bribery")
    post(client_of("reviewer"), "/search/asked", mark=f"{MARK}2", text="bribery")
    assert [row.found for row in rows(make)] == [0, 1]


def test_without_an_index_nothing_is_missing(make: Builders, client_of: Clients) -> None:
    answer = post(client_of("member"), "/search/asked", mark=MARK, text="weighbridge")
    assert answer.status_code == 204
    assert rows(make) == []


def test_nobody_is_offered_a_search_whose_words_they_do_not_read(
    make: Builders, client_of: Clients
) -> None:
    """What reviewers look for again and again says nothing to those who may not read it."""
    make.lesson(headline="Bribery at the gate", confidentiality=Confidentiality.restricted)
    make.lesson(headline="Bricks and the gate were late")
    rebuild(make.portal)
    with make.portal.database.writing() as session:
        for day, text in product(range(3), ("bribery gate", "bricks gate", "bricks bribery")):
            mark, at = f"{MARK}-{day}-{text.replace(' ', '-')}", NOW + timedelta(days=day)
            insight.asked(session, mark, text, 1, by=SYSTEM, at=at)
    offered = {role: client_of(role).get("/search/suggest?q=bri").text for role in ROLES}
    assert ["bricks gate" in text for text in offered.values()] == [True, True]
    assert ["bribery" in text.lower() for text in offered.values()] == [False, True]
    # Each of its words is read somewhere, and yet it finds nothing that has both.
    assert "bricks bribery" not in offered["reviewer"]


ROLES = ("member", "reviewer")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"mark": MARK},
        {"text": "crane"},
        {"mark": "short", "text": "crane"},
        {"mark": "x" * 41, "text": "crane"},
        {"mark": MARK, "text": "x" * 1_001},
    ],
)
def test_what_is_no_search_is_refused(
    fields: dict[str, str], make: Builders, client_of: Clients
) -> None:
    rebuild(make.portal)
    browser = client_of("member")
    assert post(browser, "/search/asked", **fields).status_code == 400
    if fields != {"mark": MARK}:
        assert post(browser, "/search/opened", **fields).status_code == 400
    assert rows(make) == []


def test_an_empty_search_is_let_be(make: Builders, client_of: Clients) -> None:
    rebuild(make.portal)
    assert post(client_of("member"), "/search/asked", mark=MARK, text="  ").status_code == 204
    assert rows(make) == []


def test_the_token_comes_in_a_header_and_must_come(make: Builders, client_of: Clients) -> None:
    rebuild(make.portal)
    browser = client_of("member")
    data = {"mark": MARK, "text": "crane"}
    assert browser.post("/search/asked", data=data).status_code == 400
    token = {"X-CSRFToken": csrf_of(browser, "/search")}
    assert browser.post("/search/asked", data=data, headers=token).status_code == 204
    assert len(rows(make)) == 1


def test_strangers_leave_nothing(make: Builders, client: FlaskClient) -> None:
    rebuild(make.portal)
    assert post(client, "/search/asked", mark=MARK, text="crane").status_code == 302
    assert rows(make) == []


def test_nothing_that_is_kept_tells_who_asked(make: Builders, client_of: Clients) -> None:
    """Two people of a role ask the same: the rows differ in the marks alone."""
    rebuild(make.portal)
    people = [
        make.person(name="Quentin Zweig", email="quentin@example.org"),
        make.person(name="Bo", department=make.department()),
    ]
    for number, person in enumerate(people):
        browser = client_of(person)
        post(browser, "/search/asked", mark=f"{MARK}{number}", text="crane")
        post(browser, "/search/opened", mark=f"{MARK}{number}")
    one, other = (
        {key: value for key, value in vars(row).items() if key not in ("_sa_instance_state", "id")}
        for row in rows(make)
    )
    assert one.pop("mark") != other.pop("mark")
    assert one == other
    with make.portal.database.reading() as session:
        for person in people:
            logged = activity.of(session, "person", person.id)
            assert not any("search" in line.verb for line in logged)


def test_the_search_page_alone_has_the_script(client_of: Clients) -> None:
    browser = client_of("member")
    address = re.search(r'src="(/assets/[^"]+/asked\.js)" integrity="([^"]+)"',
                        browser.get("/search?q=crane").text)  # fmt: skip
    assert address is not None
    assert address[2] == assets.asset("asked.js").integrity
    script = browser.get(address[1])
    assert script.status_code == 200
    for post_address in ("/search/asked", "/search/opened"):
        assert post_address in script.text
    assert "asked.js" not in browser.get("/lessons/").text


def test_the_script_finds_what_it_reads_on_the_page(make: Builders, client_of: Clients) -> None:
    """The script takes three things from the page; whoever moves one must change both."""
    make.lesson(headline="The weighbridge was never calibrated")
    rebuild(make.portal)
    page = client_of("member").get("/search?q=weighbridge").text
    results = page[page.index('id="results"') :]
    assert re.search(r'<input[^>]*name="q"[^>]*value="weighbridge"', results)
    assert re.search(r'<ol class="findings"[^>]*>.*?<a href="/lessons/\d+"', results, re.DOTALL)
    assert 'name="csrf_token"' in page


# The page ---------------------------------------------------------------------------------------


def ask(
    make: Builders,
    text: str,
    found: int = 0,
    *,
    times: int = 1,
    role: Role = Role.member,
    at: datetime | None = None,
    opened: bool = False,
) -> None:
    who = Actor(id=1, name="Quentin Zweig", role=role)
    with make.portal.database.writing() as session:
        for _ in range(times):
            mark = f"mark-{len(session.scalars(select(AskedSearch.id)).all()):05}"
            insight.asked(session, mark, text, found, by=who, at=at or now())
            if opened:
                insight.opened(session, mark)


def part(page: str, heading: str) -> str:
    """The section of a page under the heading with this id."""
    return page[page.index(f'<h2 id="{heading}"') :].split("</section>", maxsplit=1)[0]


def test_the_page_shows_what_is_missing(make: Builders, client_of: Clients) -> None:
    ask(make, "weighbridge & co", 0, times=3)
    ask(make, "crane", 4, times=2)
    ask(make, "permit", 2, opened=True)
    page = client_of("reviewer").get("/insight/").text
    for heading, texts in {
        "unanswered": {"weighbridge &amp; co"},
        "unopened": {"crane"},
        "most": {"weighbridge &amp; co", "crane", "permit"},
    }.items():
        assert set(re.findall(r'<a class="title"[^>]*>([^<]+)</a>', part(page, heading))) == texts
    assert 'href="/search?q=weighbridge+%26+co"' in page
    assert 'href="/thesaurus/new?terms=weighbridge+%26+co"' in page
    said = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "6 searches in the last 12 months" in said
    assert "50 % without an answer 3 of 6 found nothing at all" in said
    assert "17 % opened 1 of 6 led to a finding that somebody opened" in said
    assert "Of who asked only the role is kept" in said
    assert f"{now():%B %Y}" in part(page, "months")
    assert '<progress class="share" max="6" value="6"' in part(page, "months")


def test_nobody_is_named(make: Builders, client_of: Clients) -> None:
    ask(make, "crane", 0)
    person = make.person(name="Zoltan Nobody")
    browser = client_of(make.person(Role.reviewer, name="Ada"))
    page = browser.get("/insight/").text
    main = page[page.index("<main") : page.index("</main>")]
    with make.portal.database.reading() as session:
        names = list(session.scalars(select(Person.name)))
    assert person.name in names
    assert not [name for name in names if name in main]
    assert "Quentin" not in main


def test_period_and_role_stand_in_the_address(make: Builders, client_of: Clients) -> None:
    months = insight.months(now())
    before = datetime.combine(months[1], datetime.min.time(), now().tzinfo)
    ask(make, "earlier", at=before)
    ask(make, "trainers ask", role=Role.trainer)
    browser = client_of("admin")
    month = f"{months[1]:%Y-%m}"
    page = browser.get(f"/insight/?month={month}").text
    assert re.search(rf'<option value="{month}" selected>', page)
    assert "earlier" in part(page, "unanswered")
    assert "trainers ask" not in page
    page = browser.get("/insight/?role=trainer").text
    assert re.search(r'<option value="trainer" selected>', page)
    assert "earlier" not in page
    assert "trainers ask" in part(page, "most")
    nonsense = browser.get("/insight/?month=2026-99&role=king")
    assert nonsense.status_code == 200
    assert "earlier" in nonsense.text


def test_an_empty_page_says_what_to_do(client_of: Clients) -> None:
    browser = client_of("reviewer")
    assert "Nobody has searched" in browser.get("/insight/").text
    assert "Show everything" in browser.get("/insight/?role=admin").text


def test_members_and_trainers_do_not_come_in(client_of: Clients) -> None:
    for role in ("member", "trainer"):
        browser = client_of(role)
        assert browser.get("/insight/").status_code == 403
        assert "/insight/" not in browser.get("/search").text
    assert "/insight/" in client_of("reviewer").get("/search").text


def test_one_button_requests_content(make: Builders, client_of: Clients) -> None:
    ask(make, "Weighbridge calibration", 0)
    person = make.person(Role.reviewer)
    browser = client_of(person)
    button = re.search(
        r'<form class="one-button" method="post" action="([^"]+)">.*?name="title" value="([^"]+)"',
        part(browser.get("/insight/").text, "unanswered"),
        re.DOTALL,
    )
    assert button is not None
    answer = post(browser, button[1], title=button[2])
    assert answer.status_code == 302
    with make.portal.database.reading() as session:
        row = session.scalars(select(ContentRequest)).one()
    assert (row.title, row.owner_id) == ("Weighbridge calibration", person.id)
    assert answer.location == f"/requests/{row.id}"
    page = browser.get("/insight/").text
    assert f'href="/requests/{row.id}"' in part(page, "unanswered")
    assert "Request content" not in page
    # Once it is answered, the button is there again: people still do not find it.
    with make.portal.database.writing() as session:
        requests.answer(
            session, requests.get(session, row.id, by=SYSTEM), text="T", by=SYSTEM, at=now()
        )
    assert "Request content" in browser.get("/insight/").text


def test_the_page_asks_the_database_as_often_however_much_was_asked(
    make: Builders, client_of: Clients
) -> None:
    browser = client_of("reviewer")

    def asked() -> int:
        seen: list[str] = []
        listen = lambda *args: seen.append(args[2])  # noqa: E731
        event.listen(make.portal.database.engine, "before_cursor_execute", listen)
        assert browser.get("/insight/").status_code == 200
        event.remove(make.portal.database.engine, "before_cursor_execute", listen)
        return len(seen)

    ask(make, "one")
    few = asked()
    for number in range(40):
        ask(make, f"search {number}", number % 3, times=2)
    assert asked() == few


def test_months_are_offered_newest_first(client_of: Clients) -> None:
    page = client_of("reviewer").get("/insight/").text
    offered = re.findall(r'<option value="(\d{4}-\d{2})"', page)
    assert offered == sorted(offered, reverse=True)
    assert len(offered) == insight.MONTHS
    assert date.fromisoformat(f"{offered[0]}-01") == now().date().replace(day=1)
