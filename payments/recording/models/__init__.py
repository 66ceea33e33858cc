"""Tables of money. Everything here is only ever added to, the running totals aside."""

from payments.recording.models.credits import Credit as Credit
from payments.recording.models.credits import CreditAlias as CreditAlias
from payments.recording.models.credits import CreditConflict as CreditConflict
from payments.recording.models.credits import Reversal as Reversal
from payments.recording.models.credits import ReversalConflict as ReversalConflict
from payments.recording.models.messages import GatewayMessage as GatewayMessage
from payments.recording.models.messages import UnreadableMessage as UnreadableMessage
from payments.recording.models.payments import Correction as Correction
from payments.recording.models.payments import Payment as Payment
from payments.recording.models.payments import PaymentBalance as PaymentBalance
from payments.recording.models.payments import StallChainHead as StallChainHead
from payments.recording.models.payments import StallDay as StallDay
from payments.recording.models.requests import PaymentRequest as PaymentRequest
from payments.recording.models.requests import RequestState as RequestState
from payments.recording.models.unmatched import UnmatchedChainHead as UnmatchedChainHead
from payments.recording.models.unmatched import UnmatchedCredit as UnmatchedCredit
