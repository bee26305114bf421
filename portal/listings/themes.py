"""Themes, their texts, what was decided about them, and how the PMO is doing."""

from collections.abc import Iterator, Mapping

from flask import request, url_for

from analytics import actions, catalogue, reviews
from content.access import Action
from content.db import now
from content.exports import Column
from portal import figures
from portal.listings.listing import Asking, Listing, Row


def _themes(asking: Asking) -> Iterator[Row]:
    from portal.recurring import listed

    for place, row in enumerate(listed(asking.session), 1):
        theme = row.theme
        yield {
            "rank": place, "label": theme.title, "terms": theme.terms, "texts": row.texts,
            "projects": row.hit, "of": row.projects, "recurrence": round(row.recurrence.score, 4),
            "trend": row.trend.verdict, "stage": theme.stage, "days": row.days, "cost": row.cost,
            "last_hit": row.last, "owner": theme.owner.name if theme.owner else None,
            "link": asking.link(url_for("themes.page", theme_id=theme.id)),
        }  # fmt: skip


def _actions(asking: Asking) -> Iterator[Row]:
    from portal.views.actions import asked_for

    for row in actions.listing(asking.session, asked_for(), by=asking.by):
        yield {
            "title": row.title, "state": row.state, "theme": row.theme.heir.title,
            "owner": row.owner.name if row.owner else None, "due_on": row.due_on,
            "overdue": row.is_overdue(now().date()), "change": row.change,
            "changes": row.page.title if row.page
            else row.template.title if row.template else None,
            "measured_over": ", ".join(
                part for part in (
                    row.indicator_size, row.indicator_method, row.indicator_type,
                    row.indicator_department.name if row.indicator_department else None,
                ) if part
            ) or "all projects",
            "measure_on": row.measure_on,
            "started_on": row.started_at.date() if row.started_at else None,
            "in_force_on": row.changed_on, "evidence": row.evidence,
            "link": asking.link(url_for("actions.page", action_id=row.id)),
        }  # fmt: skip


def _reviews(asking: Asking) -> Iterator[Row]:
    for row in reviews.listing(asking.session, by=asking.by):
        yield {
            "title": row.title, "state": row.state, "starts_at": row.starts_at,
            "minutes": row.minutes, "place": row.place, "period_from": row.period_from,
            "period_to": row.period_to, "themes": len(row.items), "people": len(row.people),
            "closed_on": row.closed_at.date() if row.closed_at else None, "summary": row.summary,
            "link": asking.link(url_for("reviews.page", review_id=row.id)),
        }  # fmt: skip


def _performance(asking: Asking) -> Iterator[Row]:
    from portal.views.performance import counted

    yield from figures.rows(counted()[1])


def _theme_members(asking: Asking) -> Iterator[Row]:
    from portal.views.themes import is_asked

    theme = catalogue.get(asking.session, request.args.get("theme", 0, type=int), by=asking.by)
    members = catalogue.members(asking.session, theme, by=asking.by)
    for row in filter(is_asked, members):
        yield {"theme": theme.title, "likeness": round(row.score, 3), **_text_row(asking, row)}


def _unplaced(asking: Asking) -> Iterator[Row]:
    for row in catalogue.unplaced(asking.session, by=asking.by):
        yield _text_row(asking, row)


def _text_row(asking: Asking, row: catalogue.Member) -> Row:
    return {
        "kind": row.kind, "title": row.title, "text": row.text, "phase": row.phase,
        "project": row.project.code if row.project else None,
        "closed_on": row.project.closed_on if row.project else None,
        "link": asking.link(f"/{row.kind}s/{row.id}"),
    }  # fmt: skip


TEXT_COLUMNS = (
    Column("kind", "kind"), Column("project", "project"), Column("closed_on", "closed_on", "date"),
    Column("phase", "phase"), Column("title", "title", "long"), Column("text", "text", "long"),
    Column("link", "link", "link"),
)  # fmt: skip
LISTINGS: Mapping[str, Listing] = {
    "themes": Listing(
        "Themes", Action.theme_read,
        (Column("rank", "rank", "number"), Column("label", "label", "long"),
         Column("terms", "terms", "long"), Column("projects", "projects", "number"),
         Column("of", "of", "number"), Column("recurrence", "recurrence", "number"),
         Column("trend", "trend"), Column("stage", "stage"), Column("texts", "texts", "number"),
         Column("days", "days", "number"), Column("cost", "cost", "number"),
         Column("last_hit", "last_hit", "date"), Column("owner", "owner"),
         Column("link", "link", "link")),
        _themes, ("rank", "label", "projects", "of", "recurrence", "trend", "stage", "texts"),
    ),
    "theme": Listing(
        "Texts of a theme", Action.theme_read,
        (Column("theme", "theme"), *TEXT_COLUMNS, Column("likeness", "likeness", "number")),
        _theme_members, ("kind", "project", "title", "likeness"),
    ),
    "actions": Listing(
        "Actions", Action.theme_read,
        (Column("title", "title", "long"), Column("state", "state"), Column("theme", "theme"),
         Column("owner", "owner"), Column("due_on", "due_on", "date"),
         Column("overdue", "overdue", "mark"), Column("change", "change"),
         Column("changes", "changes"), Column("measured_over", "measured_over"),
         Column("measure_on", "measure_on", "date"), Column("started_on", "started_on", "date"),
         Column("in_force_on", "in_force_on", "date"), Column("evidence", "evidence", "long"),
         Column("link", "link", "link")),
        _actions, ("title", "state", "theme", "owner", "due_on", "measure_on"),
    ),
    "reviews": Listing(
        "Improvement reviews", Action.theme_read,
        (Column("title", "title", "long"), Column("state", "state"),
         Column("starts_at", "starts_at", "date"), Column("minutes", "minutes", "number"),
         Column("place", "place"), Column("period_from", "period_from", "date"),
         Column("period_to", "period_to", "date"), Column("themes", "themes", "number"),
         Column("people", "people", "number"), Column("closed_on", "closed_on", "date"),
         Column("summary", "summary", "long"), Column("link", "link", "link")),
        _reviews, ("title", "state", "starts_at", "place", "themes", "people", "closed_on"),
    ),
    "performance": Listing(
        "How the PMO is doing", Action.theme_read,
        (Column("figure", "figure"), Column("quarter", "quarter"),
         Column("so_far", "so_far", "mark"), Column("counted", "counted", "number"),
         Column("of", "of", "number"), Column("share", "share", "number"),
         Column("low", "low", "number"), Column("high", "high", "number"),
         Column("median", "median", "number"), Column("p90", "p90", "number"),
         Column("definition", "definition", "long")),
        _performance, ("figure", "quarter", "counted", "of", "share", "median"),
    ),
    "unplaced": Listing(
        "Texts that fit no theme", Action.theme_read, TEXT_COLUMNS, _unplaced,
        ("kind", "project", "title", "text"),
    ),
}  # fmt: skip
