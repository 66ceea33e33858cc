"""ISO 20022 camt.053, versions 02 to 08, read as a stream.

Elements are forgotten as soon as they are read, so that memory does not grow with the file. What could make a reader of
XML do more than read is refused, not worked around:

- a DOCTYPE, whatever it holds, so no entity can be declared; libxml2 stops one that multiplies itself even before that;
- XInclude; nothing is ever fetched, neither files nor addresses;
- elements deeper than a camt.053 has them, and more text or elements in one piece than `HELD_MAX_BYTES`;
- more than one of what may stand once, and elements inside a text: two readers could see two amounts.

Elements of other namespaces (signatures, envelopes, a bank's additions) are no part of the statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from flask_babel import lazy_gettext as _
from lxml import etree

from payments.statements.accounts import Statement, is_one_of_several
from payments.statements.elements import Element, Names, line_of
from payments.statements.errors import Fault, Unreadable
from payments.statements.limits import DEPTH_MAX, FILE_MAX_BYTES, HELD_MAX_BYTES
from payments.statements.lines import Item

MESSAGE = "BkToCstmrStmt"
XINCLUDE = "{http://www.w3.org/2001/XInclude}"

_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.0[2-8]")


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
    """Where the walk stands."""

    def __init__(self, measured: _Measured) -> None:
        self._measured = measured
        self._path: list[str] = []
        self._names: Names | None = None
        self._statement: Statement | None = None
        self._depth_of_statement = 0
        self._statements = 0
        self._one_of_several_pages = False

    def enter(self, element: Element) -> None:
        """An element begins; its text and children are still to come."""
        if not self._path and element.getroottree().docinfo.internalDTD is not None:
            raise Unreadable(Fault(_("A DOCTYPE has no place in a statement."), 1))
        if element.tag.startswith(XINCLUDE):
            raise Unreadable(Fault(_("An XInclude has no place in a statement."), line_of(element)))
        self._path.append(element.tag)
        if len(self._path) > DEPTH_MAX:
            raise Unreadable(Fault(_("Elements lie too deep within each other."), line_of(element)))
        if self._names is None:
            self._names = _names(element)
        elif element.tag == self._names("Stmt") and self._path[-2] == self._names(MESSAGE):
            self._statement = Statement(self._names, line_of(element), one_of_several_pages=self._one_of_several_pages)
            self._depth_of_statement = len(self._path)
            self._statements += 1

    def leave(self, element: Element) -> Iterator[Item]:
        """An element is whole; gives what it means, and forgets what is done with."""
        depth = len(self._path) - self._depth_of_statement
        if self._statement is None:
            self._read_header(element)
            self._forget(element)
        elif depth == 0:
            yield from self._statement.end()
            self._statement = None
            self._forget(element)
        elif depth == 1:
            yield from self._statement.child(element)
            self._forget(element)
        elif self._statement.inside(element, self._path[-depth:]):
            self._forget(element)
        self._path.pop()

    def end(self) -> None:
        """The document is over."""
        if not self._statements:
            raise Unreadable(Fault(_("There is no camt.053 statement in this file.")))

    def _read_header(self, element: Element) -> None:
        """A message of several pages says so in its header."""
        names = self._names
        if names is None or names("MsgPgntn") not in self._path[-2:-1]:
            return
        page = element.text if element.tag == names("PgNb") else None
        last = element.text if element.tag == names("LastPgInd") else None
        if is_one_of_several(page, last):
            self._one_of_several_pages = True

    def _forget(self, element: Element) -> None:
        # The parser still writes to the element that has just ended; the one before it is free to go, unless it is
        # part of an entry that is still being read.
        element.clear()
        before = element.getprevious()
        parent = element.getparent()
        if before is not None and parent is not None and not (len(before) or before.text):
            parent.remove(before)
        self._measured.forget()


def _names(element: Element) -> Names | None:
    """The names of the message's elements, once the element that holds its statements is met."""
    name = etree.QName(element)
    if name.localname != MESSAGE:
        return None
    if name.namespace is not None and _NAMESPACE.fullmatch(name.namespace) is None:
        words = _("%(namespace)s is no camt.053 of the versions 02 to 08.", namespace=name.namespace)
        raise Unreadable(Fault(words, line_of(element)))
    return Names(name.namespace)
