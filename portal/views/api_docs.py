"""The page that explains the API, made of its OpenAPI document; nothing is fetched for it."""

import json
from typing import Any

from flask import Blueprint, render_template
from markupsafe import Markup

from content.access import Action
from content.tokens import TokenScope
from portal.api.openapi import document
from portal.api.problems import SORTS
from portal.auth import allowed
from portal.db import runtime
from portal.views.tokens import SCOPE_LABELS

bp = Blueprint("api_docs", __name__)

REFERENCE = "#/components/schemas/"


@bp.get("/api/")
@allowed(Action.portal_use)
def page() -> str:
    """Every operation with what it takes and gives, and every schema."""
    described = document()
    address = runtime().settings.address + described["servers"][0]["url"]
    return render_template(
        "api/page.html",
        info=described["info"],
        address=address,
        rooms=[
            (tag["name"], tag["description"], _operations(described, tag["name"], address))
            for tag in described["tags"]
        ],
        schemas=described["components"]["schemas"],
        sorts=SORTS,
        scopes=[(scope.value, SCOPE_LABELS[scope]) for scope in TokenScope],
        type_of=type_of,
        pretty=pretty,
    )


def _operations(described: dict[str, Any], tag: str, address: str) -> list[dict[str, Any]]:
    """The operations of one tag, with what the page says of each."""
    found = []
    for path, methods in described["paths"].items():
        for method, one in methods.items():
            if tag not in one["tags"]:
                continue
            body = _content(one.get("requestBody", {}))
            found.append(
                {
                    **one,
                    "method": method.upper(),
                    "path": path,
                    "scope": one["security"][0]["token"][0],
                    "body": body,
                    "answers": _answers(described, one),
                    "curl": _curl(described, method.upper(), address + path, one, body),
                }
            )
    return found


def _content(part: dict[str, Any]) -> dict[str, Any] | None:
    """The schema of a body or an answer."""
    content = part.get("content")
    schema: dict[str, Any] | None = next(iter(content.values()))["schema"] if content else None
    return schema


def _answers(described: dict[str, Any], one: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """Status, words and schema of each answer."""
    rows = []
    shared = described["components"]["responses"]
    for status, said in one["responses"].items():
        answer = shared[said["$ref"].rpartition("/")[2]] if "$ref" in said else said
        rows.append((status, answer["description"], _content(answer)))
    return rows


def _curl(described: dict[str, Any], method: str, url: str, one: dict[str, Any], body: Any) -> str:
    """A request that one can paste into a shell."""
    lines = ['curl -H "Authorization: Bearer $TOKEN"']
    for part in one["parameters"]:
        if part["in"] == "path":
            example = str(part["schema"].get("examples", ["1"])[0])
            url = url.replace("{" + part["name"] + "}", example)
        elif part["in"] == "header" and part["name"] == "If-Match" and part["required"]:
            lines.append("-H 'If-Match: \"3.0123456789abcdef\"'")
    if method != "GET":
        lines.insert(1, f"-X {method}")
    if body is not None:
        example = resolve(described, body).get("examples", [{}])[0]
        said = json.dumps(example, ensure_ascii=False).replace("'", "’")
        lines += ["-H 'Content-Type: application/json'", f"-d '{said}'"]
    return " \\\n  ".join([*lines, f'"{url}"'])


def resolve(described: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The schema that a reference names."""
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


# Schemas in words -----------------------------------------------------------------------------


def type_of(schema: dict[str, Any]) -> Markup:
    """A schema in a few words, with links to those that it names."""
    if "$ref" in schema:
        named = resolve(document(), schema)
        # A choice is short enough to stand where it is named.
        return type_of(named) if "enum" in named else _linked(schema["$ref"])
    if "anyOf" in schema:
        return Markup(" or ").join(type_of(one) for one in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return Markup(", ").join(Markup("<code>{}</code>").format(_said(v)) for v in values)
    if schema.get("type") == "array":
        return Markup("list of {}").format(type_of(schema.get("items", {})))
    return _plain(schema)


def _linked(reference: str) -> Markup:
    name = reference.removeprefix(REFERENCE)
    return Markup('<a href="#schema-{0}">{0}</a>').format(name)


WORDS = {
    "string": "text",
    "integer": "whole number",
    "boolean": "true or false",
    "date": "day",
    "date-time": "moment",
    "uri": "address",
}


def _plain(schema: dict[str, Any]) -> Markup:
    extra = schema.get("additionalProperties")
    if schema.get("type") == "object" and isinstance(extra, dict):
        return Markup("object, each {}").format(type_of(extra))
    kind = schema.get("format", schema.get("type", "anything"))
    return Markup("{}{}").format(WORDS.get(kind, kind), _bounds(schema))


def _said(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _bounds(schema: dict[str, Any]) -> str:
    parts = []
    if schema.get("maxLength"):
        parts.append(f"at most {schema['maxLength']:,} characters")
    if "minimum" in schema and "maximum" in schema:
        parts.append(f"{schema['minimum']:,} to {schema['maximum']:,}")
    return f" ({', '.join(parts)})" if parts else ""


def pretty(value: Any) -> str:
    """A value as JSON that people read."""
    return json.dumps(value, indent=2, ensure_ascii=False)
