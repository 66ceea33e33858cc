"""Every word in the code stands in its package's catalogue, and every one has its Vietnamese.

The application reads its catalogues as one, so a message that two of them share must say the same in both. Where it
means two things, `pgettext` gives each its context, or the English says what it means.

Prints what is wrong, one line each, and exits 1. A placeholder in a translation must be one of the message's, and the
message's must all be used: a forgotten one hides a figure, a new one breaks the page.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("core", "market", "vendors", "payments", "adoption", "demo", "simbank")
#: Those that the application reads as one; the simulated bank is an application of its own.
SHARED = tuple(package for package in PACKAGES if package != "simbank")
PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?[sd%]|\{(\w*)\}")
LANGUAGES = ("vi", "en")


def main() -> None:
    """Check every package that there is."""
    with tempfile.TemporaryDirectory() as folder:
        wrong = [line for package in PACKAGES if (ROOT / package).is_dir() for line in _check(package, Path(folder))]
    for language in LANGUAGES:
        read = {package: _read(_catalogue(package, language), language) for package in SHARED}
        wrong += [f"{language}: {line}" for line in clashes(read)]
    for line in wrong:
        print(line)
    print(f"{len(wrong)} words to mend" if wrong else "every word has its translation")
    sys.exit(bool(wrong))


def _check(package: str, folder: Path) -> Iterator[str]:
    template = folder / f"{package}.pot"
    subprocess.run([ROOT / "scripts" / "translations", "extract", package, template], check=True, cwd=ROOT)
    used = [message for message in _read(template, "en") if message.id]
    for language in LANGUAGES:
        path = _catalogue(package, language)
        if not path.exists():
            if used:
                yield f"{package} {language}: there is no catalogue; run scripts/translations update {package}"
            continue
        kept = _read(path, language)
        for message in used:
            found = kept.get(message.id, message.context)
            if found is None:
                yield f"{package} {language}: not in the catalogue: {_first(message.id)!r}"
            else:
                yield from (
                    f"{package} {language}: {fault}: {_first(message.id)!r}" for fault in _faults(found, language)
                )


def clashes(catalogues: Mapping[str, Catalog]) -> Iterator[str]:
    """The messages that several catalogues translate, each in its own way; an empty translation is the message."""
    found: dict[tuple[str | None, tuple[str, ...]], dict[tuple[str, ...], list[str]]] = {}
    for package, catalogue in catalogues.items():
        for message in catalogue:
            ids, strings = _each(message.id), _each(message.string)
            if message.id:
                shown = strings if any(strings) else ids
                found.setdefault((message.context, ids), {}).setdefault(shown, []).append(package)
    for (context, ids), ways in found.items():
        if len(ways) > 1:
            said = "; ".join(f"{shown[0]!r} in {', '.join(packages)}" for shown, packages in ways.items())
            yield f"one message, several translations: {ids[0]!r}{f' ({context})' if context else ''}: {said}"


def _faults(message: Message, language: str) -> Iterator[str]:
    strings = [text for text in _each(message.string) if text]
    if message.fuzzy:
        yield "marked fuzzy"
    if language == "vi" and len(strings) < len(_each(message.string)):
        yield "has no Vietnamese"
    expected = {frozenset(_placeholders(text)) for text in _each(message.id)}
    for text in strings:
        if frozenset(_placeholders(text)) not in expected:
            yield "placeholders differ"


def _placeholders(text: str) -> list[str]:
    return sorted(found.group() for found in PLACEHOLDER.finditer(text) if found.group() != "%%")


def _each(texts: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(texts)


def _first(texts: str | tuple[str, ...] | list[str]) -> str:
    return _each(texts)[0]


def _read(path: Path, language: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language)


def _catalogue(package: str, language: str) -> Path:
    base = ROOT / "simbank" / "translations" if package == "simbank" else ROOT / "translations" / package
    return base / language / "LC_MESSAGES" / "messages.po"


if __name__ == "__main__":
    main()
