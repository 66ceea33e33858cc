"""Limits on reconciling."""

from __future__ import annotations

from datetime import timedelta

#: Lines processed in one transaction: recorders wait for it, so it is short.
PORTION_LINES = 500
#: A window that ended so long ago gains no more lines: a gateway's answer to it is entire, and shows what is missing.
ENTIRE_AFTER = timedelta(minutes=5)
#: Rows written in one statement while a file is staged.
ROWS_PER_INSERT = 1_000
#: A statement's file that is sent through a page.
UPLOAD_MAX_BYTES = 20 * 1024 * 1024
NOTE_MAX_LENGTH = 500
FILE_NAME_MAX_LENGTH = 120
PAGE_SIZE = 50
