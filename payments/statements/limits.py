"""Limits on what is read as a statement."""

from __future__ import annotations

FILE_MAX_BYTES = 512 * 1024 * 1024
#: What may be read of a document before something of it is done with: the prolog, a balance, one transaction's details.
HELD_MAX_BYTES = 4 * 1024 * 1024
#: Transactions of one batch entry, which is held until its sum is known.
BATCH_DETAILS_MAX = 100_000
#: Digits behind the point of an amount in another currency, as ISO 20022 has them.
FRACTION_MAX_DIGITS = 5
#: ISO 20022's Max34Text and Max35Text, with room for what banks do with them.
ACCOUNT_MAX_LENGTH = 34
REFERENCE_MAX_LENGTH = 64
NAME_MAX_LENGTH = 200
CONTENT_MAX_LENGTH = 1_000
#: Bad rows that are told of at once.
FAULTS_MAX = 50
