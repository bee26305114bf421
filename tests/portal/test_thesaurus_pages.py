"""The thesaurus in pages: the list, the form that tries before it saves, switching and undoing."""

import re
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from content import activity, thesaurus
from content.access import scope_of
from content.db import now
from content.models import AskedSearch, Direction, ThesaurusEntry
from content.types import SYSTEM, Role
from portal.cli import main
from portal.runtime import Runtime
from portal.views.thesaurus import term_in
from portal.worker.handlers import rebuild
from portal.worker.loop import drain
from search import thesaurus as synonyms
from search.engine import SearchEngine, SearchRequest
from search.query import parse
from tests.builders import NOW, Builders
from tests.conftest import post

Clients = Callable[..., FlaskClient]


def stored(make: Builders) -> list[ThesaurusEntry]:
    with make.portal.database.reading() as session:
        return list(session.scalars(select(ThesaurusEntry).order_by(ThesaurusEntry.id)))


def add(make: Builders, *terms: str, direction: Direction = Direction.both) -> ThesaurusEntry:
    with make.portal.database.writing() as session:
        values = {"terms": terms, "direction": direction, "note": ""}
        return thesaurus.add(session, values, by=SYSTEM, at=NOW)


def ship(make: Builders) -> None:
    with make.portal.database.writing() as session:
        thesaurus.load_shipped(session, NOW)


def text_of(answer: TestResponse) -> str:
    """What a page says, without its marks."""
    plain = re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))
    return " ".join(plain.split())


FIELDS = {"direction": "both ways", "note": "", "example": ""}


def test_an_entry_is_added_through_the_form(make: Builders, client_of: Clients) -> None:
    reviewer = make.person(Role.reviewer)
    answer = post(
        client_of(reviewer),
        "/thesaurus/new",
        terms="UAT\r\nuser acceptance test",
        direction="one way",
        note="How we say it.",
    )
    assert answer.status_code == 302
    [row] = stored(make)
    assert row.terms == ["UAT", "user acceptance test"]
    assert (row.direction, row.note) == (Direction.one_way, "How we say it.")
    assert (row.shipped, row.active, row.changed_by_id) == (False, True, reviewer.id)
    with make.portal.database.reading() as session:
        newest = activity.of(session, thesaurus.KIND, row.id)[0]
    assert (newest.verb, newest.actor_id) == ("add", reviewer.id)


def test_search_knows_an_entry_once_the_worker_has_been(make: Builders, client_of: Clients) -> None:
    make.lesson(headline="The zymurgist delivered nothing")
    drain(make.portal)
    browser = client_of("reviewer")
    post(browser, "/thesaurus/new", terms="brewmaster, zymurgist", **FIELDS)

    def found() -> int:
        engine = SearchEngine(make.portal.settings.index_dir)
        return engine.search(SearchRequest(text="brewmaster"), scope_of(SYSTEM)).total

    assert found() == 0
    drain(make.portal)
    assert found() == 1
    post(browser, f"/thesaurus/{stored(make)[0].id}/off")
    drain(make.portal)
    assert found() == 0


def test_a_fault_keeps_what_was_typed(make: Builders, client_of: Clients) -> None:
    add(make, "vendor", "supplier")
    browser = client_of("reviewer")
    for terms, said in (
        ("supplier\nmerchant", "“supplier” is already in the entry “vendor, supplier”"),
        ("only one", "at least two terms"),
        ("the\nwhich one", "Search leaves “the” out"),
    ):
        answer = post(browser, "/thesaurus/new", **{**FIELDS, "terms": terms, "note": "Mine."})
        page = answer.get_data(as_text=True)
        assert answer.status_code == 400
        assert said in page
        assert terms in page.replace("\r\n", "\n")
        assert "Mine." in page
    assert len(stored(make)) == 1


def test_trying_shows_the_effect_and_saves_nothing(make: Builders, client_of: Clients) -> None:
    make.lesson(headline="The brewmaster was ill for a month")
    make.lesson(headline="A zymurgist came too late")
    rebuild(make.portal)
    form = {**FIELDS, "terms": "brewmaster\nzymurgist", "try": "1"}
    answer = post(client_of("reviewer"), "/thesaurus/new", **form)
    assert answer.status_code == 200
    said = text_of(answer)
    assert "A search for “brewmaster” 1 found now 2 with this entry" in said
    assert re.search(r"A zymurgist came too late Lesson \S+ new place 2", said)
    assert "The brewmaster was ill" not in said
    assert stored(make) == []


def test_trying_a_change_leaves_out_what_the_entry_says_now(
    make: Builders, client_of: Clients
) -> None:
    for word in ("brewmaster", "zymurgist", "cellarman"):
        make.lesson(headline=f"Thoughts about the {word}")
    entry = add(make, "brewmaster", "zymurgist")
    drain(make.portal)
    form = {**FIELDS, "terms": "brewmaster\ncellarman", "version": str(entry.version), "try": "1"}
    said = text_of(post(client_of("reviewer"), f"/thesaurus/{entry.id}", **form))
    assert "2 found now 2 with this entry" in said
    assert "Thoughts about the cellarman" in said
    assert "Thoughts about the zymurgist" not in said
    assert stored(make)[0].terms == ["brewmaster", "zymurgist"]


def test_one_way_is_tried_one_way(make: Builders, client_of: Clients) -> None:
    make.lesson(headline="The brewmaster was ill for a month")
    make.lesson(headline="A zymurgist came too late")
    rebuild(make.portal)
    form = {"terms": "brewmaster\nzymurgist", "direction": "one way", "note": "", "try": "1"}
    browser = client_of("reviewer")
    there = text_of(post(browser, "/thesaurus/new", **form, example="brewmaster"))
    back = text_of(post(browser, "/thesaurus/new", **form, example="zymurgist"))
    assert "1 found now 2 with this entry" in there
    assert "“zymurgist” 1 found now 1 with this entry" in back
    assert "Nothing is new or moves up" in back


def test_trying_something_faulty_says_so(make: Builders, client_of: Clients) -> None:
    form = {**FIELDS, "terms": "alone", "try": "1"}
    browser = client_of("reviewer")
    answer = post(browser, "/thesaurus/new", **form)
    assert answer.status_code == 400
    assert "alone" in answer.get_data(as_text=True)


def test_htmx_gets_the_preview_alone(make: Builders, client_of: Clients) -> None:
    rebuild(make.portal)
    browser = client_of("reviewer")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get("/thesaurus/new").text)
    assert token is not None
    data = {**FIELDS, "try": "1", "csrf_token": token[1]}
    for terms, said in (("go live\nlaunch day", "read as “live” alone"), ("x", "at least two")):
        answer = browser.post(
            "/thesaurus/new", data={**data, "terms": terms}, headers={"HX-Request": "true"}
        )
        assert answer.status_code == 200
        assert said in answer.text
        assert "<html" not in answer.text


def test_a_missing_index_is_said_in_words(make: Builders, client_of: Clients) -> None:
    form = {**FIELDS, "terms": "one\ntwo", "try": "1"}
    answer = post(client_of("reviewer"), "/thesaurus/new", **form)
    assert answer.status_code == 200
    assert "no search index yet" in answer.get_data(as_text=True)


def test_an_entry_is_changed(make: Builders, client_of: Clients) -> None:
    entry = add(make, "vendor", "supplier", direction=Direction.one_way)
    browser = client_of("admin")
    page = browser.get(f"/thesaurus/{entry.id}").get_data(as_text=True)
    assert "vendor\nsupplier" in page.replace("\r\n", "\n")
    assert re.search(r'<input[^>]*checked[^>]*value="one way"', page)
    form = {**FIELDS, "terms": "vendor\nseller", "version": str(entry.version)}
    assert post(browser, f"/thesaurus/{entry.id}", **form).status_code == 302
    [row] = stored(make)
    assert (row.terms, row.direction) == (["vendor", "seller"], Direction.both)


def test_the_second_of_two_writers_sees_both_texts(make: Builders, client_of: Clients) -> None:
    entry = add(make, "vendor", "supplier")
    old = entry.version
    with make.portal.database.writing() as session:
        row = thesaurus.get(session, entry.id, by=SYSTEM)
        values = {"terms": ["vendor", "theirs"], "direction": Direction.both, "note": ""}
        thesaurus.edit(session, row, values, by=SYSTEM, at=NOW)
    form = {**FIELDS, "terms": "vendor\nmine", "version": str(old)}
    answer = post(client_of("reviewer"), f"/thesaurus/{entry.id}", **form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "vendor, theirs" in page
    assert "mine" in page
    assert stored(make)[0].terms == ["vendor", "theirs"]


def test_switching_off_is_undone_from_the_toast(make: Builders, client_of: Clients) -> None:
    entry = add(make, "vendor", "supplier")
    browser = client_of("reviewer")
    answer = post(browser, f"/thesaurus/{entry.id}/off?text=vend&page=1")
    assert answer.location == "/thesaurus/?text=vend&page=1"
    assert not stored(make)[0].active
    page = browser.get(answer.location).get_data(as_text=True)
    assert "switched off" in page
    undo = re.search(r'action="([^"]+)"><input[^>]*><button class="btn-undo"', page)
    assert undo is not None
    post(browser, undo[1].replace("&amp;", "&"))
    assert stored(make)[0].active


def test_switching_on_what_meets_another_says_why(make: Builders, client_of: Clients) -> None:
    entry = add(make, "vendor", "supplier")
    browser = client_of("reviewer")
    post(browser, f"/thesaurus/{entry.id}/off")
    add(make, "supplier", "merchant")
    answer = post(browser, f"/thesaurus/{entry.id}/on")
    assert "already in the entry “supplier, merchant”" in browser.get(answer.location).text
    assert not stored(make)[0].active


def test_own_entries_are_removed_and_shipped_ones_are_not(
    make: Builders, client_of: Clients
) -> None:
    ship(make)
    own, shipped = add(make, "alpha", "beta"), stored(make)[0]
    browser = client_of("reviewer")
    assert "Remove this entry" in browser.get(f"/thesaurus/{own.id}").text
    assert "Remove this entry" not in browser.get(f"/thesaurus/{shipped.id}").text
    assert post(browser, f"/thesaurus/{own.id}/remove").status_code == 302
    assert post(browser, f"/thesaurus/{shipped.id}/remove").status_code == 409
    assert browser.get(f"/thesaurus/{own.id}").status_code == 404
    ids = {row.id for row in stored(make)}
    assert own.id not in ids
    assert shipped.id in ids


@pytest.mark.parametrize(
    ("query", "there", "absent"),
    [
        ("which=own", "alpha", "vendor"),
        ("which=shipped&text=vendor", "subcontractor", "alpha"),
        ("which=switched+off", "No entry fits", "vendor"),
        ("which=nonsense&text=alph", "beta", "vendor"),
        ("text=never+heard", "Add “never heard”", "vendor"),
    ],
)
def test_the_list(query: str, there: str, absent: str, make: Builders, client_of: Clients) -> None:
    ship(make)
    add(make, "alpha", "beta")
    answer = client_of("reviewer").get(f"/thesaurus/?{query}")
    assert answer.status_code == 200
    page = text_of(answer)
    assert there in page
    assert absent not in page


def test_the_list_has_pages(make: Builders, client_of: Clients) -> None:
    ship(make)
    last = -(-len(stored(make)) // 25)
    browser = client_of("reviewer")
    assert "More" in text_of(browser.get("/thesaurus/"))
    page = text_of(browser.get(f"/thesaurus/?page={last}"))
    assert f"Back Page {last} of {last}" in page
    assert "More" not in page


def test_an_empty_thesaurus_says_what_to_do(client_of: Clients) -> None:
    assert "The thesaurus is empty" in client_of("admin").get("/thesaurus/").text


def test_what_was_asked_and_not_found_leads_to_a_term(make: Builders, client_of: Clients) -> None:
    with make.portal.database.writing() as session:
        for number in range(3):
            session.add(
                AskedSearch(
                    mark=f"m{number}", asked_on=now().date(), role=Role.member,
                    text="Zählerstand & co", folded="zählerstand & co", found=0,
                )
            )  # fmt: skip
    browser = client_of("reviewer")
    page = browser.get("/thesaurus/").get_data(as_text=True)
    assert "3 times" in page
    link = re.search(r'href="(/thesaurus/new\?terms=[^"]+)"', page)
    assert link is not None
    form = browser.get(link[1]).get_data(as_text=True)
    assert "Zählerstand &amp; co</textarea>" in form


@pytest.mark.parametrize(
    ("asked", "term"),
    [
        ("meter reading", "meter reading"),
        ('"meter reading" -gas phase:closing', "meter reading gas closing"),
        ("+meter, reading", "meter reading"),
        ("go-live", "go-live"),
        ("", ""),
    ],
)
def test_a_search_as_a_term(asked: str, term: str) -> None:
    assert term_in(asked) == term


def test_only_reviewers_and_administrators_come_in(make: Builders, client_of: Clients) -> None:
    entry = add(make, "vendor", "supplier")
    for role in ("member", "trainer"):
        browser = client_of(role)
        for path in ("/thesaurus/", "/thesaurus/new", f"/thesaurus/{entry.id}"):
            assert browser.get(path).status_code == 403
        for path in (f"/thesaurus/{entry.id}/off", f"/thesaurus/{entry.id}/remove"):
            assert post(browser, path).status_code == 403
    assert stored(make)[0].active


def test_the_list_asks_the_database_as_often_however_long_it_is(
    make: Builders, client_of: Clients
) -> None:
    from sqlalchemy import event

    browser, person = client_of("reviewer"), make.person(Role.reviewer)

    def asked() -> int:
        seen: list[str] = []
        listen = lambda *args: seen.append(args[2])  # noqa: E731
        event.listen(make.portal.database.engine, "before_cursor_execute", listen)
        assert browser.get("/thesaurus/").status_code == 200
        event.remove(make.portal.database.engine, "before_cursor_execute", listen)
        return len(seen)

    add(make, "a0", "b0")
    few = asked()
    for number in range(1, 20):
        with make.portal.database.writing() as session:
            values = {"terms": [f"a{number}", f"b{number}"], "direction": Direction.both}
            who = person.as_actor()
            thesaurus.add(session, values, by=who, at=NOW)
    assert asked() == few


# Where a portal begins ------------------------------------------------------------------------


def shipped_in(portal: Runtime) -> int:
    with portal.database.reading() as session:
        return len(list(session.scalars(select(ThesaurusEntry).where(ThesaurusEntry.shipped))))


def test_a_migrated_database_gets_the_shipped_entries_once(portal: Runtime) -> None:
    command = ["--data-dir", str(portal.settings.data_dir), "migrate"]
    first = CliRunner().invoke(main, command)
    second = CliRunner().invoke(main, command)
    count = len(thesaurus.shipped())
    assert f"Added {count} entries" in first.output
    assert "Thesaurus is there" in second.output
    assert shipped_in(portal) == count
    assert drain(portal) == 1
    found = synonyms.load(portal.settings.index_dir)
    assert others(found, "UAT") > 0


def others(found: synonyms.Thesaurus, text: str) -> int:
    """How many other words search has for a text."""
    clauses = found.expand(parse(text)).should
    return sum(len(clause.others) for clause in clauses)


def test_a_new_portal_has_the_thesaurus_without_waiting_for_the_worker(
    portal: Runtime,
) -> None:
    folder = portal.settings.data_dir.parent / "fresh"
    command = ["--data-dir", str(folder), "init", "--admin", "a@example.org", "--no-starter"]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    assert others(synonyms.load(folder / "index"), "RAID") > 0


def test_rebuilding_the_index_brings_the_thesaurus_back(make: Builders) -> None:
    add(make, "vendor", "supplier")
    directory = make.portal.settings.index_dir
    rebuild(make.portal)
    (directory / synonyms.NAME).unlink()
    rebuild(make.portal)
    assert others(synonyms.load(directory), "vendor") == 1
