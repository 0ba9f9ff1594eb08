"""The shopper's live stream over a real server, on both databases."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from queue import Empty, Queue
from typing import Any

import httpx

from highstreet.kernel.ids import new_id
from tests.fronts.shop_town import SPEND_GET, Shopper, Town, follow_asked
from tests.patience import PATIENCE_S

SESSION = timedelta(days=90)


class Heard:
    """What a stream said, in order, read in a thread of its own."""

    def __init__(self, answer: httpx.Response) -> None:
        self.said: Queue[dict[str, Any] | None] = Queue()
        self.opened = threading.Event()
        self._answer = answer
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        item: dict[str, Any] = {}
        try:
            for line in self._answer.iter_lines():
                name, _, value = line.partition(": ")
                if name == "":
                    self.opened.set()  # the comment that comes first
                elif name in ("event", "data", "id"):
                    item[name] = json.loads(value) if name == "data" else value
                if line == "" and item:
                    self.said.put(item)
                    item = {}
        except (httpx.StreamClosed, httpx.ReadError, httpx.RemoteProtocolError):
            pass
        self.said.put(None)

    def next(self) -> dict[str, Any] | None:
        """The next item; None at the end of the stream."""
        return self.said.get(timeout=PATIENCE_S)

    def named(self, name: str) -> dict[str, Any]:
        """The next item of this name."""
        while item := self.next():
            if item["event"] == name:
                return item
        raise AssertionError(f"no {name}")


@contextmanager
def listening(who: Shopper, last_event_id: str | None = None) -> Iterator[Heard]:
    """An open stream."""
    headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
    with who.http.stream("GET", "/shop/v1/stream", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        heard = Heard(answer)
        assert heard.opened.wait(PATIENCE_S)
        try:
            yield heard
        finally:  # closing alone would wait for the thread that reads
            with suppress(OSError):
                answer.extensions["network_stream"].get_extra_info("socket").shutdown(socket.SHUT_RDWR)


def join(town: Town, who: Shopper) -> str:
    """Join the first brand; the member's id."""
    asked = follow_asked("service", "measurement", joins=True)
    told = who.ask("PUT", f"/brands/{town.seed.brand_id}/follow", 200, json=asked)
    member_id: str = told["member_id"]
    return member_id


def test_what_happens_to_a_person_reaches_them_and_nobody_else(
    town: Town, anna: Shopper, bo: Shopper
) -> None:
    member_id = join(town, anna)
    touched = {"id": new_id("tch"), "slug": "bus-stop-7", "device_id": anna.device_id}
    anna.ask("POST", "/touches", 200, json=touched)
    with listening(anna) as heard, listening(bo) as others:
        coupon_id = new_id("cpn")
        path = f"/brands/{town.seed.brand_id}/offers/{SPEND_GET}/claims"
        anna.ask("POST", path, 200, json={"coupon_id": coupon_id})
        claimed = heard.next()
        assert claimed is not None
        assert (claimed["event"], claimed["data"]["coupon_id"]) == ("offers.coupon_claimed.v1", coupon_id)
        sale_id = town.sell_to(member_id, coupon_id)
        earned = heard.named("members.points_earned.v1")
        assert (earned["data"]["sale_id"], earned["data"]["points"]) == (sale_id, 90)
        paid = heard.named("sales.sale_paid.v1")
        # The same receipt as in the wallet, as far as both speak of the same.
        receipt = anna.ask("GET", f"/receipts/{town.seed.brand_id}/{sale_id}", 200)
        # Where the place's clock stands is told with the whole receipt only.
        assert paid["data"] == {key: receipt[key] for key in paid["data"]} | {"time_zone": None}
        assert {"sale_id", "lines", "discounts", "tenders", "points", "place"} <= paid["data"].keys()
        return_id = town.take_back(sale_id)
        taken = heard.named("members.points_reversed.v1")
        assert taken["data"]["points"] == 90
        back = heard.named("sales.sale_returned.v1")
        assert (back["data"]["return_id"], back["data"]["refund_minor"]) == (return_id, 9000)
        for item in (claimed, earned, paid, taken, back):
            for hidden in (
                "code_id",
                "register_id",
                "rails",
                "owner",
                "funder",
                "person_id",
                town.seed.dealer,
            ):
                assert hidden not in json.dumps(item)
        try:
            raise AssertionError(others.said.get(timeout=0.3))
        except Empty:
            pass


def test_a_stream_is_resumed_where_it_broke_off(town: Town, anna: Shopper) -> None:
    member_id = join(town, anna)
    with listening(anna) as heard:
        first = town.sell_to(member_id)
        seen = heard.named("sales.sale_paid.v1")
        assert seen["data"]["sale_id"] == first
    missed = [town.sell_to(member_id) for _ in range(3)]
    with listening(anna, seen["id"]) as heard:
        told = [heard.named("sales.sale_paid.v1") for _ in range(3)]
        assert [item["data"]["sale_id"] for item in told] == missed
        now = town.sell_to(member_id)
        assert heard.named("sales.sale_paid.v1")["data"]["sale_id"] == now
    numbers = [int(item["id"]) for item in told]
    assert numbers == sorted(numbers)
    for malformed in ("x", "-1", "²", "9" * 19):
        answer = anna.http.get("/shop/v1/stream", headers={"Last-Event-ID": malformed.encode()})
        assert answer.status_code == 422


def test_a_stream_ends_with_its_session(town: Town, anna: Shopper) -> None:
    with listening(anna) as heard:
        anna.ask("POST", "/sign-out", 204)
        last = heard.next()
        assert last is not None
        assert (last["event"], last["data"]["session_id"]) == ("identity.session_revoked.v1", anna.session_id)
        assert heard.next() is None


def test_a_stream_ends_when_its_session_expires(town: Town, anna: Shopper) -> None:
    member_id = join(town, anna)
    with listening(anna) as heard:
        town.clock.advance(SESSION - timedelta(microseconds=1))
        sale_id = town.sell_to(member_id)
        assert heard.named("sales.sale_paid.v1")["data"]["sale_id"] == sale_id
        town.clock.advance(timedelta(microseconds=1))
        town.sell_to(member_id)
        assert [item["event"] for item in iter(heard.next, None) if item["data"]["sale_id"] != sale_id] == []
        anna.ask("GET", "/me", 401)
