"""The thesaurus: what is shipped, what may be written, who may write it, what search is told."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from content import activity, thesaurus
from content.errors import Conflict, Forbidden, Invalid, NotFound
from content.models import Direction, Job, ThesaurusEntry
from content.thesaurus import ThesaurusFilter, Which
from content.types import SYSTEM, Role, SynonymGroup
from search.analysis import words
from tests.builders import NOW, Builders

BOTH, ONE_WAY = Direction.both, Direction.one_way


def add(
    session: Session, *terms: str, direction: Direction = BOTH, note: str = ""
) -> ThesaurusEntry:
    values = {"terms": terms, "direction": direction, "note": note}
    return thesaurus.add(session, values, by=SYSTEM, at=NOW)


def refused(call: Callable[[], object], field: str = "terms") -> str:
    with pytest.raises(Invalid) as caught:
        call()
    return caught.value.fields[field]


def jobs_of(session: Session) -> int:
    query = select(func.count()).select_from(Job).where(Job.kind == thesaurus.JOB)
    return session.scalar(query) or 0


def verbs(session: Session, entry_id: int) -> list[str]:
    return [row.verb for row in activity.of(session, thesaurus.KIND, entry_id)][::-1]


# What is shipped ------------------------------------------------------------------------------


def test_what_is_shipped_passes_every_check(session: Session) -> None:
    rows = thesaurus.shipped()
    assert 130 <= len(rows) <= 160
    for values in rows:
        thesaurus.add(session, values, by=SYSTEM, at=NOW)


def test_search_reads_each_shipped_term_as_it_is_meant() -> None:
    # A term of two words of which search leaves one out would find what nobody meant.
    for values in thesaurus.shipped():
        for term in values["terms"]:
            assert len(list(words(term))) >= min(2, len(term.split())), term


def test_loading_twice_adds_nothing(session: Session) -> None:
    count = thesaurus.load_shipped(session, NOW)
    assert count == len(thesaurus.shipped())
    assert thesaurus.load_shipped(session, NOW) == 0
    assert session.scalar(select(func.count()).select_from(ThesaurusEntry)) == count
    assert jobs_of(session) == 1
    assert all(row.shipped and row.active for row in session.scalars(select(ThesaurusEntry)))


def test_loading_again_leaves_what_was_changed(session: Session) -> None:
    thesaurus.load_shipped(session, NOW)
    first, second = session.scalars(select(ThesaurusEntry).order_by(ThesaurusEntry.id).limit(2))
    values = {"terms": ["quite", "different"], "direction": ONE_WAY, "note": "Ours."}
    thesaurus.edit(session, first, values, by=SYSTEM, at=NOW)
    thesaurus.set_active(session, second, False, by=SYSTEM, at=NOW)
    assert thesaurus.load_shipped(session, NOW) == 0
    assert (first.terms, first.direction, first.note) == (["quite", "different"], ONE_WAY, "Ours.")
    assert first.shipped
    assert not second.active


def test_a_shipped_entry_that_meets_an_own_one_comes_in_switched_off(session: Session) -> None:
    own = add(session, "supplier", "merchant")
    thesaurus.load_shipped(session, NOW)
    query = select(ThesaurusEntry).where(ThesaurusEntry.shipped)
    found = next(row for row in session.scalars(query) if "supplier" in row.terms)
    assert not found.active
    assert own.active


# Checks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ([], "at least two"),
        (["one"], "at least two"),
        (["one", "   "], "at least two"),
        ([f"term {n}" for n in range(13)], "At most 12"),
        (["one two three four five six seven", "other"], "at most 6 words"),
        (["x" * 81, "other"], "at most 80 characters"),
        (["!?", "other"], "no letter"),
        (["Sign-off", "approval", "sign-OFF"], "“sign-OFF” is there twice"),
        (["user  test", "User test"], "there twice"),
    ],
)
def test_terms_that_are_refused(session: Session, terms: list[str], said: str) -> None:
    assert said in refused(lambda: add(session, *terms))
    assert session.scalar(select(func.count()).select_from(ThesaurusEntry)) == 0


def test_the_longest_that_fits(session: Session) -> None:
    add(session, "a b c d e f", "x" * 80, *(f"term {n}" for n in range(10)), note="n" * 300)
    assert "300" in refused(lambda: add(session, "g", "h", note="n" * 301), "note")


def test_a_direction_must_be_chosen(session: Session) -> None:
    values = {"terms": ["g", "h"], "direction": None, "note": ""}
    assert refused(lambda: thesaurus.add(session, values, by=SYSTEM, at=NOW), "direction")


def test_a_term_stands_in_one_entry_only_and_the_message_names_it(session: Session) -> None:
    add(session, "vendor", "supplier")
    said = refused(lambda: add(session, "merchant", "Supplier"))
    assert "“Supplier” is already in the entry “vendor, supplier”" in said


def test_an_entry_does_not_stand_in_its_own_way(session: Session) -> None:
    entry = add(session, "vendor", "supplier")
    values = {"terms": ["vendor", "supplier", "seller"], "direction": BOTH, "note": ""}
    thesaurus.edit(session, entry, values, by=SYSTEM, at=NOW)
    assert entry.terms == ["vendor", "supplier", "seller"]


def test_a_one_way_entry_may_lead_to_words_of_another(session: Session) -> None:
    add(session, "change request", "change order")
    add(session, "CR", "change request", direction=ONE_WAY)
    add(session, "order", "purchase", direction=ONE_WAY)
    assert "“cr”" in refused(lambda: add(session, "cr", "corrective request", direction=ONE_WAY))
    assert "“CR”" in refused(lambda: add(session, "CR", "variation"))
    assert refused(lambda: add(session, "change order", "x", direction=ONE_WAY))


def test_switching_on_checks_what_was_added_meanwhile(session: Session) -> None:
    old = add(session, "vendor", "supplier")
    thesaurus.set_active(session, old, False, by=SYSTEM, at=NOW)
    new = add(session, "supplier", "merchant")
    said = refused(lambda: thesaurus.set_active(session, old, True, by=SYSTEM, at=NOW))
    assert "“supplier, merchant”" in said
    assert not old.active
    # Switched off, it may be written freely.
    values = {"terms": ["vendor", "supplier", "x"], "direction": BOTH, "note": ""}
    thesaurus.edit(session, old, values, by=SYSTEM, at=NOW)
    thesaurus.remove(session, new, by=SYSTEM, at=NOW)
    thesaurus.set_active(session, old, True, by=SYSTEM, at=NOW)
    assert old.active


def test_terms_are_split_at_lines_and_commas() -> None:
    assert thesaurus.split(" UAT\r\nuser   acceptance test, user test;\n\n") == [
        "UAT",
        "user acceptance test",
        "user test",
    ]


# What a change leaves behind ------------------------------------------------------------------


def test_every_change_is_logged_and_search_is_told(session: Session) -> None:
    entry = add(session, "vendor", "supplier")
    values = {"terms": ["vendor", "supplier"], "direction": BOTH, "note": "Both deliver."}
    thesaurus.edit(session, entry, values, by=SYSTEM, at=NOW)
    thesaurus.set_active(session, entry, False, by=SYSTEM, at=NOW)
    thesaurus.set_active(session, entry, True, by=SYSTEM, at=NOW)
    thesaurus.remove(session, entry, by=SYSTEM, at=NOW)
    assert verbs(session, entry.id) == ["add", "edit", "switch", "switch", "remove"]
    log = activity.of(session, thesaurus.KIND, entry.id)[::-1]
    assert log[1].detail == {"fields": ["note"]}
    assert (log[2].from_state, log[2].to_state) == ("on", "off")
    assert jobs_of(session) == 5
    assert thesaurus.groups(session) == []


def test_what_changes_nothing_leaves_nothing(session: Session) -> None:
    entry = add(session, "vendor", "supplier")
    before = entry.version
    values = {"terms": ["vendor ", "supplier"], "direction": BOTH, "note": " "}
    thesaurus.edit(session, entry, values, by=SYSTEM, at=NOW)
    thesaurus.set_active(session, entry, True, by=SYSTEM, at=NOW)
    assert (verbs(session, entry.id), jobs_of(session), entry.version) == (["add"], 1, before)


def test_the_second_of_two_writers_is_told(session: Session) -> None:
    entry = add(session, "vendor", "supplier")
    old = entry.version
    values = {"terms": ["vendor", "seller"], "direction": BOTH, "note": ""}
    thesaurus.edit(session, entry, values, by=SYSTEM, at=NOW, version=old)
    with pytest.raises(Conflict):
        thesaurus.edit(session, entry, {**values, "note": "x"}, by=SYSTEM, at=NOW, version=old)
    assert entry.note == ""


def test_a_shipped_entry_is_not_removed(session: Session) -> None:
    thesaurus.load_shipped(session, NOW)
    entry = session.scalars(select(ThesaurusEntry).limit(1)).one()
    with pytest.raises(Conflict, match="Switch it off"):
        thesaurus.remove(session, entry, by=SYSTEM, at=NOW)


# Reading --------------------------------------------------------------------------------------


def test_search_is_told_the_active_entries(session: Session) -> None:
    first = add(session, "UAT", "user acceptance test")
    add(session, "CR", "change request", direction=ONE_WAY)
    off = add(session, "vendor", "supplier")
    thesaurus.set_active(session, off, False, by=SYSTEM, at=NOW)
    one = SynonymGroup(("CR", "change request"), both_ways=False)
    assert thesaurus.groups(session) == [SynonymGroup(("UAT", "user acceptance test"), True), one]
    assert thesaurus.groups(session, without=first.id) == [one]


@pytest.fixture
def several(session: Session) -> Session:
    thesaurus.load_shipped(session, NOW)
    add(session, "Zählerstand", "meter reading", note="Of the gas works")
    off = add(session, "alpha", "beta")
    thesaurus.set_active(session, off, False, by=SYSTEM, at=NOW)
    return session


@pytest.mark.parametrize(
    ("text", "which", "found"),
    [
        ("ZÄHLER", Which.all, {"Zählerstand"}),
        ("gas  works", Which.all, {"Zählerstand"}),
        ("", Which.own, {"Zählerstand", "alpha"}),
        ("", Which.off, {"alpha"}),
        ("vendor", Which.shipped, {"vendor"}),
        ("vendor", Which.own, set()),
        ("%", Which.all, set()),
    ],
)
def test_the_list_is_narrowed(several: Session, text: str, which: Which, found: set[str]) -> None:
    rows, total = thesaurus.listing(several, ThesaurusFilter(text, which), by=SYSTEM)
    assert {row.terms[0] for row in rows} == found
    assert total == len(found)


def test_the_list_comes_in_pages_by_the_first_term(several: Session) -> None:
    first, total = thesaurus.listing(several, ThesaurusFilter(), by=SYSTEM, limit=100)
    rest, _ = thesaurus.listing(several, ThesaurusFilter(), by=SYSTEM, offset=100, limit=100)
    names = [thesaurus.folded(row.terms[0]) for row in (*first, *rest)]
    assert len(first) == 100
    assert len(names) == total == len(thesaurus.shipped()) + 2
    assert names == sorted(names)


@pytest.mark.parametrize("role", Role)
def test_who_may(role: Role, make: Builders) -> None:
    who = make.person(role).as_actor()
    with make.portal.database.writing() as session:
        entry, other = add(session, "vendor", "supplier"), add(session, "a1", "b1")
        values = {"terms": ["one", "two"], "direction": BOTH, "note": ""}
        changed = {**values, "terms": ["three", "four"]}
        verbs: list[Callable[[], object]] = [
            lambda: thesaurus.listing(session, ThesaurusFilter(), by=who),
            lambda: thesaurus.get(session, entry.id, by=who),
            lambda: thesaurus.add(session, values, by=who, at=NOW),
            lambda: thesaurus.edit(session, entry, changed, by=who, at=NOW),
            lambda: thesaurus.set_active(session, entry, False, by=who, at=NOW),
            lambda: thesaurus.remove(session, other, by=who, at=NOW),
        ]
        for verb in verbs:
            if role in (Role.reviewer, Role.admin):
                verb()
            else:
                with pytest.raises(Forbidden):
                    verb()


def test_one_that_is_gone_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        thesaurus.get(session, 99, by=SYSTEM)
