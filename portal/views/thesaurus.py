"""The pages of the thesaurus: its entries, the form with a preview, and what nobody found."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import Length, ValidationError

from content import activity, insight, thesaurus
from content.access import Action, scope_of
from content.db import now
from content.errors import Conflict, Invalid
from content.models import Direction, ThesaurusEntry
from content.thesaurus import ThesaurusFilter, Which
from content.types import SynonymGroup
from portal import findings, forms
from portal.auth import actor, allowed
from portal.db import reading, runtime, writing
from portal.findings import Finding
from portal.html import is_fragment, toast
from portal.paging import Page
from search.analysis import words
from search.engine import Hit, SearchRequest, SearchResults
from search.thesaurus import Thesaurus

bp = Blueprint("thesaurus", __name__, url_prefix="/thesaurus")
Answer = str | Response | tuple[str, int]

# Findings that are compared, now and with the entry. Nobody reads as far as that; one that comes
# up from beyond counts as moved.
COMPARED = 1_000
SHOWN = 8
ASKED_MOST = 200
# Characters of what is typed that are read at all: all terms at their longest, with breaks.
TYPED_MOST = 2_000
DIRECTIONS = (
    (Direction.both, "Both ways: each term also finds the others"),
    (Direction.one_way, "One way: the first term also finds the others, and not the reverse"),
)
# What a search may hold that is no part of a term: signs, quotes, and fields such as phase:closing.
_NOT_TERM = re.compile(r"""(?:^|(?<=\s))[+-]|["“”]|\b[A-Za-z_]{2,20}:(?=\S)""")


class EntryForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """One entry, with the search to try it on."""

    terms = TextAreaField("Terms", [Length(max=TYPED_MOST)])
    direction = RadioField(
        "How it is read",
        choices=forms.options(DIRECTIONS),
        default=Direction.both.value,
        validate_choice=False,
    )
    note = StringField("Note", [Length(max=thesaurus.NOTE_MOST)])
    example = StringField("Search to try it on", [Length(max=ASKED_MOST)])
    version = HiddenField()

    def values(self) -> dict[str, Any]:
        """The fields as the verbs take them."""
        chosen = self.direction.data
        return {
            "terms": thesaurus.split(self.terms.data or ""),
            "direction": Direction(chosen) if chosen in set(Direction) else None,
            "note": self.note.data,
        }

    def validate_terms(self, field: Any) -> None:
        """Refuse what search would never look for.

        Raises:
            ValidationError: a term has only words that search leaves out.
        """
        for term in thesaurus.split(field.data or ""):
            if any(c.isalnum() for c in term) and not _stems(term):
                raise ValidationError(
                    f"Search leaves “{term}” out, because it stands in nearly every text. "
                    "Give its full name instead."
                )


# The list -------------------------------------------------------------------------------------


@bp.get("/")
@allowed(Action.thesaurus_write)
def index() -> str:
    """The entries, narrowed, by their first term; beside them what was asked and not found."""
    session, page, wanted = reading(), Page.asked(), asked_for()
    rows, total = thesaurus.listing(
        session, wanted, by=actor(), offset=page.offset, limit=page.size
    )
    return render_template(
        "thesaurus/index.html",
        rows=rows,
        page=page.of(total),
        wanted=wanted,
        choices=[(one.value, one.value.capitalize()) for one in Which],
        place=_place(),
        unanswered=insight.unanswered(session, by=actor(), at=now(), limit=10),
    )


def asked_for() -> ThesaurusFilter:
    """What the address narrows the list to."""
    args = request.args
    which = Which(args["which"]) if args.get("which") in set(Which) else Which.all
    return ThesaurusFilter(args.get("text", "").strip()[:ASKED_MOST], which)


@bp.post("/<int:entry_id>/<any('on','off'):step>")
@allowed(Action.thesaurus_write)
def switch(entry_id: int, step: str) -> Response:
    """Switch an entry on or off; the toast takes it back."""
    try:
        with writing() as unit:
            entry = thesaurus.get(unit, entry_id, by=actor())
            thesaurus.set_active(unit, entry, step == "on", by=actor(), at=now())
    except Invalid as error:
        toast(f"Not switched on: {error.fields['terms']}", kind="warn")
    else:
        back = "off" if step == "on" else "on"
        undo = url_for("thesaurus.switch", entry_id=entry_id, step=back, **_place())
        toast(f"“{entry.terms[0]}” is switched {step}. Search follows in a moment.", undo=undo)
    return redirect(url_for("thesaurus.index", **_place()))


def _place() -> dict[str, Any]:
    """Where in the list a person stands, as the address of a button carries it."""
    names = ("text", "which", "page")
    return {name: request.args[name] for name in names if request.args.get(name)}


@bp.post("/<int:entry_id>/remove")
@allowed(Action.thesaurus_write)
def remove(entry_id: int) -> Response:
    """Remove an entry of one's own."""
    with writing() as unit:
        entry = thesaurus.get(unit, entry_id, by=actor())
        thesaurus.remove(unit, entry, by=actor(), at=now())
    toast(f"“{', '.join(entry.terms)[:200]}” is removed.")
    return redirect(url_for("thesaurus.index"))


# The form -------------------------------------------------------------------------------------


@bp.route("/new", methods=["GET", "POST"])
@allowed(Action.thesaurus_write)
def new() -> Answer:
    """Add an entry, or try it first; the address may bring the first term."""
    form = EntryForm()
    if request.method == "GET":
        asked = request.args.get("terms", "").strip()[:ASKED_MOST]
        form.terms.data, form.example.data = term_in(asked), asked
        return _form_page(form, None)
    if "try" in request.form:
        return _tried(form, None)
    if not form.validate():
        return _form_page(form, None, status=400)
    try:
        with writing() as unit:
            entry = thesaurus.add(unit, form.values(), by=actor(), at=now())
    except Invalid as error:
        forms.take_back(form, error)
        return _form_page(form, None, status=400)
    toast(f"“{entry.terms[0]}” is added. Search knows it in a moment.")
    return redirect(url_for("thesaurus.index"))


def term_in(asked: str) -> str:
    """What was searched for as a term: without the signs that only search reads."""
    return " ".join(re.sub(r"[,;]", " ", _NOT_TERM.sub(" ", asked)).split())


@bp.route("/<int:entry_id>", methods=["GET", "POST"])
@allowed(Action.thesaurus_write)
def edit(entry_id: int) -> Answer:
    """Change an entry, or try the change first."""
    entry = thesaurus.get(reading(), entry_id, by=actor())
    form = EntryForm()
    if request.method == "GET":
        form.terms.data, form.note.data = "\n".join(entry.terms), entry.note
        form.direction.data, form.version.data = entry.direction.value, str(entry.version)
        return _form_page(form, entry)
    if "try" in request.form:
        return _tried(form, entry)
    if not form.validate():
        return _form_page(form, entry, status=400)
    version = forms.number(form.version.data)
    try:
        with writing() as unit:
            row = thesaurus.get(unit, entry_id, by=actor())
            thesaurus.edit(unit, row, form.values(), by=actor(), at=now(), version=version)
    except (Invalid, Conflict) as error:
        return _refused(form, entry_id, error)
    toast("Saved. Search follows in a moment.")
    return redirect(url_for("thesaurus.index"))


def _refused(form: EntryForm, entry_id: int, error: Invalid | Conflict) -> Answer:
    entry = thesaurus.get(reading(), entry_id, by=actor())
    if isinstance(error, Invalid):
        forms.take_back(form, error)
        return _form_page(form, entry, status=400)
    form.form_errors.append(error.message)
    form.version.data = str(entry.version)
    return _form_page(form, entry, theirs=entry, status=409)


def _form_page(
    form: EntryForm,
    entry: ThesaurusEntry | None,
    *,
    effect: "Effect | None" = None,
    theirs: ThesaurusEntry | None = None,
    status: int = 200,
) -> Answer:
    history = activity.of(reading(), thesaurus.KIND, entry.id, limit=20) if entry else []
    return render_template(
        "thesaurus/form.html",
        form=form,
        entry=entry,
        effect=effect,
        theirs=theirs,
        history=history,
        problem="",
    ), status


# What an entry would change -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Risen:
    """A finding that is new, or stands further up, and where it stood."""

    finding: Finding
    place: int
    before: int | None  # None: it was not found


@dataclass(frozen=True, slots=True)
class Effect:
    """What a search finds now and with an entry; `notes` say what search reads otherwise."""

    asked: str
    now: int
    then: int
    risen: tuple[Risen, ...]
    problem: str = ""
    notes: tuple[str, ...] = ()


def _tried(form: EntryForm, entry: ThesaurusEntry | None) -> Answer:
    """The page, or its preview alone for htmx, with nothing saved."""
    effect = None
    if form.validate():
        try:
            values = thesaurus.checked(reading(), form.values(), entry)
            effect = _effect(form, values, entry)
        except Invalid as error:
            forms.take_back(form, error)
    if is_fragment():
        # While somebody types, a fault is no refusal: htmx would not show one.
        problem = next((str(reasons[0]) for reasons in form.errors.values()), "")
        return render_template("thesaurus/_effect.html", effect=effect, problem=problem)
    return _form_page(form, entry, effect=effect, status=400 if form.errors else 200)


def _effect(form: EntryForm, values: dict[str, Any], entry: ThesaurusEntry | None) -> Effect:
    terms = tuple(values["terms"])
    group = SynonymGroup(terms, values["direction"] is Direction.both)
    known = thesaurus.groups(reading(), without=entry.id if entry else None)
    asked = (form.example.data or "").strip() or terms[0]
    wanted, scope = SearchRequest(text=asked, limit=COMPARED), scope_of(actor())
    before = runtime().search.search(wanted, scope)
    after = runtime().search.search(wanted, scope, Thesaurus([*known, group]))
    return Effect(
        asked=asked,
        now=before.total,
        then=after.total,
        risen=_risen(before, after),
        problem=after.problem,
        notes=tuple(_notes(terms)),
    )


def _risen(before: SearchResults, after: SearchResults) -> tuple[Risen, ...]:
    """The first findings that are new or further up than they were."""
    old = {_name(hit): place for place, hit in enumerate(before.findings, 1)}
    beyond = COMPARED + 1 if before.total > COMPARED else None
    new = {_name(hit): place for place, hit in enumerate(after.findings, 1)}
    hits = [hit for hit in after.findings if new[_name(hit)] < old.get(_name(hit), COMPARED + 1)]
    rows = findings.of_hits(reading(), hits[:SHOWN], after.query, by=actor())
    return tuple(
        Risen(row, new[row.kind, row.number], old.get((row.kind, row.number), beyond))
        for row in rows
    )


def _name(hit: Hit) -> tuple[str, str]:
    return hit.kind, hit.external_id


def _notes(terms: Sequence[str]) -> list[str]:
    """A line for each term of which search reads one word only, though it has several."""
    return [
        f"“{term}” is read as “{kept[0]}” alone: search leaves its other words out."
        for term, kept in ((term, _kept(term)) for term in terms)
        if len(term.split()) > 1 and len(kept) == 1
    ]


def _kept(term: str) -> list[str]:
    return [word for word in term.split() if _stems(word)]


def _stems(text: str) -> tuple[str, ...]:
    return tuple(word.stem for word in words(text))
