"""The bank's named limits: one place, so that each is tested at the limit and one past it."""

AMOUNT_MIN_VND = 1
AMOUNT_MAX_VND = 499_999_999
"""A NAPAS247 transfer stays under 500,000,000 đồng."""

DAILY_LIMIT_VND = 2_000_000_000
"""What one account may send in a market day, unless the account has a limit of its own."""

ACCOUNT_NUMBER_MAX = 19
HOLDER_NAME_MAX = 70
LABEL_MAX = 100
KEY_MAX = 100
CONTENT_MAX = 140
PAYLOAD_MAX = 512

BATCH_MAX = 1_000
CREDITS_PAGE_MAX = 1_000
CREDITS_PAGE = 100
STATEMENT_PAGE_MAX = 1_000
STATEMENT_PAGE = 200
BODY_MAX_BYTES = 1_048_576

MESSAGE_CREDITS_MAX = 1_000
"""The partner's contract: 1 to 1,000 credits in a message."""

RECENT_TRANSFERS = 8
