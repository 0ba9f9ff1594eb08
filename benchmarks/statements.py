"""A month of 1,000,000 sales and 30,000 returns of 300 dealers: their statements, beside the same sums as one SQL query.

The month is written by SQL; its share lines were computed by the program itself, for 20 baskets of each dealer.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import text
from tests.seeds import Seed, seed_brand

from benchmarks.rows import Bar, Beside, Measured
from highstreet.flows.make_statements import make_statements
from highstreet.kernel.db import Database
from highstreet.kernel.time import to_micros
from highstreet.kernel.tx import Tx
from highstreet.migrations.run import upgrade
from highstreet.rooms.channel import (
    ShareBase,
    SignContract,
    compute_shares,
    parse_terms,
    sheet_document,
    sign_contract,
)
from highstreet.rooms.ledger import AccountKey
from highstreet.rooms.parties.tables import party
from highstreet.rooms.settlements import (
    Settlement,
    SettlementState,
    begin_settlement,
    settlement_by_id,
    statements_of,
)

SALES, DEALERS, BASKETS, LANDLORDS, EACH_RETURN = 1_000_000, 300, 20, 12, 33
BAR = Bar(at_most=60)
SINCE, UNTIL = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
MADE_AT = datetime(2026, 11, 2, tzinfo=UTC)
TERMS = parse_terms(
    {
        "collector": "operator",
        "collectors": {"shop": "brand"},
        "shares": [
            {"role": "brand", "bp": 3000},
            {"role": "landlord", "bp": 800, "of": "net_ex_tax"},
            {"role": "home_store", "bp": 300, "channels": ["shop"]},
        ],
        "leftover_to": "operator",
        "tax_bp": 1300,
    }
)
NUMBERS = "WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n + 1 < :sales) "
SALE = "'sal_000000000000000000' || substr(cast(100000000 + {n} AS text), 2)"
RETURN = "'rtn_000000000000000000' || substr(cast(100000000 + {n} AS text), 2)"
# Spread over the month, a few of them in one instant.
AT = ":since + cast({n} / 3 AS bigint) * :step"
STATEMENTS = (
    "INSERT INTO sale (brand_id, id, place_id, state, origin, currency, list_minor, discount_minor, total_minor,"
    " returned_minor, proof, business_day, opened_at, paid_at) "
    f"{NUMBERS} SELECT :brand, {SALE.format(n='n')}, :place, 'paid', b.channel, 'EUR', b.total, 0, b.total, 0,"
    f" {{document}}'{{{{}}}}'{{end}}, '2026-10-01', {AT.format(n='n')}, {AT.format(n='n')}"
    " FROM n JOIN bench_sheet b ON b.k = n % :kinds",
    "INSERT INTO share_sheet (brand_id, sale_id, contract_id, contract_version, collector_party_id, channel, roles, lines) "
    f"{NUMBERS} SELECT :brand, {SALE.format(n='n')}, :contract, 1, b.collector, b.channel, {{document}}b.roles{{end}},"
    " {document}b.lines{end} FROM n JOIN bench_sheet b ON b.k = n % :kinds",
    "INSERT INTO sale_return (brand_id, id, sale_id, place_id, currency, refund_minor, reason, at) "
    f"{NUMBERS} SELECT :brand, {RETURN.format(n='n')}, {SALE.format(n='n * :each')}, :place, 'EUR', b.total, 'size',"
    f" {AT.format(n='n * :each')} + 1000000 FROM n JOIN bench_sheet b ON b.k = n * :each % :kinds WHERE n * :each < :all",
    "INSERT INTO share_reversal (brand_id, return_id, sale_id, lines) "
    f"{NUMBERS} SELECT :brand, {RETURN.format(n='n')}, {SALE.format(n='n * :each')}, {{document}}b.lines{{end}}"
    " FROM n JOIN bench_sheet b ON b.k = n * :each % :kinds WHERE n * :each < :all",
    "INSERT INTO transfer (brand_id, ref_id, no, debit_account_id, credit_account_id, currency, amount_minor, code, at) "
    f"{NUMBERS} SELECT :brand, {SALE.format(n='n')}, p.no, p.debit, p.credit, 'EUR', p.amount, p.code,"
    f" {AT.format(n='n')} FROM n JOIN bench_part p ON p.k = n % :kinds",
    "INSERT INTO transfer (brand_id, ref_id, no, debit_account_id, credit_account_id, currency, amount_minor, code, at) "
    f"{NUMBERS} SELECT :brand, {RETURN.format(n='n')}, p.no, p.credit, p.debit, 'EUR', p.amount, 'share_reversed',"
    f" {AT.format(n='n * :each')} + 1000000 FROM n JOIN bench_part p ON p.k = n * :each % :kinds WHERE n * :each < :all",
    "UPDATE account SET balance_minor = coalesce((SELECT sum(amount_minor) FROM transfer t WHERE t.brand_id ="
    " account.brand_id AND credit_account_id = account.id), 0) - coalesce((SELECT sum(amount_minor) FROM transfer t"
    " WHERE t.brand_id = account.brand_id AND debit_account_id = account.id), 0)",
)
RAW = {
    "sqlite": """
SELECT party_id, role, collector, currency, count(*), sum(amount) FROM (
  SELECT json_extract(share.value, '$.party_id') party_id, json_extract(share.value, '$.role') role,
         h.collector_party_id collector, s.currency, json_extract(share.value, '$.amount_minor') amount
  FROM sale s JOIN share_sheet h ON h.brand_id = s.brand_id AND h.sale_id = s.id,
       json_each(h.lines) line, json_each(line.value, '$.shares') share
  WHERE s.brand_id = :brand AND s.paid_at >= :since AND s.paid_at < :until
  UNION ALL
  SELECT json_extract(share.value, '$.party_id'), json_extract(share.value, '$.role'),
         h.collector_party_id, r.currency, -json_extract(share.value, '$.amount_minor')
  FROM sale_return r JOIN share_reversal v ON v.brand_id = r.brand_id AND v.return_id = r.id
       JOIN share_sheet h ON h.brand_id = r.brand_id AND h.sale_id = r.sale_id,
       json_each(v.lines) line, json_each(line.value, '$.shares') share
  WHERE r.brand_id = :brand AND r.at >= :since AND r.at < :until
) GROUP BY 1, 2, 3, 4""",
    "postgresql": """
SELECT party_id, role, collector, currency, count(*), sum(amount) FROM (
  SELECT share->>'party_id' party_id, share->>'role' role, h.collector_party_id collector, s.currency,
         (share->>'amount_minor')::bigint amount
  FROM sale s JOIN share_sheet h ON h.brand_id = s.brand_id AND h.sale_id = s.id,
       jsonb_array_elements(h.lines) line, jsonb_array_elements(line->'shares') share
  WHERE s.brand_id = :brand AND s.paid_at >= :since AND s.paid_at < :until
  UNION ALL
  SELECT share->>'party_id', share->>'role', h.collector_party_id, r.currency, -(share->>'amount_minor')::bigint
  FROM sale_return r JOIN share_reversal v ON v.brand_id = r.brand_id AND v.return_id = r.id
       JOIN share_sheet h ON h.brand_id = r.brand_id AND h.sale_id = r.sale_id,
       jsonb_array_elements(v.lines) line, jsonb_array_elements(line->'shares') share
  WHERE r.brand_id = :brand AND r.at >= :since AND r.at < :until
) lines GROUP BY 1, 2, 3, 4""",
}


def measure(url: str, name: str, *, sales: int, say: Callable[[str], None]) -> list[Measured]:
    """Write the month, make its statements, ask the database for the same sums."""
    upgrade(url)
    db = Database(url)
    try:
        seed = db.write_now(lambda tx, _command: seed_brand(tx), None)
        db.write_now(lambda tx, command: _write_month(tx, *command), (seed, sales))
        _analyze(db)
        say(f"{sales:,} sales written on {name}")
        began = time.perf_counter()
        sums = _raw(db, seed)
        raw_s = time.perf_counter() - began
        asked = Settlement(
            seed.brand_id,
            *("stl_bench", "2026-10-01", "2026-10-31", SINCE, UNTIL),
            *(SettlementState.MAKING, MADE_AT, None, SINCE, None),
        )
        db.write_now(begin_settlement, asked)
        began = time.perf_counter()
        asyncio.run(make_statements(db, {"brand_id": seed.brand_id, "settlement_id": asked.id}, MADE_AT))
        ours_s = time.perf_counter() - began
        _check(db, seed, sums)
    finally:
        db.close()
    title = f"statements of {DEALERS} dealers, {sales:,} sales: {name}"
    beside = Beside("one SQL query", round(raw_s, 1))
    return [Measured(title, round(ours_s, 1), "s", beside, BAR)]


def _raw(db: Database, seed: Seed) -> dict[tuple[str, ...], tuple[int, int]]:
    facts = {"brand": seed.brand_id, "since": to_micros(SINCE), "until": to_micros(UNTIL)}
    dialect = "sqlite" if db.is_sqlite else "postgresql"
    found = db.read_now(lambda reader: reader.rows(text(RAW[dialect]), facts))
    return {
        (party_id, role, collector, currency): (int(lines), int(amount))
        for party_id, role, collector, currency, lines, amount in map(tuple, found)
    }


def _check(db: Database, seed: Seed, sums: dict[tuple[str, ...], tuple[int, int]]) -> None:
    settlement = db.read_now(settlement_by_id, seed.brand_id, "stl_bench")
    assert settlement is not None, "no settlement"
    assert settlement.state is SettlementState.MADE, settlement
    made = {
        (one.party_id, total.role, total.collector_party_id, total.currency): (
            total.lines + total.returned_lines,
            total.amount_minor,
        )
        for one in db.read_now(statements_of, seed.brand_id, settlement.id)
        for total in one.totals
    }
    differ = sorted(made.items() ^ sums.items())[:4]
    assert not differ, f"our sums are not those of the query: {differ}"


def _analyze(db: Database) -> None:
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if db.is_sqlite else "VACUUM ANALYZE"))


def _write_month(tx: Tx, seed: Seed, sales: int) -> None:
    is_sqlite = tx.connection.dialect.name == "sqlite"
    parties = [
        {"brand_id": seed.brand_id, "id": id_, "kind": kind, "name_en": id_, "name_zh": id_}
        for id_, kind in [
            *((f"pty_d{n}", "dealer") for n in range(DEALERS)),
            *((f"pty_l{n}", "landlord") for n in range(LANDLORDS)),
        ]
    ]
    tx.insert_many(party, parties)
    sign_contract(tx, SignContract(seed.brand_id, "ctr_bench", 1, seed.dealer, None, TERMS, SINCE, SINCE))
    _write_kinds(tx, seed)
    facts = {
        "brand": seed.brand_id,
        "place": seed.place_id,
        "contract": "ctr_bench",
        "since": to_micros(SINCE),
        "step": 3 * (to_micros(UNTIL) - to_micros(SINCE) - 2_000_000) // sales,
        "kinds": DEALERS * BASKETS,
        "each": EACH_RETURN,
        "all": sales,
    }
    document, end = ("", "") if is_sqlite else ("cast(", " AS jsonb)")
    for statement in STATEMENTS:
        written = statement.format(document=document, end=end)
        count = sales // EACH_RETURN + 1 if "'rtn_" in written else sales
        wanted = {name: value for name, value in facts.items() if f":{name}" in written}
        tx.run(text(written), wanted | ({"sales": count} if ":sales" in written else {}))


def _write_kinds(tx: Tx, seed: Seed) -> None:
    """The 20 baskets of each dealer with their shares, and what the ledger moves for one."""
    tx.run(
        text(
            "CREATE TEMPORARY TABLE bench_sheet (k integer PRIMARY KEY, channel text, collector text, total bigint,"
            " roles text, lines text)"
        )
    )
    tx.run(
        text(
            "CREATE TEMPORARY TABLE bench_part (k integer, no integer, debit text, credit text, amount bigint, code text,"
            " PRIMARY KEY (k, no))"
        )
    )
    accounts: dict[str, AccountKey] = {}
    sheets, parts = [], []
    for k in range(DEALERS * BASKETS):
        sheet, moves = _kind(seed, k)
        sheets.append(sheet)
        for no, (debit, credit, amount, code) in enumerate(moves, start=1):
            accounts |= {debit.id: debit, credit.id: credit}
            part = {"k": k, "no": no, "debit": debit.id, "credit": credit.id, "amount": amount, "code": code}
            parts.append(part)
    keys = ("brand_id", "id", "owner_id", "kind", "counterparty_id", "currency")
    named = ", ".join(f":{key}" for key in keys)
    tx.run(
        text(f"INSERT INTO account ({', '.join(keys)}, balance_minor) VALUES ({named}, 0)"),
        [{key: getattr(one, key) for key in keys} for one in accounts.values()],
    )
    tx.run(text("INSERT INTO bench_sheet VALUES (:k, :channel, :collector, :total, :roles, :lines)"), sheets)
    tx.run(text("INSERT INTO bench_part VALUES (:k, :no, :debit, :credit, :amount, :code)"), parts)


Move = tuple[AccountKey, AccountKey, int, str]


def _kind(seed: Seed, k: int) -> tuple[dict[str, Any], list[Move]]:
    dealer = k % DEALERS
    channel = "shop" if k // DEALERS % 10 == 0 else "register"
    roles = {
        "brand": seed.brand_party,
        "operator": f"pty_d{dealer}",
        "landlord": f"pty_l{dealer % LANDLORDS}" if dealer % 3 == 0 else None,
        "home_store": f"pty_d{(dealer * 7 + k) % DEALERS}",
    }
    lines = compute_shares(TERMS, roles, list(_lines(k, f"pty_d{dealer}")), channel)
    collector = roles["brand" if channel == "shop" else "operator"] or ""
    sums: Counter[str] = Counter()
    for share in (share for line in lines for share in line.shares):
        sums[share.party_id] += share.amount_minor
    total = sum(line.base_minor for line in lines)
    sales = AccountKey(seed.brand_id, collector, "sales", "EUR")
    clearing = AccountKey(seed.brand_id, collector, "clearing_cash", "EUR")
    moves: list[Move] = [(clearing, sales, total, "tender")]
    for party_id, amount in sums.items():
        earned = AccountKey(seed.brand_id, party_id, "earned", "EUR", collector)
        if amount:
            moves.append((sales, earned, amount, "share"))
    sheet = {
        "k": k,
        "channel": channel,
        "collector": collector,
        "total": total,
        "roles": orjson.dumps(roles).decode(),
        "lines": orjson.dumps(sheet_document(lines)).decode(),
    }
    return sheet, moves


def _lines(k: int, owner: str) -> Iterator[ShareBase]:
    for line_no in range(1, 2 + k % 3):
        minor = 990 + 37 * (k % 211) + 500 * line_no
        yield ShareBase(line_no, minor, owner, 1, minor, (), None)
