"""One box for everything: the results page and its fragment, completions, the palette, likeness."""

from dataclasses import replace
from functools import partial

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from content import insight, people
from content.access import Action, scope_of
from content.db import now
from content.types import Kind
from portal import findings, nav, searching
from portal.auth import actor, allowed
from portal.db import reading, runtime
from portal.findings import Finding
from portal.html import is_fragment
from portal.paging import Page
from search.engine import SearchRequest, SearchResults
from search.query import Query

bp = Blueprint("search", __name__)

SIZE = 10
PALETTE_SIZE = 8
# Values of a facet that are shown before "more".
FACET_SHOWN = 8
FACET_MOST = 60
# Characters of a pasted text.
PASTED_MOST = 20_000
# What stands beside the findings when all kinds are shown.
BESIDE = (Kind.page, Kind.template)


@bp.get("/search")
@allowed(Action.search)
def page() -> Response | str:
    """The findings for the query in the address; the whole page, or its results for htmx."""
    session, by = reading(), actor()
    asked = Page.asked(SIZE)
    mine = searching.own_projects(session, by)
    wanted = searching.request_of(
        request.args, by, mine=mine, offset=asked.offset, limit=asked.size
    )
    found = runtime().search.search(wanted, scope_of(by))
    template = "search/_results.html" if is_fragment() else "search/page.html"
    return render_template(
        template,
        text=wanted.text,
        wanted=wanted,
        found=found,
        rows=findings.of_hits(session, found.findings, found.query, by=by),
        beside=_beside(wanted, found, asked),
        page=asked.of(found.total),
        facets=_shown_facets(found),
        years=_years(found),
        kinds=_kinds(found),
        chosen=searching.chosen(request.args, by),
        mine=mine,
        sorts=searching.SORTS,
        address=searching.address_of(request.args),
        **(_nothing(wanted) if not found.total and not found.problem else {}),
    )


def _beside(wanted: SearchRequest, found: SearchResults, asked: Page) -> list[Finding]:
    """The best playbook page and template, where the first findings do not show them anyway."""
    if wanted.kinds or wanted.filters or not wanted.text or asked.number > 1:
        return []
    shown = {hit.key for hit in found.findings[:3]}
    rows = []
    there = {count.value for count in found.facets.get("kind", ())}
    for kind in BESIDE:
        if kind.value not in there:
            continue
        one = replace(wanted, kinds=(kind,), facets=(), limit=1, offset=0)
        hits = runtime().search.search(one, scope_of(actor())).findings
        rows += [hit for hit in hits if hit.key not in shown]
    return findings.of_hits(reading(), rows, found.query, by=actor())


def _shown_facets(
    found: SearchResults,
) -> list[tuple[str, str, list[tuple[str, int, bool]], list[tuple[str, int, bool]]]]:
    """Facets that tell something apart: name, title, the first values, and the others."""
    shown = []
    for name, title in searching.facets_for(actor()):
        counts = found.facets.get(name, ())
        rows = [(c.value, c.count, c.chosen) for c in counts][:FACET_MOST]
        if len(rows) > 1 or any(chosen for _, _, chosen in rows):
            rows.sort(key=lambda row: not row[2])
            shown.append((name, title, rows[:FACET_SHOWN], rows[FACET_SHOWN:]))
    return shown


def _years(found: SearchResults) -> list[tuple[str, int, bool, int]]:
    """Every year from the first to the last: its count, chosen or not, percent of the most."""
    counts = {c.value: c for c in found.facets.get(searching.YEAR, ()) if c.value.isdigit()}
    if not counts:
        return []
    most = max(count.count for count in counts.values()) or 1
    first, last = min(map(int, counts)), min(max(map(int, counts)), now().year + 1)
    rows = []
    for year in range(max(first, last - 40), last + 1):
        count = counts.get(str(year))
        many = count.count if count else 0
        share = max(4, many * 100 // most) if many else 0
        rows.append((str(year), many, bool(count and count.chosen), share))
    return rows if len(rows) > 1 else []


def _kinds(found: SearchResults) -> list[tuple[str, str, int]]:
    counts = {c.value: c.count for c in found.facets.get("kind", ())}
    return [
        (kind.value, label, counts.get(kind.value, 0))
        for kind, label in findings.KIND_LABELS.items()
    ]


def _nothing(wanted: SearchRequest) -> dict[str, object]:
    """What to do when nothing is found: what finds something with less, and whom to ask."""
    wider = []
    for name, values in wanted.filters.items():
        others = {key: value for key, value in wanted.filters.items() if key != name}
        wider.append((name, ", ".join(values), _count(replace(wanted, filters=others))))
    if wanted.kinds:
        label = findings.KIND_LABELS[wanted.kinds[0]].lower()
        wider.append(("kind", f"only {label}", _count(replace(wanted, kinds=()))))
    if wanted.after or wanted.before:
        wider.append(("time", "the dates", _count(replace(wanted, after=None, before=None))))
    return {
        "wider": [row for row in wider if row[2]],
        "reviewers": people.reviewers(reading(), by=actor()),
    }


def _count(wanted: SearchRequest) -> int:
    wanted = replace(wanted, facets=(), limit=1, offset=0)
    return runtime().search.search(wanted, scope_of(actor())).total


@bp.get("/search/suggest")
@allowed(Action.search)
def suggest() -> str:
    """Completions of what was typed, as options of the search box."""
    text = request.args.get("q", "")[:200]
    scope = scope_of(actor())
    found = runtime().search.suggest(text, scope)
    may_read = partial(runtime().search.holds, scope=scope)
    queries = insight.frequent(reading(), text, may_read, by=actor())
    rows = findings.of_hits(reading(), found.headlines, Query(), by=actor())
    return render_template("search/_suggest.html", found=found, queries=queries, rows=rows)


@bp.route("/search/like", methods=["GET", "POST"])
@allowed(Action.search)
def like() -> str:
    """What is most like a pasted text."""
    text = request.form.get("text", "").strip()[:PASTED_MOST]
    rows = []
    if text:
        wanted = SearchRequest(limit=SIZE)
        found = runtime().search.like_text(text, scope_of(actor()), wanted)
        rows = findings.of_hits(reading(), found.findings, found.query, by=actor())
    return render_template("search/like.html", text=text, rows=rows, most=PASTED_MOST)


@bp.get("/palette")
@allowed(Action.search)
def palette() -> str:
    """What the palette offers for what was typed: pages of the portal first, then findings."""
    text = request.args.get("q", "").strip()[:200]
    pages = [entry for entry in nav.entries() if text.lower() in entry.label.lower()]
    rows = []
    if len(text) > 1:
        wanted = SearchRequest(text=text, limit=PALETTE_SIZE)
        found = runtime().search.search(wanted, scope_of(actor()))
        rows = findings.of_hits(reading(), found.findings, found.query, by=actor())
    return render_template("search/_palette.html", text=text, pages=pages, rows=rows)
