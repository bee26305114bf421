"""The pages: one module a noun, named as in the address, the verbs, tables and templates."""

from importlib import import_module
from typing import Any

from flask import Flask
from flask_limiter import Limiter

from portal import nav
from portal.views import workshop_notes

ROOMS = (
    "health",
    "auth",
    "tokens",
    "api_docs",
    "home",
    "search",
    "lessons",
    "queue",
    "validation",
    "changes",
    "applications",
    "capture",
    "occurrences",
    "attachments",
    "issues",
    "imports",
    "import_steps",
    "projects",
    "packs",
    "workshops",
    "workshop_board",
    "workshop_notes",
    "playbooks",
    "library",
    "themes",
    "theme_runs",
    "theme_map",
    "reviews",
    "room",
    "actions",
    "performance",
    "thesaurus",
    "searches",
    "discussion",
    "following",
    "feeds",
    "insight",
    "requests",
    "exports",
    "people",
    "admin",
    "departments",
    "activity",
)


def init_app(app: Flask, limiter: Limiter) -> None:
    """Register every room's blueprint."""
    for room in ROOMS:
        module = import_module(f"portal.views.{room}")
        app.register_blueprint(module.bp)
    for view in ("sign_in", "forgotten", "choose_password", "account"):
        name = f"auth.{view}"
        limit: Any = limiter.limit("30 per minute", methods=["POST"])
        app.view_functions[name] = limit(app.view_functions[name])
    for view in ("feeds.found", "feeds.saved", "discussion.add"):
        limit = limiter.limit("60 per minute")
        app.view_functions[view] = limit(app.view_functions[view])
    workshop_notes.limit(app, limiter)
    app.jinja_env.globals["nav_entries"] = nav.entries
