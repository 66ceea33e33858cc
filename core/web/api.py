"""The frame of the REST API: flask-smorest with our error shape, strict input and exact whole numbers."""

from __future__ import annotations

from datetime import date
from functools import cache
from http import HTTPStatus
from typing import Any

import orjson
from flask import Flask, Request
from flask_babel import lazy_gettext as _
from flask_smorest import Api as SmorestApi
from flask_smorest import Blueprint as SmorestBlueprint
from flask_smorest.utils import prepare_response
from marshmallow import INCLUDE, RAISE, Schema, fields, missing, validate
from webargs.core import is_json
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from core.clock import ZONE
from core.errors import InvalidInput
from core.money import AMOUNT_MAX_VND, AMOUNT_MIN_VND
from core.text import tidy
from core.web.nul_characters import nul_errors
from core.web.problems import PROBLEM_JSON

API_PREFIX = "/api/v1"
PAGE_SIZE = 50
PAGE_SIZE_MAX = 200
#: The largest whole number that every reader of JSON gets right.
WHOLE_MAX = 2**53 - 1
WHOLE_MAX_FIGURES = len(str(WHOLE_MAX))
#: Every number of so many figures fits in 64 bits, and no key of ours has more.
CURSOR_MAX_FIGURES = 18
#: Days that may be asked for. Python's first and last days overflow when they are moved by a day or to another zone.
DAY_MIN, DAY_MAX = date(1900, 1, 1), date(2099, 12, 31)
WRITES = frozenset({"post", "put", "patch", "delete"})
IDEMPOTENCY_PARAMETER = "Idempotency-Key"
#: Where the description keeps the parameter of those calls that must carry a key.
IDEMPOTENCY_NEEDED = "Idempotency-Key-needed"
IDEMPOTENCY_DOC = {
    "description": "the same key with the same request gives the same answer, and does the work once",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]*[!-~][ -~]*$"},
}
#: What text is described to hold: Latin letters, figures and signs. Other scripts are taken, too; what is invisible is
#: not. Unicode's own classes (`\\p{…}`) would say it exactly, but readers of OpenAPI do not agree on them.
TEXT_CHARACTERS = r"!-~\u00a1-\u00ac\u00ae-\u033f\u1e00-\u1eff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf"
TEXT_PATTERN = f"^[ {TEXT_CHARACTERS}]*[{TEXT_CHARACTERS}][ {TEXT_CHARACTERS}]*$"
NO_NUL_PATTERN = r"^[^\u0000]*$"
EMPTY_TEXT_PATTERN = f"^[ {TEXT_CHARACTERS}]*$"
DESCRIPTION = (
    "Stalls, codes, payments and adoption of cashless wet markets. Amounts are whole đồng; moments are ISO 8601 with "
    "their offset; a list is `{items, next}`, and `after` takes its `next`; every error is application/problem+json "
    "with a stable code."
)


class _Parser(FlaskParser):
    """Reads strictly: unknown fields are refused wherever they stand, and so is what is JSON to Python alone."""

    DEFAULT_UNKNOWN_BY_LOCATION = FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION | {"json": RAISE, "query": RAISE}

    def load_json(self, req: Request, schema: Schema) -> Any:  # noqa: ARG002 - the library's signature
        """Give what the body says, or `missing` for an empty one.

        orjson reads the standard's JSON and nothing else: no NaN, no lone surrogate, no nesting without an end.
        """
        body = req.get_data()
        if not body.strip():
            return missing
        if not is_json(req.mimetype):
            raise UnsupportedMediaType
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise BadRequest from error
        if errors := nul_errors(value):
            raise InvalidInput(errors if isinstance(errors, dict) else {"_schema": errors})
        return value


class Blueprint(SmorestBlueprint):
    """A group of calls; mounted below the API's prefix.

    The description of a call says by itself what its `requires` asks for (nothing: the call is public), and that a
    write may carry an Idempotency-Key.
    """

    ARGUMENTS_PARSER = _Parser()

    def __init__(self, name: str, import_name: str, *, description: str) -> None:
        super().__init__(f"api_{name}", import_name, url_prefix=API_PREFIX, description=description)
        self._prepare_doc_cbks.append(_describe_access)

    def _store_endpoint_docs(self, endpoint: str, obj: Any, parameters: Any, tags: Any, **options: Any) -> None:
        super()._store_endpoint_docs(endpoint, obj, parameters, tags, **options)
        name = f"{self.name.removeprefix('api_')}_{endpoint}"
        for method, doc in self._docs[endpoint].items():
            if method != "parameters":
                doc.setdefault("manual_doc", {}).setdefault("operationId", name)


def _describe_access(doc: dict[str, Any], info: dict[str, Any], *, method: str, **_others: Any) -> dict[str, Any]:
    permissions = info.get("permissions")
    if permissions is None:
        doc["security"] = []
    else:
        doc["x-permissions"] = permissions
        for status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            doc.setdefault("responses", {}).setdefault(status.value, status.name)
    if method in WRITES:
        parameter = IDEMPOTENCY_NEEDED if info.get("idempotency_key_needed") else IDEMPOTENCY_PARAMETER
        doc.setdefault("parameters", []).append(parameter)
    return doc


class ProblemSchema(Schema):
    """RFC 9457 problem details, as every error is answered; some problems carry data of their own besides."""

    class Meta:
        """Members that are not listed here are a problem's own."""

        unknown = INCLUDE

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True, metadata={"description": "stable; programs decide by it"})
    detail = fields.String(metadata={"description": "what to do"})
    request_id = fields.String(metadata={"description": "finds the request in our logs"})
    errors = fields.Dict(metadata={"description": "for each wrong field its messages"})


class Api(SmorestApi):
    """The API with one error shape; the handlers of `core.web.problems` answer instead of the library's."""

    ERROR_SCHEMA = ProblemSchema

    def _register_responses(self) -> None:
        """Describe every error as problem details."""
        for status in HTTPStatus:
            if status >= HTTPStatus.BAD_REQUEST:
                self._register_error(status.name, status.phrase)
        self._register_error(self.DEFAULT_ERROR_RESPONSE_NAME, "Any other error")

    def _register_error(self, name: str, description: str) -> None:
        response = {"description": description, "schema": self.ERROR_SCHEMA}
        prepare_response(response, self.spec, PROBLEM_JSON)
        self.spec.components.response(name, response, lazy=True)

    def _register_pagination_header(self) -> None:
        """Leave it out: our lists carry their cursor in the body."""

    def _register_error_handlers(self, *_args: Any, **_kwargs: Any) -> None:
        """Leave errors to the one place that answers them."""


class Text(fields.String):
    """Text that a person typed: NFC, trimmed, no control characters; `max_length` in characters.

    `pattern` describes what is taken where that is narrower than text.
    """

    def __init__(self, *, max_length: int, min_length: int = 1, pattern: str | None = None, **kwargs: Any) -> None:
        checks = [validate.Length(min_length, max_length), *kwargs.pop("checks", [])]
        described = pattern or (TEXT_PATTERN if min_length else EMPTY_TEXT_PATTERN)
        super().__init__(validate=checks, metadata={"pattern": described} | kwargs.pop("metadata", {}), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = tidy(super()._deserialize(value, attr, data, **kwargs))
        if not text.isprintable():
            raise self.make_error("invalid")
        return text


class Whole(fields.Integer):
    """A whole number. JSON's 5.0 is one, too; true, "5" and 5.5 are not.

    `text` lets "5" in, for queries and forms, where everything is text.
    """

    def __init__(self, *, text: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.text = text

    def _validated(self, value: Any) -> int:
        if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
            raise self.make_error("invalid")
        if isinstance(value, str) and not (self.text and value.isascii() and value.isdigit()):
            raise self.make_error("invalid")
        if not isinstance(value, int | float | str):
            raise self.make_error("invalid")
        if (isinstance(value, str) and len(value) > WHOLE_MAX_FIGURES) or abs(int(value)) > WHOLE_MAX:
            raise self.make_error("too_large")
        return int(value)


class AmountVnd(Whole):
    """A positive amount of đồng within what one bank transfer can carry."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.Range(AMOUNT_MIN_VND, AMOUNT_MAX_VND), **kwargs)


class Day(fields.Date):
    """A day that somebody asks for, from `DAY_MIN` to `DAY_MAX`, so that periods around it can be computed."""

    default_error_messages = {  # noqa: RUF012
        "range": _("Give a day from %(first)s to %(last)s.", first=DAY_MIN.isoformat(), last=DAY_MAX.isoformat())
    }

    def __init__(self, *, description: str | None = None, **kwargs: Any) -> None:
        described = {"pattern": "^(19|20)"} | ({"description": description} if description else {})
        super().__init__(metadata=described, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        day = super()._deserialize(value, attr, data, **kwargs)
        if not DAY_MIN <= day <= DAY_MAX:
            raise self.make_error("range")
        return day


class Moment(fields.AwareDateTime):
    """ISO 8601 with its offset; written in Vietnam's."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", default_timezone=ZONE, **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return super()._serialize(value.astimezone(ZONE) if value else value, attr, obj, **kwargs)


class KeyCursor(fields.String):
    """Where a list by number goes on; loads the number, 0 for the start."""

    default_error_messages = {"unknown": _("Use the `next` of the answer before.")}  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__(load_default=0, metadata={"pattern": f"^[0-9]{{1,{CURSOR_MAX_FIGURES}}}$"})

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not (text.isascii() and text.isdecimal() and len(text) <= CURSOR_MAX_FIGURES):
            raise self.make_error("unknown")
        return int(text)


class PageQuery(Schema):
    """The query of a list: `after` is the previous answer's `next`."""

    after = fields.String(load_default=None, metadata={"pattern": NO_NUL_PATTERN})
    limit = Whole(text=True, load_default=PAGE_SIZE, validate=validate.Range(1, PAGE_SIZE_MAX))


class KeyPageQuery(PageQuery):
    """The query of a list by number."""

    after = KeyCursor()


@cache
def list_schema(item: type[Schema]) -> type[Schema]:
    """The schema of a list of `item`: `{"items": […], "next": cursor or null}`."""
    members: dict[str, fields.Field[Any]] = {
        "items": fields.List(fields.Nested(item), required=True),
        "next": fields.String(allow_none=True, required=True, metadata={"description": "null at the end"}),
    }
    return Schema.from_dict(members, name=f"{item.__name__.removesuffix('Schema')}List")


def init_app(app: Flask, blueprints: list[Blueprint]) -> Api:
    """Mount the API's groups and its description."""
    app.config.update(
        API_TITLE="Chợ 4.0",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=API_PREFIX,
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "info": {"description": DESCRIPTION},
            "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
            "security": [{"bearer": []}],
        },
    )
    api = Api(app)
    api.spec.components.parameter(IDEMPOTENCY_PARAMETER, "header", IDEMPOTENCY_DOC)
    needed = IDEMPOTENCY_DOC | {"name": IDEMPOTENCY_PARAMETER, "required": True}
    api.spec.components.parameter(IDEMPOTENCY_NEEDED, "header", needed)
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    return api
