"""Search engines that ours is measured beside, each behind the same few calls.

All are given the same words of a document: its title, counted three times where an engine weighs
fields, and all its other words as one text. Each stems English; tantivy and FTS5, as they come,
leave no stop words out. The rivals do less than ours: none corrects typos, knows other words, or
ranks a second time.

    pip install tantivy bm25s

What is not installed is left out, and the benches say so. SQLite's FTS5 comes with Python, Whoosh
with the portal.
"""

import re
import sqlite3
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import Stemmer

from content.types import Document, Scope
from search import index
from search.engine import SearchEngine, SearchRequest
from search.query import Limits
from search.thesaurus import Thesaurus
from tests.bench.synthetic import MEMBER

FACETS = ("phase", "department", "year")
TITLE_WEIGHT = 3.0
# The number of a document and its score, best first.
Found = list[tuple[int, float]]
Counts = Mapping[str, Mapping[str, int]]
# Megabytes that a writer may hold, as ours does.
MEMORY = index.MEMORY


class Engine(Protocol):
    """An index that was built in a folder, open."""

    name: str
    needs: tuple[str, ...]  # modules

    def __init__(self, folder: Path) -> None: ...

    @staticmethod
    def build(folder: Path, documents: Iterable[Document]) -> None:
        """Make the index."""

    def best(self, text: str, limit: int = 10) -> Found:
        """What fits best, of all documents."""
        ...

    def total(self, text: str) -> tuple[Found, int]:
        """The ten best, and how many documents hold one of the words."""
        ...

    def faceted(self, text: str) -> tuple[Found, int, Counts]:
        """The ten best, the total and the counts of `FACETS`, of what `MEMBER` may see."""
        ...


def words_of(text: str) -> list[str]:
    """The words of a query, without anything that an engine would take for an operator."""
    return re.findall(r"\w+", text.lower())


def text_of(document: Document) -> str:
    """All words of a document but its title."""
    return "\n".join((*document.texts.values(), *document.keywords))


def value_of(document: Document, facet: str) -> str:
    """The one value of a facet."""
    return document.facets.get(facet, ("",))[0]


class Ours:
    """The portal's engine."""

    name = "ours"
    needs = ("search.engine",)

    def __init__(self, folder: Path, thesaurus: Thesaurus | None = None) -> None:
        self.engine = SearchEngine(folder)
        self._thesaurus = thesaurus
        self._everything = Scope(frozenset(), everything=True)
        # The engine opens its index at the first request.
        self.engine.search(SearchRequest(limit=1), self._everything)

    @staticmethod
    def build(folder: Path, documents: Iterable[Document]) -> None:
        index.rebuild(folder, documents)

    def best(self, text: str, limit: int = 10) -> Found:
        return self.total(text, limit)[0]

    def total(self, text: str, limit: int = 10) -> tuple[Found, int]:
        request = SearchRequest(text, limit=limit, limits=Limits.none())
        found = self.engine.search(request, self._everything, self._thesaurus)
        return [(hit.id, hit.score) for hit in found.findings], found.total

    def faceted(self, text: str) -> tuple[Found, int, Counts]:
        found = self.engine.search(SearchRequest(text, limit=10, facets=FACETS), MEMBER)
        counts = {n: {row.value: row.count for row in rows} for n, rows in found.facets.items()}
        return [(hit.id, hit.score) for hit in found.findings], found.total, counts


class Tantivy:
    """Tantivy, in Rust, through its Python package; one thread.

    The package has no collector for hits and facets together, so that facets are a second pass
    over the same query.
    """

    name = "tantivy"
    needs = ("tantivy",)
    asked = {facet: {"terms": {"field": facet, "size": 100}} for facet in FACETS}

    def __init__(self, folder: Path) -> None:
        import tantivy

        self._tantivy = tantivy
        self._index = tantivy.Index.open(str(folder))
        self._searcher = self._index.searcher()
        occur, query = tantivy.Occur, tantivy.Query
        # One `term_set_query` takes longer. Leaving out every other token takes half as long, and
        # would hide what is open to several.
        self._visible = query.const_score_query(
            query.boolean_query(
                [
                    (occur.Should, query.term_query(self._index.schema, "audience", token))
                    for token in sorted(MEMBER.tokens)
                ]
            ),
            0.0,
        )

    @staticmethod
    def build(folder: Path, documents: Iterable[Document]) -> None:
        import tantivy

        builder = tantivy.SchemaBuilder()
        builder.add_integer_field("id", fast=True)
        for name in ("title", "text"):
            builder.add_text_field(name, tokenizer_name="en_stem")
        for name in (*FACETS, "audience"):
            builder.add_text_field(name, tokenizer_name="raw", fast=True, index_option="basic")
        folder.mkdir(parents=True)
        writer = tantivy.Index(builder.build(), path=str(folder)).writer(
            heap_size=MEMORY * 1_000_000, num_threads=1
        )
        for document in documents:
            values = {name: value_of(document, name) for name in FACETS}
            writer.add_document(
                tantivy.Document(
                    id=document.id, title=document.title, text=text_of(document),
                    audience=list(document.audience), **values,
                )
            )  # fmt: skip
        writer.commit()
        writer.wait_merging_threads()

    def best(self, text: str, limit: int = 10) -> Found:
        found = self._searcher.search(self._query(text), limit, count=False)
        return self._hits(found)

    def total(self, text: str) -> tuple[Found, int]:
        found = self._searcher.search(self._query(text), 10, count=True)
        return self._hits(found), found.count

    def faceted(self, text: str) -> tuple[Found, int, Counts]:
        must = self._tantivy.Occur.Must
        query = self._tantivy.Query.boolean_query(
            [(must, self._query(text)), (must, self._visible)]
        )
        found = self._searcher.search(query, 10, count=True)
        counted = self._searcher.aggregate(query, self.asked)
        counts = {
            name: {row["key"]: row["doc_count"] for row in counted[name]["buckets"]}
            for name in FACETS
        }
        return self._hits(found), found.count, counts

    def _query(self, text: str) -> Any:
        words = " ".join(words_of(text))
        return self._index.parse_query(
            words, ["title", "text"], field_boosts={"title": TITLE_WEIGHT}
        )

    def _hits(self, found: Any) -> Found:
        ids = self._searcher.fast_field_values("id", [address for _, address in found.hits])
        return [(id, score) for id, (score, _) in zip(ids, found.hits, strict=True)]


class Fts5:
    """SQLite's full-text search; the facets are three statements that group."""

    name = "FTS5"
    needs = ("sqlite3",)
    ten = "SELECT rowid, -rank FROM words WHERE words MATCH ? ORDER BY rank LIMIT ?"
    seen = (
        "FROM words JOIN facts ON facts.id = words.rowid "
        f"WHERE words MATCH ? AND audience IN ({', '.join('?' * len(MEMBER.tokens))})"
    )

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "words.db")

    @staticmethod
    def build(folder: Path, documents: Iterable[Document]) -> None:
        folder.mkdir(parents=True)
        database = sqlite3.connect(folder / "words.db")
        database.executescript(f"""
            PRAGMA journal_mode = OFF;
            CREATE VIRTUAL TABLE words USING fts5
                (title, text, content = '', tokenize = 'porter unicode61');
            INSERT INTO words (words, rank) VALUES ('rank', 'bm25({TITLE_WEIGHT}, 1.0)');
            CREATE TABLE facts (id INTEGER PRIMARY KEY, audience TEXT, {" TEXT, ".join(FACETS)});
        """)
        for document in documents:
            database.execute(
                "INSERT INTO words (rowid, title, text) VALUES (?, ?, ?)",
                (document.id, document.title, text_of(document)),
            )
            # One column does here: beside what the whole oversight sees, each has one token.
            values = [value_of(document, name) for name in FACETS]
            database.execute(
                f"INSERT INTO facts VALUES (?, ?{', ?' * len(FACETS)})",
                (document.id, document.audience[-1], *values),
            )
        database.execute("INSERT INTO words (words) VALUES ('optimize')")
        database.commit()
        database.close()

    def best(self, text: str, limit: int = 10) -> Found:
        return self._database.execute(self.ten, (_any_of(text), limit)).fetchall()

    def total(self, text: str) -> tuple[Found, int]:
        counting = "SELECT count(*) FROM words WHERE words MATCH ?"
        return self.best(text), self._database.execute(counting, (_any_of(text),)).fetchone()[0]

    def faceted(self, text: str) -> tuple[Found, int, Counts]:
        run = self._database.execute
        values = (_any_of(text), *sorted(MEMBER.tokens))
        found = run(f"SELECT words.rowid, -rank {self.seen} ORDER BY rank LIMIT 10", values)
        rows = found.fetchall()
        counts = {
            name: dict(run(f"SELECT {name}, count(*) {self.seen} GROUP BY {name}", values))
            for name in FACETS
        }
        return rows, sum(counts[FACETS[0]].values()), counts


def _any_of(text: str) -> str:
    return " OR ".join(f'"{word}"' for word in words_of(text))


class Whoosh:
    """Plain Whoosh as its documentation shows it: stemmed, BM25F, words joined by OR."""

    name = "Whoosh"
    needs = ("whoosh.index", "whoosh.qparser")

    def __init__(self, folder: Path) -> None:
        from whoosh import index as whoosh_index
        from whoosh.qparser import MultifieldParser, OrGroup
        from whoosh.query import Or, Term

        self._searcher = whoosh_index.open_dir(str(folder)).searcher()
        self._parser = MultifieldParser(
            ["title", "text"], self._searcher.schema, {"title": TITLE_WEIGHT}, group=OrGroup
        )
        self._visible = Or([Term("audience", token) for token in sorted(MEMBER.tokens)])

    @staticmethod
    def build(folder: Path, documents: Iterable[Document]) -> None:
        from whoosh import fields
        from whoosh import index as whoosh_index
        from whoosh.analysis import StemmingAnalyzer

        schema = fields.Schema(
            id=fields.STORED(),
            title=fields.TEXT(analyzer=StemmingAnalyzer()),
            text=fields.TEXT(analyzer=StemmingAnalyzer()),
            audience=fields.KEYWORD(commas=True),
            **{name: fields.ID(sortable=True) for name in FACETS},
        )
        folder.mkdir(parents=True)
        writer = whoosh_index.create_in(str(folder), schema).writer(limitmb=MEMORY)
        for document in documents:
            values = {name: value_of(document, name) for name in FACETS}
            writer.add_document(
                id=document.id, title=document.title, text=text_of(document),
                audience=",".join(document.audience), **values,
            )  # fmt: skip
        writer.commit()

    def best(self, text: str, limit: int = 10) -> Found:
        return _stored(self._searcher.search(self._query(text), limit=limit))

    def total(self, text: str) -> tuple[Found, int]:
        found = self._searcher.search(self._query(text), limit=10)
        return _stored(found), len(found)

    def faceted(self, text: str) -> tuple[Found, int, Counts]:
        found = self._searcher.search(
            self._query(text), limit=10, filter=self._visible, groupedby=list(FACETS)
        )
        counts = {
            name: {value: len(rows) for value, rows in found.groups(name).items()}
            for name in FACETS
        }
        return _stored(found), len(found), counts

    def _query(self, text: str) -> Any:
        return self._parser.parse(" ".join(words_of(text)))


def _stored(found: Any) -> Found:
    return [(hit["id"], hit.score) for hit in found]


class Bm25s:
    """bm25s, in NumPy: one field, in memory; only for the ranking."""

    name = "bm25s"
    needs = ("bm25s",)

    def __init__(self, folder: Path) -> None:
        import bm25s

        self._bm25s = bm25s
        self._retriever = bm25s.BM25.load(folder)
        self._stemmer = Stemmer.Stemmer("english")
        self._ids = [int(line) for line in (folder / "ids.txt").read_text().split()]

    @staticmethod
    def build(folder: Path, documents: Iterable[Document]) -> None:
        import bm25s

        known = list(documents)
        texts = [f"{document.title}\n{text_of(document)}" for document in known]
        found = bm25s.tokenize(
            texts, stopwords="en", stemmer=Stemmer.Stemmer("english"), show_progress=False
        )
        retriever = bm25s.BM25()
        retriever.index(found, show_progress=False)
        retriever.save(folder)
        (folder / "ids.txt").write_text("\n".join(str(document.id) for document in known))

    def best(self, text: str, limit: int = 10) -> Found:
        words = self._bm25s.tokenize(
            [text], stopwords="en", stemmer=self._stemmer, show_progress=False, return_ids=False
        )
        many = min(limit, len(self._ids))
        rows, scores = self._retriever.retrieve(words, k=many, show_progress=False)
        pairs = zip(rows[0].tolist(), scores[0].tolist(), strict=True)
        return [(self._ids[row], score) for row, score in pairs if score > 0]


def present(*wanted: Any) -> list[Any]:
    """Those of the engines that are installed; says which are left out."""
    found = []
    for engine in wanted:
        if find_spec(engine.needs[0]) is not None:
            found.append(engine)
        else:
            print(f"{engine.name} is left out: pip install {engine.needs[0]}")
    return found
