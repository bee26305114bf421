"""The OpenAPI 3.1 document, made of the table of operations, and its address.

Models of pydantic speak JSON Schema 2020-12, which is what OpenAPI 3.1 asks for; nothing is
translated in between.
"""

import re
from functools import cache
from typing import Any

from flask import Response, json, request
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from content.tokens import TokenScope
from portal.api.operations import (
    ID_MOST,
    MATCH_PATTERN,
    MATCH_PATTERN_OR_NONE,
    OPERATIONS,
    Operation,
    bp,
)
from portal.api.problems import MEDIA_TYPE, SORTS
from portal.auth import public

VERSION = "1.0.0"
REF = "#/components/schemas/{model}"
_ABOUT = """\
Lessons, projects, issues, start packs and search for programs. Every request carries a token that
a person made on their account page; it may do what that person may, narrowed to the token's scopes.
Bodies and answers are JSON. Lists come in pages with `page` and `limit`, a total, and a `Link`
header. Every answer has an `ETag`: send it as `If-None-Match` to read only what changed, and as
`If-Match` to write only over what you read. Errors are problem+json (RFC 9457)."""

_SCHEMA = {"type": "string"}
_HEADERS: dict[str, Any] = {
    "ETag": {
        "description": "The version of the answer, for If-None-Match and If-Match.",
        "schema": {**_SCHEMA, "examples": ['"3.0123456789abcdef"']},
    },
    "Link": {
        "description": "The first, previous, next and last page (RFC 8288).",
        "schema": _SCHEMA,
    },
    "Location": {"description": "Where the new thing is.", "schema": _SCHEMA},
    "Retry-After": {
        "description": "Seconds to wait.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
    "WWW-Authenticate": {"description": "What is missing (RFC 6750).", "schema": _SCHEMA},
}
_PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "What went wrong, as RFC 9457 has it.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "description": "Leads to what this kind of problem means."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong this time, and what to do."},
        "instance": {"type": "string", "description": "The address that was asked."},
        "fields": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "The places in body, query or headers, with the reason of each.",
        },
    },
    "examples": [
        {
            "type": "/api/#problem-400",
            "title": "Not understood",
            "status": 400,
            "detail": "The request does not fit the schema.",
            "instance": "/api/v1/lessons",
            "fields": {"headline": "Field required"},
        }
    ],
}
_PATH_SCHEMAS: dict[str, Any] = {
    "code": {"type": "string", "minLength": 1, "maxLength": 40, "examples": ["NET-01"]},
}
_ID = {"type": "integer", "minimum": 1, "maximum": ID_MOST, "examples": [1]}
# Words of ours that would tell a program nothing.
_DESCRIPTIONS = {
    "LessonState": "Where a lesson stands in its life.",
    "Phase": "The phases of PM², with the one that runs beside them all.",
}
_TAGS = {
    "Lessons": "What projects learned, with what stands around it.",
    "Projects": "The register of projects.",
    "Issues": "Problems that projects logged.",
    "Start packs": "The lessons that fit a project, and what it says to them.",
    "Search": "One box for everything.",
}


@bp.get("/openapi.json")
@public
def description() -> Response:
    """The document; it tells nothing of what the portal holds, so it needs no token."""
    response = Response(json.dumps(document()), content_type="application/json")
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


@cache
def document() -> dict[str, Any]:
    """The whole document; once the operations are registered, because it is kept."""
    assert OPERATIONS, "the API is not set up yet: its operations register with the application"
    schemas: dict[str, Any] = {"Problem": _PROBLEM}
    paths: dict[str, Any] = {}
    for row in OPERATIONS:
        paths.setdefault(row.path, {})[row.method.lower()] = _operation(row, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "PMO Portal",
            "version": VERSION,
            "summary": "What projects learned, for programs.",
            "description": _ABOUT.replace("\n", " "),
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "headers": _HEADERS,
            "responses": {f"Problem{status}": _problem(status) for status in SORTS},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "pmo_…",
                    "description": "A token from the account page. Scopes: "
                    + ", ".join(scope.value for scope in TokenScope)
                    + ".",
                }
            },
        },
    }


def _operation(row: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": row.name,
        "summary": row.summary,
        "description": f"{row.description} Needs the scope `{row.scope}`.".strip(),
        "tags": [row.tag],
        # Names of scopes stand here since 3.1, for every kind of security scheme.
        "security": [{"token": [row.scope.value]}],
        "parameters": [*_path_parameters(row), *_query_parameters(row, schemas), *_headers(row)],
        "responses": _responses(row, schemas),
    }
    if row.body is not None:
        content = {"application/json": {"schema": _schema(row.body, schemas, "validation")}}
        found["requestBody"] = {"required": True, "content": content}
    return found


def _path_parameters(row: Operation) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": "The code of the project." if name == "code" else "Its number.",
            "schema": _PATH_SCHEMAS.get(name, _ID),
        }
        for name in re.findall(r"\{(\w+)\}", row.path)
    ]


def _query_parameters(row: Operation, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    if row.query is None:
        return []
    model = _flat(row.query, schemas, "validation")
    return [_query_parameter(name, schema) for name, schema in model["properties"].items()]


def _query_parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    plain = dict(schema)
    text = plain.pop("description", "")
    plain.pop("title", None)
    if "anyOf" in plain:  # what is not there is not sent: an address knows no null
        (kept,) = (one for one in plain.pop("anyOf") if one.get("type") != "null")
        text = kept.get("description", text) if "$ref" not in kept else text
        plain = {**{k: v for k, v in kept.items() if k not in ("title", "description")}, **plain}
    if plain.get("default") is None:
        plain.pop("default", None)
    found = {"name": name, "in": "query", "required": False, "schema": plain}
    return {**found, "description": text} if text else found


def _headers(row: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if row.method == "GET":
        found.append({
            "name": "If-None-Match", "in": "header", "required": False,
            "description": "The ETag that you have: answers 304 without a body if it is the same.",
            "schema": _SCHEMA,
        })  # fmt: skip
    if row.match != "none":
        pattern = MATCH_PATTERN if row.match == "needed" else MATCH_PATTERN_OR_NONE
        found.append({
            "name": "If-Match", "in": "header", "required": row.match == "needed",
            "description": "The ETag of the version that you read, or * for whatever is there.",
            "schema": {**_SCHEMA, "pattern": pattern, "examples": ["*"]},
        })  # fmt: skip
    return found


def _responses(row: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {str(row.status): _success(row, schemas)}
    if row.method == "GET":
        found["304"] = {
            "description": "Nothing changed since the ETag that was sent.",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
        }
    for status in sorted(_problems_of(row)):
        found[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
    return found


def _problems_of(row: Operation) -> set[int]:
    found = {400, 401, 403, 404, 406, 429, 500, 503}
    if row.method != "GET":
        found.add(409)
    if row.body is not None:
        found |= {413, 415}
    if row.match != "none":
        found.add(412)
    if row.match == "needed":
        found.add(428)
    return found


def _success(row: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    if row.answer is None:
        return {"description": "Done; there is nothing to say."}
    names = ["ETag"]
    if row.paged:
        names.append("Link")
    if row.status == 201:
        names.append("Location")
    found: dict[str, Any] = {
        "description": "Made." if row.status == 201 else "As asked.",
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
        "content": {"application/json": {"schema": _schema(row.answer, schemas, "serialization")}},
    }
    if row.links:
        found["links"] = {name: _link(row, name) for name in row.links}
    return found


def _link(row: Operation, name: str) -> dict[str, Any]:
    parts = dict(row.links[name])
    target = parts.pop("operationId")
    other = next(one for one in OPERATIONS if one.name == target)
    if other.match != "none":
        parts["If-Match"] = "$response.header.ETag"
    return {"operationId": target, "parameters": parts}


def _problem(status: int) -> dict[str, Any]:
    names = {401: ["WWW-Authenticate"], 429: ["Retry-After"]}.get(status, [])
    found: dict[str, Any] = {
        "description": f"{SORTS[status].title}. {SORTS[status].meaning}",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if names:
        found["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    return found


class _Schemas(GenerateJsonSchema):
    """Schemas without the titles that only repeat a field's name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Never: the name says it."""
        return False


def _flat(model: Any, schemas: dict[str, Any], mode: Any) -> dict[str, Any]:
    """The schema of `model` itself; what it refers to goes among the components."""
    found: dict[str, Any] = TypeAdapter(model).json_schema(
        ref_template=REF, mode=mode, schema_generator=_Schemas
    )
    for name, schema in found.pop("$defs", {}).items():
        schema["description"] = _DESCRIPTIONS.get(name, schema.get("description", name))
        assert schemas.setdefault(name, schema) == schema, f"two schemas are called {name}"
    return found


def _schema(model: Any, schemas: dict[str, Any], mode: Any) -> dict[str, Any]:
    """A reference to `model` among the components; a choice of models refers to each."""
    found = _flat(model, schemas, mode)
    if "title" not in found:
        return found
    name = found["title"]
    assert schemas.setdefault(name, found) == found, f"two schemas are called {name}"
    return {"$ref": REF.format(model=name)}
