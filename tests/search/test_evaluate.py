"""The measures against cases worked out by hand, and the files of the field."""

import math
from pathlib import Path

import pytest

from content.types import Document, Kind, Scope
from search import index
from search.engine import SearchEngine, SearchRequest
from search.errors import BadLine
from search.evaluate import evaluate, read_qrels, read_topics, write_run
from search.query import Limits


def test_measures_by_hand() -> None:
    qrels = {"q": {"a": 3, "b": 1, "c": 0, "d": 2}}
    run = {"q": [("b", 9.0), ("c", 8.0), ("a", 7.0)], "unjudged": [("z", 1.0)]}
    found = evaluate(run, qrels)
    gained = 1 / math.log2(2) + 3 / math.log2(4)
    ideal = 3 / math.log2(2) + 2 / math.log2(3) + 1 / math.log2(4)
    assert found.ndcg_at_10 == pytest.approx(gained / ideal)
    assert found.average_precision == pytest.approx((1 / 1 + 2 / 3) / 3)
    assert found.recall_at_100 == pytest.approx(2 / 3)
    assert set(found.topics) == {"q"}


def test_topics_take_what_life_writes(tmp_path: Path) -> None:
    path = tmp_path / "topics.tsv"
    path.write_bytes(b"\xef\xbb\xbfK01\tbattery\r\n\r\nK02\t" + b"late " * 3000 + b"\r\n")
    topics = read_topics(path)
    assert topics["K01"] == "battery"
    assert len(topics["K02"].split()) == 3000


@pytest.mark.parametrize("text", ["no tab here\n", "\tno id\n", "a\tx\na\ty\n"])
def test_bad_topics_name_their_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "topics.tsv"
    path.write_text("ok\tfine\n" + text)
    with pytest.raises(BadLine, match=r"line [23]"):
        read_topics(path)


def test_a_run_has_the_columns_of_trec(tmp_path: Path) -> None:
    write_run(tmp_path / "run", {"q": [("A 1", 2.5), ("B", 1.0)]})
    lines = (tmp_path / "run").read_text().splitlines()
    assert lines[0].split() == ["q", "Q0", "A_1", "1", "2.500000", "portal"]
    assert [line.split()[3] for line in lines] == ["1", "2"]


def test_the_ranking_of_a_public_collection(shared_data: Path, tmp_path: Path) -> None:
    """Cranfield stays above what an OR of plain BM25 gives in most engines."""
    import json

    folder = shared_data / "relevance" / "cranfield"
    rows = [json.loads(line) for line in (folder / "corpus.jsonl").read_text().splitlines()]
    index.rebuild(
        tmp_path / "index",
        (
            Document(Kind.page, n, str(row["_id"] if "_id" in row else row["id"]),
                     row.get("title", ""), {"body": row["text"]})
            for n, row in enumerate(rows, 1)
        ),
    )  # fmt: skip
    engine = SearchEngine(tmp_path / "index")
    scope = Scope(frozenset(), everything=True)
    run = {}
    for line in (folder / "queries.jsonl").read_text().splitlines():
        row = json.loads(line)
        request = SearchRequest(row["text"], limit=100, limits=Limits.none())
        hits = engine.search(request, scope).findings
        run[str(row["_id"] if "_id" in row else row["id"])] = [
            (hit.external_id, hit.score) for hit in hits
        ]
    assert evaluate(run, read_qrels(folder / "qrels.trec")).ndcg_at_10 > 0.35
