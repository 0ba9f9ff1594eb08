"""Logs and measurements hold no phone, code, token, member code, payment code or name, whatever happens."""

import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import structlog

from highstreet.app import set_up_logs
from highstreet.kernel.db import Database
from highstreet.kernel.ids import new_id
from highstreet.kernel.tx import Tx
from tests.house.small_town import (
    PASSWORD,
    PHONE,
    REGISTER_TOKEN,
    SmallTown,
    claim,
    client_of,
    follow,
    run,
    sale_of,
    sign_in,
    small_town,
)

PAYMENT_CODE = "28763443825664394"
SECRET_NAME = "Aino-Maria Secretlastname"


@pytest.fixture
def town(migrated_url: str) -> Iterator[SmallTown]:
    set_up_logs("debug", is_terminal=False)
    logging.getLogger().setLevel(logging.DEBUG)
    with small_town(migrated_url) as opened:
        yield opened
    logging.getLogger().setLevel(logging.WARNING)
    structlog.reset_defaults()


async def everyday(town: SmallTown, secrets: set[str]) -> None:
    """Sign in, follow, claim, buy, return, and every wrong turn on the way."""
    async with client_of(town.app) as shop, client_of(town.app, REGISTER_TOKEN) as till:
        told = await sign_in(town, shop)
        secrets |= {told["token"], told["code"]}
        member_id = await follow(town.seed, shop)
        coupon = await claim(town.seed, shop)
        path = f"/shop/v1/memberships/{town.seed.brand_id}/code"
        code = (await shop.get(path)).json()["code"]
        secrets |= {code, member_id, told["person_id"]}
        sale = sale_of(town.seed, member_code=code, coupons=[coupon])
        assert (await till.post("/register/v1/sales", json=sale)).json()["state"] == "paid"
        back = {"id": new_id("rtn"), "sale_id": sale["id"], "items": [{"line_no": 1, "quantity": 1}]}
        assert (await till.post("/register/v1/returns", json=back)).status_code == 200

        tender = {"id": new_id("tnd"), "rail": "wallet", "auth_code": PAYMENT_CODE}
        wrong = sale_of(town.seed, tenders=[tender], member_code=code[:-1] + "x")
        assert (await till.post("/register/v1/sales", json=wrong)).status_code >= 400
        wrong = sale_of(town.seed, tenders=[tender])
        assert (await till.post("/register/v1/sales", json=wrong)).status_code >= 400  # the rail is off
        for phone in (PHONE[:6], PHONE + "x" * 30):
            assert (await shop.post("/shop/v1/sign-in/codes", json={"phone": phone})).status_code == 422
        body = {"phone": PHONE, "code": told["code"], "device_id": "nonsense"}
        assert (await shop.post("/shop/v1/sign-in", json=body)).status_code >= 400
        assert (await shop.get(f"/shop/v1/me?phone={quote(PHONE)}")).status_code == 200
        assert (await shop.get(f"/shop/v1/nowhere/{quote(PHONE)}/{told['token']}")).status_code == 404
        assert (await shop.put(f"/shop/v1/brands/{told['token']}/follow", json={})).status_code >= 400
    async with client_of(town.app) as office:
        for password in ("wrong " + PASSWORD, PASSWORD):
            asked = {"login": "hq@nordlys", "password": password}
            answer = await office.post("/office/v1/sign-in", json=asked)
        office.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        secrets.add(answer.json()["token"])
        new = {
            "party_id": town.seed.dealer,
            "login": "aino.secretlogin@nordlys",
            "name": SECRET_NAME,
            "password": PASSWORD,
        }
        assert (await office.post("/office/v1/staff", json=new)).status_code == 201
        assert (await office.post("/office/v1/staff", json=new)).status_code == 409
        key = await office.post("/office/v1/register-keys", json={"register_id": town.seed.register_id})
        secrets.add(key.json()["key"])


def break_a_table(db: Database, table: str) -> None:
    """From now on whoever writes there meets a fault of ours."""

    def rename(tx: Tx, _command: None) -> None:
        tx.connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO broken_{table}")

    db.write_now(rename, None)


async def broken(town: SmallTown, secrets: set[str]) -> None:
    """The same, when the database fails in the middle: faults are logged with all that we know of them."""
    async with client_of(town.app) as shop, client_of(town.app, REGISTER_TOKEN) as till:
        told = await sign_in(town, shop, "+358409998877")
        secrets |= {told["token"], told["code"], "+358409998877"}
        await follow(town.seed, shop)
        code = (await shop.get(f"/shop/v1/memberships/{town.seed.brand_id}/code")).json()["code"]
        secrets.add(code)
        for number, table in enumerate(("sale", "person", "sign_in_code", "member", "staff", "session")):
            phone = f"+35840555666{number}"
            secrets.add(phone)
            if number < 2:  # signs in for the first time while there is no table of people
                body = {"phone": phone, "device_id": new_id("dev")}
                await shop.post("/shop/v1/sign-in/codes", json={"phone": phone})
                body["code"] = await town.code_for(phone)
            break_a_table(town.program.db, table)
            sale = sale_of(town.seed, member_code=code)
            assert (await till.post("/register/v1/sales", json=sale)).status_code == 500
            await shop.post("/shop/v1/sign-in/codes", json={"phone": phone})
            await shop.post("/shop/v1/sign-in", json=body)
            await shop.get("/shop/v1/me")
        asked = {"login": "hq@nordlys", "password": PASSWORD}
        assert (await shop.post("/office/v1/sign-in", json=asked)).status_code == 500


def check_no_secret(secrets: set[str], *texts: Any) -> None:
    for secret in secrets:
        assert len(secret) >= 6
        for told in texts:
            assert secret not in told
            assert secret.removeprefix("+358") not in told


@pytest.mark.parametrize("story", [everyday, broken])
def test_logs_and_measurements(
    town: SmallTown, story: Any, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    secrets = {PHONE, REGISTER_TOKEN, PAYMENT_CODE, PASSWORD, SECRET_NAME, "aino.secretlogin"}
    run(story(town, secrets))

    async def measured() -> str:
        async with client_of(town.app) as anyone:
            return (await anyone.get("/metrics")).text

    told = run(measured())
    logged = capsys.readouterr()
    if story is broken:
        assert "request_failed" in logged.out
        assert "Traceback" in logged.out
    # Libraries log through the standard library; httpx, who asks here, is not the program.
    of_libraries = "\n".join(
        record.getMessage() + str(record.exc_text or "")
        for record in caplog.records
        if not record.name.startswith(("httpx", "httpcore", "asyncio"))
    )
    check_no_secret(secrets, logged.out, logged.err, of_libraries, told)
    ids = {town.seed.brand_id, town.seed.person_id, town.seed.member_id}
    check_no_secret(ids, told)
    assert "register_charge_sale" in told
