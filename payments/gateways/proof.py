"""What the proofs of messages are made with, whatever the provider: headers by name, keyed digests, comparing."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

import orjson

from payments.gateways.errors import BadProof


def header(headers: Mapping[str, str], name: str) -> str:
    """The header's value, whatever the case of its name; empty when it did not come."""
    return next((value for given, value in headers.items() if given.lower() == name.lower()), "")


def digest(algorithm: str, key: str, message: bytes) -> str:
    """The HMAC of a message in lower-case hexadecimal; `algorithm` as hashlib names it."""
    assert key, "with an empty key anybody could make this"
    return hmac.new(key.encode(), message, algorithm).hexdigest()


def same(expected: str, given: object) -> bool:
    """Whether somebody gave what was expected, in a time that tells nothing about how far it was right."""
    return isinstance(given, str) and hmac.compare_digest(expected.encode(), given.encode(errors="replace"))


def provable(body: bytes) -> dict[str, Any]:
    """The JSON object in a body whose proof is over what it says, not over its bytes.

    Raises `BadProof`: of what is no such object, nothing can have been proved.
    """
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadProof from error
    if not isinstance(parsed, dict):
        raise BadProof
    return parsed
