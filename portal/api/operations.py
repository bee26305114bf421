"""The table of operations: what each takes and gives, who may call it, and its route.

`operation` puts a function into the table and on the blueprint. Around the function stands what
all operations share: only JSON in and out, strict reading of address, query, headers and body,
ETags with 304, 412 and 428, and answers that are checked by the model they are documented with.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Literal, get_origin

from flask import Blueprint, Response, request, url_for
from pydantic import BaseModel, ValidationError
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from content.access import Action
from content.tokens import TokenScope
from portal.api.problems import Problem

bp = Blueprint("api", __name__, url_prefix="/api/v1")

# Bytes of a body: ten times the longest lesson that anybody wrote.
BODY_MOST = 2_000_000
# SQLite and PostgreSQL count rows so far; a larger number names nothing.
ID_MOST = 2_147_483_647
Method = Literal["GET", "POST", "PATCH", "DELETE"]
# If-Match: not looked at, looked at when it is there, or asked for.
Match = Literal["none", "taken", "needed"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What an operation answers: the model, the stored version behind it, and headers."""

    body: BaseModel | None = None
    version: int = 0
    status: int = 0  # 0: the operation's own
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the table."""

    method: Method
    path: str  # as OpenAPI writes it, below /api/v1
    name: str
    summary: str
    description: str
    tag: str
    scope: TokenScope
    action: Action
    query: type[BaseModel] | None
    body: type[BaseModel] | None
    answer: Any  # a model, or several of them joined
    status: int
    match: Match
    links: Mapping[str, Mapping[str, str]]
    paged: bool


OPERATIONS: list[Operation] = []
View = Callable[..., Reply]


def operation(
    method: Method,
    path: str,
    *,
    tag: str,
    scope: TokenScope,
    action: Action,
    query: type[BaseModel] | None = None,
    body: type[BaseModel] | None = None,
    answer: Any = None,
    status: int = 200,
    match: Match = "none",
    links: Mapping[str, Mapping[str, str]] | None = None,
    paged: bool = False,
) -> Callable[[View], View]:
    """Put a function into the table; its docstring is the documentation.

    The function gets the parts of the path by name, and `query`, `body` and `version` (the one
    that If-Match names, or None) where the operation has them.
    """

    def enter(view: View) -> View:
        summary, _, description = (view.__doc__ or "").strip().partition("\n")
        row = Operation(
            method, path, view.__name__, summary.rstrip("."),
            " ".join(description.split()), tag, scope, action, query, body, answer, status,
            match, links or {}, paged,
        )  # fmt: skip
        OPERATIONS.append(row)
        called = _around(row, view)
        called.policy = action  # type: ignore[attr-defined]  # what the guard asks
        called.scope = scope  # type: ignore[attr-defined]  # the mark of a view that takes tokens
        bp.add_url_rule(
            _rule(path), view.__name__, called, methods=[method], provide_automatic_options=False
        )
        return view

    return enter


def _rule(path: str) -> str:
    """The path as Flask writes it: numbers are ids, everything else is text."""
    return re.sub(r"\{(\w+)\}", lambda m: f"<{'int:' if m[1].endswith('_id') else ''}{m[1]}>", path)


def _around(row: Operation, view: View) -> Callable[..., Response]:
    @wraps(view)
    def called(**parts: Any) -> Response:
        _take_json_only()
        if any(isinstance(value, int) and value > ID_MOST for value in parts.values()):
            raise Problem(404, "There is nothing here, or it is not open to you.")
        given: dict[str, Any] = dict(parts)
        given["query"] = read_query(row.query, request.args)
        if row.query is None:
            del given["query"]
        if row.match != "none":
            given["version"] = _wanted_version(needed=row.match == "needed")
        if row.body is not None:
            given["body"] = _read_body(row.body)
        return _send(row, view(**given))

    return called


def _take_json_only() -> None:
    if request.accept_mimetypes and not request.accept_mimetypes["application/json"]:
        raise Problem(406, "Accept must allow application/json.")


# Reading --------------------------------------------------------------------------------------


def read_query(model: type[BaseModel] | None, args: MultiDict[str, str]) -> Any:
    """The query by its model: unknown names and values said twice are refused.

    Raises:
        Problem: 400 with the names.
    """
    fields = model.model_fields if model is not None else {}
    unknown = {name: "There is no such parameter." for name in args if name not in fields}
    if unknown:
        raise Problem(400, "The address has parameters that are not known here.", fields=unknown)
    given: dict[str, Any] = {}
    for name, values in args.lists():
        many = get_origin(fields[name].annotation) is list
        if not many and len(values) > 1:
            raise Problem(400, "A parameter is given twice.", fields={name: "Give it once."})
        given[name] = values if many else values[0]
    return _checked(lambda: model.model_validate(given)) if model is not None else None


def _read_body(model: type[BaseModel]) -> BaseModel:
    if request.mimetype != "application/json":
        raise Problem(415, "Send the body as application/json.")
    request.max_content_length = BODY_MOST
    try:
        data = request.get_data()
    except RequestEntityTooLarge:
        raise Problem(413, f"A body has at most {BODY_MOST:,} bytes.") from None
    return _checked(lambda: model.model_validate_json(data))


def _checked(read: Callable[[], BaseModel]) -> BaseModel:
    try:
        return read()
    except ValidationError as error:
        fields = {
            ".".join(map(str, one["loc"])) or "body": one["msg"].removeprefix("Value error, ")
            for one in error.errors(include_url=False, include_input=False, include_context=False)
        }
        raise Problem(400, "The request does not fit the schema.", fields=fields) from None


# A tag is made of the stored version and of what was sent: the first orders edits, the second
# tells a cache that something else in the answer changed.
_TAG = re.compile(r'"(\d{1,9})\.[0-9a-f]{16}"')
MATCH_PATTERN = r'^(\*|"[!#-~]{1,100}")$'
# Where it is not needed, an empty header is one that was not sent.
MATCH_PATTERN_OR_NONE = r'^(\*|"[!#-~]{1,100}")?$'
_MATCH = re.compile(MATCH_PATTERN)
# What no stored version is: a tag that was never given out.
_NEVER = -1


def _wanted_version(*, needed: bool) -> int | None:
    given = request.headers.get("If-Match")
    if not given:
        if needed:
            raise Problem(428, "Send If-Match with the ETag of the version that you read.")
        return None
    if not _MATCH.fullmatch(given):
        message = "Give one entity tag in quotes, as ETag gave it, or *."
        raise Problem(400, "If-Match cannot be read.", fields={"If-Match": message})
    if given == "*":
        return None
    found = _TAG.fullmatch(given)
    return int(found[1]) if found else _NEVER


def require_version(wanted: int | None, version: int) -> None:
    """Pass when the stored version is the one that If-Match named; None asks nothing.

    Raises:
        Problem: 412, it was changed in between.
    """
    if wanted is not None and wanted != version:
        raise Problem(412, "Somebody changed this in between. Read it again, compare, send again.")


# Answering ------------------------------------------------------------------------------------


def _send(row: Operation, reply: Reply) -> Response:
    status = reply.status or row.status
    data = reply.body.model_dump_json().encode() if reply.body is not None else b""
    response = Response(data, status=status)
    response.headers.update(reply.headers)
    # What one person may see is nobody else's, and old at the next change.
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.add("Authorization")
    if reply.body is None:
        response.headers.pop("Content-Type", None)
        return response
    response.content_type = "application/json"
    response.headers["ETag"] = tag = etag_of(reply.version, data)
    if row.method == "GET" and request.if_none_match.contains_weak(tag.strip('"')):
        response.status_code = 304
        response.set_data(b"")
        response.headers.pop("Content-Type", None)
    return response


def etag_of(version: int, data: bytes) -> str:
    """The entity tag of an answer, in its quotes."""
    return f'"{version}.{hashlib.sha256(data).hexdigest()[:16]}"'


def address(name: str, **parts: Any) -> str:
    """Where an operation is, for Location."""
    return url_for(f"api.{name}", **parts)
