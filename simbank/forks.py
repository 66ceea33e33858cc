"""Servers fork after they have made the application: what must not be shared starts anew."""

import os
import weakref
from collections.abc import Callable


def renew_after_fork(renew: Callable[[], None]) -> None:
    """Call a method in every child process, for as long as its object lives."""
    method = weakref.WeakMethod(renew)

    def in_child() -> None:
        living = method()
        if living is not None:
            living()

    os.register_at_fork(after_in_child=in_child)
