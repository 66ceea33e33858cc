"""Applications for tests: one is made for each kind of settings, and lent to one test after the other.

Making one takes as long as most tests do, and compiling its templates longer. What belongs to a test, its database and
whatever works on that, is made anew; what a test puts in is taken out; and what could not be (another route, say) Flask
refuses, for the application has answered already. A test that needs that has one made for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeAlias

from flask import Flask

import wsgi
from core.settings import Settings
from core.web import logs
from tests.support.browser import Browser
from tests.support.unflushed import unflushed

#: Gives an application more routes; those that were given the same are of one kind.
Addition: TypeAlias = Callable[[Flask], None]


class Applications:
    """Those of one process."""

    def __init__(self) -> None:
        self._made: dict[tuple[Settings, Addition | None], Flask] = {}

    @contextmanager
    def lend(self, settings: Settings, *, own: bool = False, addition: Addition | None = None) -> Iterator[Flask]:
        """One with these settings for one test; `own` when that test may do to it what can't be put back."""
        app = make(settings) if own else self._kept(settings, addition)
        config = dict(app.config)
        logs.configure(settings.log_level, quote_errors=settings.env != "production")
        # What outlives the test, an open stream or a writer, stays with the test's own parts.
        container = wsgi.make_container(settings)
        unflushed(container.database)
        container.install(app)
        app.jinja_env.globals["settings"] = settings
        try:
            yield app
        finally:
            # A writer that went on waiting would keep the database, with all that its engine has compiled.
            container.recorder.close()
            container.database.dispose()
            app.config.clear()
            app.config.update(config)

    def _kept(self, settings: Settings, addition: Addition | None) -> Flask:
        kind = replace(settings, database_url="sqlite:///never-opened.db")
        if (kind, addition) not in self._made:
            app = self._made[kind, addition] = make(kind)
            if addition is not None:
                addition(app)
            # From here on it takes no more routes.
            assert app.test_client().get("/healthz").status_code == 200
        return self._made[kind, addition]


def make(settings: Settings) -> Flask:
    """An application of a test's own."""
    app = wsgi.create_app(settings)
    app.test_client_class = Browser
    return app
