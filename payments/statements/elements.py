"""Looking into elements of one message, strictly: what may stand once stands once, and a text is a text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from flask_babel import lazy_gettext as _
from lxml import etree

from payments.statements.errors import Fault, Unreadable
from payments.statements.values import identifier

Element: TypeAlias = etree._Element  # noqa: SLF001 - lxml has no public name for it


class Names:
    """The elements of one namespace, or of none."""

    def __init__(self, namespace: str | None) -> None:
        self._prefix = "" if namespace is None else f"{{{namespace}}}"

    def __call__(self, local_name: str) -> str:
        """The full name."""
        return self._prefix + local_name

    def all(self, element: Element, local_name: str) -> Iterator[Element]:
        """The children of that name."""
        return element.iterchildren(self._prefix + local_name)

    def find(self, element: Element, *path: str) -> Element | None:
        """The one element at the end of a path of names; None when there is none. Raises `Unreadable`: several."""
        found: Element | None = element
        for local_name in path:
            if found is None:
                return None
            children = self.all(found, local_name)
            found = next(children, None)
            if next(children, None) is not None:
                words = _("%(name)s stands here more than once.", name=local_name)
                raise Unreadable(Fault(words, line_of(element)))
        return found

    def text(self, element: Element, *path: str) -> str | None:
        """The text at the end of a path; None when it is absent or blank. Raises `Unreadable`: no text alone."""
        found = self.find(element, *path)
        return None if found is None else plain(found)

    def token(self, element: Element, max_length: int, *path: str) -> str | None:
        """A reference or number at the end of a path. Raises `Unreadable`: too long, or not printable."""
        text = self.text(element, *path)
        if text is None:
            return None
        try:
            return identifier(text, max_length)
        except ValueError as error:
            words = _("%(name)s is no reference of at most %(count)s characters.", name=path[-1], count=max_length)
            raise Unreadable(Fault(words, line_of(element))) from error


def line_of(element: Element) -> int:
    """The line of the document that an element stands in."""
    line: Any = element.sourceline
    return int(line)


def plain(element: Element) -> str | None:
    """The text of an element without the spaces around it; None when it is blank."""
    if len(element):
        words = _("%(name)s must hold text and nothing else.", name=etree.QName(element).localname)
        raise Unreadable(Fault(words, line_of(element)))
    return (element.text or "").strip() or None
