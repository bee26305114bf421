"""The fields of a project issue that can be imported, and the trackers whose exports are known.

The headers are those of Jira's “Export CSV”, of OpenProject's work package export and of GitHub's
`gh issue list --json`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ISSUE_FIELDS: dict[str, tuple[str, ...]] = {
    "external_id": (
        "externalid", "issuekey", "key", "id", "number", "issueid", "ref", "reference", "no", "nr",
        "issueno", "ticket", "identifier",
    ),
    "title": (
        "title", "summary", "subject", "name", "headline", "issue", "issuetitle",
        "shortdescription",
    ),
    "description": ("description", "body", "details", "text", "problem", "whathappened", "event"),
    "project": ("project", "projectname", "projectkey", "projectcode", "program", "repository"),
    "category": (
        "category", "components", "component", "issuetype", "type", "types", "tracker", "labels",
        "tags", "area",
    ),
    "severity": ("severity", "priority", "prio", "impact", "criticality", "urgency", "importance"),
    "status": ("status", "state", "stage"),
    "resolution": ("resolution", "solution", "outcome", "actiontaken", "answer"),
    "raised_on": (
        "raisedon", "created", "createdat", "createdon", "dateraised", "opened", "openedon",
        "reportedon", "date", "datelogged",
    ),
    "closed_on": (
        "closedon", "resolved", "closedat", "closed", "dateclosed", "resolutiondate", "resolvedon",
    ),
    "updated_on": ("updatedon", "updated", "updatedat", "lastchange", "changedon"),
    "cost": ("cost", "costimpact", "costs", "financialimpact"),
    "days": ("days", "delay", "daysofdelay", "scheduleimpact", "delayindays"),
    "url": ("url", "link", "htmlurl", "address"),
}  # fmt: skip
ISSUE_TEXTS = ("description", "resolution")
ISSUE_DATES = ("raised_on", "closed_on", "updated_on")
ISSUE_CHOICES = ("severity", "status")
ISSUE_NUMBERS = ("cost", "days")


@dataclass(frozen=True, slots=True)
class Tracker:
    """A program whose exports are known by their headers: `marks` are never elsewhere together."""

    name: str
    marks: frozenset[str]
    fields: Mapping[str, Sequence[str]]  # field to headers, the best first


TRACKERS = (
    Tracker(
        "Jira",
        frozenset({"issuekey", "summary", "status"}),
        {
            "external_id": ("issuekey",),
            "title": ("summary",),
            "description": ("description",),
            "project": ("projectname", "projectkey"),
            "category": ("components", "component", "issuetype"),
            "severity": ("priority",),
            "status": ("status",),
            "resolution": ("resolution",),
            "raised_on": ("created",),
            "closed_on": ("resolved",),
            "updated_on": ("updated",),
        },
    ),
    Tracker(
        "OpenProject",
        frozenset({"id", "subject", "status", "type"}),
        {
            "external_id": ("id",),
            "title": ("subject",),
            "description": ("description",),
            "project": ("project",),
            "category": ("category", "type"),
            "severity": ("priority",),
            "status": ("status",),
            "raised_on": ("createdon",),
            "closed_on": ("closedon",),
            "updated_on": ("updatedon",),
        },
    ),
    Tracker(
        "GitHub",
        frozenset({"number", "title", "state"}),
        {
            "external_id": ("number",),
            "title": ("title",),
            "description": ("body",),
            "project": ("repository",),
            "category": ("labels",),
            "status": ("state",),
            "raised_on": ("createdat",),
            "closed_on": ("closedat",),
            "updated_on": ("updatedat",),
            "url": ("url",),
        },
    ),
)
