"""Other words for the same: found after the word itself, one way or both."""

from pathlib import Path

import pytest

from content.types import SynonymGroup
from search import thesaurus
from search.engine import SearchEngine, SearchRequest
from search.query import parse
from search.thesaurus import Thesaurus
from tests.search.test_engine import ALL, document, engine_of

GROUPS = (
    SynonymGroup(("vendor", "supplier")),
    SynonymGroup(("UAT", "user acceptance test"), both_ways=False),
    SynonymGroup(("sign-off", "approval")),
)


@pytest.fixture
def engine(tmp_path: Path) -> SearchEngine:
    engine = engine_of(
        tmp_path,
        document(1, "The supplier was late"),
        document(2, "The vendor was late"),
        document(3, "The user acceptance test failed"),
        document(4, "UAT failed"),
        document(5, "A test that the user wrote"),
        document(6, "No approval in time"),
        document(7, "Sign-off came in time"),
    )
    thesaurus.write(engine.directory, GROUPS)
    return engine


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("vendor", [2, 1]),
        ("supplier", [1, 2]),
        ("UAT", [4, 3]),
        ("user acceptance test", [3, 5]),
        ("sign-off", [7, 6]),
        ("+vendor late", [2, 1]),
        ('"vendor was"', [2]),
        ("title:vendor", [2]),
        ("-vendor late", [1]),
    ],
)
def test_other_words_are_found(engine: SearchEngine, text: str, wanted: list[int]) -> None:
    results = engine.search(SearchRequest(text), ALL)
    assert [hit.id for hit in results.findings] == wanted


def test_as_typed_and_another_thesaurus(engine: SearchEngine) -> None:
    assert engine.search(SearchRequest("vendor", exact=True), ALL).total == 1
    tried = Thesaurus([SynonymGroup(("vendor", "uat"))])
    assert {h.id for h in engine.search(SearchRequest("vendor"), ALL, tried).findings} == {2, 4}
    assert engine.search(SearchRequest("vendor"), ALL, Thesaurus.none()).total == 1


def test_a_change_is_taken_up_and_damage_is_survived(engine: SearchEngine) -> None:
    thesaurus.write(engine.directory, ())
    assert engine.search(SearchRequest("vendor"), ALL).total == 1
    (engine.directory / thesaurus.NAME).write_text("{", encoding="utf-8")
    assert engine.search(SearchRequest("vendor"), ALL).total == 1


def test_the_longest_term_is_taken_once() -> None:
    query = Thesaurus(
        [SynonymGroup(("change request", "CR")), SynonymGroup(("change", "amendment"))]
    ).expand(parse("late change request"))
    assert [clause.text for clause in query.should] == ["late", "change request"]
    assert [other.text for other in query.should[1].others] == ["CR"]
