"""Errors as problem+json (RFC 9457), the same shape for everything under ``/api/v1``."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response, json, request

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Sort:
    """One kind of problem: its title, and what a client does about it."""

    title: str
    meaning: str


# By status; the documentation page has a section for each, and `type` leads to it.
SORTS: dict[int, Sort] = {
    400: Sort("Not understood", "The request does not fit the schema; `fields` says where."),
    401: Sort("A token is needed", "There is no token, or it is unknown, expired or revoked."),
    403: Sort("Not allowed", "The token's scopes or its person's role do not reach this far."),
    404: Sort("Nothing here", "It does not exist, or is not open to the token's person."),
    405: Sort("Not possible here", "The address does not take this method; see `Allow`."),
    406: Sort("Only JSON", "The API answers in application/json; ask for that or for anything."),
    409: Sort(
        "Does not fit what is there",
        "The request is well formed and contradicts what is stored or itself: the step does not "
        "start from this state, a code is taken or unknown, a day lies before another. `fields` "
        "names the places where it can.",
    ),
    412: Sort("Changed in between", "`If-Match` names an older version. Read it again, compare."),
    413: Sort("Too large", "The body is larger than the API takes."),
    415: Sort("Only JSON", "Send the body as application/json."),
    428: Sort("Say which version", "Send `If-Match` with the `ETag` of the version you read."),
    429: Sort("Too many requests", "Wait as long as `Retry-After` says, in seconds."),
    500: Sort("Something went wrong", "The portal met a fault; nothing was changed."),
    503: Sort("Not available right now", "A part that this needs is not there; try again later."),
}
_OTHER = Sort("Error", "See `detail`.")
# Seconds that a client waits after a 429: the length of the window that the limit counts.
RETRY_AFTER = 60


class Problem(Exception):
    """An error that the API itself finds, before or after a verb."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        fields: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.fields = dict(fields or {})
        self.headers = dict(headers or {})


def is_api() -> bool:
    """Whether the request is for the API, whose errors are never pages."""
    return request.path == "/api/v1" or request.path.startswith("/api/v1/")


def answer(
    status: int,
    detail: str,
    *,
    fields: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem as it is sent."""
    sort = SORTS.get(status, _OTHER)
    body: dict[str, object] = {
        "type": f"/api/#problem-{status}" if status in SORTS else "about:blank",
        "title": sort.title,
        "status": status,
        "detail": detail or sort.meaning,
        "instance": request.path,
    }
    if fields:
        body["fields"] = dict(fields)
    response = Response(json.dumps(body), status=status, content_type=MEDIA_TYPE)
    if status == 429:
        response.headers["Retry-After"] = str(RETRY_AFTER)
    response.headers.update(headers or {})
    response.headers["Cache-Control"] = "no-store"
    return response


def answer_problem(problem: Problem) -> Response:
    """A `Problem` as it is sent."""
    return answer(problem.status, problem.detail, fields=problem.fields, headers=problem.headers)
