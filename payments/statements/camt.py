"""ISO 20022 camt.053, versions 02 to 14, read as a stream.

What is read stands in the same place in all of them, but for the status, the parties (07) and the amounts of
transactions (03).

Elements are forgotten as soon as they are read, so that memory does not grow with the file. What could make a reader of
XML do more than read is refused, not worked around:

- a DOCTYPE, whatever it holds, so no entity can be declared; libxml2 stops one that multiplies itself even before that;
- XInclude; nothing is ever fetched, neither files nor addresses;
- more text or elements in one piece than `HELD_MAX_BYTES`; libxml2 stops at 256 elements within each other;
- more than one of what may stand once, and elements inside a text: two readers could see two amounts.

Elements of other namespaces (signatures, envelopes, a bank's additions) are no part of the statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from flask_babel import lazy_gettext as _
from lxml import etree

from payments.statements.accounts import Statement
from payments.statements.elements import Element, Names, line_of
from payments.statements.errors import Fault, Unreadable
from payments.statements.items import Item
from payments.statements.limits import FILE_MAX_BYTES, HELD_MAX_BYTES

MESSAGE = "BkToCstmrStmt"
XINCLUDE = "{http://www.w3.org/2001/XInclude}"
#: Elements that the walk stops at, in any namespace; asking about every element would take three times as long.
TAGS = [f"{{*}}{name}" for name in (MESSAGE, "Stmt", "Ntry", "NtryDtls", "TxDtls")] + [f"{XINCLUDE}*"]

_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.(?:0[2-9]|1[0-4])")


def read_camt(stream: BinaryIO) -> Iterator[Item]:
    """The lines, findings and account periods of a document, as they come.

    Raises `Unreadable`; then nothing that was given before holds.
    """
    measured = _Measured(stream)
    document = _Document(measured)
    # resolve_entities matters no more once a DOCTYPE is refused, and is off all the same.
    walk = etree.iterparse(
        measured,
        events=("start", "end"),
        tag=TAGS,
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        no_network=True,
        huge_tree=False,
        recover=False,
        collect_ids=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for event, element in walk:
            if event == "start":
                document.enter(element)
            else:
                yield from document.leave(element)
    except etree.XMLSyntaxError as error:
        raise Unreadable(
            Fault(_("This is no whole XML document: %(reason)s", reason=error.msg), error.lineno)
        ) from error
    document.end()


class _Measured:
    """The file, with a count of what was read since the last element was forgotten."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._total = 0
        self._held = 0

    def read(self, size: int) -> bytes:
        """At most `size` bytes. Raises `Unreadable` past the limits."""
        portion = self._stream.read(size)
        self._total += len(portion)
        self._held += len(portion)
        if self._total > FILE_MAX_BYTES:
            raise Unreadable(Fault(_("The file is larger than %(count)s bytes.", count=FILE_MAX_BYTES)))
        if self._held > HELD_MAX_BYTES:
            raise Unreadable(Fault(_("One piece of the file is larger than %(count)s bytes.", count=HELD_MAX_BYTES)))
        return portion

    def forget(self) -> None:
        """What was read until now is done with."""
        self._held = 0


class _Document:
    """Where the walk through the document stands. It sees only the elements that `TAGS` names, wherever they are."""

    def __init__(self, measured: _Measured) -> None:
        self._measured = measured
        self._message: Element | None = None
        self._names = Names(None)
        self._at: Element | None = None
        self._entry: Element | None = None
        self._statement: Statement | None = None
        self._statements = 0

    def enter(self, element: Element) -> None:
        """An element begins; its text and children are still to come."""
        if element.tag.startswith(XINCLUDE):
            raise Unreadable(Fault(_("An XInclude has no place in a statement."), line_of(element)))
        if self._message is None:
            self._enter_message(element)
        elif element.tag == self._names("Stmt") and element.getparent() is self._message:
            page = self._names.find(self._message, "GrpHdr", "MsgPgntn")
            self._statement = Statement(self._names, line_of(element), page)
            self._at = element
            self._statements += 1
        elif element.tag == self._names("Ntry") and self._at is not None and element.getparent() is self._at:
            self._entry = element
            self._read_before(element)

    def leave(self, element: Element) -> Iterable[Item]:
        """An element is whole; gives what it means, and forgets what is done with."""
        if self._statement is None:
            return ()
        if element is self._at:
            return self._end_statement(self._statement, element)
        if element is self._entry:
            return self._end_entry(self._statement, element)
        if self._entry is not None:
            self._end_details(self._statement, self._entry, element)
        return ()

    def end(self) -> None:
        """The document is over."""
        if not self._statements:
            raise Unreadable(Fault(_("There is no camt.053 statement in this file.")))

    def _enter_message(self, element: Element) -> None:
        # Not by etree.QName, which does not bear every namespace that a file may name.
        namespace, _bracket, name = element.tag.rpartition("}")
        namespace = namespace.removeprefix("{")
        if name != MESSAGE:
            return
        if element.getroottree().docinfo.internalDTD is not None:
            raise Unreadable(Fault(_("A DOCTYPE has no place in a statement."), 1))
        if namespace and _NAMESPACE.fullmatch(namespace) is None:
            words = _("%(namespace)s is no camt.053 of the versions 02 to 14.", namespace=namespace)
            raise Unreadable(Fault(words, line_of(element)))
        self._message = element
        self._names = Names(namespace or None)

    def _read_before(self, element: Element) -> None:
        """What stands in the statement before this entry: its account, its balances, the entry before, now empty."""
        for child in element.itersiblings(preceding=True):
            if self._statement is not None:
                self._statement.read(child)
        self._forget_before(element)

    def _end_entry(self, statement: Statement, element: Element) -> list[Item]:
        items = statement.end_entry(element)
        self._entry = None
        element.clear()
        self._measured.forget()
        return items

    def _end_details(self, statement: Statement, entry: Element, element: Element) -> None:
        parent = element.getparent()
        if parent is entry and element.tag == self._names("NtryDtls"):
            statement.details.end_batch(self._names, element)
        elif (
            parent is not None
            and parent.getparent() is entry
            and (parent.tag, element.tag) == (self._names("NtryDtls"), self._names("TxDtls"))
        ):
            statement.details.add(self._names, element)
            element.clear()
            before = element.getprevious()
            if before is not None and before.tag == element.tag:
                parent.remove(before)
            self._measured.forget()

    def _end_statement(self, statement: Statement, element: Element) -> list[Item]:
        for child in element:
            statement.read(child)
        self._statement = self._at = None
        element.clear()
        self._forget_before(element)
        return statement.end()

    def _forget_before(self, element: Element) -> None:
        # The parser still writes to the element at hand; those before it are free to go.
        parent = element.getparent()
        for done in list(element.itersiblings(preceding=True)):
            if parent is not None:
                parent.remove(done)
        self._measured.forget()
