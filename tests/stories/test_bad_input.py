"""Bad input: each a clear refusal in English and Chinese, and not one row changed."""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from highstreet.kernel.geo import Datum
from highstreet.kernel.ids import new_id
from highstreet.kernel.tx import Tx
from highstreet.rooms import identity, places
from highstreet.rooms.identity import TokenKind, make_token, token_hash
from highstreet.rooms.members import member_code
from tests.seeds import Seed, seed_brand
from tests.stories.acts import Buyer, buyer, everything, register, return_of, sale_of, sell
from tests.stories.conftest import PASSWORD, Stage
from tests.stories.test_loop import ok

MEGABYTES = 10
OTHER_KEY = make_token(TokenKind.REGISTER_KEY, b"o" * 32)
REVOKED_KEY = make_token(TokenKind.REGISTER_KEY, b"x" * 32)
SECOND_KEY = make_token(TokenKind.REGISTER_KEY, b"s" * 32)


def add_neighbours(tx: Tx, command: tuple[Seed, Any]) -> Seed:
    """Another brand with a register, a second register of our place, and a key that is taken away."""
    seed, now = command
    other = seed_brand(tx, "fjord")
    site = places.SiteRow(
        other.place_id, 60.17, 24.94, Datum.WGS84,
        "Europe/Helsinki", "FI", "24/7", None,
    )  # fmt: skip
    places.put_sites(tx, places.PutSites(other.brand_id, now, (site,)))
    second = new_id("reg")
    tx.run(
        text(
            "INSERT INTO register (brand_id, id, place_id, name, is_active, is_training) "
            "VALUES (:b, :i, :p, '2', :y, :n)"
        ),
        {"b": seed.brand_id, "i": second, "p": seed.place_id, "y": True, "n": False},
    )
    revoked = new_id("rky")
    for town, register_id, key_id, token in (
        (other, other.register_id, new_id("rky"), OTHER_KEY),
        (seed, second, new_id("rky"), SECOND_KEY),
        (seed, seed.register_id, revoked, REVOKED_KEY),
    ):
        issue = identity.IssueRegisterKey(
            town.brand_id, key_id, town.place_id, register_id, token_hash(token), now
        )
        identity.issue_register_key(tx, issue)
    identity.revoke_register_key(tx, identity.RevokeRegisterKey(seed.brand_id, revoked, now))
    return other


class Counter:
    """Sends what is wrong and checks that it was refused clearly and changed nothing."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.till = register(stage)
        stage.drain()
        self.before = everything(stage)

    def check_unchanged(self, case: Any) -> None:
        after = everything(self.stage)
        assert after == self.before, (case, [t for t in after if after[t] != self.before[t]])

    def refused(
        self, case: Any, ask: Callable[[dict[str, str]], httpx.Response], status: int, code: str
    ) -> dict[str, Any]:
        """The refusal, the same in both languages but for its words."""
        told = {}
        for locale in ("en", "zh"):
            answer = ask({"Accept-Language": locale})
            assert answer.status_code == status, (case, answer.text)
            assert answer.headers["content-type"] == "application/problem+json", case
            assert answer.headers["content-language"] == locale, case
            told[locale] = answer.json()
            assert told[locale]["code"] == code, (case, told[locale])
            assert told[locale]["status"] == status
            places = {"errors"} if code == "request.malformed" else set()  # what was wrong, field by field
            assert set(told[locale]) - places == {"type", "title", "status", "detail", "code", "facts"}
        assert told["en"]["title"].isascii(), case
        for word in ("title", "detail"):
            assert told["en"][word] != told["zh"][word], case
        self.check_unchanged(case)
        return told["en"]

    def sale(self, case: Any, body: Any, status: int, code: str, token: str | None = None) -> dict[str, Any]:
        def ask(headers: dict[str, str]) -> httpx.Response:
            if token is not None:
                headers["Authorization"] = f"Bearer {token}"
            return self.till.post("/register/v1/sales", json=body, headers=headers)

        return self.refused(case, ask, status, code)

    def raw(self, case: Any, content: Any, status: int, code: str, **headers: str) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"} | {k.replace("_", "-"): v for k, v in headers.items()}

        def ask(more: dict[str, str]) -> httpx.Response:
            made = content() if callable(content) else content
            return self.till.post("/register/v1/sales", content=made, headers=headers | more)

        return self.refused(case, ask, status, code)


def test_a_basket_that_cannot_be(stage: Stage) -> None:
    counter = Counter(stage)
    gtin = stage.seed.gtins[0]
    cash = [{"id": new_id("tnd"), "rail": "cash"}]
    malformed = (422, "request.malformed")
    cases: list[tuple[Any, dict[str, Any], int, str]] = [
        ("check digit", {"items": [{"gtin": "02000000000016"}]}, 422, "goods.gtin_malformed"),
        ("letters", {"items": [{"gtin": "abc"}]}, 422, "goods.gtin_malformed"),
        ("empty", {"items": [{"gtin": ""}]}, 422, "goods.gtin_malformed"),
        ("other digits", {"items": [{"gtin": "０２００００００００００１５"}]}, 422, "goods.gtin_malformed"),
        ("sql", {"items": [{"gtin": "' OR 1=1 --"}]}, 422, "goods.gtin_malformed"),
        ("NUL", {"items": [{"gtin": "\0" + gtin}]}, *malformed),
        ("long", {"items": [{"gtin": "1" * 61}]}, *malformed),
        ("not sold", {"items": [{"gtin": "04006381333931"}]}, 404, "sale.goods_unknown"),
        ("no items", {"items": []}, *malformed),
        ("300 lines", {"items": [{"gtin": gtin}] * 300}, *malformed),
        ("out of stock", {"items": [{"gtin": gtin, "quantity": 11}]}, 409, "sale.out_of_stock"),
        ("200 lines", {"items": [{"gtin": gtin}] * 200}, 409, "stock.not_enough"),
        ("currency", {"currency": "USD"}, 422, "sales.currency_differs"),
        ("currency word", {"currency": "EURO"}, *malformed),
        ("currency NUL", {"currency": "EU\0"}, *malformed),
        ("expected total", {"expected_total_minor": 1}, 409, "sales.total_changed"),
        ("sum", {"tenders": [{**cash[0], "amount_minor": 1}]}, 422, "tenders.sum_differs"),
        ("sum over", {"tenders": [{**cash[0], "amount_minor": 20231}]}, 422, "tenders.sum_differs"),
        ("negative rest", {"tenders": [{**cash[0], "amount_minor": 20231}, {"id": new_id("tnd"), "rail": "cash"}]},
         422, "tenders.sum_differs"),
        ("too little cash", {"tenders": [{**cash[0], "given_minor": 1}]}, 422, "tenders.cash_too_little"),
        ("one tender id twice", {"tenders": [{**cash[0], "amount_minor": 230}, cash[0]]}, 409, "tenders.id_taken"),
        ("two wallets", {"tenders": [{"id": new_id("tnd"), "rail": "wallet", "amount_minor": 30},
                                     {"id": new_id("tnd"), "rail": "wallet"}]}, 409, "sale.rail_off"),
        ("no tenders", {"tenders": []}, 422, "tenders.sum_differs"),
        ("rail", {"tenders": [{**cash[0], "rail": "cheque"}]}, *malformed),
        ("tender id", {"tenders": [{**cash[0], "id": "tnd_1"}]}, 422, "id.malformed"),
        ("tender id of a sale", {"tenders": [{**cash[0], "id": new_id("sal")}]}, 422, "id.malformed"),
        ("sale id", {"id": "1; DROP TABLE sale"}, 422, "id.malformed"),
        ("sale id NUL", {"id": new_id("sal")[:-1] + "\0"}, 422, "id.malformed"),
        ("huge amount", {"tenders": [{**cash[0], "amount_minor": 10**30}]}, *malformed),
        ("negative amount", {"tenders": [{**cash[0], "amount_minor": -1}]}, *malformed),
        ("fraction", {"tenders": [{**cash[0], "amount_minor": 0.5}]}, *malformed),
        ("unknown member", {"colour": "red"}, *malformed),
        ("unknown member inside", {"items": [{"gtin": gtin, "price": 1}]}, *malformed),
        ("null", {"items": None}, *malformed),
    ]  # fmt: skip
    quantities = (0, -1, 10**4, 10**30, 1.5, 1.0, "1", "1; DELETE FROM sale", None, True)
    cases += [(("quantity", n), {"items": [{"gtin": gtin, "quantity": n}]}, *malformed) for n in quantities]
    cases += [(("coupon", c), {"coupons": [c]}, *malformed) for c in ("AUTUMN\0", "\0", "\n", 7)]
    coupons = ("' OR '1'='1", "🎁", "", new_id("cpn"))
    cases += [(("coupon", c), {"coupons": [c]}, 409, "sale.coupon_unusable") for c in coupons]
    for case, changes, status, code in cases:
        counter.sale(case, {**sale_of(stage), **changes}, status, code)
    counter.sale("nothing", {}, *malformed)
    counter.sale("a list", [], *malformed)


def test_a_code_that_is_no_good(stage: Stage) -> None:
    who, stranger = buyer(stage), buyer(stage, 1)
    used = sale_of(stage, who)
    sell(stage, used)
    other = stage.program.db.write_now(add_neighbours, (stage.seed, stage.clock.now()))
    counter = Counter(stage)
    fresh = stranger.member_code()
    for text_of_code, status, code in (
        ("", 422, "members.code_malformed"),
        ("HM1" + "0" * 68, 422, "members.code_malformed"),
        ("\0" * 71, 422, "request.malformed"),
        (fresh[:-1] + ("0" if fresh[-1] != "0" else "1"), 409, "members.code_stale"),
        (_code_of_other_brand(stage, other), 409, "members.code_stale"),
    ):
        counter.sale(text_of_code, {**sale_of(stage), "member_code": text_of_code}, status, code)
    as_member = {"member_code": fresh}
    someone_elses = counter.sale(
        "someone else's", {**sale_of(stage, stranger), "coupons": who.coupons}, 409, "sale.coupon_unusable"
    )
    nobodys = counter.sale(
        "nobody's", {**sale_of(stage), **as_member, "coupons": [new_id("cpn")]}, 409, "sale.coupon_unusable"
    )
    # Whose coupon it is stays unsaid.
    assert someone_elses["facts"]["reason"] == nobodys["facts"]["reason"] == "unknown"
    counter.sale("no member", {**sale_of(stage), "coupons": stranger.coupons}, 409, "sale.coupon_unusable")
    _check_used_up(stage, counter, who)
    _check_ids_of_others(stage, counter, used)
    stage.advance(timedelta(minutes=2))
    counter.sale("stale member code", {**sale_of(stage), **as_member}, 409, "members.code_stale")
    stage.advance(timedelta(days=8))
    stage.drain()
    counter.before = everything(stage)
    expired = sale_of(stage, None, coupons=stranger.coupons, member_code=_code_now(stage, stranger))
    assert counter.sale("expired", expired, 409, "sale.coupon_unusable")["facts"]["reason"] == "expired"


def _code_of_other_brand(stage: Stage, other: Seed) -> str:
    return member_code(stage.program.member_secret, other.brand_id, other.member_id, stage.clock.now())


def _code_now(stage: Stage, who: Buyer) -> str:
    return member_code(stage.program.member_secret, stage.seed.brand_id, who.member_id, stage.clock.now())


def _check_used_up(stage: Stage, counter: Counter, who: Buyer) -> None:
    again = sale_of(stage, who)
    refused = counter.sale("used", again, 409, "sale.coupon_unusable")
    assert refused["facts"]["reason"] == "used_up"


def _check_ids_of_others(stage: Stage, counter: Counter, used: dict[str, Any]) -> None:
    """Ids that are taken, keys that open nothing."""
    taken = [{"id": used["tenders"][0]["id"], "rail": "cash"}]
    counter.sale("tender id used before", {**sale_of(stage), "tenders": taken}, 409, "tenders.id_taken")
    mismatch = (409, "idempotency.mismatch")
    counter.sale("sale id of another register", used, *mismatch, token=SECOND_KEY)
    counter.sale("sale id of another content", {**sale_of(stage), "id": used["id"]}, *mismatch)
    # Another brand's register has its own goods and no contract here: nothing of ours is said.
    counter.sale("key of another brand", used, 409, "members.code_stale", token=OTHER_KEY)
    plain = {k: v for k, v in used.items() if k not in ("member_code", "coupons")}
    counter.sale("key of another brand", plain, 409, "channel.no_contract", token=OTHER_KEY)
    for token in (REVOKED_KEY, "x" * 10_000, "hs_rk_1", "' OR 1=1"):
        counter.sale(("key", token[:9]), sale_of(stage), 401, "auth.required", token=token)
    for path in (f"/register/v1/sales/{used['id']}", f"/register/v1/sales/{new_id('sal')}"):
        other = {"Authorization": f"Bearer {OTHER_KEY}"}
        ask = partial(counter.till.get, path)
        counter.refused(
            path, lambda h, ask=ask, other=other: ask(headers=h | other), 404, "sales.sale_unknown"
        )
    back = return_of(used["id"], {1: 1})
    counter.refused(
        "return at another brand",
        lambda h: counter.till.post(
            "/register/v1/returns", json=back, headers=h | {"Authorization": f"Bearer {OTHER_KEY}"}
        ),
        404,
        "sales.sale_unknown",
    )


def test_a_wallet_code_that_is_no_good(stage: Stage) -> None:
    """Asked of the provider, so the sale stands as abandoned; stock, coupons and money are as before."""
    who = buyer(stage)
    stale, used = who.auth_code(), None
    stage.advance(timedelta(seconds=90))
    used = who.auth_code()
    sell(stage, sale_of(stage, items=[{"gtin": stage.seed.gtins[2]}],
                        tenders=[{"id": new_id("tnd"), "rail": "wallet", "auth_code": used}]))  # fmt: skip
    stage.drain()
    of_sale = ("sale", "sale_line", "sale_terms", "tender", "tender_evidence")
    traces = (*of_sale, "redemption", "idempotency", "outbox")
    before = everything(stage, *traces)
    for code, reason in ((stale, "code_expired"), (used, "code_used"), ("280000", "code_invalid"),
                         ("' OR 1=1", "code_invalid")):  # fmt: skip
        body = sale_of(stage, who)
        body["tenders"][0] |= {"rail": "wallet", "auth_code": code}
        told = sell(stage, body)
        assert (told["state"], told["tender_state"]) == ("abandoned", "failed"), code
        assert told["reason"] in (reason, "rail_refused"), code
    assert everything(stage, *traces) == before
    assert who.balance() == 100_000 - 250


def test_a_body_that_is_no_request(stage: Stage) -> None:
    counter = Counter(stage)
    good = json.dumps(sale_of(stage)).encode()
    malformed, large = (422, "request.malformed"), (413, "request.too_large")
    block = b" " * 65536

    def chunks() -> Any:
        yield good
        for _ in range(MEGABYTES * 16):
            yield block

    counter.raw("10 MB", good + block * (MEGABYTES * 16), *large)
    counter.raw("10 MB in chunks", chunks, *large)
    counter.raw("10 MB in one string", json.dumps({"id": "x" * MEGABYTES * 10**6}).encode(), *large)
    counter.raw("deep", b"[" * 100_000 + b"]" * 100_000, *malformed)
    counter.raw("deep objects", b'{"a":' * 100_000 + b"1" + b"}" * 100_000, *malformed)
    counter.raw("deep, left open", b"[" * 500_000, *malformed)
    counter.raw("half", good[: len(good) // 2], *malformed)
    counter.raw("empty", b"", *malformed)
    counter.raw("not UTF-8", good.replace(b"EUR", b"E\xffR"), *malformed)
    counter.raw("latin-1", good.replace(b"EUR", b"\xe9ur"), *malformed)
    counter.raw("NUL bytes", b"\0" * 1000, 415, "media.unsupported")  # no UTF-8 text begins so
    counter.raw("lone surrogate", good.replace(b"EUR", b"E\\ud800"), *malformed)
    counter.raw("NaN", good.replace(b'"EUR"', b"NaN"), *malformed)
    counter.raw("huge number", good.replace(b'"EUR"', b"1" * 10_000), *malformed)
    counter.raw("huge exponent", good.replace(b'"EUR"', b"1e400000"), *malformed)
    for media in ("text/plain", "application/xml", "multipart/form-data; boundary=x", ""):
        counter.raw(media, good, 415, "media.unsupported", Content_Type=media)
    form = "application/x-www-form-urlencoded"
    counter.raw("a form", b"id=1", 415, "media.unsupported", Content_Type=form)
    # A language nobody speaks, in no encoding: the refusal is in English.
    odd = httpx.Headers([(b"Accept-Language", b"\xff,;q=x,*"), (b"Content-Type", b"application/json")])
    refused = counter.till.post("/register/v1/sales", content=b"{}", headers=odd)
    assert (refused.status_code, refused.headers["content-language"]) == (422, "en")
    counter.check_unchanged("language")


@pytest.mark.parametrize(
    "string", ["\0", "a\0b", "\x1b[2J", "'; DROP TABLE sale; --", "\u202egnirts", "𝕏" * 9]
)
def test_a_string_that_is_no_text(stage: Stage, string: str) -> None:
    """Wherever a text is taken it is refused or kept as it is; never an error of ours."""
    counter = Counter(stage)
    office = stage.office()
    counter.before = everything(stage)
    quote = {"items": [{"gtin": stage.seed.gtins[0]}], "coupons": [string]}
    is_printable = all(ord(c) >= 32 for c in string)
    told = ok(counter.till.post("/register/v1/quotes", json=quote), 200 if is_printable else 422)
    if is_printable:
        assert told["rejected"] == [{"coupon": string, "reason": "unknown", "missing_minor": None}]
    for answer in (
        counter.till.get("/register/v1/goods", params={"text": string}),
        counter.till.get(f"/register/v1/sales/{httpx.QueryParams({'': string})}"),
        office.get("/office/v1/goods", params={"text": string}),
        stage.client().post("/office/v1/sign-in", json={"login": string, "password": PASSWORD}),
        stage.client().post("/shop/v1/sign-in/codes", json={"phone": string}),
        stage.client().post(
            "/shop/v1/touches", json={"id": new_id("tch"), "slug": string, "device_id": string}
        ),
        stage.client().get("/shop/v1/nearest", params={"lat": 60, "lon": 24, "gtin": string}),
        stage.client().get("/shop/v1/places", params={"text": string}),
        stage.client(token=string if string.isascii() and string.isprintable() else "x").get(
            "/office/v1/today"
        ),
    ):
        assert answer.status_code < 500, (str(answer.request.url), answer.text)
    counter.check_unchanged(string)
    body = sale_of(stage)
    sell(stage, body)
    back = {**return_of(body["id"], {1: 1}), "reason": string}
    answer = counter.till.post("/register/v1/returns", json=back)
    kept = stage.program.db.engine.connect()
    with kept:
        reasons = [r[0] for r in kept.execute(text("SELECT reason FROM sale_return"))]
    if not is_printable:
        assert answer.status_code == 422, answer.text
        assert reasons == []
    else:
        assert answer.status_code == 200, answer.text
        assert reasons == [string]
