"""Groups of commands that work on the database: each command first looks whether that is there and fits this code."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from flask.cli import AppGroup, with_appcontext

from core.database import database
from core.migrations import schema_fault


class Commands(AppGroup):
    """As Flask's group; its commands end with one line and exit 1 where the database does not fit."""

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Add a command that looks first."""
        if cmd.callback is not None:
            cmd.callback = _looking_first(cmd.callback)
        super().add_command(cmd, name)


def _looking_first(callback: Callable[..., Any]) -> Callable[..., Any]:
    @with_appcontext
    @wraps(callback)
    def run(*args: Any, **kwargs: Any) -> Any:
        if fault := schema_fault(database()):
            raise click.ClickException(fault)
        return callback(*args, **kwargs)

    return run
