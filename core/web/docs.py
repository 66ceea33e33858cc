"""The API's description as a page that people can read, made from the same OpenAPI document as programs read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, current_app, render_template
from flask_babel import gettext as _
from markupsafe import Markup, escape

from core.container import CoreContainer
from core.errors import Problem
from core.web.api import API_PREFIX
from core.web.problems import CODES

METHODS: Final = ("get", "post", "put", "patch", "delete")
#: How far a schema is followed into what it holds.
DEPTH_MAX = 3
CODE_WORDS = re.compile(r"`([^`]+)`")

bp = Blueprint("docs", __name__)


@dataclass(frozen=True, slots=True)
class Field:
    """A field, a parameter or a part of one: its name with dots, what it is, and what it may be."""

    name: str
    kind: str
    required: bool
    description: str
    limits: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call may answer."""

    status: str
    words: str
    content_types: tuple[str, ...]
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the API."""

    method: str
    path: str
    anchor: str
    summary: str
    description: str
    #: Any of these lets in; None when the call is public, empty when any token will do.
    permissions: tuple[str, ...] | None
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The calls of one subject."""

    anchor: str
    title: str
    description: str
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class KnownProblem:
    """An error by its stable code."""

    status: int
    code: str
    words: str


@bp.get("/api/docs")
def show() -> str:
    """Every call with what it takes and answers, and every error by its code."""
    settings = CoreContainer.current().settings
    document = _document()
    return render_template(
        "core/api_docs.html",
        groups=list(_groups(document)),
        problems=known_problems(),
        info=document["info"],
        base_url=f"{settings.public_url}{API_PREFIX}",
    )


@bp.app_template_filter("code_words")
def code_words(text: str) -> Markup:
    """The text with what stands in backticks set as code."""
    return Markup(CODE_WORDS.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped before


def known_problems() -> list[KnownProblem]:
    """Every error that this application answers, by status and code."""
    found = {(problem.status, problem.code): str(problem.title) for problem in problem_classes()}
    for status, code in CODES.items():
        found.setdefault((status, code), HTTPStatus(status).phrase)
    return [KnownProblem(status, code, words) for (status, code), words in sorted(found.items())]


def problem_classes() -> list[type[Problem]]:
    """The classes of errors that can be raised here."""
    found, waiting = [], [Problem]
    while waiting:
        problem = waiting.pop()
        waiting += problem.__subclasses__()
        if problem is not Problem and problem.__module__.split(".")[0] != "tests":
            found.append(problem)
    return found


def _document() -> dict[str, Any]:
    document: dict[str, Any] = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
    return document


def _groups(document: dict[str, Any]) -> Iterator[Group]:
    for tag in document.get("tags", ()):
        calls = tuple(
            _call(document, path, item, method)
            for path, item in document["paths"].items()
            for method in METHODS
            if method in item and tag["name"] in item[method]["tags"]
        )
        if calls:
            name = tag["name"].removeprefix("api_")
            yield Group(name, name.replace("_", " ").capitalize(), tag.get("description", ""), calls)


def _call(document: dict[str, Any], path: str, item: dict[str, Any], method: str) -> Call:
    operation = item[method]
    parameters = [_resolved(document, one) for one in [*item.get("parameters", ()), *operation.get("parameters", ())]]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    permissions = operation.get("x-permissions")
    return Call(
        method=method.upper(),
        path=path.removeprefix(API_PREFIX),
        anchor=operation["operationId"],
        summary=operation.get("summary", "").rstrip("."),
        description=operation.get("description", ""),
        permissions=None if permissions is None else tuple(permissions),
        parameters=tuple(_parameter(document, one) for one in parameters),
        body=tuple(_fields(document, body)),
        answers=tuple(_answers(document, operation)),
    )


def _answers(document: dict[str, Any], operation: dict[str, Any]) -> Iterator[Answer]:
    for status, given in sorted(operation["responses"].items(), key=lambda one: str(one[0])):
        if str(status) == "default":
            continue
        response = _resolved(document, given)
        content = response.get("content", {})
        fields: tuple[Field, ...] = ()
        if int(status) < HTTPStatus.BAD_REQUEST:
            fields = tuple(_fields(document, content.get("application/json", {}).get("schema", {})))
        yield Answer(str(status), response.get("description", ""), tuple(content), fields)


def _parameter(document: dict[str, Any], parameter: dict[str, Any]) -> Field:
    schema = _resolved(document, parameter.get("schema", {}))
    where = {"path": _("in the path"), "query": _("in the query"), "header": _("header")}[parameter["in"]]
    kind = f"{_kind(document, schema)}, {where}"
    return Field(
        parameter["name"], kind, parameter.get("required", False), parameter.get("description", ""), _limits(schema)
    )


def _fields(document: dict[str, Any], schema: dict[str, Any], prefix: str = "", depth: int = 0) -> Iterator[Field]:
    schema = _resolved(document, schema)
    required = set(schema.get("required", ()))
    for name, given in schema.get("properties", {}).items():
        inner = _resolved(document, given)
        description = given.get("description", inner.get("description", ""))
        path = f"{prefix}{name}"
        yield Field(path, _kind(document, inner), name in required, description, _limits(inner))
        if depth < DEPTH_MAX:
            yield from _fields(document, inner, f"{path}.", depth + 1)
            yield from _fields(document, inner.get("items", {}), f"{path}[].", depth + 1)


def _kind(document: dict[str, Any], schema: dict[str, Any]) -> str:
    kinds = schema.get("type", "object" if "properties" in schema else "any")
    named = [kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if kind != "null"]
    words = " / ".join(named)
    if named == ["array"]:
        words = f"[{_kind(document, _resolved(document, schema.get('items', {})))}]"
    elif schema.get("format"):
        words = schema["format"]
    return f"{words} / null" if isinstance(kinds, list) and "null" in kinds else words


def _limits(schema: dict[str, Any]) -> str:
    """What a value may be, in few words."""
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"] if value is not None)
    parts = []
    for least, most, unit in (("minimum", "maximum", ""), ("minLength", "maxLength", _("characters"))):
        if least in schema and most in schema:
            parts.append(f"{schema[least]:n}–{schema[most]:n} {unit}".strip())
        elif most in schema:
            parts.append(f"≤ {schema[most]} {unit}".strip())
        elif least in schema:
            parts.append(f"≥ {schema[least]} {unit}".strip())
    if "default" in schema and schema["default"] is not None:
        parts.append(_("default %(value)s", value=schema["default"]))
    return "; ".join(parts)


def _resolved(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """The node that a reference stands for; of a choice with null, the other part, noted as nullable."""
    if "$ref" in node:
        found: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return dict(found)
    choices = [one for one in node.get("anyOf", ()) if one != {"type": "null"}]
    if len(choices) == 1:
        inner = _resolved(document, choices[0])
        return inner | {"type": [inner.get("type", "object"), "null"]}
    return node
