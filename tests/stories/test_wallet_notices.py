"""Forged, replayed and foreign notices; payments called back while the payer confirms."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest

from highstreet.flows import charge_sale
from highstreet.kernel.ids import new_id
from highstreet.rooms.tenders.rails.port import PayOrder
from highstreet_simulator.wallet.peers import Inbox, Merchant
from tests.patience import until
from tests.stories.acts import everything, one, rows, sell
from tests.stories.conftest import Stage
from tests.stories.test_loop import ok
from tests.stories.test_payment_faults import ABANDONED, PAID, PRICE, Payer, basket, honest, payer, told
from tests.wallets import order, wallet_of

__all__ = ["honest"]
Notice = tuple[dict[str, str], bytes]
HOOK = "/hooks/wallet/notices"


@contextmanager
def caught_notices(stage: Stage) -> Iterator[Inbox]:
    """Our merchant's notices go to an inbox of the test instead."""
    settings = stage.program.settings
    inbox = Inbox()

    def send_to(url: str) -> None:
        merchant = {
            "merchant_id": settings.wallet_merchant_id,
            "public_key": settings.wallet_public_key,
            "notify_url": url,
        }
        ok(httpx.post(f"{stage.wallet_url}/sim/merchants", json=merchant, trust_env=False))

    send_to(inbox.url)
    try:
        yield inbox
    finally:
        send_to(f"{stage.url}{HOOK}")
        inbox.close()


def deliver(stage: Stage, notice: Notice, **changes: str) -> httpx.Response:
    headers = {k: v for k, v in notice[0].items() if k.lower().startswith("wallet-")} | changes
    return stage.client().post(HOOK, content=notice[1], headers=headers)


def paid_unheard(stage: Stage) -> tuple[dict[str, Any], Payer, Notice]:
    """A payment that the payer confirmed, and its notice, which has not reached us."""
    who = payer(stage, "ask")
    body = basket(stage, who)
    with caught_notices(stage) as inbox:
        sell(stage, body, 202)
        who.do("confirm", out_trade_no=body["tenders"][0]["id"])
        return body, who, inbox.wait(1)[0]


def foreign_notice(stage: Stage, tender_id: str) -> Notice:
    """Well signed by the wallet: another merchant was paid under our tender's number."""
    inbox = Inbox()
    with httpx.Client(base_url=stage.wallet_url, trust_env=False) as http:
        other = Merchant(http, inbox.url)
        order = {"out_trade_no": tender_id, "amount": {"total": PRICE, "currency": "EUR"}, "subject": "-"}
        shown = other.call("POST", "/v1/pay/qr", order)
        payer(stage).do("scan", code_url=shown["code_url"])
        notice = inbox.wait(1)[0]
        other.register(None)
    inbox.close()
    return notice


def test_a_forged_notice_changes_nothing(honest: Stage) -> None:
    stage = honest
    body, who, genuine = paid_unheard(stage)
    headers, content = genuine
    tender_id = body["tenders"][0]["id"]
    stage.drain()
    before = everything(stage)
    content_of = json.loads(content)
    cheaper = json.dumps({**content_of, "resource": {**content_of["resource"], "amount": {"total": 1}}})
    signature = next(v for k, v in headers.items() if k.lower() == "wallet-signature")
    forged: list[tuple[Notice, dict[str, str]]] = [
        ((headers, cheaper.encode()), {}),
        ((headers, content + b" "), {}),
        (({}, content), {}),
        (genuine, {"Wallet-Signature": signature[::-1]}),
        (genuine, {"Wallet-Signature": "not base64"}),
        (genuine, {"Wallet-Nonce": secrets.token_hex(8)}),
        (genuine, {"Wallet-Timestamp": "1"}),
        (genuine, {"Wallet-Timestamp": "x"}),
        ((headers, b""), {}),
        ((headers, b"\xff\xfe"), {}),
        (foreign_notice(stage, tender_id), {}),
    ]
    for notice, changes in forged:
        refused = ok(deliver(stage, notice, **changes), 401)
        assert refused["code"] == "tenders.notice_forged"
        zh = deliver(stage, notice, **changes, **{"Accept-Language": "zh-CN"}).json()
        assert zh["title"] != refused["title"]
    assert everything(stage) == before
    assert told(stage, body) == ("open", "pending")

    # The genuine one, twice: the effect of once.
    assert deliver(stage, genuine).status_code == 204
    assert told(stage, body)[0] == PAID
    once = everything(stage, "tender_evidence")
    assert deliver(stage, genuine).status_code == 204
    assert everything(stage, "tender_evidence") == once
    # And when it is old, it is not believed at all.
    stage.clock.advance(timedelta(minutes=10))
    before = everything(stage)
    assert ok(deliver(stage, genuine), 401)["code"] == "tenders.notice_forged"
    assert everything(stage) == before
    assert who.spent() == PRICE


def test_a_notice_about_a_payment_we_never_asked_for_is_passed_over(honest: Stage) -> None:
    """It is ours by signature and merchant; the day's bill will show the difference to a person."""
    stage = honest
    stranger = payer(stage)
    before = everything(stage)
    wallet: Any = wallet_of(stage.program)
    with caught_notices(stage) as inbox:
        shown = stage.server.run(wallet.show_qr(order(new_id("tnd"), PRICE, "EUR", "not ours")))
        stranger.do("scan", code_url=shown.code_url)
        notice = inbox.wait(1)[0]
    assert deliver(stage, notice).status_code == 204
    assert everything(stage) == before
    resource = json.loads(notice[1])["resource"]
    day = (stage.clock.now() + timedelta(hours=8)).date()
    (difference,) = ok(stage.office().post(f"/office/v1/bills/wallet/{day}"))["differences"]
    assert (difference["finding"], difference["cure"]) == ("missing_here", "clear")
    assert (difference["our_ref"], difference["amount_minor"]) == (resource["out_trade_no"], PRICE)
    answer = stage.server.run(wallet.reverse(order(resource["out_trade_no"])))
    assert answer.outcome == "reversed"


def cancel(stage: Stage, body: dict[str, Any], status: int = 200) -> Any:
    return ok(stage.register.post(f"/register/v1/sales/{body['id']}/cancel"), status)


def test_a_payment_is_called_back_while_it_waits(honest: Stage) -> None:
    stage = honest
    who = payer(stage, "ask")
    body = basket(stage, who)
    sell(stage, body, 202)
    assert cancel(stage, body)["state"] == ABANDONED
    assert cancel(stage, body, 409)["code"] == "sales.not_open"
    assert who.do("confirm", 409, out_trade_no=body["tenders"][0]["id"])["code"] == "not_pending"
    assert sell(stage, body)["state"] == ABANDONED
    # Too late: it is paid.
    body = basket(stage, payer(stage))
    assert sell(stage, body)["state"] == PAID
    assert cancel(stage, body, 409)["code"] == "sales.not_open"


def test_the_payer_confirms_before_the_reversal_is_on_disk(
    honest: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = honest
    who = payer(stage, "ask")
    body = basket(stage, who)
    sell(stage, body, 202)
    call_back = charge_sale.call_back

    async def overtaken(program: Any, tender: Any) -> None:
        who.do("confirm", out_trade_no=tender.id)
        notice = inbox.wait(1)[0]
        taken = wallet_of(program).read_notice(notice[0], notice[1], program.clock.now())
        await charge_sale.take_notice(program, taken, program.rails.accounts[0])
        await call_back(program, tender)

    monkeypatch.setattr(charge_sale, "call_back", overtaken)
    with caught_notices(stage) as inbox:
        assert cancel(stage, body)["state"] == PAID
    assert who.spent() == PRICE


def test_the_payer_confirms_while_the_reversal_is_under_way(
    honest: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From its beginning on, the reversal counts: the money goes back, whoever is heard first."""
    stage = honest
    for is_noticed_first in (True, False):
        who = payer(stage, "ask")
        body = basket(stage, who)
        sell(stage, body, 202)
        reverse = wallet_of(stage.program).reverse
        late: list[Any] = []
        with caught_notices(stage) as inbox:

            async def overtaken(
                asked: PayOrder, *, is_noticed_first: bool = is_noticed_first, reverse: Any = reverse,
                who: Payer = who, inbox: Inbox = inbox, late: list[Any] = late,
            ) -> Any:  # fmt: skip
                who.do("confirm", out_trade_no=asked.tender_id)
                notice = inbox.wait(1)[0]
                taken = wallet_of(stage.program).read_notice(*notice, stage.clock.now())
                if is_noticed_first:
                    await charge_sale.take_notice(stage.program, taken, stage.program.rails.accounts[0])
                    assert (
                        one(stage, "SELECT state FROM tender WHERE id = :id", id=asked.tender_id) == "unknown"
                    )
                answer = await reverse(asked)
                if not is_noticed_first:
                    late.append(taken)
                return answer

            with monkeypatch.context() as patch:
                patch.setattr(wallet_of(stage.program), "reverse", overtaken)
                assert cancel(stage, body)["state"] == ABANDONED
            for taken in late:  # "paid" heard after "reversed": it was before
                stage.server.run(
                    charge_sale.take_notice(stage.program, taken, stage.program.rails.accounts[0])
                )
        until(lambda who=who: who.spent() == 0)
        stage.drain()
        assert told(stage, body) == (ABANDONED, "reversed")
    assert rows(stage, "SELECT ref_id FROM transfer") == []
