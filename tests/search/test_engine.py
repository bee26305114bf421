"""The engine against plain Python: what is found, seen, counted and in which order."""

from datetime import date
from itertools import chain
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from content.types import Document, Kind, Scope
from search import index
from search.engine import SearchEngine, SearchRequest

EVERYTHING = Scope(frozenset(), everything=True)
ALL = Scope(frozenset({"all"}))


def document(
    number: int, title: str = "", texts: dict[str, str] | None = None, **values: object
) -> Document:
    options = {"kind": Kind.lesson, "external_id": f"X{number}", **values}
    return Document(id=number, title=title, **{"texts": texts or {}, **options})


def engine_of(tmp_path: Path, *documents: Document) -> SearchEngine:
    index.rebuild(tmp_path / "index", documents)
    return SearchEngine(tmp_path / "index")


def found(engine: SearchEngine, text: str, scope: Scope = ALL, **options: object) -> list[int]:
    results = engine.search(SearchRequest(text, **options), scope)
    assert not results.problem
    return [hit.id for hit in results.findings]


def test_words_are_joined_by_or_and_the_best_comes_first(tmp_path: Path) -> None:
    engine = engine_of(
        tmp_path,
        document(1, "Permits for road works", texts={"event": "The supplier was late."}),
        document(2, "Late supplier", texts={"event": "The supplier delivered late again."}),
        document(3, "Paint", texts={"event": "It was green."}),
    )
    assert found(engine, "late suppliers") == [2, 1]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("signoff", [1]),
        ("sign-off", [1]),
        ("IV&V", [2]),
        ("planning", [3]),
        ("PLANS", [3]),
        ("cafe", [4]),
        ("café’s", [4]),
        ('"late delivery"', [5]),
        ("+delivery -late", [6]),
        ("phase:planning delivery", [6]),
        ("after:2025-01-01 delivery", [6]),
        ("before:2025 delivery", [5]),
        ("title:delivery", [5, 6]),
    ],
)
def test_the_grammar(text: str, wanted: list[int], tmp_path: Path) -> None:
    engine = engine_of(
        tmp_path,
        document(1, "Sign-off without checking"),
        document(2, "IV&V found it"),
        document(3, "Plan the plan"),
        document(4, "Café closed"),
        document(5, "Late delivery", day=date(2024, 5, 1), facets={"phase": ("executing",)}),
        document(6, "Delivery", day=date(2025, 5, 1), facets={"phase": ("planning",)}),
    )
    assert sorted(found(engine, text)) == wanted


def test_an_empty_query_lists_newest_first(tmp_path: Path) -> None:
    engine = engine_of(
        tmp_path,
        document(1, "A", day=date(2024, 1, 1)),
        document(2, "B"),
        document(3, "C", day=date(2025, 1, 1)),
    )
    assert found(engine, "") == [3, 1, 2]
    assert found(engine, "", sort="oldest") == [1, 3, 2]


def test_pages_follow_each_other_without_gap_or_repeat(tmp_path: Path) -> None:
    engine = engine_of(tmp_path, *(document(n, "same words here") for n in range(1, 31)))
    pages = [found(engine, "words", offset=at, limit=7) for at in range(0, 35, 7)]
    assert sorted(chain.from_iterable(pages)) == list(range(1, 31))


TOKENS = ("all", "department:1", "department:2", "person:7", "oversight")
documents = st.lists(
    st.builds(
        lambda audience, hidden, words, phase: (audience, hidden, words, phase),
        st.sets(st.sampled_from(TOKENS), min_size=1, max_size=3),
        st.sets(st.sampled_from(TOKENS), max_size=1),
        st.lists(st.sampled_from(["pump", "permit", "late", "supplier"]), min_size=1, max_size=4),
        st.sampled_from(["planning", "executing"]),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=documents, tokens=st.sets(st.sampled_from(TOKENS), max_size=3))
def test_nobody_finds_or_counts_what_they_may_not_see(
    rows: list[tuple[set[str], set[str], list[str], str]],
    tokens: set[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    engine = engine_of(
        tmp_path_factory.mktemp("access"),
        *(
            document(
                n,
                " ".join(words),
                audience=tuple(audience),
                hidden_from=tuple(hidden),
                facets={"phase": (phase,)},
            )
            for n, (audience, hidden, words, phase) in enumerate(rows, 1)
        ),
    )
    results = engine.search(
        SearchRequest("pump late", limit=50, facets=("phase",)), Scope(frozenset(tokens))
    )
    seen = [
        (n, phase)
        for n, (audience, hidden, words, phase) in enumerate(rows, 1)
        if audience & tokens and not hidden & tokens and {"pump", "late"} & set(words)
    ]
    assert sorted(hit.id for hit in results.findings) == [n for n, _ in seen]
    assert results.total == len(seen)
    counts = {count.value: count.count for count in results.facets["phase"]}
    phases = [phase for _, phase in seen]
    assert counts == {phase: phases.count(phase) for phase in set(phases)}


def test_a_facet_keeps_its_counts_when_one_value_is_picked(tmp_path: Path) -> None:
    engine = engine_of(
        tmp_path,
        document(1, "pump", facets={"phase": ("planning",), "size": ("large",)}),
        document(2, "pump", facets={"phase": ("executing",), "size": ("large",)}),
        document(3, "pump", facets={"phase": ("executing",), "size": ("small",)}),
    )
    request = SearchRequest("pump", filters={"phase": ("planning",)}, facets=("phase", "size"))
    results = engine.search(request, ALL)
    phases = {c.value: (c.count, c.chosen) for c in results.facets["phase"]}
    assert phases == {"executing": (2, False), "planning": (1, True)}
    assert {c.value: c.count for c in results.facets["size"]} == {"large": 1}
    both = {"phase": ("planning", "executing"), "size": ("large",)}
    assert found(engine, "pump", filters=both) == [1, 2]


def test_everything_shows_each_thing_once(tmp_path: Path) -> None:
    engine = engine_of(
        tmp_path,
        document(1, "secret pump", audience=("oversight",)),
        document(1, "Restricted", texts={"summary": "pump"}, hidden_from=("oversight",),
                 variant="sanitised"),
    )  # fmt: skip
    assert found(engine, "pump", EVERYTHING) == [1]
    assert found(engine, "secret", ALL) == []
    assert found(engine, "pump", ALL) == [1]
    assert found(engine, "pump", Scope(frozenset({"all", "oversight"}))) == [1]


def test_no_index_is_a_sentence_and_no_crash(tmp_path: Path) -> None:
    results = SearchEngine(tmp_path / "none").search(SearchRequest("pump"), ALL)
    assert (results.total, bool(results.problem)) == (0, True)
