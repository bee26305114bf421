"""Why a document was found: which words of the query it holds, and where."""

from dataclasses import dataclass

from content.types import Document, Passage
from search.analysis import tokens
from search.query import Query


@dataclass(frozen=True, slots=True)
class Match:
    """What of a query stands in a document.

    `in_headline` and `missing` are words as they were typed; `through` pairs a word that is not
    there with the other word for it that is. `passage` is the part of a file that holds most of
    the words, where some stand in files.
    """

    in_headline: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    through: tuple[tuple[str, str], ...] = ()
    passage: Passage | None = None


def match(document: Document, query: Query) -> Match:
    """Look the query's words up in a document."""
    clauses = (*query.must, *query.should)
    if not clauses:
        return Match()
    title = _stems(document.title)
    text = title | _stems(" ".join((*document.keywords, *document.texts.values())))
    passages = [(passage, _stems(passage.text)) for passage in document.passages]
    held = text.union(*(stems for _, stems in passages))
    missing, through = [], []
    for clause in clauses:
        if clause.text and not held.intersection(clause.stems):
            other = next((o.text for o in clause.others if held.issuperset(o.stems)), "")
            if other:
                through.append((clause.text, other))
            else:
                missing.append(clause.text)
    return Match(
        tuple(clause.text for clause in clauses if title.intersection(clause.stems)),
        tuple(missing),
        tuple(through),
        _best(passages, query.stems),
    )


def _best(passages: list[tuple[Passage, set[str]]], wanted: frozenset[str]) -> Passage | None:
    scored = [(len(stems & wanted), place) for place, (_, stems) in enumerate(passages)]
    most, place = max(scored, key=lambda pair: (pair[0], -pair[1]), default=(0, 0))
    return passages[place][0] if most else None


def _stems(text: str) -> set[str]:
    return {stem for _, stem, _ in tokens(text)[0]}
