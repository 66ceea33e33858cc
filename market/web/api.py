"""The frame of the REST API: flask-smorest with our error shape, strict input and exact whole numbers."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_smorest import Api as SmorestApi
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import RAISE, Schema, fields, validate
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest

from market.clock import ZONE
from market.money import AMOUNT_MAX_VND, AMOUNT_MIN_VND
from market.text import tidy

API_PREFIX = "/api/v1"
PAGE_SIZE = 50
PAGE_SIZE_MAX = 200


class _Parser(FlaskParser):
    """Unknown fields are refused wherever they stand, in the body and in the query."""

    DEFAULT_UNKNOWN_BY_LOCATION = FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION | {"json": RAISE, "query": RAISE}

    def handle_invalid_json_error(self, error: Any, req: Any, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002
        raise BadRequest


class Blueprint(SmorestBlueprint):
    """A group of calls; mounted below the API's prefix."""

    ARGUMENTS_PARSER = _Parser()

    def __init__(self, name: str, import_name: str, *, description: str) -> None:
        super().__init__(f"api_{name}", import_name, url_prefix=API_PREFIX, description=description)


class ProblemSchema(Schema):
    """RFC 9457 problem details, as every error is answered."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True, metadata={"description": "stable; programs decide by it"})
    detail = fields.String()
    request_id = fields.String()
    errors = fields.Dict(metadata={"description": "for each wrong field its messages"})


class Api(SmorestApi):
    """The API with one error shape; the handlers of `market.web.problems` answer instead of the library's."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self, *_args: Any, **_kwargs: Any) -> None:
        """Leave errors to the one place that answers them."""


class Text(fields.String):
    """Text that a person typed: NFC, trimmed, no control characters; `max_length` in characters."""

    def __init__(self, *, max_length: int, min_length: int = 1, **kwargs: Any) -> None:
        checks = [validate.Length(min_length, max_length), *kwargs.pop("checks", [])]
        super().__init__(validate=checks, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = tidy(super()._deserialize(value, attr, data, **kwargs))
        if not text.isprintable():
            raise self.make_error("invalid")
        return text


class Whole(fields.Integer):
    """A whole number. JSON's 5.0 is one, too; true, "5" and 5.5 are not."""

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
        return int(value)


class AmountVnd(Whole):
    """A positive amount of đồng within what one bank transfer can carry."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.Range(AMOUNT_MIN_VND, AMOUNT_MAX_VND), **kwargs)


class Moment(fields.AwareDateTime):
    """ISO 8601 with its offset; written in Vietnam's."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", default_timezone=ZONE, **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return super()._serialize(value.astimezone(ZONE) if value else value, attr, obj, **kwargs)


class PageQuery(Schema):
    """The query of a list: `after` is the previous answer's `next`."""

    after = fields.String(load_default=None)
    limit = Whole(text=True, load_default=PAGE_SIZE, validate=validate.Range(1, PAGE_SIZE_MAX))


def list_schema(item: type[Schema]) -> type[Schema]:
    """The schema of a list of `item`: `{"items": […], "next": cursor or null}`."""
    members = {"items": fields.List(fields.Nested(item), required=True), "next": fields.String(allow_none=True)}
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
            "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
            "security": [{"bearer": []}],
        },
    )
    api = Api(app)
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    return api
