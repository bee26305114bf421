"""Mistyped words: replaced where nothing holds them, offered where little does."""

from pathlib import Path

import pytest

from content.types import Scope
from search.engine import SearchEngine, SearchRequest
from search.spelling import cost
from tests.search.test_engine import ALL, document, engine_of


@pytest.fixture
def engine(tmp_path: Path) -> SearchEngine:
    often = [document(n, "The supplier changed a requirement") for n in range(1, 31)]
    return engine_of(
        tmp_path,
        *often,
        document(40, "The contamination was late"),
        document(41, "A suplier with one p"),
        document(42, "Change management works"),
        document(43, "The zebrafish pump", audience=("oversight",)),
    )


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("contaminaton", "contamination"),  # a letter missing
        ("contamminaton", "contamination"),  # two edits
        ("cotnamination", "contamination"),  # two letters in the wrong order
        ("requirenent", "requirement"),  # the key beside
        ("managementworks", "management works"),  # a blank missing
    ],
)
def test_an_unknown_word_is_replaced(engine: SearchEngine, typed: str, meant: str) -> None:
    results = engine.search(SearchRequest(typed), ALL)
    assert [(c.typed, c.meant) for c in results.corrected] == [(typed, meant)]
    assert results.total


def test_as_typed_means_as_typed(engine: SearchEngine) -> None:
    results = engine.search(SearchRequest("contaminaton", exact=True), ALL)
    assert (results.total, results.corrected, results.offered) == (0, (), "")


def test_a_rare_word_stays_and_the_frequent_one_is_offered(engine: SearchEngine) -> None:
    results = engine.search(SearchRequest("suplier"), ALL)
    assert (results.total, results.corrected) == (1, ())
    assert results.offered == "supplier"


def test_a_word_that_is_like_none_is_named(engine: SearchEngine) -> None:
    results = engine.search(SearchRequest("xylophone late"), ALL)
    assert results.dropped == ("xylophone",)
    assert [hit.id for hit in results.findings] == [40]


def test_nothing_is_corrected_to_a_word_of_a_hidden_text(engine: SearchEngine) -> None:
    results = engine.search(SearchRequest("zebrafsh"), ALL)
    assert (results.total, results.corrected) == (0, ())
    oversight = Scope(frozenset({"oversight"}))
    assert engine.search(SearchRequest("zebrafish"), oversight).total == 1


def test_quotes_keep_a_word_as_it_is(engine: SearchEngine) -> None:
    assert engine.search(SearchRequest('"contaminaton late"'), ALL).total == 0


def test_likelier_slips_cost_less() -> None:
    swapped, near, far = (
        cost("recieve", "receive"),
        cost("rwceive", "receive"),
        cost("rpceive", "receive"),
    )
    assert swapped < near < far
    assert cost("eceive", "receive") > cost("receve", "receive")
