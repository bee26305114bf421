"""Pages of lists: `page` and `limit` in, the rows with their total and a `Link` header out."""

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from flask import request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

LIMIT, LIMIT_MOST = 25, 100
# No list is read this far; a larger number is a slip.
PAGE_MOST = 100_000


def _plain_number(value: Any) -> Any:
    """Only digits: “ 1”, “+1” and “1_0” are numbers to Python and to nobody's schema."""
    if isinstance(value, str):
        if not value.isascii() or not value.removeprefix("-").isdigit():
            raise ValueError("Give a whole number.")
        return int(value[:12])
    return value


NUMBER = BeforeValidator(_plain_number)


class Query(BaseModel):
    """What every query has: names that are not known are refused before it is read."""

    model_config = ConfigDict(extra="forbid")


class Paged(Query):
    """The page of a list that is asked for."""

    page: Annotated[int, Field(ge=1, le=PAGE_MOST, description="Which page, from 1."), NUMBER] = 1
    limit: Annotated[
        int, Field(ge=1, le=LIMIT_MOST, description="How many rows a page has."), NUMBER
    ] = LIMIT

    @property
    def offset(self) -> int:
        """How many rows come before the page."""
        return (self.page - 1) * self.limit


def links(query: Paged, total: int) -> dict[str, str]:
    """The header of RFC 8288 that leads to the first, previous, next and last page."""
    last = max(1, -(-total // query.limit))
    wanted = {"first": 1, "last": last}
    if query.page > 1:
        wanted["prev"] = min(query.page - 1, last)
    if query.page < last:
        wanted["next"] = query.page + 1
    parts = [f'<{_at(query, page)}>; rel="{rel}"' for rel, page in sorted(wanted.items())]
    return {"Link": ", ".join(parts)}


def _at(query: Paged, page: int) -> str:
    kept = [pair for pair in request.args.items(multi=True) if pair[0] not in ("page", "limit")]
    return f"{request.path}?{urlencode([*kept, ('page', page), ('limit', query.limit)])}"


def slice_of(rows: Sequence[Any], query: Paged) -> Sequence[Any]:
    """One page of rows that are all there already."""
    return rows[query.offset : query.offset + query.limit]
