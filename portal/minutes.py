"""A review to take along: its pack before and its minutes after, as a paper and as slides.

What stands in them is what everybody may see of the themes; who may read the review at all is asked
before. So nobody who was invited learns from a file what their pages would keep from them.
"""

from collections.abc import Sequence
from datetime import date

from analytics.agenda import Back
from analytics.invitations import DECIDED
from analytics.review_models import Action, ReviewItem, ReviewState
from portal.agendas import Agenda
from portal.papers import (
    Bar,
    Bars,
    Block,
    Bullets,
    Deck,
    Heading,
    Paper,
    Slide,
    Table,
    Text,
)

METHOD = (
    "Each closed project counts once, as hit by a theme or not, by what everybody may read. Bars "
    "are shares of closed projects, with their 95 % intervals (Wilson). Trends are tests over all "
    "years, corrected for many themes. Recurrence, 0 to 100, is the weighted mean of the parts "
    "named."
)
# People that a slide names; more are counted.
NAMES_MOST = 8


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _is_over(agenda: Agenda) -> bool:
    return agenda.review.state is ReviewState.closed


def title_of(agenda: Agenda) -> str:
    """What the document is called."""
    return f"{'Minutes' if _is_over(agenda) else 'Pack'}: {agenda.review.title}"


def _facts(agenda: Agenda) -> list[tuple[str, str]]:
    review = agenda.review
    begins = review.starts_at
    found = [("When", f"{_day(begins)}, {begins:%H:%M} to {agenda.ends_at:%H:%M} UTC")]
    if review.place:
        found.append(("Where", review.place))
    found.append(("People", ", ".join(row.person.name for row in review.people)))
    if review.period_from or review.period_to:
        since = f"from {_day(review.period_from)} " if review.period_from else ""
        until = f"until {_day(review.period_to)}" if review.period_to else ""
        found.append(("Projects closed", f"{since}{until}".strip()))
    return found


# On paper -------------------------------------------------------------------------------------


def paper_of(agenda: Agenda, *, foot: str) -> Paper:
    """The pack or the minutes as a paper."""
    blocks: list[Block] = []
    if agenda.review.summary:
        blocks += [Heading("In short"), Text(agenda.review.summary)]
    blocks += [Heading("Decided" if _is_over(agenda) else "Agenda"), _overview(agenda)]
    if agenda.back:
        blocks += [Heading("Actions of the last review"), _back_table(agenda.back)]
        blocks += _look_notes(agenda.back)
    for item in agenda.review.items:
        blocks += _item(agenda, item)
    blocks.append(Text(METHOD, quiet=True))
    author = agenda.review.by.name if agenda.review.by else ""
    return Paper(title_of(agenda), blocks, facts=_facts(agenda), foot=foot, author=author)


def _overview(agenda: Agenda) -> Table:
    if _is_over(agenda):
        rows = [
            [_named(item), _hit(item), _points(agenda, item), decision_of(item)]
            for item in agenda.review.items
        ]
        return Table(
            ("Theme", "Closed projects hit", "Points", "Decision"), rows, frozenset({2}),
            (4, 2, 1, 2.5),
        )  # fmt: skip
    rows = [
        [f"{agenda.times[item.id]:%H:%M}", _named(item), _hit(item), f"{item.minutes} min"]
        for item in agenda.review.items
    ]
    if agenda.back:
        back = f"{agenda.review.back_minutes} min"
        rows.insert(0, [f"{agenda.times[0]:%H:%M}", "Actions of the last review", "", back])
    return Table(
        ("From", "Theme", "Closed projects hit", "Time"), rows, frozenset({3}), (1, 5, 3, 1.2)
    )


def _named(item: ReviewItem) -> str:
    return f"{item.position}. {item.known['title']}"


def _hit(item: ReviewItem) -> str:
    known = item.known
    return f"{known['hit']} of {known['projects']}, {known['verdict']}"


def _points(agenda: Agenda, item: ReviewItem) -> str:
    points = agenda.tallies[item.id].points
    return "" if points is None else str(points)


def decision_of(item: ReviewItem) -> str:
    """A decision in words."""
    if item.outcome is None:
        return "open"
    until = f" until {_day(item.defer_until)}" if item.defer_until else ""
    return f"{DECIDED[item.outcome]}{until}"


def _action_table(rows: Sequence[Action]) -> Table:
    return Table(
        ("Action", "Who", "Due", "State"),
        [[row.title, _owner(row), _due(row), str(row.state)] for row in rows],
        widths=(4, 2, 1.6, 1.3),
    )


def _owner(row: Action) -> str:
    return row.owner.name if row.owner else "nobody"


def _due(row: Action) -> str:
    return _day(row.due_on) if row.due_on else ""


def _back_table(back: Sequence[Back]) -> Table:
    return Table(
        ("Action", "Who", "Due", "State", "Effect so far"),
        [
            [one.action.title, _owner(one.action), _due(one.action), _state(one), one.effect]
            for one in back
        ],
        widths=(3, 1.5, 1.5, 1.2, 3),
    )


def _state(one: Back) -> str:
    looked = ", looked at" if one.look and one.look.looked_at else ""
    return f"{one.action.state}{', overdue' if one.overdue else ''}{looked}"


def _look_notes(back: Sequence[Back]) -> list[Block]:
    return [Text(one.look.note, one.action.title) for one in back if one.look and one.look.note]


def _item(agenda: Agenda, item: ReviewItem) -> list[Block]:
    blocks: list[Block] = [Heading(_named(item)), Text(known_of(item))]
    if item.outcome is not None:
        blocks.append(Text(decision_of(item), "Decision"))
    for label, text in (("Reason", item.reason), ("Notes", item.notes)):
        if text:
            blocks.append(Text(text, label))
    if actions := agenda.actions_of(item):
        blocks += [Heading("Actions from this review", 2), _action_table(actions)]
    blocks += charts_of(item)
    if typical := agenda.typical.get(item.theme_id):
        texts = [f"{one.title} ({one.project or one.kind})" for one in typical]
        blocks += [Heading("Typical texts", 2), Bullets(texts)]
    if before := _before(agenda, item):
        blocks += [Heading("Decided before, and under way", 2), Bullets(before)]
    return blocks


def known_of(item: ReviewItem) -> str:
    """What is known of a theme in a sentence or two."""
    known = item.known
    said = f"Hit {known['hit']} of {known['projects']} closed projects"
    if "all_hit" in known and item.review.has_period:
        said += f" in the period, {known['all_hit']} of {known['all_projects']} in all years"
    said += f"; over the years: {known['verdict']}."
    if known.get("parts"):
        parts = ", ".join(f"{name} {value * 100:.0f}" for name, value in known["parts"].items())
        said += f" Recurrence {known['recurrence'] * 100:.0f} ({parts})."
    if known.get("days"):
        said += f" {known['days']:,} working days lost."
    return said


def charts_of(item: ReviewItem) -> list[Bars]:
    """The shares by year and by department as charts."""
    return [
        Bars(title, [_bar(*row) for row in item.known[name]])
        for name, title in (
            ("years", "Closed projects hit, by year"),
            ("departments", f"By department{', in the period' if item.review.has_period else ''}"),
        )
        if item.known.get(name)
    ]


def _bar(label: object, hits: int, projects: int, low: float, high: float) -> Bar:
    share = hits / projects if projects else 0.0
    return Bar(str(label), share, low, high if projects else 0.0, f"{hits} of {projects}")


def _before(agenda: Agenda, item: ReviewItem) -> list[str]:
    found = [
        f"{_day(one.review.starts_at)}: {decision_of(one)}{', ' if one.reason else ''}{one.reason}"
        for one in agenda.decided.get(item.theme_id, ())
    ]
    found += [
        f"Action “{row.title}”, {row.state}, {_owner(row)}"
        for row in agenda.running.get(item.theme_id, ())
    ]
    return found


# As slides ------------------------------------------------------------------------------------


def deck_of(agenda: Agenda) -> Deck:
    """The pack or the minutes as slides."""
    slides = [Slide("Decided" if _is_over(agenda) else "Agenda", table=_overview(agenda))]
    if agenda.review.summary:
        slides.insert(0, Slide("In short", agenda.review.summary.splitlines()))
    if agenda.back:
        notes = "\n".join(f"{o.action.title}: {o.look.note}" for o in agenda.back if o.look)
        slides.append(
            Slide("Actions of the last review", table=_back_table(agenda.back), notes=notes)
        )
    slides += [_theme_slide(agenda, item) for item in agenda.review.items]
    if agenda.actions:
        slides.append(Slide("Actions from this review", table=_action_table(agenda.actions)))
    facts = [f"{name}: {value}" for name, value in _facts(agenda) if name != "People"]
    facts.append(f"People: {_people(agenda)}")
    author = agenda.review.by.name if agenda.review.by else ""
    return Deck(title_of(agenda), facts, slides, author=author)


def _people(agenda: Agenda) -> str:
    names = [row.person.name for row in agenda.review.people]
    return ", ".join(names) if len(names) <= NAMES_MOST else f"{len(names)} are invited"


def _theme_slide(agenda: Agenda, item: ReviewItem) -> Slide:
    known = item.known
    lines = [known_of(item).split(" Recurrence")[0]]
    if item.outcome is not None:
        reason = f": {item.reason}" if item.reason else ""
        lines.append(f"Decision: {decision_of(item)}{reason}")
    spoken = [known_of(item)]
    if typical := agenda.typical.get(item.theme_id):
        spoken += ["Typical texts:", *(f"- {one.title}: {one.text}" for one in typical)]
    spoken += _before(agenda, item)
    if item.notes:
        spoken += ["Notes:", item.notes]
    spoken.append(METHOD)
    title = f"{item.position}. {known['title']}"
    return Slide(title, lines, charts=charts_of(item), notes="\n".join(spoken))
