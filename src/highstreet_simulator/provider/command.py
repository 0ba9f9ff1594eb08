"""The command line of every provider: `python -m highstreet_simulator.wallet --port 8701 --db wallet.db`"""

import argparse
from collections.abc import Callable

from highstreet_simulator.provider.core import Provider
from highstreet_simulator.provider.server import run_provider
from highstreet_simulator.provider.settings import ProviderSettings


def serve(name: str, face: Callable[[ProviderSettings], Provider]) -> None:
    """Read the command line and serve until interrupted."""
    usual = ProviderSettings()
    parser = argparse.ArgumentParser(
        prog=f"highstreet_simulator.{name}", description="A simulated payment provider."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8701)
    parser.add_argument("--db", default=f"{name}.db", help="SQLite file, or :memory:")
    parser.add_argument("--currency", default=usual.currency, help="the one currency it holds")
    parser.add_argument(
        "--notify-timeout", type=float, default=usual.notify_timeout_s, help="seconds per attempt"
    )
    parser.add_argument(
        "--notify-backoff",
        default=",".join(f"{wait:g}" for wait in usual.notify_backoff_s),
        help="seconds between attempts, by commas",
    )
    parser.add_argument(
        "--close-after", type=float, default=usual.close_after_s, help="seconds a trade may await"
    )
    parser.add_argument("--qr-ttl", type=float, default=usual.qr_ttl_s, help="seconds a QR can be paid")
    parser.add_argument(
        "--code-ttl", type=float, default=usual.code_ttl_s, help="seconds a payment code is good"
    )
    parser.add_argument(
        "--allow-early-bill", action="store_true", help="let ?force=1 give a bill before its time"
    )
    parser.add_argument("--page-url", default=usual.page_url, help="what QRs begin with, for the page")
    parser.add_argument("--log-level", default="warning")
    options = parser.parse_args()
    settings = ProviderSettings(
        db=options.db,
        currency=options.currency,
        notify_timeout_s=options.notify_timeout,
        notify_backoff_s=tuple(float(wait) for wait in options.notify_backoff.split(",") if wait),
        close_after_s=options.close_after,
        qr_ttl_s=options.qr_ttl,
        code_ttl_s=options.code_ttl,
        allow_early_bill=options.allow_early_bill,
        page_url=options.page_url.rstrip("/"),
    )
    try:
        provider = face(settings)
    except ValueError as error:
        parser.error(str(error))
    run_provider(provider, host=options.host, port=options.port, log_level=options.log_level)
