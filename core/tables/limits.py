"""Limits on tables that come from outside."""

from __future__ import annotations

#: A table of text, which is read as a stream, and the characters of one of its lines.
TEXT_FILE_MAX_BYTES = 512 * 1024 * 1024
LINE_MAX_LENGTH = 20_000

#: A spreadsheet, as it is sent.
SHEET_FILE_MAX_BYTES = 32 * 1024 * 1024
#: What an XLSX or ODS, which is a ZIP archive, may unpack to, and of how many files it may consist.
UNPACKED_MAX_BYTES = 512 * 1024 * 1024
PARTS_MAX = 1_000
#: How many times larger than packed a file of the archive may be: 100,000 rows that are all alike are packed to a
#: twenty-third. Files smaller than `RATIO_COUNTS_FROM_BYTES` do no harm whatever their ratio.
RATIO_MAX = 200
RATIO_COUNTS_FROM_BYTES = 1024 * 1024
#: The sheets of a workbook, and what the one that is read may hold; empty cells between others count.
SHEETS_MAX = 100
ROWS_MAX = 200_000
CELLS_MAX = 4_000_000
#: What reading one spreadsheet may take: memory, processor time, time, and the size of what was read.
MEMORY_MAX_BYTES = 1024 * 1024 * 1024
CPU_MAX_S = 30
WAIT_MAX_S = 120
OUTPUT_MAX_BYTES = 512 * 1024 * 1024

#: What Excel keeps of a number: 15 digits. What is longer must be written as text.
WHOLE_MAX_DIGITS = 15
