"""Playbooks: reading pages, writing them with a preview, and approving what others wrote."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from analytics import answers
from content import activity, diff, playbooks
from content.access import Action, can
from content.db import now
from content.errors import Conflict, Invalid
from content.markdown import Rendered, render
from content.models import Page, PageRevision, Phase, Playbook
from content.workflow import PageMove
from portal import forms
from portal.auth import actor, allowed
from portal.db import reading, writing
from portal.html import toast
from portal.views import discussion

bp = Blueprint("playbooks", __name__, url_prefix="/playbooks")
Answer = str | Response | tuple[str, int]


class PlaybookForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A new playbook."""

    title = StringField("Title", [InputRequired("Give it a title."), Length(max=200)])
    summary = TextAreaField("What it is for", [Length(max=2_000)])


class PageForm(FlaskForm):  # type: ignore[misc]
    """The text of a page and where it stands."""

    title = StringField("Title", [InputRequired("Give it a title."), Length(max=200)])
    source = TextAreaField("Text", [Length(max=playbooks.SOURCE_MOST)])
    change_note = StringField("What changes, and why", [Length(max=500)])
    phase = forms.select("Phase", Phase)
    parent_id = forms.number_select("Below the page")
    review_by = forms.day("Look at it again by")
    version = HiddenField()

    def values(self) -> dict[str, Any]:
        """The fields as the verbs take them."""
        names = ("title", "source", "change_note", "phase", "parent_id", "review_by")
        return {name: self[name].data for name in names}


def address(target: str) -> str | None:
    """Where the Markdown links ``page:book/page`` and ``template:slug`` lead."""
    kind, _, rest = target.partition(":")
    if kind == "template" and rest:
        return url_for("library.page", slug=rest)
    book, _, page = rest.partition("/")
    if kind == "page" and book and page:
        return url_for("playbooks.page", book=book, slug=page)
    return None


def rendered(source: str) -> Rendered:
    """A page's text as the portal shows it."""
    return render(source, resolve=address)


# Reading --------------------------------------------------------------------------------------


@bp.get("/")
@allowed(Action.playbook_read)
def index() -> str:
    """All playbooks with their pages; for those who approve, what waits for them."""
    session = reading()
    decides = can(actor(), Action.page_decide)
    return render_template(
        "playbooks/index.html",
        books=playbooks.listing(session, by=actor()),
        published=playbooks.published_pages(session),
        waiting=playbooks.waiting(session, by=actor()) if decides else [],
        today=now().date(),
    )


@bp.get("/<book>")
@allowed(Action.playbook_read)
def book(book: str) -> str:
    """One playbook: its summary and its tree of pages."""
    session = reading()
    found = playbooks.get(session, book, by=actor())
    return render_template(
        "playbooks/book.html",
        book=found,
        tree=_tree(found, playbooks.published_pages(session)),
        today=now().date(),
    )


def _tree(found: Playbook, published: set[int]) -> list[tuple[Page, list[Page]]]:
    """The pages that the person may see: top pages, each with those below it."""
    writes = can(actor(), Action.page_write) or can(actor(), Action.page_decide)
    seen = [page for page in found.pages if page.id in published or writes]
    return [
        (page, [below for below in seen if below.parent_id == page.id])
        for page in seen
        if page.parent_id is None
    ]


@bp.get("/<book>/<slug>")
@allowed(Action.playbook_read)
def page(book: str, slug: str) -> str:
    """One page: the published text, or an older or newer revision that the address names."""
    session = reading()
    found = playbooks.page(session, book, slug, by=actor())
    rows = playbooks.revisions(session, found, by=actor())
    number = request.args.get("revision", type=int)
    shown = playbooks.revision(session, found, number, by=actor()) if number else _default(rows)
    whole = playbooks.get(session, book, by=actor())
    tree = _tree(whole, playbooks.published_pages(session))
    order = [page for top, below in tree for page in (top, *below)]
    place = next((i for i, page in enumerate(order) if page.id == found.id), 0)
    return render_template(
        "playbooks/page.html",
        book=whole,
        page=found,
        shown=shown,
        published=playbooks.published(rows),
        in_work=playbooks.in_work(rows),
        revisions=rows,
        text=rendered(shown.source),
        tree=tree,
        before=order[place - 1] if place else None,
        after=order[place + 1] if place + 1 < len(order) else None,
        answered=answers.of_page(session, found, by=actor()),
        talk=discussion.section(session, found) if playbooks.published(rows) else None,
        history=activity.of(session, "page", found.id, limit=20),
        today=now().date(),
    )


def _default(rows: Any) -> PageRevision:
    found = playbooks.published(rows) or rows[0]
    assert isinstance(found, PageRevision)
    return found


# Writing --------------------------------------------------------------------------------------


@bp.route("/new", methods=["GET", "POST"])
@allowed(Action.page_write)
def new_book() -> Answer:
    """A new playbook."""
    form = PlaybookForm()
    if not form.validate_on_submit():
        return render_template("playbooks/book_form.html", form=form), 400 if form.errors else 200
    try:
        with writing() as unit:
            found = playbooks.create_playbook(
                unit, title=form.title.data, summary=form.summary.data or "", by=actor(), at=now()
            )
    except (Invalid, Conflict) as error:
        form.title.errors = [error.message]
        return render_template("playbooks/book_form.html", form=form), 400
    toast("The playbook is there; write its first page.")
    return redirect(url_for("playbooks.new_page", book=found.slug))


@bp.route("/<book>/new", methods=["GET", "POST"])
@allowed(Action.page_write)
def new_page(book: str) -> Answer:
    """A new page with its first draft."""
    found = playbooks.get(reading(), book, by=actor())
    form = _page_form(found, None)
    if not form.validate_on_submit():
        return _write_page(form, found, None, 400 if form.errors else 200)
    try:
        with writing() as unit:
            whole = playbooks.get(unit, book, by=actor())
            page = playbooks.create_page(unit, whole, form.values(), by=actor(), at=now())
            revision = playbooks.revisions(unit, page, by=actor())[0]
            submitted = _submit_too(unit, revision)
    except (Invalid, Conflict) as error:
        return _refused(form, book, None, error)
    return _saved(book, page.slug, revision.number, submitted)


@bp.route("/<book>/<slug>/edit", methods=["GET", "POST"])
@allowed(Action.page_edit)
def edit(book: str, slug: str) -> Answer:
    """The draft of a page; the published text stays in force until this one is approved."""
    session = reading()
    found = playbooks.page(session, book, slug, by=actor())
    rows = playbooks.revisions(session, found, by=actor())
    draft = playbooks.in_work(rows)
    form = _page_form(playbooks.get(session, book, by=actor()), found)
    if request.method == "GET":
        _fill(form, found, draft or _default(rows), draft)
        return _write_page(form, found.playbook, found)
    if not form.validate():
        return _write_page(form, found.playbook, found, 400)
    version = forms.number(form.version.data)
    try:
        with writing() as unit:
            row = playbooks.page(unit, book, slug, by=actor())
            revision = playbooks.write(
                unit, row, form.values(), by=actor(), at=now(), version=version
            )
            submitted = _submit_too(unit, revision)
    except (Invalid, Conflict) as error:
        return _refused(form, book, slug, error)
    return _saved(book, slug, revision.number, submitted)


def _fill(form: PageForm, found: Page, text: PageRevision, draft: PageRevision | None) -> None:
    form.title.data, form.source.data = text.title, text.source
    form.change_note.data = draft.change_note if draft else ""
    form.phase.data = found.phase.value if found.phase else ""
    form.parent_id.data, form.review_by.data = found.parent_id, found.review_by
    form.version.data = str(draft.version) if draft else ""


def _page_form(found: Playbook, page: Page | None) -> PageForm:
    form = PageForm()
    tops = [
        (p.id, p.title)
        for p in found.pages
        if p.parent_id is None and (not page or p.id != page.id)
    ]
    forms.offer(form.parent_id, tops, "none: a top page")
    return form


def _submit_too(unit: Any, revision: PageRevision) -> bool:
    if request.form.get("then") != "submit":
        return False
    playbooks.move(unit, revision, PageMove.submit, by=actor(), at=now())
    return True


def _saved(book: str, slug: str, number: int, submitted: bool) -> Response:
    if submitted:
        undo = url_for(
            "playbooks.move", book=book, slug=slug, number=number, step=PageMove.withdraw
        )
        toast("Sent to review. The published text stays until another person approves.", undo=undo)
    else:
        toast("Saved as a draft.")
    return redirect(url_for("playbooks.page", book=book, slug=slug, revision=number))


def _refused(form: PageForm, book: str, slug: str | None, error: Invalid | Conflict) -> Answer:
    """The form again, with everything that was typed."""
    session = reading()
    page = playbooks.page(session, book, slug, by=actor()) if slug else None
    found = playbooks.get(session, book, by=actor())
    if isinstance(error, Invalid):
        forms.take_back(form, error)
        return _write_page(form, found, page, 400)
    form.form_errors.append(error.message)
    return _write_page(form, found, page, 409)


def _write_page(form: PageForm, found: Playbook, page: Page | None, status: int = 200) -> Answer:
    text = rendered(form.source.data or "")
    return render_template(
        "playbooks/form.html", form=form, book=found, page=page, text=text
    ), status


@bp.post("/preview")
@allowed(Action.page_write)
def preview() -> str:
    """The fragment that shows the text while it is written."""
    source = request.form.get("source", "")[: playbooks.SOURCE_MOST]
    return render_template("playbooks/_preview.html", text=rendered(source))


# Review ---------------------------------------------------------------------------------------


@bp.get("/<book>/<slug>/review/<int:number>")
@allowed(Action.page_decide)
def review(book: str, slug: str, number: int) -> str:
    """What a revision changes against the published text, and the decision."""
    session = reading()
    found = playbooks.page(session, book, slug, by=actor())
    rows = playbooks.revisions(session, found, by=actor())
    row = playbooks.revision(session, found, number, by=actor())
    old = playbooks.published(rows)
    return render_template(
        "playbooks/review.html",
        page=found,
        row=row,
        old=old,
        pieces=diff.line_diff(old.source if old else "", row.source),
        text=rendered(row.source),
    )


@bp.post("/<book>/<slug>/<int:number>/<any('submit','withdraw','return','publish'):step>")
@allowed(Action.page_decide)
def move(book: str, slug: str, number: int, step: str) -> Answer:
    """Take one step of a revision's life."""
    wanted = PageMove(step)
    try:
        with writing() as unit:
            found = playbooks.page(unit, book, slug, by=actor())
            row = playbooks.revision(unit, found, number, by=actor())
            reason = request.form.get("reason", "")
            playbooks.move(unit, row, wanted, by=actor(), at=now(), reason=reason)
    except Invalid as error:
        toast(error.message, kind="error")
        return redirect(url_for("playbooks.review", book=book, slug=slug, number=number))
    toast(_SAID[wanted])
    return redirect(url_for("playbooks.page", book=book, slug=slug))


_SAID = {
    PageMove.submit: "Sent to review.",
    PageMove.withdraw: "Taken back; it is a draft again.",
    PageMove.return_: "Returned to its author with your reason.",
    PageMove.publish: "Published. Readers see it now.",
}
