"""Forms: what was typed stays, nested fields by dots, errors beside their field."""

from __future__ import annotations

import pytest
from flask import Flask, render_template_string
from marshmallow import Schema, fields
from werkzeug.datastructures import MultiDict

from core.web.api import AmountVnd, Text
from core.web.forms import Form


class VendorSchema(Schema):
    phone = Text(max_length=10, required=True)


class StallSchema(Schema):
    number = Text(max_length=4, required=True)
    note = fields.String(load_default="none")
    amount_vnd = AmountVnd(text=True)
    vendor = fields.Nested(VendorSchema, required=True)


@pytest.fixture(autouse=True)
def in_english(app: Flask):
    with app.test_request_context("/", headers={"Cookie": "cho40_language=en"}):
        yield


def test_it_works() -> None:
    typed = MultiDict([("csrf_token", "x"), ("number", " A 1 "), ("vendor.phone", "0900"), ("amount_vnd", "5000")])
    form = Form(typed)
    assert form.load(StallSchema()) == {
        "number": "A 1",
        "note": "none",
        "amount_vnd": 5000,
        "vendor": {"phone": "0900"},
    }
    assert form.errors == {}


def test_an_empty_field_counts_as_not_given() -> None:
    form = Form({"number": "  ", "note": "", "vendor.phone": "0900"})
    assert form.load(StallSchema()) is None
    assert form.error("number") == "Fill this in."
    assert form.error("note") is None


def test_a_mistake_within_another_field_stands_beside_it_and_loses_nothing() -> None:
    form = Form({"number": "A1", "vendor.phone": "09000000001"})
    assert form.load(StallSchema()) is None
    assert form.error("vendor.phone") == "From 1 to 10 characters."
    assert form.value("vendor.phone") == "09000000001"


def test_where_nothing_within_another_field_was_typed_each_of_its_fields_is_missing() -> None:
    form = Form({"number": "A1", "vendor.phone": " "})
    assert form.load(StallSchema()) is None
    assert form.errors == {"vendor.phone": ["Fill this in."]}


@pytest.mark.parametrize(
    "typed",
    [{"vendor": "x", "vendor.phone": "0900"}, {"vendor.phone": "0900", "vendor": "x"}, {"a.b.c": "1", "a.b": "2"}],
)
def test_names_that_clash_do_not_break_it(typed: dict[str, str]) -> None:
    Form(typed | {"number": "A1"}).load(StallSchema())


def test_what_a_service_refuses_is_taken_over() -> None:
    form = Form({"number": "A1"})
    form.refuse({"vendor": {"phone": ["No such phone"]}, "_form": ["Closed"]})
    assert form.errors == {"vendor.phone": ["No such phone"], "_form": ["Closed"]}


def test_what_is_wrong_is_listed_by_the_names_of_the_fields() -> None:
    form = Form({"number": "A1", "vendor.phone": ""})
    form.load(StallSchema())
    form.refuse({"number": ["Taken already."], "_form": ["The books are closed."]})
    drawn = render_template_string(
        """{% from "components/forms.html" import field, refusal %}{% call refusal(form) %}
        {{ field(form, "number", "Stall number") }}{{ field(form, "vendor.phone", "Phone") }}{% endcall %}""",
        form=form,
    )
    summary, _, fields_drawn = drawn.partition("</ul>")
    assert "3 things to correct" in summary
    assert '<a href="#field-number">Stall number: Taken already.</a>' in summary
    assert '<a href="#field-vendor-phone">Phone: Fill this in.</a>' in summary
    assert "<li>The books are closed.</li>" in summary
    assert fields_drawn.count('class="error"') == 2
