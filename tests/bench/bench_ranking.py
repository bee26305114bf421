"""How good the ranking is on judged collections, beside other engines and by its constants.

    pip install tantivy bm25s
    python -m tests.bench.bench_ranking

On Cranfield, MEDLINE and NASA lessons (../shared/data): nDCG@10, average precision over 1,000
findings, recall@100. The NASA topics also by class, with the shipped thesaurus and without. Last
the constants of the second stage: each collection by the choice that the two others make.

The NASA topics are few (16, one reader): differences under 0.03 mean nothing there.
"""

import statistics
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any
from unittest.mock import patch

import content.starter
from content.types import SynonymGroup
from search import ranking
from search.evaluate import Measures, evaluate
from search.thesaurus import Thesaurus
from tests.bench.judged import Collection, collections
from tests.bench.machine import machine
from tests.bench.rivals import Bm25s, Engine, Fts5, Ours, Tantivy, Whoosh, present

RIVALS = (Whoosh, Tantivy, Fts5, Bm25s)
DEPTH = 1_000  # findings of a topic, as `portal evaluate` takes
CLASSES = {"K": "keywords", "N": "natural", "M": "mismatch", "T": "typos", "A": "acronyms"}
LOOKED_AT = (50, 100, 200)
LEADERS = (10, 20, 30)
LIKENESS = (0.2, 0.3, 0.35, 0.4)
Choice = tuple[int, int, float]


def shipped_thesaurus() -> Thesaurus:
    """The thesaurus that every portal starts with."""
    path = Path(content.starter.__file__).parent / "thesaurus.toml"
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["entry"]
    return Thesaurus(
        SynonymGroup(tuple(row["terms"]), row["direction"] == "both ways") for row in rows
    )


def measured(engine: Engine, collection: Collection, depth: int = DEPTH) -> Measures:
    """The measures of an engine on a collection."""
    names = collection.external_ids
    run = {
        topic: [(names[number], score) for number, score in engine.best(text, depth)]
        for topic, text in collection.topics.items()
    }
    return evaluate(run, collection.qrels)


@contextmanager
def constants(looked_at: int, leaders: int, likeness: float) -> Iterator[None]:
    """The second stage with other constants, however many findings are asked for."""
    with patch.multiple(
        ranking, LOOKED_AT=looked_at, LOOKED_AT_MOST=looked_at, LEADERS=leaders, LIKENESS=likeness
    ):
        yield


def all_measures(collection: Collection, folder: Path) -> dict[str, Measures]:
    """Every engine on one collection, by its name."""
    ours = Ours(folder)
    found = {"ours": measured(ours, collection)}
    with patch.object(ranking, "LIKENESS", 0.0):
        found["ours, without second stage"] = measured(ours, collection)
    found["ours, with thesaurus"] = measured(Ours(folder, shipped_thesaurus()), collection)
    for rival in RIVALS:
        its = folder.parent / f"{collection.name}-{rival.name}"
        if its.exists():
            found[rival.name] = measured(rival(its), collection)
    return found


# Tables ---------------------------------------------------------------------------------------


def show_measures(found: Mapping[str, Mapping[str, Measures]], pages: Mapping[str, float]) -> None:
    """Every engine on every collection."""
    print(f"\n{'nDCG@10, MAP, recall@100':<32}" + "".join(f"{name:^27}" for name in found))
    for name in next(iter(found.values())):
        cells = [
            f"{m.ndcg_at_10:>10.4f}{m.average_precision:>8.4f}{m.recall_at_100:>8.4f} "
            for m in (its[name] for its in found.values())
        ]
        print(f"{name:<32}" + "".join(cells))
    cells = [f"{value:>10.4f}{'':>17}" for value in pages.values()]
    print(f"{'ours, asked for ten':<32}" + "".join(cells))


def show_classes(found: Mapping[str, Measures]) -> None:
    """nDCG@10 of the NASA topics by class."""
    topics = next(iter(found.values())).topics
    counts = {letter: sum(topic.startswith(letter) for topic in topics) for letter in CLASSES}
    columns = [f"{f'{name} ({counts[letter]})':>14}" for letter, name in CLASSES.items()]
    print(f"\n{'llis, nDCG@10 by class':<32}" + "".join(columns))
    for name, its in found.items():
        cells = []
        for letter in CLASSES:
            values = [m.ndcg_at_10 for topic, m in its.topics.items() if topic.startswith(letter)]
            cells.append(f"{statistics.mean(values):>14.4f}" if values else f"{'-':>14}")
        print(f"{name:<32}" + "".join(cells))


def show_topics(found: Mapping[str, Measures], collection: Collection) -> None:
    """nDCG@10 of each NASA topic: few as they are, each can be looked at."""
    names = ("ours, without second stage", "ours", "ours, with thesaurus")
    print(f"\n{'llis, nDCG@10 of each topic':<64}{'1st stage':>12}{'ours':>8}{'thesaurus':>12}")
    for topic, text in collection.topics.items():
        cells = [found[name].topics[topic].ndcg_at_10 for name in names]
        print(f"{f'{topic} {text}':<64}{cells[0]:>12.2f}{cells[1]:>8.2f}{cells[2]:>12.2f}")


def show_constants(found: Sequence[Collection], folders: Mapping[str, Path]) -> None:
    """Every choice of constants on every collection, and what two choose for the third."""
    engines = {collection.name: Ours(folders[collection.name]) for collection in found}
    table: dict[Choice, dict[str, Measures]] = {}
    for choice in [*product(LOOKED_AT, LEADERS, LIKENESS), (100, 20, 0.0)]:
        with constants(*choice):
            table[choice] = {c.name: measured(engines[c.name], c) for c in found}
    names = [collection.name for collection in found]
    print(f"\n{'looked at, leaders, likeness':<32}" + "".join(f"{name:^19}" for name in names))
    for choice, its in table.items():
        print(f"{_told(choice):<32}" + "".join(_pair(its[name]) for name in names))
    if len(names) > 2:
        show_left_out(names, table)


def show_left_out(names: Sequence[str], table: Mapping[Choice, Mapping[str, Measures]]) -> None:
    """What the other collections choose, and what it gives on the one that is left out."""
    none = next(choice for choice in table if not choice[2])
    shipped = (ranking.LOOKED_AT, ranking.LEADERS, ranking.LIKENESS)
    print(f"\n{'left out, chosen by the others':<48}{'chosen':^19}{'shipped':^19}{'none':^19}")
    for measure in ("ndcg_at_10", "average_precision"):
        for left in names:
            others = [name for name in names if name != left]
            sums = {
                choice: sum(getattr(its[name], measure) for name in others)
                for choice, its in table.items()
            }
            best = max(sums, key=sums.__getitem__)
            cells = "".join(_pair(table[choice][left]) for choice in (best, shipped, none))
            print(f"{f'{left}, by {measure}: {_told(best)}':<48}{cells}")


def _told(choice: Choice) -> str:
    return "none" if not choice[2] else ", ".join(map(str, choice))


def _pair(measures: Measures) -> str:
    return f"{measures.ndcg_at_10:>10.4f}{measures.average_precision:>8.4f} "


def built(collection: Collection, base: Path, rivals: Sequence[Any]) -> Path:
    """Our index of a collection; those of the rivals stand beside it."""
    for rival in rivals:
        rival.build(base / f"{collection.name}-{rival.name}", collection.documents)
    Ours.build(base / collection.name, collection.documents)
    return base / collection.name


def main() -> None:
    """Measure and print."""
    print(machine())
    rivals = present(*RIVALS)
    judged = collections()
    with tempfile.TemporaryDirectory() as scratch:
        folders = {c.name: built(c, Path(scratch), rivals) for c in judged}
        found = {c.name: all_measures(c, folders[c.name]) for c in judged}
        pages = {c.name: measured(Ours(folders[c.name]), c, 10).ndcg_at_10 for c in judged}
        for collection in judged:
            print(f"{collection.name}: {len(collection.documents)} documents, "
                  f"{len(collection.topics)} topics")  # fmt: skip
        if not judged:
            return
        show_measures(found, pages)
        for collection in judged:
            if collection.name == "llis":
                show_classes(found["llis"])
                show_topics(found["llis"], collection)
        show_constants(judged, folders)


if __name__ == "__main__":
    main()
