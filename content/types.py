"""Frozen values that cross the borders of packages.

Rows of the database stay inside `content` and `analytics`; what leaves them has one of these
shapes. Nothing here knows a table, a page or an index.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

# The password of the demo accounts. It is no secret: they are refused off the loopback address.
DEMO_PASSWORD = "northmere demo"  # noqa: S105


def trimmed(value: object) -> object:
    """`value` without blanks around it when it is plain text.

    A `StrEnum` is text too, and stripping it would leave a plain string that is equal to its
    member and identical to none.
    """
    return value.strip() if type(value) is str else value


class Kind(StrEnum):
    """The kinds of thing that search finds."""

    lesson = "lesson"
    issue = "issue"
    page = "page"
    template = "template"
    project = "project"


class Role(StrEnum):
    """What a person is in the portal; each includes what a member may do."""

    member = "member"
    trainer = "trainer"
    reviewer = "reviewer"
    admin = "admin"


@dataclass(frozen=True, slots=True)
class Scope:
    """What one actor may see, as the tokens that rows and index documents are tagged with.

    `everything` is for the portal's own work (rebuilding, evaluating from the command line).
    """

    tokens: frozenset[str]
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a person, or the portal itself (`id` is None)."""

    id: int | None
    name: str
    role: Role
    department_id: int | None = None
    active: bool = True

    @property
    def is_system(self) -> bool:
        """Whether the portal itself acts, as in the worker or on the command line."""
        return self.id is None


SYSTEM = Actor(id=None, name="Portal", role=Role.admin)
# Nobody in particular (no row has this id): reads what is open to everybody who signs in, for
# figures and names that are written down once and shown to all.
ANYBODY = Actor(id=0, name="Anybody", role=Role.member)


@dataclass(frozen=True, slots=True)
class Passage:
    """Words inside a file and where they stand, such as `Risks.xlsx, Sheet Risks`."""

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """One thing that search can find.

    `texts` maps a field of the index (``summary``, ``event``, ``cause``, ``effect``, ``lesson``,
    ``recommendation``, ``body``) to plain text. `facets` maps a facet (``phase``, ``category``,
    ``department``, ``project``, ``project_type``, ``size``, ``method``, ``year``, ``state``,
    ``priority``, ``outcome``, ``topic``) to its values. A document is visible to a scope that holds
    one of the tokens in `audience` and none of those in `hidden_from`: that is how a restricted
    lesson's sanitised text stands beside the full one and nobody finds both. `since` is when others
    could first find it, `applied` how many projects have applied it, and `passages` hold the words
    of its files.
    """

    kind: Kind
    id: int
    external_id: str
    title: str
    texts: Mapping[str, str] = field(default_factory=dict)
    keywords: tuple[str, ...] = ()
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    day: date | None = None
    audience: tuple[str, ...] = ("all",)
    hidden_from: tuple[str, ...] = ()
    variant: str = ""
    path: str = ""
    since: datetime | None = None
    applied: int = 0
    passages: tuple[Passage, ...] = ()

    @property
    def key(self) -> str:
        """The document's name in the index, such as ``lesson:12`` or ``lesson:12:sanitised``."""
        base = f"{self.kind}:{self.id}"
        return f"{base}:{self.variant}" if self.variant else base


@dataclass(frozen=True, slots=True)
class ThemeText:
    """One text for clustering: a published lesson or a logged issue of a closed project.

    `open` says whether everybody may read it: names and terms are made of such texts alone.
    """

    id: str
    text: str
    project: str = ""
    day: date | None = None
    open: bool = True


@dataclass(frozen=True, slots=True)
class SynonymGroup:
    """Terms that search takes for each other.

    With `both_ways` each term finds the others; else only the first finds the rest.
    """

    terms: tuple[str, ...]
    both_ways: bool = True
