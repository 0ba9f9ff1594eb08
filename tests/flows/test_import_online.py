"""Other sellers' prices and goods' prices from files, against what contracts promise; on both databases."""

from datetime import timedelta
from typing import Any

import pytest

from highstreet.flows.import_online import OnlineImport
from highstreet.kernel.ids import stable_id
from highstreet.rooms.channel import (
    CaseState,
    Parity,
    ParityCase,
    ShareRule,
    SignContract,
    Terms,
    cases_of_brand,
    changes_for,
    sign_contract,
)
from highstreet.rooms.goods import variant_by_id
from highstreet.rooms.ledger import balances
from tests.flows.import_desk import Desk, bad_of, counts_of, desk
from tests.seeds import NOW

__all__ = ["desk"]
HEAD = "sku,source,price,url,seen_at\n"


def promise(desk: Desk, on_breach: str, **more: Any) -> None:
    seed, begins = desk.seed, NOW - timedelta(days=1)
    parity = Parity(on_breach, **more)
    terms = Terms("operator", (ShareRule("brand", 3000),), "operator", parity=parity)
    contract_id = stable_id("ctr", seed.brand_id)
    desk.db.write_now(
        sign_contract,
        SignContract(seed.brand_id, contract_id, 1, seed.dealer, None, terms, begins, begins),
    )


def cases(desk: Desk) -> list[ParityCase]:
    return desk.db.read_now(cases_of_brand, desk.seed.brand_id)


def owed(desk: Desk) -> int:
    found = desk.db.read_now(balances, desk.seed.brand_id)
    return sum(one.amount_minor for one in found if one.kind == "payable")


def row(desk: Desk, price: str, source: str = "Depot", seen: str = "2026-11-20T08:00:00Z") -> str:
    return f"{HEAD}S-0,{source},{price},https://depot.example/1,{seen}\n"


def test_a_price_is_told_once_and_again_when_it_falls_deeper(desk: Desk) -> None:
    promise(desk, "acknowledge", tolerance_bp=1000)
    assert counts_of(desk.take("online_prices", row(desk, "95.00"))) == (1, 1, 0, 0)
    assert cases(desk) == []
    low = row(desk, "80.00", seen="2026-11-20T09:00:00Z")
    assert counts_of(desk.take("online_prices", low)) == (1, 1, 0, 0)
    assert counts_of(desk.take("online_prices", low)) == (1, 0, 1, 0)
    (case,) = cases(desk)
    assert (case.state, case.pieces, case.lost_minor, case.paid_minor) == (CaseState.TOLD, 10, 20000, 0)
    change = desk.db.read_now(changes_for, desk.seed.brand_id, [case.change_id])[case.change_id]
    assert (change.kind, change.asked["source"], change.asked["price_minor"]) == ("online", "Depot", 8000)
    desk.take("online_prices", row(desk, "99.00", seen="2026-11-20T09:10:00Z"))
    desk.take("online_prices", row(desk, "80.00", seen="2026-11-20T09:20:00Z"))
    assert len(cases(desk)) == 1
    desk.take("online_prices", row(desk, "79.00", seen="2026-11-20T09:30:00Z"))
    assert [one.lost_minor for one in cases(desk)] == [1000, 20000]


def test_nobody_sees_the_future(desk: Desk) -> None:
    promise(desk, "acknowledge")
    desk.take("online_prices", row(desk, "99.00", seen="2199-01-01T00:00:00Z"))
    later = NOW + timedelta(minutes=1)
    assert counts_of(desk.take("online_prices", row(desk, "70.00", seen=later.isoformat()), now=later)) == (
        1,
        1,
        0,
        0,
    )
    assert [one.lost_minor for one in cases(desk)] == [29000, 1000]


def test_whose_contract_answers_for_it_is_paid_for_each_fall_once(desk: Desk) -> None:
    promise(desk, "compensate", compensate_bp=5000, online=True)
    desk.take("online_prices", row(desk, "80.00"))
    assert ([one.state for one in cases(desk)], owed(desk)) == ([CaseState.COMPENSATED], 10_000)
    desk.take("online_prices", row(desk, "80.00", source="Other"))
    assert owed(desk) == 10_000
    desk.take("online_prices", row(desk, "90.00", seen="2026-11-20T09:00:00Z"))
    desk.take("online_prices", row(desk, "78.00", seen="2026-11-20T09:10:00Z"))
    assert owed(desk) == 10_000 + 10 * 200 // 2


def test_a_contract_that_pays_for_the_brands_own_prices_only_tells(desk: Desk) -> None:
    promise(desk, "compensate", compensate_bp=5000)
    desk.take("online_prices", row(desk, "80.00"))
    assert ([one.state for one in cases(desk)], owed(desk)) == ([CaseState.TOLD], 0)


def test_bad_rows(desk: Desk) -> None:
    text = (
        HEAD + "S-0,Depot,95.00,https://depot.example/1,\n"
        "none,Depot,95.00,https://depot.example/1,\n"
        "S-1,,95.00,https://depot.example/1,\n"
        "S-1,Depot,,https://depot.example/1,\n"
        "S-1,Depot,9.00 USD,https://depot.example/1,\n"
        "S-1,Depot,9.00,javascript:alert(1),\n"
        "S-1,Depot,9.00,https://[,\n"
        "S-1,Depot,9.00,https://depot.example/1,yesterday\n"
        "S-0,Depot,94.00,https://depot.example/1,\n"
    )
    report = desk.take("online_prices", text)
    assert counts_of(report) == (9, 1, 0, 8)
    assert [(line, code) for line, _, code in sorted(bad_of(report))] == [
        (3, "import.goods_unknown"),
        (4, "import.value_missing"),
        (5, "import.value_missing"),
        (6, "import.currency_differs"),
        (7, "import.address_malformed"),
        (8, "import.address_malformed"),
        (9, "import.time_malformed"),
        (10, "import.repeated"),
    ]


GOODS = "sku,product_ref,name_en,name_zh,price,member_price,category\n"


def goods(desk: Desk, price: str, other: str = "7.00") -> str:
    return f"{GOODS}N-1,N-1,Lamp,灯,{price},,Home\nN-2,N-2,Cup,杯,{other},,Home\n"


def listed(desk: Desk, sku: str) -> int:
    found = desk.db.read_now(
        variant_by_id, desk.seed.brand_id, stable_id("var", desk.seed.brand_id, sku, sku)
    )
    assert found is not None
    return found.list_minor


@pytest.mark.parametrize(
    ("on_breach", "counts", "price"),
    [
        ("refuse", (2, 1, 0, 1), 1000),
        ("acknowledge", (2, 1, 1, 0), 1000),
        ("compensate", (2, 2, 0, 0), 800),
    ],
)
def test_prices_in_a_file_pass_the_guard(
    desk: Desk, on_breach: str, counts: tuple[int, ...], price: int
) -> None:
    desk.take("goods", goods(desk, "10.00"))
    promise(desk, on_breach, **({"compensate_bp": 5000} if on_breach == "compensate" else {}))
    report = desk.take("goods", goods(desk, "8.00", "7.50"))
    assert counts_of(report) == counts
    assert (listed(desk, "N-1"), listed(desk, "N-2")) == (price, 750)
    refused = [("channel.parity_broken")] if on_breach == "refuse" else []
    assert [code for _, _, code in bad_of(report)] == refused
    waits = [("import.note_prices_wait", 1)] if on_breach == "acknowledge" else []
    assert [(note.code, note.rows) for note in report.notes] == waits
    states = {"refuse": [], "acknowledge": [CaseState.WAITING], "compensate": [CaseState.COMPENSATED]}
    assert [one.state for one in cases(desk)] == states[on_breach]


def test_rows_keep_their_fields() -> None:
    assert OnlineImport._fields == ("variant_id", "source", "price_minor", "url", "seen_at")
