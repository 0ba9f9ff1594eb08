"""Another company's till, by the client package: charged once whatever the line does; sold offline, told once."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from highstreet.kernel.ids import check_id
from highstreet.register_client import (
    Journal,
    JournalForked,
    JournalInUse,
    Line,
    NoAnswer,
    OfflineSale,
    Problem,
    Register,
    hash_of,
    new_id,
    pair,
    stable_id,
)
from tests.stories.acts import buyer, one, rows
from tests.stories.conftest import Stage
from tests.stories.journal_desk import JournalDesk


class BadLine(httpx.BaseTransport):
    """A line that loses: `before` requests never arrive, `after` answers get lost on their way back."""

    def __init__(self, before: int = 0, after: int = 0) -> None:
        self.before, self.after = before, after
        self.asked = 0
        self.inner = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.before:
            self.before -= 1
            raise httpx.ConnectError("no line")
        answer = self.inner.handle_request(request)
        if self.after:
            self.after -= 1
            answer.close()
            raise httpx.ReadTimeout("the line broke")
        return answer

    def close(self) -> None:
        self.inner.close()


def till(stage: Stage, journal: Journal | Path, line: BadLine | None = None, **wishes: Any) -> Register:
    http = httpx.Client(base_url=stage.url, transport=line or BadLine(), timeout=20)
    wishes.setdefault("sleep", lambda _s: None)
    return Register(stage.url, stage.register_token, journal, http=http, **wishes)


def basket(stage: Stage, **tender: Any) -> dict[str, Any]:
    items = [{"gtin": stage.seed.gtins[0], "quantity": 1}]
    return {"currency": "EUR", "items": items, "tenders": [{"rail": "cash", **tender}]}


def test_a_whole_day_of_a_foreign_till(stage: Stage, tmp_path: Path) -> None:
    """Paired by a code, priced, sold for cash, taken back; nothing is left open."""
    office = stage.office()
    made = office.post(f"/office/v1/registers/{stage.seed.register_id}/pairing").json()
    key = pair(stage.url, made["code"])["key"]
    with Register(stage.url, key, tmp_path / "till.db") as register:
        assert register.me()["register_id"] == stage.seed.register_id
        sale = basket(stage, given_minor=50_000)
        total = register.quote(sale["items"])["total_minor"]
        receipt = register.sell(sale)
        assert (receipt["state"], receipt["total_minor"]) == ("paid", total)
        assert receipt["tenders"][0]["change_minor"] == 50_000 - total
        back = register.take_back(receipt["sale_id"], [(1, 1)])
        assert back["refund_minor"] == total
        assert register.journal.unanswered() == []
        with pytest.raises(Problem) as told:
            register.sell({**basket(stage), "items": [{"gtin": "4006381333931", "quantity": 1}]})
        assert told.value.code == "sale.goods_unknown"
        assert register.resume() == []  # a refusal is an answer


@pytest.mark.parametrize(("before", "after"), [(2, 0), (0, 2), (1, 3)])
def test_a_bad_line_charges_once(stage: Stage, tmp_path: Path, before: int, after: int) -> None:
    """Requests that never arrived and answers that got lost: the same ids again, one sale."""
    line = BadLine(before, after)
    receipt = till(stage, tmp_path / "till.db", line).sell(basket(stage))
    assert receipt["state"] == "paid"
    assert line.asked == before + after + 1
    assert one(stage, "SELECT count(*) FROM sale") == 1


def test_a_till_that_dies_between_question_and_answer_goes_on(stage: Stage, tmp_path: Path) -> None:
    """Nobody knows after the crash; the book does. Asked again it is settled, once."""
    dead = till(stage, tmp_path / "till.db", BadLine(after=1), patience_s=0)
    with pytest.raises(NoAnswer) as told:
        dead.sell(basket(stage))
    dead.close()
    alive = till(stage, tmp_path / "till.db")
    assert [asked.id for asked in alive.journal.unanswered()] == [told.value.asked_id]
    assert alive.resume() == []
    settled = alive.journal.asked(told.value.asked_id)
    assert settled is not None
    assert settled.answer is not None
    assert (settled.status, settled.answer["state"]) == (200, "paid")
    assert rows(stage, "SELECT id FROM sale") == [(told.value.asked_id,)]


def test_a_wallet_is_waited_for_and_called_back(stage: Stage, tmp_path: Path) -> None:
    """202: a QR is shown and called back; a scanned code is paid."""
    who = buyer(stage)
    register = till(stage, tmp_path / "till.db", sleep=lambda _s: stage.drain())
    ask_person = {"rail": "wallet"}
    shown = register.sell({**basket(stage), "tenders": [ask_person]})
    assert (shown["state"], bool(shown["qr"])) == ("open", True)
    assert [asked.status for asked in register.journal.unanswered()] == [202]
    assert register.cancel(shown["sale_id"])["state"] == "abandoned"
    assert register.journal.unanswered() == []
    paid = register.sell({**basket(stage), "tenders": [{**ask_person, "auth_code": who.auth_code()}]})
    assert register.wait(paid["sale_id"])["state"] == "paid"
    assert register.journal.unanswered() == []


def test_a_revoked_key_settles_nothing(stage: Stage, tmp_path: Path) -> None:
    """401 is no word about the sale that was asked for before: it stays open for another key."""
    register = Register(stage.url, "hs_r_" + "x" * 43, tmp_path / "till.db")
    with pytest.raises(Problem) as told:
        register.sell(basket(stage))
    assert told.value.status == 401
    assert len(register.journal.unanswered()) == 1
    assert till(stage, tmp_path / "till.db").resume() == []


PAGE = "<html>Sign in to the Wi-Fi</html>"
NOT_OURS = [
    httpx.Response(200, html=PAGE),
    httpx.Response(200, headers={"Content-Type": "application/json"}, text=PAGE),
    httpx.Response(200, json={"portal": "sign in", "code": "unknown"}),
    httpx.Response(200, json=["sale_id"]),
    httpx.Response(200, json={"sale_id": "sal_another", "return_id": "rtn_another", "state": "paid"}),
    httpx.Response(204),
    httpx.Response(302, headers={"Location": "http://portal.example/"}, html=PAGE),
    httpx.Response(401, html=PAGE),
    httpx.Response(404, html=PAGE),
    httpx.Response(404, json={"code": "not_found"}),
    httpx.Response(404, headers={"Content-Type": "application/problem+json"}, json={"title": "Not Found"}),
    httpx.Response(418, text="teapot"),
]


@pytest.mark.parametrize("answer", NOT_OURS, ids=lambda one: f"{one.status_code}")
def test_what_is_not_the_servers_settles_nothing(tmp_path: Path, answer: httpx.Response) -> None:
    """A Wi-Fi's page, a proxy's word, a sale that was not asked for: nobody knows, and it is asked again."""

    def portal(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    http = httpx.Client(base_url="http://till", transport=httpx.MockTransport(portal))
    register = Register("http://till", "hs_r_any", tmp_path / "till.db", patience_s=0, http=http)
    sale = {"currency": "EUR", "items": [{"gtin": "2901000020006"}], "tenders": [{"rail": "cash"}]}
    with pytest.raises(NoAnswer) as sold:
        register.sell(sale)
    with pytest.raises(NoAnswer) as taken:
        register.take_back(new_id("sal"), [(1, 1)])
    asked = [sold.value.asked_id, taken.value.asked_id]
    assert {one.id for one in register.journal.unanswered()} == set(asked)
    assert {one.id for one in register.resume()} == set(asked)
    register.sell_offline(OfflineSale("EUR", (LINE,)))
    for ask in (
        register.me,
        lambda: register.quote(sale["items"]),
        lambda: register.wait(asked[0]),
        lambda: register.cancel(asked[0]),
        lambda: register.receipt_bytes(asked[0]),
        register.send_journal,
    ):
        with pytest.raises(NoAnswer):
            ask()
    assert register.journal.unsent() == 1
    assert {one.id for one in register.journal.unanswered()} == set(asked)


def test_after_the_wifis_page_the_sale_is_asked_for_again(stage: Stage, tmp_path: Path) -> None:
    """The page came in place of an answer, after the sale was made: one sale, and its receipt."""

    class Portal(BadLine):
        is_open = False

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            answer = super().handle_request(request)
            if self.is_open:
                return answer
            answer.close()
            return httpx.Response(200, html=PAGE)

    line = Portal()
    register = till(stage, tmp_path / "till.db", line, patience_s=0)
    with pytest.raises(NoAnswer):
        register.sell(basket(stage))
    line.is_open = True
    assert register.resume() == []
    assert one(stage, "SELECT count(*) FROM sale") == 1


LINE = Line("2901000020006", 2, 4990, 9980, "Café", "咖啡")


def test_an_id_stands_for_one_basket(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "till.db")
    journal.keep("/register/v1/sales", {"id": "sal_1", "items": []})
    with pytest.raises(JournalInUse):
        journal.keep("/register/v1/sales", {"id": "sal_1", "items": [1]})


def test_ids_are_type_ids() -> None:
    ids = [new_id("sal") for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert all(check_id(one_id, "sal") == one_id for one_id in ids)
    stable = stable_id("sal", "till 1", "4711")
    assert check_id(stable, "sal") == stable == stable_id("sal", "till 1", "4711")
    assert stable != stable_id("sal", "till 14", "711")


# Offline


@pytest.fixture
def desk() -> Iterator[JournalDesk]:
    made = JournalDesk()
    yield made
    made.close()


def offline_till(desk: JournalDesk, path: Path) -> Register:
    return Register(desk.url, "hs_r_any", Journal(path), sleep=lambda _s: None)


def test_entries_hold_on_to_each_other(tmp_path: Path) -> None:
    """Gap-free numbers, and hashes that anybody can compute again."""
    journal = Journal(tmp_path / "till.db")
    register = Register("http://127.0.0.1:9", "hs_r_any", journal)
    for _ in range(3):
        register.sell_offline(OfflineSale("EUR", (LINE,), given_minor=10_000))
    first, second, third = (entry.sent for entry in journal.entries())
    assert [first["seq"], second["seq"], third["seq"]] == [1, 2, 3]
    assert first["prev_hash"] == ""
    text = json.dumps(first, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert "咖啡" in text
    assert second["prev_hash"] == hashlib.sha256(text.encode()).hexdigest()
    assert third["prev_hash"] == hash_of(second)
    body = first["body"]
    assert (body["charged_minor"], body["currency"]) == (9980, "EUR")
    assert body["sale"]["tenders"][0]["given_minor"] == 10_000
    with pytest.raises(ValueError, match="wallet"):
        register.sell_offline(OfflineSale("EUR", (LINE,), rail="wallet"))
    assert journal.unsent() == 3
    again = register.sell_offline(OfflineSale("EUR", (LINE,)), first["body"]["sale"]["id"])
    assert (again.seq, journal.unsent()) == (1, 3)


def test_what_was_sold_offline_is_told_once(desk: JournalDesk, tmp_path: Path) -> None:
    """Lost answers, a server that takes two at a time, a till that was restarted: each sale once, in order."""
    path = tmp_path / "till.db"
    register = offline_till(desk, path)
    sold = [register.sell_offline(OfflineSale("EUR", (LINE,))).sent["body"]["sale"]["id"] for _ in range(5)]
    desk.lose_answers, desk.at_most = 1, 2
    assert register.send_journal() == 5
    register.close()
    again = offline_till(desk, path)
    assert again.send_journal() == 0
    sold.append(
        again.sell_offline(OfflineSale("EUR", (LINE,), rail="slip", slip_ref="A-77")).sent["body"]["sale"][
            "id"
        ]
    )
    assert again.send_journal() == 1
    assert desk.sales == sold
    assert [entry.state for entry in again.journal.entries()] == ["done"] * 6


def test_a_server_restored_from_a_backup_is_told_again(desk: JournalDesk, tmp_path: Path) -> None:
    """It lacks what it once took: 409 with the number it wants, and it gets all from there."""
    register = offline_till(desk, tmp_path / "till.db")
    for _ in range(3):
        register.sell_offline(OfflineSale("EUR", (LINE,)))
    assert register.send_journal() == 3
    desk.entries = {1: desk.entries[1]}
    register.sell_offline(OfflineSale("EUR", (LINE,)))
    assert register.send_journal() == 1
    assert sorted(desk.entries) == [1, 2, 3, 4]


def test_a_copied_journal_is_stopped(desk: JournalDesk, tmp_path: Path) -> None:
    """Two files that both say entry 2 is theirs: the second is stopped, and keeps what it has."""
    register = offline_till(desk, tmp_path / "till.db")
    register.sell_offline(OfflineSale("EUR", (LINE,)))
    register.close()
    (tmp_path / "copy.db").write_bytes((tmp_path / "till.db").read_bytes())
    one_till, other = (offline_till(desk, tmp_path / name) for name in ("till.db", "copy.db"))
    one_till.sell_offline(OfflineSale("EUR", (LINE,)))
    assert one_till.send_journal() == 2
    other.sell_offline(OfflineSale("EUR", (LINE,)))
    with pytest.raises(JournalForked):
        other.send_journal()
    assert other.journal.unsent() == 2


def test_no_line_keeps_everything(tmp_path: Path) -> None:
    register = Register("http://127.0.0.1:9", "hs_r_any", tmp_path / "till.db", patience_s=0)
    register.sell_offline(OfflineSale("EUR", (LINE,)))
    with pytest.raises(NoAnswer):
        register.send_journal()
    assert register.journal.unsent() == 1


def test_the_client_stands_alone() -> None:
    """Copied out of the house it runs: the standard library and httpx, nothing else."""
    said = (
        "import sys; before = set(sys.modules); import highstreet.register_client; "
        "print(*sorted({m.split('.')[0] for m in set(sys.modules) - before} - set(sys.stdlib_module_names)))"
    )
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    ours = {"highstreet", "httpx", "httpcore", "h11", "anyio", "certifi", "idna", "sniffio"}
    assert "httpx" in done.stdout.split()
    assert set(done.stdout.split()) - ours <= {
        "rich",
        "pygments",
        "click",
        "typing_extensions",
        "socksio",
        "h2",
    }
