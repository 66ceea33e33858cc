"""What a ZIP archive says that it unpacks to, asked before anything of it is unpacked."""

from __future__ import annotations

import zipfile
from typing import BinaryIO

from core.tables.limits import PARTS_MAX, RATIO_COUNTS_FROM_BYTES, RATIO_MAX, UNPACKED_MAX_BYTES

SIGNATURE = b"PK\x03\x04"


def unpacks_within_limits(stream: BinaryIO) -> bool:
    """Whether the archive's own directory keeps to the limits. Raises `zipfile.BadZipFile`.

    A directory may lie; the memory that reading may take is bounded apart from this.
    """
    with zipfile.ZipFile(stream) as archive:
        parts = archive.infolist()
    stream.seek(0)
    return (
        len(parts) <= PARTS_MAX
        and sum(part.file_size for part in parts) <= UNPACKED_MAX_BYTES
        and not any(
            part.file_size >= RATIO_COUNTS_FROM_BYTES and part.file_size > RATIO_MAX * part.compress_size
            for part in parts
        )
    )
