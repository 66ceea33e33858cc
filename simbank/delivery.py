"""Delivery: one step that sends a message, and the thread that keeps stepping.

The step is a small class of its own (`Sender`), so that another one can stand in its place, and
`Courier.step` needs no thread and no waiting: a simulation calls it under a clock of its own.
"""

import threading
from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Protocol

import httpx
import structlog
from standardwebhooks import Webhook

from .clock import Clock
from .forks import renew_after_fork
from .outbox import Outbox, Outcome, Parcel

log = structlog.get_logger("simbank.delivery")

ANSWER_SHOWN = 120
NOBODYS_SECRET = "whsec_" + b64encode(b"a key that no partner has").decode()

Errand = Callable[[], int]
"""Something else to do at each step; returns how much it did."""


class Sender(Protocol):
    """Takes one message to the partner."""

    def send(self, parcel: Parcel) -> Outcome:
        """Try once; a failure is an outcome, not an exception."""


class WebhookSender:
    """Sends by HTTP as Standard Webhooks says: id stable, time and signature fresh each time."""

    def __init__(
        self, url: str, secret: str, timeout_s: float, clock: Clock, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._url = url
        self._webhook = Webhook(secret)
        self._forger = Webhook(NOBODYS_SECRET)
        self._clock = clock
        # Only the address in the settings is spoken to: no proxy from the environment.
        self._client = httpx.Client(timeout=timeout_s, trust_env=False, transport=transport)

    def send(self, parcel: Parcel) -> Outcome:
        """Post the message; any 2xx delivers it."""
        now = self._clock.now()
        signed_at = parcel.signed_at or now
        signer = self._forger if parcel.forged else self._webhook
        headers = {
            "content-type": "application/json",
            "user-agent": "SimBank/1",
            "webhook-id": parcel.message_id,
            "webhook-timestamp": str(int(signed_at.timestamp())),
            "webhook-signature": signer.sign(parcel.message_id, signed_at, parcel.body),
        }
        try:
            answer = self._client.post(self._url, content=parcel.body, headers=headers)
        except httpx.HTTPError as error:
            return Outcome(delivered=False, result=type(error).__name__, signed_at=signed_at)
        if answer.is_success:
            return Outcome(delivered=True, result=str(answer.status_code), signed_at=signed_at)
        wait = _retry_after_s(answer.headers.get("retry-after"), now)
        result = f"{answer.status_code} {answer.text[:ANSWER_SHOWN]}"
        return Outcome(delivered=False, result=result, retry_after_s=wait, signed_at=signed_at)


def _retry_after_s(value: str | None, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for, as seconds or as a date."""
    if value is None:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - now).total_seconds())
    except (ValueError, TypeError):
        return None


class Courier:
    """Keeps sending what the outbox holds, in one thread for each serving process."""

    def __init__(self, outbox: Outbox, sender: Sender, poll_s: float, errands: Sequence[Errand] = ()) -> None:
        self._outbox = outbox
        self._errands = errands
        self._sender = sender
        self._poll_s = poll_s
        self._reset()
        # Threads do not survive a fork: the child starts its own when it serves.
        renew_after_fork(self._reset)

    def _reset(self) -> None:
        self._starting = threading.Lock()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread unless it runs already."""
        if self._thread is not None:
            return
        with self._starting:
            if self._thread is None:
                self._stopping.clear()
                thread = threading.Thread(target=self._run, name="simbank-courier", daemon=True)
                self._thread = thread
                thread.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """Let the attempt under way end, then stop; what is left waits in the outbox."""
        thread = self._thread
        if thread is None:
            return
        self._stopping.set()
        self._wake.set()
        thread.join(timeout_s)
        self._thread = None

    def wake(self) -> None:
        """Look at the outbox at once: there is something fresh in it."""
        self._wake.set()

    def step(self) -> int:
        """Send fresh credits, fresh reversals and one message that is due again; run errands; return how many.

        All in each step, so that neither a flood nor a long list of failures holds up the others.
        """
        tried = 0
        for claim in (self._outbox.claim_fresh, self._outbox.claim_reversals, self._outbox.claim_due):
            parcel = claim()
            if parcel is not None:
                self._attempt(parcel)
                tried += 1
        return tried + sum(errand() for errand in self._errands)

    def _attempt(self, parcel: Parcel) -> None:
        outcome = self._sender.send(parcel)
        self._outbox.settle(parcel, outcome)
        tell, event = (log.info, "message delivered") if outcome.delivered else (log.warning, "message not delivered")
        tell(
            event,
            message_id=parcel.message_id,
            attempt=parcel.attempt,
            items=parcel.items,
            result=outcome.result,
        )

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                tried = self.step()
            except Exception:
                # The database may be away for a while; the thread must outlive that.
                log.exception("delivery step failed")
                tried = 0
            if not tried:
                self._wake.wait(self._poll_s)
