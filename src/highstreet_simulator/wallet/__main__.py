"""`python -m highstreet_simulator.wallet --port 8701 --db wallet.db`"""

import argparse

from highstreet_simulator.wallet.server import create_app, run_wallet
from highstreet_simulator.wallet.settings import WalletSettings


def main() -> None:
    """Read the command line and serve until interrupted."""
    usual = WalletSettings()
    parser = argparse.ArgumentParser(
        prog="highstreet_simulator.wallet", description="A simulated payment wallet."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8701)
    parser.add_argument("--db", default="wallet.db", help="SQLite file, or :memory:")
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
    settings = WalletSettings(
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
        app = create_app(settings)
    except ValueError as error:
        parser.error(str(error))
    run_wallet(app, host=options.host, port=options.port, log_level=options.log_level)


if __name__ == "__main__":
    main()
