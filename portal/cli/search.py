"""Searching from the command line, one query or many, and measuring the ranking."""

import json
from pathlib import Path
from typing import Any

import click

from content import findable
from content.access import scope_of
from content.types import SYSTEM, Document
from portal.cli import Context, pass_portal
from portal.runtime import Runtime
from search.engine import SearchRequest
from search.evaluate import evaluate as measure
from search.evaluate import read_qrels, read_topics, write_run
from search.highlight import snippet
from search.query import Limits

Run = dict[str, list[tuple[str, float]]]


@click.command()
@click.argument("text", required=False)
@click.option("--limit", default=20, show_default=True, help="Findings, or findings per topic.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.option("--topics", type=click.Path(exists=True, path_type=Path), help="id<TAB>query lines.")
@click.option("--run", "run_file", type=click.Path(path_type=Path), help="TREC run to write.")
@pass_portal
def search(
    portal: Context,
    text: str | None,
    limit: int,
    as_json: bool,
    topics: Path | None,
    run_file: Path | None,
) -> None:
    """Search everything for TEXT, or each line of --topics into a TREC --run.

    The command line sees what an administrator sees.
    """
    if topics is not None:
        if run_file is None:
            raise click.UsageError("--topics needs --run FILE to write to.")
        found = run_topics(portal.runtime, topics, limit)
        write_run(run_file, found)
        click.echo(f"{len(found)} topics written to {run_file}.")
        return
    if text is None:
        raise click.UsageError("Say what to search for, or name a file with --topics.")
    _print(portal.runtime, text, limit, as_json=as_json)


def run_topics(runtime: Runtime, topics: Path, limit: int) -> Run:
    """The findings of every topic: external ids with their scores, best first."""
    scope = scope_of(SYSTEM)
    found: Run = {}
    for topic, text in read_topics(topics).items():
        request = SearchRequest(text=text, limit=limit, limits=Limits.none())
        hits = runtime.search.search(request, scope).findings
        found[topic] = [(hit.external_id, hit.score) for hit in hits]
    return found


def _print(runtime: Runtime, text: str, limit: int, *, as_json: bool) -> None:
    results = runtime.search.search(SearchRequest(text=text, limit=limit), scope_of(SYSTEM))
    with runtime.database.reading() as session:
        keys = [(hit.kind, hit.id) for hit in results.findings]
        by_key = {doc.key: doc for doc in findable.changed(session, keys)}
    rows = [
        _row(by_key[hit.key], hit.score, results.query)
        for hit in results.findings
        if hit.key in by_key
    ]
    if as_json:
        answer = {
            "query": text,
            "corrected": [{"typed": w.typed, "meant": w.meant} for w in results.corrected],
            "offered": results.offered,
            "total": results.total,
            "findings": rows,
        }
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    if results.problem:
        click.echo(results.problem, err=True)
    for word in results.corrected:
        click.echo(f"Nothing holds “{word.typed}”; searched for “{word.meant}”.", err=True)
    if results.offered:
        click.echo(f"Did you mean “{results.offered}”?", err=True)
    click.echo(f"{results.total} found")
    for place, row in enumerate(rows, 1):
        click.echo(f"\n{place}. {row['title']}  [{row['kind']} {row['external_id']}]")
        if row["snippet"]:
            click.echo(f"   {row['snippet']}")


def _row(document: Document, score: float, query: Any) -> dict[str, object]:
    segments = snippet(list(document.texts.values()), query)
    return {
        "kind": document.kind,
        "external_id": document.external_id,
        "title": document.title,
        "snippet": "".join(segment.text for segment in segments),
        "recommendation": document.texts.get("recommendation", ""),
        "date": document.day.isoformat() if document.day else None,
        "score": round(score, 6),
    }


@click.command()
@click.option("--topics", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--qrels", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON, with each topic.")
@pass_portal
def evaluate(portal: Context, topics: Path, qrels: Path, as_json: bool) -> None:
    """Measure the ranking against judged topics: nDCG@10, MAP, Recall@100."""
    measures = measure(run_topics(portal.runtime, topics, 1000), read_qrels(qrels))
    if as_json:
        click.echo(json.dumps(measures.as_dict(), indent=2))
        return
    click.echo(f"nDCG@10     {measures.ndcg_at_10:.4f}")
    click.echo(f"MAP         {measures.average_precision:.4f}")
    click.echo(f"Recall@100  {measures.recall_at_100:.4f}")
    click.echo(f"topics      {len(measures.topics)}")


COMMANDS = (search, evaluate)
