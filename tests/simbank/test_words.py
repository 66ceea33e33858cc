"""The words: each in both languages, and the README says all there is to set, call and be refused."""

import dataclasses
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import simbank
from simbank import SimbankSettings, errors
from simbank.faults.models import Fault
from simbank.faults.plan import Durations
from simbank.models import Refusal, ReturnRefusal
from simbank.statements import FIELDS

HERE = Path(simbank.__file__).parent
README = (HERE / "README.md").read_text()
PLACE = re.compile(r"%\(\w+\)s")


def words_in_use():
    methods = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
    keywords = {"_": None, "gettext": None}
    return {message for _, _, message, _, _ in extract_from_dir(HERE, method_map=methods, keywords=keywords)}


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_word_is_translated_and_none_is_left_over(language):
    with (HERE / "translations" / language / "LC_MESSAGES" / "messages.po").open("rb") as po:
        catalogue = {message.id: message.string for message in read_po(po) if message.id}

    assert catalogue.keys() == words_in_use()
    for message, words in catalogue.items():
        assert words, message
        assert sorted(PLACE.findall(words)) == sorted(PLACE.findall(message))


def test_the_readme_names_every_setting():
    for field in dataclasses.fields(SimbankSettings):
        assert f"`SIMBANK_{field.name.upper()}`" in README


def test_the_readme_names_every_refusal_and_every_own_error():
    own = (
        errors.AccountNotFoundError,
        errors.AccountConflictError,
        errors.CreditNotFoundError,
        errors.RefundNotFoundError,
        errors.KeyReusedError,
        errors.BankDownError,
    )
    for code in [*Refusal, *ReturnRefusal, *(error.code for error in own)]:
        assert f"`{code}`" in README


def test_the_readme_names_every_call(simbank_still_counter):
    for rule in simbank_still_counter.app.url_map.iter_rules():
        if rule.rule.startswith(("/api/", "/healthz")):
            path = re.sub(r"<(?:path:)?(\w+)>", r"{\1}", rule.rule).replace("{bank_bin}", "{bin}")
            for method in rule.methods - {"HEAD", "OPTIONS"}:
                assert re.search(rf"`{method} {re.escape(path)}[?`]", README), (method, path)


def test_the_readme_names_every_fault_and_how_long_it_lasts():
    for name in [*Fault, *(field.name for field in dataclasses.fields(Durations))]:
        assert f"`{name}`" in README


def test_the_readme_has_the_header_of_the_csv():
    assert f"`{','.join(FIELDS)}`" in README
