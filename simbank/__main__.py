"""`python -m simbank serve`: the bank alone, for demos and tests."""

import logging
import os
import signal
import sys
import threading
from dataclasses import replace
from types import FrameType

import click
import structlog
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.serving import WSGIRequestHandler, make_server

from . import SchemaError, SettingsError, SimbankSettings, create_app
from .app import EXTENSION, Simbank


class QuietHandler(WSGIRequestHandler):
    """Keeps connections open between requests and logs none of them."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@click.group()
def main() -> None:
    """Run the simulated bank. It holds no real money."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8099, show_default=True, help="0 picks a free one.")
@click.option("--database-url", help="Instead of SIMBANK_DATABASE_URL.")
def serve(host: str, port: int, database_url: str | None) -> None:
    """Serve until a signal. The first line of output is the address."""
    # To stderr, and little of it: whoever reads only the first line of our output leaves it full.
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
    )
    try:
        settings = SimbankSettings.from_env(os.environ)
        if database_url is not None:
            settings = replace(settings, database_url=database_url)
        app = create_app(settings)
        server = make_server(host, port, app, threaded=True, request_handler=QuietHandler)
    except (SettingsError, SchemaError, SQLAlchemyError, OSError) as error:
        raise click.ClickException(str(error)) from None

    def stop(_signal: int, _frame: FrameType | None) -> None:
        # From a thread of its own: shutdown waits for the loop that this handler interrupts.
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    bank: Simbank = app.extensions[EXTENSION]
    click.echo(f"listening on http://{host}:{server.server_port}")
    bank.start()
    server.serve_forever()
    bank.stop()


if __name__ == "__main__":
    main(prog_name="python -m simbank")
