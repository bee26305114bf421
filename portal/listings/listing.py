"""What a list is: its title, who may have it, its columns, and its rows in pieces."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from sqlalchemy.orm import Session

from content.access import Action
from content.exports import Column
from content.types import Actor
from portal.runtime import Runtime

# Rows read at once; between two such pages nothing is kept.
CHUNK = 500

Row = Mapping[str, object]


class Piece(TypedDict):
    """Which rows a verb is asked for, and how many there are in all once that is known."""

    offset: int
    limit: int
    total: int | None


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, over what: the session that reads, and the portal's parts."""

    session: Session
    runtime: Runtime
    by: Actor

    def link(self, path: str) -> str:
        """An address that works outside the portal."""
        return self.runtime.settings.address + path


@dataclass(frozen=True, slots=True)
class Listing:
    """One list: what it is called, who may have it, its columns, and its rows in pieces.

    `page` names the columns that are printed; the others would not fit on paper.
    """

    title: str
    action: Action
    columns: tuple[Column, ...]
    rows: Callable[[Asking], Iterator[Row]]
    page: tuple[str, ...]


def pages(
    asking: Asking, read: Callable[[Piece], tuple[Sequence[Any], int]]
) -> Iterator[Sequence[Any]]:
    """Pages of a verb's rows, until there are no more; the verb counts them once."""
    offset, total = 0, None
    while total is None or offset < total:
        rows, total = read({"offset": offset, "limit": CHUNK, "total": total})
        if not rows:
            return
        yield rows
        offset += CHUNK
        asking.session.expunge_all()
