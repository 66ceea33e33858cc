"""The check of the catalogues: a message that several of them share says the same in each."""

from __future__ import annotations

from babel.messages.catalog import Catalog

from scripts.check_translations import clashes


def catalogue(*messages: tuple[str | None, str, str]) -> Catalog:
    made = Catalog(locale="vi")
    for context, message, translation in messages:
        made.add(message, translation, context=context)
    return made


def test_catalogues_may_share_what_they_translate_alike() -> None:
    core, payments = catalogue((None, "open", "đang mở")), catalogue((None, "open", "đang mở"))
    assert list(clashes({"core": core, "payments": payments})) == []


def test_a_message_with_two_translations_is_refused() -> None:
    core, payments = catalogue((None, "open", "đang mở")), catalogue((None, "open", "chưa xử lý"))
    (line,) = clashes({"core": core, "payments": payments})
    assert line == "one message, several translations: 'open': 'đang mở' in core; 'chưa xử lý' in payments"


def test_a_context_tells_two_meanings_apart() -> None:
    core, payments = catalogue((None, "open", "đang mở")), catalogue(("a discrepancy", "open", "chưa xử lý"))
    assert list(clashes({"core": core, "payments": payments})) == []


def test_two_translations_in_one_context_are_refused() -> None:
    core, payments = catalogue(("a door", "open", "mở")), catalogue(("a door", "open", "đang mở"))
    (line,) = clashes({"core": core, "payments": payments})
    assert "'open' (a door)" in line


def test_an_empty_translation_is_the_message_itself() -> None:
    core, payments = catalogue((None, "Cash", "")), catalogue((None, "Cash", "Cash"))
    assert list(clashes({"core": core, "payments": payments})) == []
