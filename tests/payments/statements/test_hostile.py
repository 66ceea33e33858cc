"""What an XML file can do besides saying something, and how it is stopped."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from core.settings import PROJECT_ROOT
from payments.statement_lines import Line
from payments.statements import camt
from payments.statements import details as details_module
from payments.statements.camt import read_camt
from payments.statements.errors import Unreadable
from payments.statements.limits import HELD_MAX_BYTES
from tests.support.statements import details, document, entry, statement

WHOLE = document(statement(entry(note="NOTE")))
HEAD, REST = WHOLE.split(b"\n", 1)


def refused(content: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        list(read_camt(io.BytesIO(content)))
    return str(caught.value)


def with_doctype(subset: str, note: str = "NOTE") -> bytes:
    return HEAD + f"<!DOCTYPE Document {subset}>".encode() + REST.replace(b"NOTE", note.encode())


def test_the_document_without_any_of_this_is_read() -> None:
    assert [item.content for item in read_camt(io.BytesIO(WHOLE)) if isinstance(item, Line)] == ["NOTE"]


def test_a_doctype_is_refused_even_when_it_declares_nothing() -> None:
    assert "DOCTYPE" in refused(with_doctype(""))


def test_an_entity_of_the_documents_own_is_refused() -> None:
    assert "DOCTYPE" in refused(with_doctype('[<!ENTITY a "50000">]', "&a;"))


def test_an_entity_that_names_a_file_is_refused_and_the_file_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("do not tell")
    said = refused(with_doctype(f'[<!ENTITY a SYSTEM "{secret.as_uri()}">]', "&a;"))
    assert "DOCTYPE" in said
    assert "do not tell" not in said


def test_an_external_subset_is_refused_and_never_fetched(tmp_path: Path) -> None:
    # A FIFO that nobody writes to: whoever opened it would wait for ever.
    pipe = tmp_path / "pipe.dtd"
    os.mkfifo(pipe)
    assert "DOCTYPE" in refused(with_doctype(f'SYSTEM "{pipe.as_uri()}"'))


def test_a_parameter_entity_is_refused(tmp_path: Path) -> None:
    assert "DOCTYPE" in refused(with_doctype("[<!ENTITY % p \"<!ENTITY a 'x'>\"> %p;]", "&a;"))


def billion_laughs() -> str:
    steps = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return f'[<!ENTITY a0 "haha">{steps}]'


def test_entities_that_multiply_each_other_are_refused_in_a_text() -> None:
    refused(with_doctype(billion_laughs(), "&a9;"))


def test_entities_that_multiply_each_other_are_refused_in_an_attribute() -> None:
    # An attribute's entities are put in by the parser itself, before anybody sees the DOCTYPE; its own bound stops it.
    refused(with_doctype(billion_laughs()).replace(b'Ccy="VND"', b'Ccy="&a9;"', 1))
    refused(with_doctype(billion_laughs()).replace(b"<Document ", b'<Document lang="&a9;" ', 1))


def test_an_entity_that_nobody_declared_is_refused() -> None:
    refused(WHOLE.replace(b"NOTE", b"&a;"))


def test_an_xinclude_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.xml"
    other.write_bytes(WHOLE)
    include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{other.as_uri()}"/>'
    assert "XInclude" in refused(document(statement(include)))


def test_elements_too_deep_within_each_other_are_refused() -> None:
    refused(document(statement("<a>" * 300 + "</a>" * 300)))
    assert list(read_camt(io.BytesIO(document(statement("<a>" * 20 + "</a>" * 20)))))


class Endless(io.RawIOBase):
    """A file that begins, goes on without an end, and counts what was asked of it."""

    def __init__(self, head: bytes, again: bytes) -> None:
        self._head, self._again = head, again
        self.given = 0

    def read(self, size: int = -1) -> bytes:
        portion = self._head or self._again * max(1, size // len(self._again))
        self._head = b""
        self.given += len(portion)
        return portion


START = document(statement()).split(b"<Id>S-")[0]


@pytest.mark.parametrize(
    ("head", "again"),
    [
        (b"<?xml version='1.0'?>", b" "),
        (b"<!DOCTYPE a [", b"<!ENTITY a 'x'>"),
        (b"<!--", b"a comment "),
        (START + b"<Ntry><AddtlNtryInf>", b"text "),
        (START + b"<Ntry>", b"<x/>"),
        (START + b"<Other><More>", b"<x>1</x>"),
        (START + b'<Bal a="', b"a"),
        (START + b"<", b"a"),
    ],
    ids=["blanks", "declarations", "comment", "text", "elements", "unknown", "attribute", "name"],
)
def test_a_piece_without_an_end_is_given_up_soon(head: bytes, again: bytes) -> None:
    stream = Endless(head, again)
    with pytest.raises(Unreadable):
        list(read_camt(stream))
    assert stream.given < HELD_MAX_BYTES * 2


def test_a_file_without_an_end_is_given_up_at_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camt, "FILE_MAX_BYTES", 1_000_000)
    stream = Endless(START + b"<Acct><Id><Othr><Id>990000000001</Id></Othr></Id></Acct>", entry().encode())
    with pytest.raises(Unreadable, match="larger than"):
        list(read_camt(stream))
    assert stream.given < 2_000_000


def test_a_batch_may_have_so_many_transactions_and_none_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(details_module, "BATCH_DETAILS_MAX", 3)
    fits = document(statement(entry(3, details=details(1) * 3)))
    assert sum(isinstance(item, Line) for item in read_camt(io.BytesIO(fits))) == 3
    assert "more than 3" in refused(document(statement(entry(4, details=details(1) * 4))))


@pytest.mark.parametrize("kind", ["camt", "csv"])
def test_memory_does_not_grow_with_the_file(kind: str) -> None:
    command = [sys.executable, str(PROJECT_ROOT / "benchmarks" / "statements.py"), "--megabytes", "12", "--kind", kind]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    peak_mb, idle_mb = (int(found) for found in re.findall(r"(\d+) MB(?=[ )])", said)[-2:])
    assert peak_mb - idle_mb < 8
