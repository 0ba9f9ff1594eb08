"""What the stories about mishaps share: people who buy, many at once, and a look at every row there is."""

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy import select, text

from highstreet.app import open_program
from highstreet.kernel.ids import new_id
from highstreet.kernel.tables import metadata
from tests.stories.conftest import ServerThread, Stage
from tests.stories.test_loop import follow_and_claim, ok, payment_code, wallet_app

# What the background work moves by itself.
RESTLESS = {"job", "outbox_cursor", "checkpoint"}
TOTAL_MINOR = 16768
"""A basket of `sale_of` for a member with both coupons."""


@dataclass
class Buyer:
    """A member with a wallet of 1,000.00 EUR and two coupons."""

    stage: Stage
    phone: httpx.Client
    member_id: str
    coupons: list[str]
    wallet: httpx.Client
    account_id: str

    def member_code(self) -> str:
        return str(ok(self.phone.get(f"/shop/v1/memberships/{self.stage.seed.brand_id}/code"))["code"])

    def auth_code(self) -> str:
        return payment_code(self.wallet, self.account_id)

    def balance(self) -> int:
        return int(ok(self.wallet.get(f"/app/accounts/{self.account_id}"))["balance_minor"])

    def waiting(self) -> list[dict[str, Any]]:
        """Trades that wait for this payer's word."""
        return list(ok(self.wallet.get(f"/app/accounts/{self.account_id}/pending"))["pending"])

    def points(self) -> tuple[int, int]:
        return rows(
            self.stage,
            "SELECT points_pending, points_available FROM member WHERE id = :id",
            id=self.member_id,
        )[0]


def buyer(stage: Stage, number: int = 0, **wishes: Any) -> Buyer:
    """Someone new: signed in, a member, with both coupons claimed."""
    phone = stage.shopper(f"+35840123{4500 + number}")
    coupons, member_id = follow_and_claim(stage, phone)
    app, account = wallet_app(stage, **wishes)
    return Buyer(stage, phone, member_id, coupons, app, account)


def register(stage: Stage, token: str | None = None, **headers: str) -> httpx.Client:
    """A register that asks with many connections at once."""
    made = httpx.Client(
        base_url=stage.url,
        headers={"Authorization": f"Bearer {token or stage.register_token}", **headers},
        timeout=30,
        trust_env=False,
        verify=False,
        limits=httpx.Limits(max_connections=64),
    )
    stage.clients.append(made)
    return made


def sale_of(stage: Stage, who: Buyer | None = None, rail: str = "cash", **changes: Any) -> dict[str, Any]:
    """A basket of four pieces: 202.30 without a buyer, 167.68 with the buyer's coupons and member price."""
    gtins = stage.seed.gtins
    tender: dict[str, Any] = {"id": new_id("tnd"), "rail": "wallet" if rail == "qr" else rail}
    if rail == "wallet" and who is not None:
        tender["auth_code"] = who.auth_code()
    body: dict[str, Any] = {
        "id": new_id("sal"),
        "currency": "EUR",
        "items": [{"gtin": gtins[0]}, {"gtin": gtins[1], "quantity": 2}, {"gtin": gtins[2]}],
        "tenders": [tender],
    }
    if who is not None:
        body |= {"member_code": who.member_code(), "coupons": who.coupons}
    return {**body, **changes}


def return_of(sale_id: str, pieces: dict[int, int]) -> dict[str, Any]:
    """A return of pieces by line."""
    items = [{"line_no": line_no, "quantity": n} for line_no, n in pieces.items()]
    return {"id": new_id("rtn"), "sale_id": sale_id, "items": items}


def sell(stage: Stage, body: dict[str, Any], status: int = 200) -> Any:
    return ok(stage.register.post("/register/v1/sales", json=body), status)


def at_once(asks: Sequence[Callable[[], Any]], seconds: float = 60) -> list[Any]:
    """All of these in threads, started together; their results in order."""
    results: list[Any] = [None] * len(asks)
    start = threading.Barrier(len(asks))

    def run(number: int, ask: Callable[[], Any]) -> None:
        start.wait(seconds)
        try:
            results[number] = ask()
        except Exception as problem:  # shown by the test's own assertion
            results[number] = problem

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(asks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds)
        assert not thread.is_alive()
    return results


def rows(stage: Stage, sql: str, **params: Any) -> list[tuple[Any, ...]]:
    """Rows of the stage's database."""
    with stage.program.db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql), params)]


def one(stage: Stage, sql: str, **params: Any) -> Any:
    """The one value of a query."""
    return rows(stage, sql, **params)[0][0]


def everything(stage: Stage, *without: str) -> dict[str, tuple[int, str]]:
    """Count and digest of the rows of each table, but what the background moves and when a key was last used."""
    seen = {}
    with stage.program.db.engine.connect() as connection:
        for table in sorted(metadata.tables):
            if table in RESTLESS or table in without:
                continue
            columns = [column for column in metadata.tables[table].columns if column.name != "seen_at"]
            found = sorted(repr(tuple(row)) for row in connection.execute(select(*columns)))
            seen[table] = (len(found), hashlib.sha256("\n".join(found).encode()).hexdigest())
    return seen


def stock_left(stage: Stage) -> list[tuple[int, int]]:
    """(on hand, reserved) of the three variants."""
    found = {r[0]: r[1:] for r in rows(stage, "SELECT variant_id, on_hand, reserved FROM stock_item")}
    return [found[variant] for variant in stage.seed.variants]


def ledger_is_balanced(stage: Stage) -> bool:
    """Whether every account's debits and credits sum to nothing together, by the office's own check."""
    return bool(ok(stage.office().get("/office/v1/ledger/check"))["is_balanced"])


@contextmanager
def restarted(stage: Stage) -> Iterator[None]:
    """The server stops and starts anew on the same database, address and clock."""
    stage.server.stop()
    before, port = stage.program, int(stage.url.rpartition(":")[2])
    before.db.close()
    stage.program = open_program(before.settings, clock=stage.clock, sender=stage.sender)
    stage.server = ServerThread(stage.program, port)
    try:
        yield
    finally:
        stage.server.stop()
        stage.program.db.close()


def next_fault(stage: Stage, operation: str, fault: str, **more: Any) -> None:
    """The wallet's next call of this kind goes wrong."""
    wish = {"operation": operation, "fault": fault, **more}
    ok(httpx.post(f"{stage.wallet_url}/sim/faults/next", json=wish, trust_env=False))
