"""Who asks, and whether they may: Flask-Login over sign-ins in the database, a policy on each view.

Every view is either `public` or `allowed(action)`, and those of the API carry a scope as well and
take tokens only; `check_policies` refuses to start an app with a
view that says neither. The verb then asks `content/access` again, with the object in hand.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from werkzeug.wrappers import Response as BaseResponse

from content import people
from content.access import Action, can, reads_whole, require
from content.db import now
from content.models import Person
from content.types import Actor, Role
from portal import db
from portal.api import tokens as api_tokens

V = TypeVar("V", bound=Callable[..., Any])

NOBODY = Actor(id=-1, name="", role=Role.member, active=False)


class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login ships no types
    """A person with the token of the browser they sign in from."""

    def __init__(self, person: Person, token: str) -> None:
        self.actor = person.as_actor()
        self.email = person.email
        self.token = token

    def get_id(self) -> str:
        """What the cookie holds: a token that the database knows, not a person's number."""
        return self.token


def public(view: V) -> V:
    """Anybody may come, signed in or not."""
    view.policy = "public"  # type: ignore[attr-defined]  # a mark on the function
    return view


def allowed(action: Action) -> Callable[[V], V]:
    """Only people whom the access table lets do `action` for some object."""

    def mark(view: V) -> V:
        view.policy = action  # type: ignore[attr-defined]  # a mark on the function
        return view

    return mark


def policy_of(view: Callable[..., Any]) -> Action | str | None:
    """The mark that a view carries, or None."""
    return getattr(view, "policy", None)


def check_policies(app: Flask) -> None:
    """Refuse to start with a view that nobody decided about.

    Raises:
        RuntimeError: names the views.
    """
    bare = sorted(name for name, view in app.view_functions.items() if policy_of(view) is None)
    if bare:
        raise RuntimeError(f"Views without a policy: {', '.join(bare)}")


def actor() -> Actor:
    """Who asks: the person of a token, or who is signed in; else an inactive nobody."""
    if "acting" in g:
        assert isinstance(g.acting, Actor)
        return g.acting
    return current_user.actor if current_user.is_authenticated else NOBODY


def sign_in(person: Person) -> None:
    """Start a sign-in for this browser; the session starts afresh, so that none can be planted."""
    days = db.runtime().settings.sign_in_days
    with db.writing() as unit:
        token = people.open_sign_in(unit, person, at=now(), days=days)
    session.clear()
    session.permanent = True
    login_user(SignedIn(person, token))


def sign_out() -> None:
    """End this browser's sign-in, in the database too."""
    if current_user.is_authenticated:
        with db.writing() as unit:
            people.close_sign_in(unit, current_user.token)
    logout_user()
    session.clear()


def _load(token: str) -> SignedIn | None:
    person = people.signed_in(db.reading(), token, at=now())
    return SignedIn(person, token) if person is not None else None


def _guard() -> BaseResponse | None:
    if request.endpoint is None:
        return None
    view = current_app.view_functions[request.endpoint]
    policy = policy_of(view)
    if policy == "public":
        return None
    assert policy is not None  # check_policies saw to it
    if hasattr(view, "scope"):
        api_tokens.admit()
        return None
    if not current_user.is_authenticated:
        return _ask_to_sign_in()
    require(actor(), Action(policy))
    return None


def _ask_to_sign_in() -> BaseResponse:
    if request.headers.get("HX-Request"):
        # A fragment must not be replaced by the sign-in page: send the whole window there.
        return Response(status=401, headers={"HX-Redirect": url_for("auth.sign_in_page")})
    here = request.full_path if request.method == "GET" and request.path != "/" else None
    return redirect(url_for("auth.sign_in_page", next=here.rstrip("?") if here else None))


def may(action: str, subject: object | None = None) -> bool:
    """For templates: whether the person who looks may do `action`."""
    return can(actor(), Action(action), subject)


def init_app(app: Flask) -> None:
    """Sign-in, the guard before every view, and `may` for templates."""
    manager = LoginManager(app)
    manager.user_loader(_load)
    manager.session_protection = None  # the token in the database is the protection
    app.before_request(_guard)
    app.jinja_env.globals["may"] = may
    app.jinja_env.globals["reads_whole"] = lambda lesson: reads_whole(actor(), lesson)
    app.context_processor(lambda: {"actor": actor()})
