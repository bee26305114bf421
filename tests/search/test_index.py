"""The index on disk: followed or rebuilt it is the same, and damage is told, not raised."""

import shutil
from pathlib import Path
from threading import Event, Thread

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from content.types import Document, Kind, Scope
from search import index
from search.engine import SearchEngine, SearchRequest

ALL = Scope(frozenset({"all"}))
WORDS = ("pump", "permit", "late", "supplier", "valve")


def document(number: int, words: str) -> Document:
    return Document(Kind.issue, number, f"X{number}", words, {"event": words})


def answers(folder: Path) -> list[tuple[str, list[tuple[int, float]]]]:
    engine = SearchEngine(folder)
    return [
        (word, [(hit.id, round(hit.score, 4)) for hit in
                engine.search(SearchRequest(word, limit=99), ALL).findings])
        for word in WORDS
    ]  # fmt: skip


changes = st.lists(
    st.tuples(
        st.integers(1, 6), st.none() | st.lists(st.sampled_from(WORDS), min_size=1, max_size=3)
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=changes)
def test_following_changes_equals_building_anew(
    steps: list[tuple[int, list[str] | None]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("both")
    state = {1: "pump late", 2: "permit"}
    index.rebuild(folder / "a", [document(n, text) for n, text in state.items()])
    for number, words in steps:
        if words is None:
            state.pop(number, None)
            index.apply(folder / "a", [], [(Kind.issue, number)])
        else:
            state[number] = " ".join(words)
            index.apply(folder / "a", [document(number, state[number])], [(Kind.issue, number)])
    index.rebuild(folder / "b", [document(n, text) for n, text in sorted(state.items())])
    assert answers(folder / "a") == answers(folder / "b")


def test_an_open_engine_sees_a_change(tmp_path: Path) -> None:
    index.rebuild(tmp_path, [document(1, "pump")])
    engine = SearchEngine(tmp_path)
    assert engine.search(SearchRequest("valve"), ALL).total == 0
    index.apply(tmp_path, [document(2, "valve")], [])
    engine.catch_up()  # on a busy machine opening takes long, and the engine rests after that
    assert engine.search(SearchRequest("valve"), ALL).total == 1
    index.rebuild(tmp_path, [document(3, "valve"), document(4, "valve")])
    engine.catch_up()
    assert engine.search(SearchRequest("valve"), ALL).total == 2


def test_readers_never_see_half_an_index(tmp_path: Path) -> None:
    every = [document(n, "pump") for n in range(60)]
    index.rebuild(tmp_path, every)
    engine, done, seen = SearchEngine(tmp_path), Event(), set()

    def read() -> None:
        while not done.is_set():
            results = engine.search(SearchRequest("pump"), ALL)
            seen.add((results.total, results.problem))

    readers = [Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(4):
        index.rebuild(tmp_path, every)
    done.set()
    for reader in readers:
        reader.join()
    assert seen == {(60, "")}


def test_a_rebuild_that_fails_leaves_the_old_index(tmp_path: Path) -> None:
    index.rebuild(tmp_path, [document(1, "pump")])

    def broken() -> object:
        yield document(2, "valve")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        index.rebuild(tmp_path, broken())
    assert index.status(tmp_path).documents == 1
    assert len([item for item in tmp_path.iterdir() if item.is_dir()]) == 1


# Whoosh leaves the file of a segment that it cannot read to the collector; nothing of ours is open.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("damage", ["toc", "terms", "columns", "pointer", "gone"])
def test_damage_is_told_and_healed_by_a_rebuild(damage: str, tmp_path: Path) -> None:
    index.rebuild(tmp_path, [document(1, "pump")])
    folder = index.current(tmp_path)
    assert folder is not None
    if damage == "pointer":
        (tmp_path / "current").write_text("../elsewhere")
    elif damage == "gone":
        (tmp_path / "current").unlink()
    else:
        pattern = {"toc": "*.toc", "terms": "*.trm", "columns": "*/names.json"}[damage]
        for path in folder.glob(pattern):
            path.write_bytes(b"\x00" * 40)
    assert index.status(tmp_path).problem
    assert SearchEngine(tmp_path).search(SearchRequest("pump"), ALL).problem
    index.rebuild(tmp_path, [document(1, "pump")])
    assert SearchEngine(tmp_path).search(SearchRequest("pump"), ALL).total == 1


def test_the_folder_is_private(tmp_path: Path) -> None:
    index.rebuild(tmp_path / "index", [])
    assert (tmp_path / "index").stat().st_mode & 0o777 == 0o700


def test_an_open_generation_answers_after_its_files_are_gone(tmp_path: Path) -> None:
    """A merge deletes the folders of its segments while somebody still reads them."""
    index.rebuild(tmp_path, [document(1, "contamination pump"), document(2, "contamination")])
    engine = SearchEngine(tmp_path)
    assert engine.search(SearchRequest("pump"), ALL).total == 1
    folder = index.current(tmp_path)
    assert folder is not None
    for columns in folder.glob("columns-*"):
        shutil.rmtree(columns)
    assert engine.search(SearchRequest("contaminaton"), ALL).total == 2
    assert engine.suggest("contam", ALL).texts == ("contamination",)
    assert [hit.id for hit in engine.like_document("issue:2", ALL).findings] == [1]
