"""Commands about areas."""

from __future__ import annotations

from flask.cli import AppGroup

cli = AppGroup("areas", help="The registry of areas.")
