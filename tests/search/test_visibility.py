"""What a person may not see leaves no trace in any answer of the engine: 10,000 generated cases."""

import random
from pathlib import Path

import pytest

from content.types import Document, Kind, Passage, Scope
from search import index
from search.engine import SearchEngine, SearchRequest

TOKENS = ("all", "department:1", "department:2", "person:7", "oversight")
COMMON = ("pump", "permit", "late", "supplier", "budget", "tester", "harbour", "cable")
PHASES = ("planning", "executing", "closing")
CASES = 10_000


def canary(number: int) -> str:
    """A word that one document alone holds."""
    letters = "bcdfghjklmnpqrtv"
    return "z" + "".join(letters[(number >> shift) & 15] for shift in (0, 4, 8)) + "arium"


def documents(random_: random.Random, count: int) -> list[Document]:
    found = []
    for number in range(count):
        audience = tuple(random_.sample(TOKENS, random_.choice((1, 1, 2))))
        hidden = tuple(random_.sample(TOKENS, 1)) if random_.random() < 0.15 else ()
        words = random_.choices(COMMON, k=6)
        found.append(
            Document(
                Kind.lesson,
                number,
                f"L-{number}",
                f"{words[0]} {canary(number)}",
                {"summary": " ".join(words), "cause": f"because of {canary(number)}"},
                facets={"phase": (random_.choice(PHASES),), "topic": (f"topic {canary(number)}",)},
                audience=audience,
                hidden_from=hidden,
                passages=(Passage("Sheet", words[1]),),
            )
        )
    return found


def mistyped(word: str, random_: random.Random) -> str:
    place = random_.randrange(1, len(word) - 1)
    return word[:place] + word[place + 1 :]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[SearchEngine, list[Document]]:
    random_ = random.Random(7)
    every = documents(random_, 300)
    folder: Path = tmp_path_factory.mktemp("world")
    index.rebuild(folder, every[:200])
    index.apply(folder, every[200:], [])
    # A text that was open and is not any more must not live on in corrections and completions.
    changed = [
        Document(d.kind, d.id, d.external_id, d.title, d.texts, facets=d.facets,
                 audience=("oversight",), passages=d.passages)
        if d.id % 10 == 0 else d
        for d in every
    ]  # fmt: skip
    index.apply(folder, [d for d in changed if d.id % 10 == 0], [])
    return SearchEngine(folder), changed


def test_nothing_hidden_in_any_answer(world: tuple[SearchEngine, list[Document]]) -> None:
    engine, every = world
    random_ = random.Random(11)
    public = {canary(d.id) for d in every if "all" in d.audience and not d.hidden_from}
    for case in range(CASES):
        tokens = frozenset(random_.sample(TOKENS, random_.choice((0, 1, 1, 2, 3))))
        scope = Scope(tokens)
        seen = [d for d in every if tokens & {*d.audience} and not tokens & {*d.hidden_from}]
        known = {canary(d.id) for d in seen}
        target = random_.choice(every)
        _ask(engine, scope, seen, known | public, random_, target, case)


def _ask(
    engine: SearchEngine,
    scope: Scope,
    seen: list[Document],
    known: set[str],
    random_: random.Random,
    target: Document,
    case: int,
) -> None:
    ids = {d.id for d in seen}
    word = canary(target.id)
    if case % 5 == 0:
        results = engine.search(SearchRequest(mistyped(word, random_), limit=50), scope)
        assert {c.meant for c in results.corrected} <= known
        assert all(part in known or part in COMMON for part in results.offered.split())
        assert {hit.id for hit in results.findings} <= ids
    elif case % 5 == 1:
        found = engine.suggest(word[: random_.randint(2, 6)], scope)
        assert set(found.texts) <= known | set(COMMON)
        assert {hit.id for hit in found.headlines} <= ids
        assert {value.removeprefix("topic ") for _, value in found.values} <= known
        wanted = f"{word} {random_.choice(COMMON)}"
        assert engine.holds(wanted, scope) == any(_has(d, wanted) for d in seen)
    elif case % 5 == 2:
        results = engine.like_document(f"lesson:{target.id}", scope)
        assert {hit.id for hit in results.findings} <= ids
        assert target.id in ids or not results.findings
        assert {hit.id for hit in engine.like_text(f"{word} pump", scope).findings} <= ids
    else:
        text = random_.choice((word, f"+pump {word}", f"-{word} late", f"cause:{word}", ""))
        request = SearchRequest(text, limit=500, facets=("phase", "topic"), exact=True)
        results = engine.search(request, scope)
        assert {hit.id for hit in results.findings} <= ids
        wanted = {d.id for d in seen if _fits(d, text, word)}
        assert results.total == len(wanted)
        counts = {count.value: count.count for count in results.facets["phase"]}
        assert sum(counts.values()) == len(wanted)
        topics = {c.value.removeprefix("topic ") for c in results.facets["topic"] if c.count}
        assert topics <= known


def _held(document: Document) -> set[str]:
    """All words of a document."""
    texts = (document.title, *document.texts.values(), document.passages[0].text)
    return set(" ".join(texts).split())


def _has(document: Document, text: str) -> bool:
    return set(text.split()) <= _held(document)


def _fits(document: Document, text: str, word: str) -> bool:
    held = _held(document)
    if text.startswith("+pump"):
        return "pump" in held
    if text.startswith("-"):
        return "late" in held and word not in held
    return not text or word in held
