"""Commands about markets."""

from __future__ import annotations

from flask.cli import AppGroup

cli = AppGroup("markets", help="The registry of markets.")
