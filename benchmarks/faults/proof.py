"""What must be true when all is over, and what is not: each thing that is wrong is a line."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import text

from benchmarks.faults.payers import PURSE_MINOR, Purse
from benchmarks.faults.providers import NAMES, ProviderProcess
from benchmarks.faults.registers import Street
from benchmarks.shop_floor import BRAND, token
from highstreet.kernel.db import Database
from highstreet.rooms.tenders import BillRow, standing_differences

BILL_ZONE = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Ended:
    """A provider's own account of what moved for one of our tenders."""

    taken_minor: int
    given_minor: int
    trades: int


@dataclass(frozen=True, slots=True)
class Drawers:
    """What the evening found and did in all drawers, minor units: over less short, and moved but for sales."""

    over_minor: int = 0
    moved_minor: int = 0


class Proof:
    """Looks at the database, at the four providers, and at what the registers were told."""

    def __init__(
        self,
        db: Database,
        providers: Mapping[str, ProviderProcess],
        purses: Sequence[Purse],
        drawers: Drawers,
    ) -> None:
        self.db = db
        self.providers = providers
        self.purses = purses
        self.drawers = drawers
        self.tenders = {row["id"]: row for row in self.rows("SELECT * FROM tender")}
        self.refunds: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for row in self.tenders.values():
            if row["direction"] == "out":
                self.refunds[row["refunds_tender_id"]].append(row)
        self.truth = {name: self._truth(providers[name]) for name in NAMES}

    def rows(self, sql: str, **params: Any) -> list[dict[str, Any]]:
        """A query's rows by name."""
        with self.db.engine.connect() as connection:
            return [dict(row._mapping) for row in connection.execute(text(sql), params)]

    def faults(self) -> Iterator[str]:
        """Everything that is wrong."""
        yield from self._everything_ended()
        yield from self._one_movement_one_tender()
        yield from self._nobody_paid_twice()
        yield from self._sales_are_whole()
        yield from self._ledger_says_the_same()

    @staticmethod
    def _truth(provider: ProviderProcess) -> dict[str, Ended]:
        found: dict[str, Ended] = {}
        for trade in provider.trades():
            ours = trade.get("tender_id") or trade["out_trade_no"]
            known = found.get(ours, Ended(0, 0, 0))
            taken = trade["amount"]["total"] if trade["transaction_id"] is not None else 0
            # A payment that was reversed is given back whole.
            given = trade["amount"]["refunded"] if trade["trade_state"] == "paid" else taken
            found[ours] = Ended(known.taken_minor + taken, known.given_minor + given, known.trades + 1)
        return found

    def _everything_ended(self) -> Iterator[str]:
        for row in self.tenders.values():
            if row["state"] in ("planned", "pending", "unknown"):
                yield f"{row['id']} by {row['rail']} is still {row['state']} ({row['reason']})"
        for row in self.rows("SELECT id, state FROM sale WHERE state NOT IN ('paid', 'abandoned')"):
            yield f"{row['id']} is still {row['state']}"
        for row in self.rows("SELECT kind, last_error FROM job WHERE state = 'dead'"):
            yield f"a job died: {row['kind']} {row['last_error']}"

    def _one_movement_one_tender(self) -> Iterator[str]:
        """What the provider took and gave back for a tender is what the tender says, and no more."""
        for name, truth in self.truth.items():
            for ours, ended in truth.items():
                tender = self.tenders.get(ours)
                if tender is None or tender["rail"] != name:
                    yield f"{name} knows {ours}, which is none of ours"
                    continue
                is_captured = tender["state"] == "captured"
                kept = tender["amount_minor"] - self.refunded(ours) if is_captured else 0
                if (
                    ended.taken_minor - ended.given_minor != kept
                    or ended.taken_minor > tender["amount_minor"]
                ):
                    yield f"{name} took {ended.taken_minor} and gave {ended.given_minor} for {ours}, which keeps {kept}"
            for ours, tender in self.tenders.items():
                is_taken = (
                    tender["rail"] == name and tender["direction"] == "in" and tender["state"] == "captured"
                )
                if is_taken and ours not in truth:
                    yield f"{name} knows nothing of {ours}, which is captured"

    def differences(self) -> list[BillRow]:
        """Rows of bills and statements that are not matched, cleared or not."""
        return self.db.read_now(standing_differences, BRAND, "2000-01-01", "2999-12-31")

    def refunded(self, tender_id: str) -> int:
        """What was given back of a payment, minor units."""
        return sum(r["amount_minor"] for r in self.refunds[tender_id] if r["state"] == "captured")

    def is_late(self, row: Mapping[str, Any]) -> bool:
        """Whether it gives a transfer back that came when nobody waited for it any more."""
        if (row["rail"], row["direction"]) != ("transfer", "out"):
            return False
        return bool(self.tenders[row["refunds_tender_id"]]["state"] != "captured")

    def kept(self, rail: str) -> dict[str, int]:
        """What each captured payment of a rail keeps, minor units."""
        return {
            row["id"]: row["amount_minor"] - self.refunded(row["id"])
            for row in self.tenders.values()
            if (row["rail"], row["direction"], row["state"]) == (rail, "in", "captured")
        }

    def _nobody_paid_twice(self) -> Iterator[str]:
        """Each purse was opened for one payment: it is short of what that payment kept."""
        for name, provider in self.providers.items():
            for purse in (p for p in self.purses if p.provider == name):
                answer = provider.http.get(f"/app/accounts/{purse.account_id}", headers=purse.headers)
                short = PURSE_MINOR - answer.json()["balance_minor"]
                tender = self.tenders.get(purse.tender_id)
                is_kept = tender is not None and tender["state"] == "captured"
                kept = tender["amount_minor"] - self.refunded(purse.tender_id) if tender and is_kept else 0
                if short != kept:
                    yield f"the payer of {purse.tender_id} is short of {short}, not {kept}"

    def _sales_are_whole(self) -> Iterator[str]:
        tendered: Counter[str] = Counter()
        for row in self.tenders.values():
            if row["direction"] == "in":
                tendered[row["sale_id"]] += row["amount_minor"] if row["state"] == "captured" else 0
            elif self.tenders[row["refunds_tender_id"]]["state"] == "captured":
                tendered[row["sale_id"]] -= row["amount_minor"] if row["state"] == "captured" else 0
        for sale in self.rows("SELECT id, state, total_minor, returned_minor FROM sale"):
            due = sale["total_minor"] - sale["returned_minor"] if sale["state"] == "paid" else 0
            if tendered[sale["id"]] != due:
                yield f"{sale['id']} ({sale['state']}) holds {tendered[sale['id']]}, not {due}"
        for row in self.rows("SELECT variant_id, reserved FROM stock_item WHERE reserved <> 0"):
            yield f"{row['reserved']} of {row['variant_id']} are still reserved"

    def _held(self) -> tuple[Counter[str], int]:
        """The ledger by kind of account, debits less credits, without fees; and the fees."""
        held: Counter[str] = Counter()
        fees = 0
        for row in self.rows(
            """SELECT d.kind AS debit, c.kind AS credit, sum(f.amount_minor) AS amount FROM transfer f
               JOIN account d ON d.id = f.debit_account_id JOIN account c ON c.id = f.credit_account_id
               GROUP BY d.kind, c.kind"""
        ):
            held[row["debit"]] += int(row["amount"])
            held[row["credit"]] -= int(row["amount"])
            for side, other, sign in (("debit", "credit", 1), ("credit", "debit", -1)):
                if row[other] == "fees":  # what providers kept of it, by their bills
                    held[row[side]] -= sign * int(row["amount"])
                    fees -= sign * int(row["amount"])
        return held, fees

    def _ledger_says_the_same(self) -> Iterator[str]:
        held, fees = self._held()
        if sum(held.values()) != fees:
            yield f"the ledger sums to {sum(held.values()) - fees}"
        taken: Counter[str] = Counter(
            {"clearing_cash": self.drawers.moved_minor + self.drawers.over_minor, "deposits": 0}
        )
        for row in self.tenders.values():
            sign = 1 if row["direction"] == "in" else -1
            account = {"gift_card": "gift_cards_used", "points": "points_spent"}.get(row["rail"])
            if row["state"] == "captured":
                taken[account or f"clearing_{row['rail']}"] += sign * row["amount_minor"]
            if self.is_late(row):  # it came, though its payment was given up
                taken["clearing_transfer"] += row["amount_minor"]
        held["gift_cards_used"] = held["gift_cards_issued"] + held["gift_cards"]
        for kind in taken:
            if held[kind] != taken[kind]:
                yield f"{kind} holds {held[kind]} in the ledger, {taken[kind]} by tenders"


def is_owed(row: Mapping[str, Any]) -> bool:
    """A transfer back that the office has to make: nobody is in doubt, the bank has just not moved it yet."""
    return (row["rail"], row["direction"], row["state"]) == ("transfer", "out", "pending")


def owed_transfers(db: Database) -> list[dict[str, Any]]:
    """What the office has to transfer back: each refund with its own reference."""
    with db.engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM tender WHERE direction = 'out'"))
        return [found for row in rows if is_owed(found := dict(row._mapping))]


def answers_stand(our_url: str, street: Street) -> Iterator[str]:
    """What a register was told is told again to who asks again: nothing answered was lost."""
    with httpx.Client(base_url=our_url, trust_env=False, timeout=30) as http:
        for name, answer in street.heard.answers.items():
            headers = {"Authorization": f"Bearer {token(answer.register)}"}
            path = "returns" if "sale_id" in answer.body else "sales"
            body = street.own.fresh(answer.body, answer.plan)
            again = http.post(f"/register/v1/{path}", json=body, headers=headers).json()
            shown = ("state", "total_minor") if path == "sales" else ("refund_minor",)
            told = answer.told
            if any(again.get(member) != told.get(member) for member in shown):
                yield f"{name} was told {[told.get(m) for m in shown]}, now {[again.get(m) for m in shown]}"


def bills_match(office: httpx.Client, days: Sequence[str]) -> Iterator[str]:
    """Every provider's bill of every day matches one to one."""
    for rail in NAMES:
        for day in days:
            found = _bill(office, rail, day)
            if any(row["cure"] != "clear" for row in found["differences"]):
                found = _bill(office, rail, day)
            for row in found["differences"]:
                yield f"{rail}'s bill of {day}: {row['finding']} {row['kind']} {row['our_ref']}"


def _bill(office: httpx.Client, rail: str, day: str) -> dict[str, Any]:
    answer = office.post(f"/office/v1/bills/{rail}/{day}")
    if answer.status_code != 200:
        return {"differences": [{"finding": answer.text, "kind": "", "our_ref": "", "cure": "clear"}]}
    told: dict[str, Any] = answer.json()
    return told


def bill_days(began: datetime) -> list[str]:
    """The providers' days (UTC+8) since a moment."""
    first, last = ((at + BILL_ZONE).date() for at in (began, datetime.now(UTC)))
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]
