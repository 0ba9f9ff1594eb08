"""The office's pages with 100,000 sales behind them: Today, the list of sales, one sale, what each party earned.

The sales are written by SQL, with all that stands beside each: lines, tender, transfers, event, and the kept sums. They
lie evenly in the last ten days, so that up to 10,000 are today's. One question after the other, as a person asks.
"""

import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path

from tests.databases import sqlite_url
from tests.seeds import Seed, seed_brand

from benchmarks.processes import Server, serve_ours, serving
from benchmarks.rows import Bar, Measured
from highstreet.kernel.db import Database
from highstreet.kernel.ids import new_id, stable_id
from highstreet.kernel.time import to_micros, utc_now
from highstreet.kernel.tx import Tx
from highstreet.migrations.run import upgrade
from highstreet.rooms.identity import TokenKind, make_token, token_hash
from highstreet.rooms.identity.tables import register_key, session, staff
from highstreet.rooms.ledger import AccountKey
from highstreet.rooms.parties.tables import place, register, staff_role
from highstreet.rooms.places.tables import site

SALES = 100_000
DAYS = 10
PLACES = 40
WARM = 3
BAR = Bar(at_most=300)
PAGES = {
    "today": "/office/",
    "list": "/office/sales",
    "one sale": "/office/sales/{sale}",
    "earnings": "/office/earnings",
}
TOKEN = make_token(TokenKind.SESSION, bytes(range(32)))
PROOF = '{"kind":"benchmark","more":"' + "x" * 700 + '"}'
NUMBERS = "WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n + 1 < :sales) "
# The id of the sale that has this number: its last characters count.
SALE_ID = "substr(:sale, 1, 24) || printf('%06d', n)"
PLACE_ID = "CASE n % :places WHEN 0 THEN :first_place ELSE 'plc_' || (n % :places) END"
REGISTER_ID = "CASE n % :places WHEN 0 THEN :first_register ELSE 'reg_' || (n % :places) END"
AT = ":now - n * :step"
NET = "(900 + n % 700)"
OF_SALES = "FROM sale WHERE state = 'paid'"
STATEMENTS = (
    "INSERT INTO sale (brand_id, id, place_id, register_id, member_id, person_id, state, origin, currency, list_minor,"
    " discount_minor, total_minor, returned_minor, proof, business_day, opened_at, paid_at) "
    f"{NUMBERS} SELECT :brand, {SALE_ID}, {PLACE_ID}, {REGISTER_ID}, CASE n % 3 WHEN 0 THEN :member END,"
    f" CASE n % 3 WHEN 0 THEN :person END, 'paid', 'register', 'EUR', {NET} * 3 + 200, 200, {NET} * 3, 0, :proof,"
    f" '2026-11-20', {AT}, {AT} FROM n",
    "INSERT INTO sale_line (brand_id, sale_id, line_no, variant_id, gtin, name_en, name_zh, owner_party_id, quantity,"
    " unit_list_minor, discount_minor, net_minor, returned_quantity, returned_minor)"
    " SELECT brand_id, id, x.line_no, CASE x.line_no WHEN 1 THEN :variant_1 ELSE :variant_2 END, NULL, 'Shell', 'Shell',"
    " :dealer, x.line_no, (total_minor / 3) + 100 / x.line_no, 100, x.line_no * (total_minor / 3) - 100 + 100, 0, 0"
    " FROM sale, (SELECT 1 AS line_no UNION ALL SELECT 2) x",
    "INSERT INTO tender (brand_id, id, sale_id, place_id, direction, rail, state, currency, amount_minor, refunded_minor,"
    " created_at, settled_at) SELECT brand_id, 'tnd' || substr(id, 4), id, place_id, 'in',"
    " CASE paid_at % 2 WHEN 0 THEN 'cash' ELSE 'wallet' END, 'captured', currency, total_minor, 0, opened_at, paid_at"
    f" {OF_SALES}",
    *(
        "INSERT INTO transfer (brand_id, ref_id, no, debit_account_id, credit_account_id, currency, amount_minor, code, at)"
        f" SELECT brand_id, id, {no}, {debit}, {credit}, currency, {amount}, '{code}', paid_at {OF_SALES}"
        for no, debit, credit, amount, code in (
            (1, ":clearing", ":sales_account", "total_minor", "tender"),
            (2, ":sales_account", ":earned_dealer", "total_minor - total_minor / 3", "share"),
            (3, ":sales_account", ":earned_brand", "total_minor / 3", "share"),
        )
    ),
    "UPDATE account SET balance_minor = coalesce((SELECT sum(amount_minor) FROM transfer WHERE credit_account_id ="
    " account.id), 0) - coalesce((SELECT sum(amount_minor) FROM transfer WHERE debit_account_id = account.id), 0)",
    "INSERT INTO sale_hour (brand_id, hour, place_id, register_id, currency, sales, member_sales, total_minor,"
    " discount_minor, returned_minor, last_paid_at) SELECT brand_id, paid_at / 3600000000 * 3600000000, place_id,"
    " register_id, currency, count(*), count(member_id), sum(total_minor), sum(discount_minor), 0, max(paid_at)"
    f" {OF_SALES} GROUP BY 1, 2, 3, 4, 5",
    "INSERT INTO outbox (name, brand_id, place_id, at, body) SELECT 'sales.sale_paid.v1', brand_id, place_id, paid_at,"
    " json_object('sale_id', id, 'register_id', register_id, 'member_id', member_id, 'currency', 'EUR', 'total_minor',"
    " total_minor, 'rails', json('[\"cash\"]'), 'code_id', NULL,"
    " 'lines', json('[{\"line_no\":1,\"quantity\":1},{\"line_no\":2,\"quantity\":2}]'), 'receipt', json_object('more',"
    f" proof)) {OF_SALES} ORDER BY paid_at",
    "ANALYZE",
)


def run(folder: Path, *, is_quick: bool, say: Callable[[str], None]) -> list[Measured]:
    """A row a page: the 95th percentile of the time to its whole answer."""
    url = sqlite_url(folder)
    upgrade(url)
    db = Database(url)
    try:
        seed = db.write_now(lambda tx, _command: seed_brand(tx), None)
        db.write_now(_add_office, seed)
    finally:
        db.close()
    _add_sales(folder / "highstreet.db", seed)
    say(f"{SALES:,} sales written")
    found = []
    with serving(*serve_ours(url), folder) as server:
        for name, path in PAGES.items():
            count, before = 12 if is_quick else 60, server.cpu_s
            times = list(_times(server, path.format(sale=_sale_id(SALES // 2)), count))
            cpu_ms = (server.cpu_s - before) * 1000 / (count + WARM)
            p95 = statistics.quantiles(times, n=20, method="inclusive")[18]
            title = f"office page, {SALES:,} sales: {name}"
            found.append(Measured(f"{title}, p95", round(p95, 1), "ms", None, BAR))
            found.append(Measured(f"{title}, processor", round(cpu_ms, 1), "ms"))
    return found


def _sale_id(number: int) -> str:
    return f"{stable_id('sal', 'office')[:24]}{number:06d}"


def _add_office(tx: Tx, seed: Seed) -> None:
    """More places with a register each, all paired, and somebody in the office."""
    brand_id, now = seed.brand_id, utc_now()
    more = [f"{n}" for n in range(1, PLACES)]
    names = {"name_en": "Place", "name_zh": "店", "is_active": True, "landlord_party_id": None}
    operator = {"brand_id": brand_id, "operator_party_id": seed.dealer, **names}
    tx.insert_many(place, [{**operator, "id": f"plc_{n}"} for n in more])
    where = {"given_lat": 60.17, "given_lon": 24.94, "datum": "wgs84", "cell": seed.cell, "country": "FI"}
    here = {"brand_id": brand_id, "lat": 60.17, "lon": 24.94, "time_zone": "Europe/Helsinki", **where}
    tx.insert_many(site, [{**here, "place_id": f"plc_{n}", "opening_hours": "24/7"} for n in more])
    own = {"brand_id": brand_id, "name": "1", "is_active": True, "is_training": False}
    tx.insert_many(register, [{**own, "id": f"reg_{n}", "place_id": f"plc_{n}"} for n in more])
    key = {"brand_id": brand_id, "created_at": now}
    tx.insert_many(
        register_key,
        [
            {**key, "id": f"rky_{n}", "place_id": f"plc_{n}", "register_id": f"reg_{n}", "key_hash": n}
            for n in more
        ],
    )
    who = {
        "brand_id": brand_id,
        "id": "stf_office",
        "party_id": seed.brand_party,
        "login": "hq",
        "name": "HQ",
    }
    tx.insert_many(staff, [{**who, "password_hash": "", "is_active": True}])
    role = {"staff_id": "stf_office", "role": "office_manager", "scope_id": brand_id}
    tx.insert_many(staff_role, [{"brand_id": brand_id, **role}])
    times = {"created_at": now, "seen_at": now, "expires_at": now + timedelta(hours=8)}
    ids = {"token_hash": token_hash(TOKEN), "id": new_id("ses"), "staff_id": "stf_office"}
    tx.insert_many(session, [{**ids, "brand_id": brand_id, **times}])


def _add_sales(file: Path, seed: Seed) -> None:
    accounts = {
        "clearing": AccountKey(seed.brand_id, seed.dealer, "clearing_cash", "EUR"),
        "sales_account": AccountKey(seed.brand_id, seed.dealer, "sales", "EUR"),
        "earned_dealer": AccountKey(seed.brand_id, seed.dealer, "earned", "EUR", seed.dealer),
        "earned_brand": AccountKey(seed.brand_id, seed.brand_party, "earned", "EUR", seed.dealer),
    }
    facts = {
        "sales": SALES,
        "sale": _sale_id(0),
        "places": PLACES,
        "brand": seed.brand_id,
        "first_place": seed.place_id,
        "first_register": seed.register_id,
        "member": seed.member_id,
        "person": seed.person_id,
        "proof": PROOF,
        "now": to_micros(utc_now()),
        "step": DAYS * 86_400_000_000 // SALES,
        "dealer": seed.dealer,
        "variant_1": seed.variants[0],
        "variant_2": seed.variants[1],
        **{name: key.id for name, key in accounts.items()},
    }
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.executemany(
            "INSERT INTO account (brand_id, id, owner_id, kind, counterparty_id, currency, balance_minor)"
            " VALUES (?, ?, ?, ?, ?, ?, 0)",
            [
                (k.brand_id, k.id, k.owner_id, k.kind, k.counterparty_id, k.currency)
                for k in accounts.values()
            ],
        )
        for statement in STATEMENTS:
            connection.execute(statement, facts)


def _times(server: Server, path: str, count: int) -> Iterator[float]:
    """Milliseconds to the whole answer, after some that warm up. Errors: RuntimeError when it is no page."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    for number in range(count + WARM):
        begun = time.perf_counter()
        connection.request("GET", path, headers={"Cookie": f"hs_office={TOKEN}", "Accept-Language": "en"})
        answer = connection.getresponse()
        page = answer.read()
        if answer.status != 200 or b"</html>" not in page:
            raise RuntimeError(f"{path} answered {answer.status}: {page[:300]!r}")
        if number >= WARM:
            yield (time.perf_counter() - begun) * 1000
    connection.close()
