"""More like this, the second stage, and completions."""

from pathlib import Path

import pytest

from content.types import Kind, Scope
from search import index
from search.engine import SearchEngine, SearchRequest, SearchResults
from tests.search.test_engine import ALL, document, engine_of


@pytest.fixture
def engine(tmp_path: Path) -> SearchEngine:
    return engine_of(
        tmp_path,
        document(1, "Permit for the harbour crane", {"summary": "The permit office was slow."}),
        document(2, "Harbour permit late", {"summary": "A permit of the office for a crane."}),
        document(3, "Invoices paid twice", {"summary": "The ledger took both."}),
        document(4, "Permit office closed", kind=Kind.page),
        document(5, "Harbour permit secret", audience=("oversight",)),
    )


def test_a_document_is_like_others_of_its_matter_and_never_itself(engine: SearchEngine) -> None:
    found = engine.like_document("lesson:1", ALL, SearchRequest(kinds=(Kind.lesson,)))
    assert [hit.id for hit in found.findings] == [2]
    pages = engine.like_document("lesson:1", ALL, SearchRequest(kinds=(Kind.page,)))
    assert [hit.id for hit in pages.findings] == [4]


@pytest.mark.parametrize("key", ["lesson:5", "lesson:99", "lesson:", "x", "lesson:1:other", ""])
def test_what_is_not_there_is_like_nothing(engine: SearchEngine, key: str) -> None:
    assert engine.like_document(key, ALL).findings == ()


def test_a_pasted_text_finds_what_is_like_it(engine: SearchEngine) -> None:
    text = "We waited for the permit because the office was slow, and the crane stood still."
    assert [hit.id for hit in engine.like_text(text, ALL).findings][:2] == [1, 2]
    assert engine.like_text("", ALL).findings == ()


def test_completions_end_words_and_find_headlines(engine: SearchEngine) -> None:
    found = engine.suggest("late per", ALL)
    assert found.texts == ("late permit",)
    assert [hit.id for hit in found.headlines] == [2]
    assert engine.suggest("p", ALL).texts == ()
    assert engine.suggest("permit ", ALL).texts == ()


def test_what_supports_each_other_moves_up(tmp_path: Path) -> None:
    """One of three equals is about another matter; the two that agree come before it."""
    same = {"summary": "valve steel boiler pressure inspector"}
    other = {"summary": "ledger invoice auditor payment account"}
    engine = engine_of(
        tmp_path, document(1, "Late", other), document(2, "Late", same), document(3, "Late", same)
    )
    found = engine.search(SearchRequest("late"), ALL)
    assert [hit.id for hit in found.findings] == [2, 3, 1]


def test_changed_a_hundred_times_equals_built_at_once(tmp_path: Path) -> None:
    """Through all merges of segments, scores and counts stay those of a fresh index."""
    words = ["pump", "valve", "permit", "crane", "late", "cable"]
    every = [
        document(n, f"{words[n % 6]} {words[n % 4]}", {"summary": f"{words[n % 5]} number{n}"},
                 facets={"phase": (words[n % 3],)})
        for n in range(120)
    ]  # fmt: skip
    index.rebuild(tmp_path / "slow", [])
    for number, one in enumerate(every):
        index.apply(tmp_path / "slow", [one], [])
        if number % 7 == 0:
            index.apply(tmp_path / "slow", [every[number // 2]], [])
    index.rebuild(tmp_path / "fast", every)
    slow, fast = SearchEngine(tmp_path / "slow"), SearchEngine(tmp_path / "fast")
    for text in ("pump late", "number7", "+crane cable", "cause:pump", "permt", "number50 valve"):
        request = SearchRequest(text, limit=200, facets=("phase",))
        one, two = slow.search(request, ALL), fast.search(request, ALL)
        assert [(h.id, round(h.score, 5)) for h in one.findings] == [
            (h.id, round(h.score, 5)) for h in two.findings
        ]
        assert (one.total, one.facets, one.corrected) == (two.total, two.facets, two.corrected)
    assert slow.spelling().all_words[0] == fast.spelling().all_words[0]


def test_how_like_texts_are_says_nothing_of_what_others_may_not_read(tmp_path: Path) -> None:
    """Told by whom everybody reads, likeness is the same whatever else there is."""
    text = "We waited for the permit because the office was slow, and the crane stood still."
    every = [document(n, f"Crane {n}", {"summary": OPEN[n % 4]}) for n in range(1, 13)]
    hidden = [document(n, f"Secret {n}", {"summary": text}, audience=("a",)) for n in range(20, 60)]
    told, plain = [], []
    for name, documents in (("before", every), ("after", [*every, *hidden])):
        engine = engine_of(tmp_path / name, *documents)
        request = SearchRequest(limit=100)
        plain.append(scores_of(engine.like_text(text, ALL, request)))
        for scope in (ALL, Scope(frozenset({"all", "a"}))):
            told.append(scores_of(engine.like_text(text, scope, request, told=ALL)))
    assert len(set(told[0].values())) > 2
    assert told == [told[0]] * 4
    assert plain[0] != plain[1]


def scores_of(found: SearchResults) -> dict[int, float]:
    return {hit.id: round(hit.score, 5) for hit in found.findings if hit.id < 20}


OPEN = (
    "The permit office was slow.", "A permit for the crane.", "It stood still in the rain.",
    "Nobody waited for the office.",
)  # fmt: skip
