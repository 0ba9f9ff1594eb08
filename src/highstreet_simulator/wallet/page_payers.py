"""The few payers whose phone anybody may hold: the page is open to whoever reaches this simulator."""

import re
import secrets
from dataclasses import dataclass
from typing import Literal

from highstreet_simulator.provider.errors import ProviderRefusal
from highstreet_simulator.provider.moment import Moment
from highstreet_simulator.provider.store import Row, Tx, one
from highstreet_simulator.provider.trades import qr_address

RECENT_S = 60.0
# A QR's address ends so, with the page and without it.
QR_END = re.compile(r"(?:^|[:/])pay/([A-Za-z0-9_\-]{20,30})$")
SHOWN_QRS = 5


@dataclass(frozen=True, slots=True)
class PagePayer:
    """`key` stands in the address; `way` names what is said of them."""

    key: str
    en: str
    zh: str
    balance_minor: int
    confirm_mode: Literal["auto", "ask"]
    way: str

    @property
    def account_id(self) -> str:
        """Their account in this wallet."""
        return f"acc_page_{self.key}"


PAYERS = {
    payer.key: payer
    for payer in (
        PagePayer("aino", "Aino", "爱诺", 500_000, "auto", "at_once"),
        PagePayer("bao", "Bao", "小宝", 500_000, "ask", "asks"),
        PagePayer("lumi", "Lumi", "露米", 5_000_000, "auto", "rich"),
        PagePayer("otso", "Otso", "奥索", 500, "auto", "poor"),
    )
}


def account_of(tx: Tx, payer: PagePayer) -> Row:
    """The payer's account, opened when it is first looked at."""
    tx.execute(
        """INSERT OR IGNORE INTO accounts
             (account_id, app_token, name, confirm_mode, balance_minor, funded_minor, daily_limit_minor)
           VALUES (?, ?, ?, ?, ?, ?, NULL)""",
        (
            payer.account_id,
            secrets.token_urlsafe(24),
            payer.en,
            payer.confirm_mode,
            payer.balance_minor,
            payer.balance_minor,
        ),
    )
    found = one(tx, "SELECT * FROM accounts WHERE account_id = ?", payer.account_id)
    if found is None:
        raise LookupError(f"{payer.account_id} has vanished")
    return found


def waiting_for(tx: Tx, moment: Moment, account_id: str) -> list[Row]:
    """Trades that wait for this payer's word."""
    return tx.execute(
        """SELECT * FROM trades WHERE trade_state = 'paying' AND account_id = ? AND close_at > ?
           ORDER BY trade_id""",
        (account_id, moment.at),
    ).fetchall()


def last_trade(tx: Tx, moment: Moment, account_id: str) -> Row | None:
    """What came of this payer's newest trade, while it is news."""
    return one(
        tx,
        """SELECT * FROM trades WHERE account_id = ? AND trade_state != 'paying'
             AND max(created_at, ifnull(paid_at, 0), ifnull(ended_at, 0)) > ?
           ORDER BY trade_id DESC LIMIT 1""",
        account_id,
        moment.at - RECENT_S,
    )


def shown_qrs(tx: Tx, moment: Moment) -> list[Row]:
    """The QRs that registers show now, newest first."""
    return tx.execute(
        """SELECT * FROM trades WHERE trade_state = 'paying' AND method = 'qr' AND close_at > ?
           ORDER BY trade_id DESC LIMIT ?""",
        (moment.at, SHOWN_QRS),
    ).fetchall()


def trade_of_qr(tx: Tx, moment: Moment, token: str) -> Row:
    """The trade behind a QR, by the end of its address. Errors: `code_invalid` (404)."""
    found = one(tx, "SELECT * FROM trades WHERE code_url = ?", qr_address(moment.settings, token))
    if found is None:
        raise ProviderRefusal(404, "code_invalid", "this is no QR of ours")
    return found
