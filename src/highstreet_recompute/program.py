"""Work a Highstreet statement out again: python recompute.py STATEMENT.json

This one file is the whole program: Python 3.11, nothing else. What it reckons stands in docs/statements.md. Exit code
0: everything agrees; 1: the first difference is named; 2: the file cannot be read.
"""

import hashlib
import json
import sys
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

FORMAT = "highstreet.statement/1"
WHOLE_BP = 10_000

Entry = dict[str, Any]
# (role, party, minor units, number of the rule)
Part = tuple[str, str, int, int | None]


class Differs(Exception):
    """The first thing in a statement that is not right; the message says where, what is stated and what is right."""


class Unreadable(Exception):
    """It is no statement, or of a form that this program does not know."""


@dataclass(frozen=True)
class Agreed:
    """What was worked out again. `sums`: (party, currency, minor units)."""

    sales: int
    returns: int
    lines: int
    sums: tuple[tuple[str, str, int], ...]


def recompute(statement: Entry) -> Agreed:
    """Work every line, total and balance out again. Raises Differs, Unreadable."""
    try:
        return _Statement(statement).check()
    except (KeyError, IndexError, TypeError, AttributeError, ValueError, ZeroDivisionError) as error:
        raise Unreadable(f"not a statement of the form {FORMAT}: {type(error).__name__} {error}") from error


class _Statement:
    def __init__(self, statement: Entry) -> None:
        if statement.get("format") != FORMAT:
            raise Unreadable(f"not a statement of the form {FORMAT}")
        self.all = statement
        self.own = frozenset(statement["party_ids"])
        self.contracts = {(c["contract_id"], c["version"]): c for c in statement["contracts"]}
        self.sums: Counter[tuple[str, str, str, str]] = Counter()
        self.counts: Counter[tuple[str, str, str, str]] = Counter()
        self.sold: dict[tuple[str, int], tuple[Entry, list[Part]]] = {}
        self.came_back: dict[tuple[str, int], list[tuple[int, int, str]]] = {}

    def check(self) -> Agreed:
        for contract in self.contracts.values():
            self._contract(contract)
        seen: set[str] = set()
        for sale in self.all["sales"]:
            _once(seen, sale["sale_id"])
            self._sale(sale, counts=True)
        for back in self.all["returns"]:
            _once(seen, back["return_id"])
            if "sale" in back:
                self._earlier(back["sale"])
            self._return(back)
        self._not_twice()
        self._totals()
        self._balances()
        sums: Counter[tuple[str, str]] = Counter()
        for (party, _, _, currency), amount in self.sums.items():
            sums[party, currency] += amount
        told = tuple((*key, amount) for key, amount in sorted(sums.items()))
        return Agreed(len(self.all["sales"]), len(self.all["returns"]), sum(self.counts.values()), told)

    def _contract(self, contract: Entry) -> None:
        if not contract["is_whole"]:
            return
        where = f"contract {contract['contract_id']}, version {contract['version']}"
        digest = _digest(contract["terms"])
        _same(f"{where}: hash of its terms", contract["terms_hash"], digest)
        for accepted in contract["acceptances"]:
            _same(f"{where}: the terms that {accepted['party_id']} accepted", accepted["terms_hash"], digest)

    def _sale(self, sale: Entry, *, counts: bool) -> None:
        terms = self.contracts[sale["contract_id"], sale["contract_version"]]["terms"]
        for line in sale["lines"]:
            where = f"sale {sale['sale_id']}, line {line['line_no']}"
            parts = _share(terms, sale, line)
            _same(f"{where}: its parts", _stated(line), self._own(parts))
            self.sold[sale["sale_id"], line["line_no"]] = line, parts
            if counts:
                self._add(sale, self._own(parts), 1)

    def _earlier(self, sale: Entry) -> None:
        """A sale before the period: it is there for what came back of it, and counts for nothing."""
        if not any(key[0] == sale["sale_id"] for key in self.sold):
            self._sale(sale, counts=False)

    def _return(self, back: Entry) -> None:
        for line in back["lines"]:
            key = back["sale_id"], line["line_no"]
            where = f"return {back['return_id']} of sale {key[0]}, line {key[1]}"
            sold, parts = self.sold[key]
            parts = _reverse(sold, parts, line)
            _same(f"{where}: its parts", _stated(line), self._own(parts))
            self._add(back, self._own(parts), -1)
            whole, facts = sold["base_minor"], line["back"]
            first = facts["before_minor"] if whole else facts["before_pieces"]
            size = line["base_minor"] if whole else facts["pieces"]
            if first < 0 or size < 0 or first + size > (whole or sold["quantity"]):
                raise Differs(f"{where}: more came back than was sold")
            self.came_back.setdefault(key, []).append((first, first + size, where))

    def _not_twice(self) -> None:
        for spans in self.came_back.values():
            spans.sort()
            for before, after in pairwise(spans):
                if after[0] < before[1]:
                    raise Differs(f"{after[2]}: came back before already")

    def _own(self, parts: list[Part]) -> list[Part]:
        return [part for part in parts if part[1] in self.own]

    def _add(self, entry: Entry, parts: list[Part], sign: int) -> None:
        for role, party, amount, _ in parts:
            key = party, role, entry["collector_party_id"], entry["currency"]
            self.sums[key] += sign * amount
            self.counts[key] += 1

    def _totals(self) -> None:
        stated = {
            (t["party_id"], t["role"], t["collector_party_id"], t["currency"]): (
                t["lines"],
                t["amount_minor"],
            )
            for t in self.all["totals"]
        }
        for key in sorted(stated.keys() | self.counts.keys()):
            where = "total of {}, as {}, of what {} collected, in {}: lines and amount".format(*key)
            _same(where, stated.get(key, (0, 0)), (self.counts[key], self.sums[key]))

    def _balances(self) -> None:
        moved: Counter[tuple[str, str, str]] = Counter()
        for (party, _, collector, currency), amount in self.sums.items():
            moved[party, collector, currency] += amount
        for balance in self.all["balances"]:
            key = balance["party_id"], balance["collector_party_id"], balance["currency"]
            where = "balance of {}, of what {} collected, in {}: how it moved".format(*key)
            _same(
                where,
                balance["after_minor"] - balance["before_minor"] + balance.get("paid_minor", 0),
                moved.pop(key, 0),
            )
        for key, amount in sorted(moved.items()):
            _same("balance of {}, of what {} collected, in {}: how it moved".format(*key), 0, amount)


def _share(terms: Entry, sale: Entry, line: Entry) -> list[Part]:
    """Each rule's amount, rounded down; discounts charged to who funds them; the rest to who takes it."""
    charged = line.get("funded", []) if terms.get("funding") == "funder" else []
    charged_minor = sum(one["amount_minor"] for one in charged)
    parts: list[Part] = []
    for number, rule in enumerate(terms["shares"]):
        if rule is None:  # not told to these parties: none of their parts comes from it
            continue
        if rule.get("channels") and sale["channel"] not in rule["channels"]:
            continue
        if rule.get("product_ids") and line.get("product_id") not in rule["product_ids"]:
            continue
        party = _party(rule["role"], sale, line)
        if party is not None:
            base = _base(rule.get("of", "net"), terms, line, charged_minor)
            parts.append((rule["role"], party, _amount(rule, base, line["quantity"]), number))
    parts += [("funder", f["party_id"], -f["amount_minor"], None) for f in charged if f["amount_minor"]]
    rest = line["base_minor"] - sum(part[2] for part in parts)
    taker = _party(terms["leftover_to"], sale, line)
    if taker is None:
        raise Unreadable(f"nobody takes the rest of sale {sale['sale_id']}")
    parts.append((terms["leftover_to"], taker, rest, None))
    return parts


def _party(role: str, sale: Entry, line: Entry) -> str | None:
    """Who packs a line is who runs the place that sells it, where nothing else is said."""
    if role == "fulfiller" and line.get("fulfiller_id"):
        return str(line["fulfiller_id"])
    named = {"fulfiller": "operator"}.get(role, role)
    party: str | None = line["stock_owner_id"] if role == "stock_owner" else sale["roles"].get(named)
    return party


def _base(of: str, terms: Entry, line: Entry, charged_minor: int) -> int:
    paid: int = line["base_minor"]
    if of == "list":
        listed: int | None = line["list_minor"]
        return paid if listed is None else listed
    if of == "net_ex_tax":
        return _floor((paid + charged_minor) * WHOLE_BP, WHOLE_BP + terms.get("tax_bp", 0))
    if of != "net":
        raise Unreadable(f"unknown base {of}")
    return paid + charged_minor


def _amount(rule: Entry, base: int, pieces: int) -> int:
    amount: int
    if "tiers" in rule:
        starts = [tier["from_minor"] for tier in rule["tiers"]]
        ends = [*starts[1:], base]
        amount = 0
        for tier, end in zip(rule["tiers"], ends, strict=True):
            slice_ = min(base, end) - tier["from_minor"]
            if slice_ > 0:
                amount += _floor(slice_ * tier["bp"], WHOLE_BP)
    elif "piece_minor" in rule:
        amount = rule["piece_minor"] * pieces
    else:
        amount = _floor(base * rule["bp"], WHOLE_BP)
    if "floor_minor" in rule:
        amount = max(amount, rule["floor_minor"])
    if "cap_minor" in rule:
        amount = min(amount, rule["cap_minor"])
    return amount


def _reverse(sold: Entry, parts: list[Part], line: Entry) -> list[Part]:
    """What all that came back by then takes off, less what was taken off before; the rest takes what makes it sum up."""
    facts, now = line["back"], line["base_minor"]
    before = facts["before_minor"], facts["before_pieces"]
    after = before[0] + now, before[1] + facts["pieces"]
    gone = [_gone(sold, parts, *until) for until in (before, after)]
    return [(p[0], p[1], b - a, p[3]) for p, a, b in zip(parts, *gone, strict=True)]


def _gone(sold: Entry, parts: list[Part], minor: int, pieces: int) -> list[int]:
    done, whole = (minor, sold["base_minor"]) if sold["base_minor"] else (pieces, sold["quantity"])
    gone = [_floor(part[2] * done, whole) for part in parts[:-1]]
    return [*gone, minor - sum(gone)]


def _floor(amount: int, by: int) -> int:
    """Divided and rounded down, towards minus infinity also below zero."""
    return amount // by


def _stated(line: Entry) -> list[Part]:
    return [(s["role"], s["party_id"], s["amount_minor"], s.get("rule")) for s in line["shares"]]


def _digest(terms: Entry) -> str:
    text = json.dumps(terms, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _once(seen: set[str], ref_id: str) -> None:
    if ref_id in seen:
        raise Differs(f"{ref_id}: stands here twice")
    seen.add(ref_id)


def _same(where: str, stated: Any, right: Any) -> None:
    if stated != right:
        raise Differs(f"{where}: stated {stated}, right {right}")


def _whole_number(text: str) -> int:
    raise Unreadable(f"{text[:40]} is no whole number of minor units")


def main(arguments: list[str] | None = None) -> int:
    """Recompute one file and print what came of it; the exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    if len(given) != 1 or given[0].startswith("-"):
        print("usage: highstreet recompute STATEMENT.json")
        return 2
    try:
        with Path(given[0]).open(encoding="utf-8") as file:
            statement = json.load(file, parse_float=_whole_number, parse_constant=_whole_number)
        agreed = recompute(statement)
    except Differs as difference:
        print(f"DIFFERS  {difference}")
        return 1
    except (OSError, ValueError, RecursionError, Unreadable) as error:
        print(f"cannot be read: {error}")
        return 2
    print(f"agrees   {agreed.sales} sales, {agreed.returns} returns, {agreed.lines} parts")
    for party, currency, amount in agreed.sums:
        print(f"         {party}  {currency} {amount} in minor units")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
