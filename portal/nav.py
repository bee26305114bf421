"""The main navigation: never more than seven entries, and only what the person may use."""

from dataclasses import dataclass

from flask import current_app, g, request, url_for

from content.access import Action, can
from portal.auth import actor

MOST = 7


@dataclass(frozen=True)
class Entry:
    """One entry of the navigation."""

    label: str
    endpoint: str
    icon: str
    action: Action
    blueprints: tuple[str, ...]

    @property
    def url(self) -> str:
        """Where the entry leads."""
        return url_for(self.endpoint)

    @property
    def is_here(self) -> bool:
        """Whether the page shown belongs to this entry."""
        here = g.get("nav_here") or request.blueprint
        return here in self.blueprints


ENTRIES = (
    Entry("Home", "home.index", "house", Action.portal_use, ("home",)),
    Entry(
        "Lessons",
        "lessons.index",
        "lightbulb",
        Action.lesson_read,
        ("lessons", "imports", "capture", "occurrences", "queue", "validation", "changes"),
    ),
    Entry(
        "Projects",
        "projects.index",
        "kanban",
        Action.project_read,
        ("projects", "packs", "issues", "workshops", "workshop_board"),
    ),
    Entry("Playbooks", "playbooks.index", "journal-text", Action.playbook_read, ("playbooks",)),
    Entry("Templates", "library.index", "file-earmark-text", Action.template_read, ("library",)),
    Entry(
        "Themes",
        "themes.index",
        "diagram-3",
        Action.theme_read,
        ("themes", "theme_runs", "theme_map", "reviews", "room", "actions", "performance"),
    ),
    Entry(
        "Administration", "admin.index", "gear", Action.system_manage,
        ("admin", "activity", "people"),
    ),
)  # fmt: skip
assert len(ENTRIES) <= MOST


def entries() -> list[Entry]:
    """The entries for the person who looks."""
    views = current_app.view_functions
    return [e for e in ENTRIES if e.endpoint in views and can(actor(), e.action)]
