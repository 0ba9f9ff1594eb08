"""What can be set when a provider's process starts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """Start-time settings. All durations are seconds; faults are set later, over `/sim/faults`."""

    db: str = ":memory:"
    # A provider holds one currency, for the whole life of its file.
    currency: str = "CNY"
    notify_timeout_s: float = 5.0
    # The waits between attempts at one notice; when they are used up, the notice is given up.
    notify_backoff_s: tuple[float, ...] = (1, 2, 5, 15, 30, 60, 180, 600)
    close_after_s: float = 45.0
    qr_ttl_s: float = 300.0
    code_ttl_s: float = 60.0
    reverse_window_s: float = 7 * 86_400.0
    # Alipay and WeChat Pay give back for a year (help centre 201602456511; chapter3_3_3 of API v3).
    refund_window_s: float = 365 * 86_400.0
    clock_skew_s: float = 300.0
    allow_early_bill: bool = False
    # Where payers' phones reach the page, as "http://127.0.0.1:8701"; then a QR holds an address of it.
    page_url: str = ""
    # How often closing times, late successes and waiting notices are looked at.
    tick_s: float = 0.1
    # How this provider's codes look, and what it never tells ("code:trade.paid"): a face sets these.
    code_prefix: str = "28"
    code_url_prefix: str = "wallet://pay/"
    silent_notices: frozenset[str] = frozenset()
