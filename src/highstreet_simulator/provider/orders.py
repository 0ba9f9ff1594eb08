"""The bodies that merchants, payers and the control plane send; anything else is `invalid_request`."""

from typing import Annotated, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from highstreet_simulator.provider.errors import ProviderRefusal

# Both kinds of number are the merchant's own; what an HTTP path can carry unescaped.
MerchantNumber = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_\-]{1,64}$")]
AmountMinor = Annotated[int, Field(strict=True, ge=1, le=10**11)]

B = TypeVar("B", bound=BaseModel)


class Body(BaseModel):
    """A request body; unknown members are ignored, as the real wallets do."""

    model_config = ConfigDict(extra="ignore")


class Amount(Body):
    """`total` in minor units; without `currency` the wallet's own is meant."""

    total: AmountMinor
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None


class CodeOrder(Body):
    """POST /v1/pay/code"""

    out_trade_no: MerchantNumber
    auth_code: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    amount: Amount
    subject: Annotated[str, StringConstraints(min_length=1, max_length=127)]
    time_start: AwareDatetime | None = None
    # Seconds until the provider closes it unpaid; None: as it was started.
    expires_in_s: Annotated[int, Field(ge=1)] | None = None
    notify_url: str | None = None


class QrOrder(Body):
    """POST /v1/pay/qr"""

    out_trade_no: MerchantNumber
    amount: Amount
    subject: Annotated[str, StringConstraints(min_length=1, max_length=127)]
    expires_in_s: Annotated[int, Field(ge=10, le=7200)] | None = None
    notify_url: str | None = None


class RefundOrder(Body):
    """POST /v1/refunds"""

    out_refund_no: MerchantNumber
    out_trade_no: MerchantNumber
    amount: Amount
    reason: Annotated[str, StringConstraints(max_length=80)] = ""


class NewAccount(Body):
    """POST /app/accounts"""

    name: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    balance_minor: Annotated[int, Field(strict=True, ge=0, le=10**13)]
    daily_limit_minor: Annotated[int, Field(strict=True, ge=0)] | None = None
    confirm_mode: Literal["auto", "ask"] = "auto"


class TopUp(Body):
    """POST /app/accounts/{id}/top-up"""

    amount_minor: AmountMinor


class PendingChoice(Body):
    """POST /app/accounts/{id}/confirm and /refuse; `merchant_id` only if two use the same number."""

    out_trade_no: MerchantNumber
    merchant_id: str | None = None


class Scan(Body):
    """POST /app/accounts/{id}/scan"""

    code_url: str


class PayQr(Body):
    """What the page's Pay button sends: the end of the QR's address."""

    token: Annotated[str, StringConstraints(max_length=200)] = ""


class NewMerchant(Body):
    """POST /sim/merchants; what `public_key` and `secret` hold, and whether both are wanted, says the face."""

    merchant_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.\-]{1,64}$")]
    public_key: str = ""
    secret: str = ""
    notify_url: Annotated[str, StringConstraints(pattern=r"^https?://")] | None = None


class ClockMove(Body):
    """POST /sim/clock"""

    offset_s: float


def read_body(model: type[B], body: bytes) -> B:
    """Parse a JSON body; raises the refusal `invalid_request` (400) naming the first fault."""
    try:
        return model.model_validate_json(body or b"{}")
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise ProviderRefusal(400, "invalid_request", f"{where}: {first['msg']}") from exc
