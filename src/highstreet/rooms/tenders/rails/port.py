"""What a rail is: a stateless translator between our tenders and one merchant account at a provider.

A connector never decides. It asks, checks that the answer is the provider's and about our order, and says in our
words what it means; whatever is unclear is `unknown`. It keeps no state but connections, certificates and keys.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from highstreet.rooms.tenders.model import BillLine, Notice, QrShown, RailAnswer, Tender


@dataclass(frozen=True, slots=True)
class PayOrder:
    """A payment to be asked for or asked about; `tender_id` is the merchant's order number at the provider.

    `provider_ref` is the provider's own number once it told us one; `notify_url` where notices shall go.
    """

    tender_id: str
    amount_minor: int
    currency: str
    subject: str
    created_at: datetime
    provider_ref: str | None = None

    @classmethod
    def of(cls, tender: Tender, subject: str | None = None) -> "PayOrder":
        """The order of a tender; without a subject the sale's id, which says nothing of the shopper."""
        return cls(
            tender.id,
            tender.amount_minor,
            tender.currency,
            subject or tender.sale_id,
            tender.created_at,
            tender.provider_ref,
        )


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """Money to give back: `amount_minor` of the `paid_minor` that the tender `payment.tender_id` captured."""

    refund_tender_id: str
    amount_minor: int
    payment: PayOrder
    provider_ref: str | None = None
    created_at: datetime | None = None

    @classmethod
    def of(cls, refund: Tender, paid: Tender) -> "RefundOrder":
        """The order of an outgoing tender that gives `paid` back."""
        return cls(refund.id, refund.amount_minor, PayOrder.of(paid), refund.provider_ref, refund.created_at)


@dataclass(frozen=True, slots=True)
class RailTiming:
    """When to ask again about an open payment, and when to call it back. Seconds since the tender was made.

    `gives_up_s` is when the provider itself ends what nobody paid: later than our call for it.
    """

    first_query_s: float = 5.0
    query_every_s: float = 4.0
    call_back_s: float = 30.0
    gives_up_s: float = 45.0
    # A QR is shown and waited for by people; nobody waits for a code that was scanned.
    call_back_qr_s: float = 30.0


@dataclass(frozen=True, slots=True)
class NoticeAnswer:
    """What a provider wants to hear so that it does not send its notice again."""

    status: int = 204
    body: bytes = b""
    media_type: str | None = None


class Rail(Protocol):
    """One merchant account at one provider."""

    name: str
    """What tenders call it: `wallet`, `alipay`, `wechat`, `stripe`."""
    ways: frozenset[str]
    """How a payment can begin: `code` (the payer's code is scanned), `qr` (the payer scans ours), `reader`
    (a connected card terminal), `link` (a page opened on any phone)."""
    currencies: frozenset[str] | None
    """What it takes; None: whatever the account holds."""
    timing: RailTiming
    notice_answer: NoticeAnswer

    async def open(self) -> None:
        """Fetch what it needs before it can believe an answer (certificates, keys). May be called again."""
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...

    async def pay_by_code(self, order: PayOrder, auth_code: str) -> RailAnswer:
        """Charge the code on the payer's phone. The same order again charges nothing twice."""
        ...

    async def show_qr(self, order: PayOrder) -> QrShown | RailAnswer:
        """A code for the payer to scan, the same for the same order; an answer when there is none to show."""
        ...

    async def query(self, order: PayOrder) -> RailAnswer:
        """What became of a payment. `not_found` is no proof that it will never be paid."""
        ...

    async def reverse(self, order: PayOrder) -> RailAnswer:
        """Make sure that a payment takes no money: `reversed` or `declined` once the provider confirmed it."""
        ...

    async def refund(self, order: RefundOrder) -> RailAnswer:
        """Give back; the same refund number again gives once. Declined is the provider's own final no."""
        ...

    async def query_refund(self, order: RefundOrder) -> RailAnswer:
        """What became of a refund."""
        ...

    def read_notice(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice | None:
        """A notice, once its signature, age and merchant hold; None for one that tells nothing of a tender.

        Errors: Refusal tenders.notice_forged (401), tenders.notice_malformed (422).
        """
        ...

    async def fetch_bill(self, day: date, *, is_early: bool = False) -> bytes:
        """The provider's bill of one of its days, as a file. Errors: tenders.bill_not_ready, tenders.rail_down."""
        ...

    def parse_bill(self, content: bytes) -> Sequence[BillLine]:
        """Read such a file, fetched or uploaded. Errors: tenders.bill_malformed with the line."""
        ...


class ReaderRail(Rail, Protocol):
    """A rail that also drives connected card terminals (`reader` is among its ways)."""

    async def pay_on_reader(self, order: PayOrder, reader_id: str) -> RailAnswer:
        """Let a reader ask for a card; `paying` once it does. The same order again charges nothing twice.

        `reader_id` is the provider's. A reader that is busy, off or not ours is `declined`, when the payment is ended.
        """
        ...
