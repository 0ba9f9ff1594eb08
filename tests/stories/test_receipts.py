"""Receipts on paper: the bytes read back, the page, in both languages, real and practised."""

import re

import pytest

from highstreet.fronts.register.paper.layout import Row, as_lines, columns, wrapped
from tests.stories.acts import buyer, sale_of
from tests.stories.conftest import Stage
from tests.stories.paper import decode
from tests.stories.test_loop import ok
from tests.stories.test_training import train


def set_seller(stage: Stage) -> None:
    body = {"legal_name": "Kauppias Oy", "tax_number": "FI12345671"}
    told = stage.office().put(f"/office/v1/parties/{stage.seed.dealer}/seller-lines", json=body)
    assert told.status_code == 204, told.text


def paid(stage: Stage, **given: int) -> dict[str, object]:
    who = buyer(stage)
    body = sale_of(stage, who)
    body["tenders"][0] |= given
    return dict(ok(stage.register.post("/register/v1/sales", json=body)))


@pytest.mark.parametrize(("width_mm", "width"), [(58, 32), (80, 48)])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_printer_is_told_everything(stage: Stage, width_mm: int, width: int, lang: str) -> None:
    set_seller(stage)
    told = paid(stage, given_minor=20_000)
    path = f"/register/v1/sales/{told['sale_id']}/receipt.escpos"
    asked = {"width_mm": width_mm, "lang": lang, "opens_drawer": True}
    answer = stage.register.get(path, params=asked)
    assert answer.status_code == 200, answer.text
    printed = decode(answer.content)
    assert printed.commands == ["initialize", "drawer 0 50ms", "cut"]
    assert printed.qr == str(told["sale_id"]).removeprefix("sal_").upper()
    assert (
        ok(stage.register.get("/register/v1/receipt", params={"code": printed.qr}))["sale_id"]
        == told["sale_id"]
    )
    assert max(columns(line) for line in printed.lines) <= width
    text = "\n".join(printed.lines)
    for word in ("Kauppias Oy", "FI12345671", "167.68", "200.00", "-32.32", "202.30"):
        assert word in text
    words = ("Total EUR", "Change", "Cash") if lang == "en" else ("合计 EUR", "找零", "现金")
    for word in words:
        assert word in text
    reasons = [d[f"title_{lang}"] for d in told["discounts"]]  # type: ignore[index]
    assert len(reasons) == 3
    assert all(reason in text for reason in reasons)
    assert [s for s in printed.styles if s] == ["bt"]
    assert "TRAINING" not in text


def test_58_mm_as_it_stands(stage: Stage) -> None:
    """The whole strip; times are the place's."""
    set_seller(stage)
    told = paid(stage, given_minor=20_000)
    path = f"/register/v1/sales/{told['sale_id']}/receipt.escpos"
    lines = decode(stage.register.get(path, params={"width_mm": 58}).content).lines
    lines = [re.sub(r"\d\d:\d\d$", "HH:MM", re.sub(r"\d{4}-\d\d-\d\d", "YYYY-MM-DD", line)) for line in lines]
    assert lines[-1] == str(told["sale_id"]).removeprefix("sal_").upper()
    assert "\n".join(lines[:-2]) == SNAPSHOT_58


SNAPSHOT_58 = """\
            nordlys
         Nordlys Centre
          Kauppias Oy
       VAT no. FI12345671
YYYY-MM-DD                 HH:MM
Register                       1
--------------------------------
Shell, S
  1 x 100.00              100.00
Shell, M
  2 x 49.90                99.80
Shell, L
  1 x 2.50                  2.50
--------------------------------
Sum                       202.30
  Member price            -10.00
  5 % off                  -9.62
  15 off from 100         -15.00
Total EUR                 167.68
--------------------------------
Cash                      200.00
Change                    -32.32
--------------------------------
           Thank you!"""


def test_practice_is_marked(stage: Stage) -> None:
    """At both ends of the paper and of the page."""
    train(stage)
    told = ok(stage.register.post("/register/v1/sales", json=sale_of(stage)))
    path = f"/register/v1/sales/{told['sale_id']}/receipt"
    printed = decode(stage.register.get(f"{path}.escpos", params={"width_mm": 58, "lang": "zh"}).content)
    marks = [line for line in printed.lines if "TRAINING 训练" in line]
    assert len(marks) == 2
    assert [s for s in printed.styles if s] == ["b", "bt", "b"]
    page = stage.register.get(f"{path}.html", params={"lang": "zh"}).text
    assert page.count("TRAINING 训练") == 2
    train(stage, is_training=False)
    assert stage.register.get(f"{path}.escpos").status_code == 404


def test_the_page_to_print(stage: Stage) -> None:
    """The same rows, the QR, no script, nothing from elsewhere; escaped."""
    body = {"legal_name": "<b>Kauppias & Co</b>", "tax_number": None}
    stage.office().put(f"/office/v1/parties/{stage.seed.dealer}/seller-lines", json=body)
    told = paid(stage)
    answer = stage.register.get(f"/register/v1/sales/{told['sale_id']}/receipt.html", params={"lang": "zh"})
    assert answer.status_code == 200
    assert "style-src 'self'" in answer.headers["content-security-policy"]
    page = answer.text
    assert "<script" not in page
    assert " style=" not in page
    assert "&lt;b&gt;Kauppias &amp; Co&lt;/b&gt;" in page
    assert "税号" not in page
    for word in ('lang="zh"', "合计 EUR", "167.68", "现金", "<svg"):
        assert word in page


def test_only_paid_sales_of_this_place(stage: Stage) -> None:
    open_sale = ok(stage.register.post("/register/v1/sales", json=sale_of(stage, rail="qr")), 202)
    told = stage.register.get(f"/register/v1/sales/{open_sale['sale_id']}/receipt.escpos")
    assert (told.status_code, told.json()["code"]) == (404, "sales.sale_unknown")
    assert stage.register.get("/register/v1/sales/sal_1/receipt.html").status_code == 422


def test_texts_fit_the_paper() -> None:
    """Chinese takes two columns, long words break, what is on the right stays there."""
    assert columns("咖啡 A") == 6
    assert wrapped("咖啡咖啡咖啡", 5) == ["咖啡", "咖啡", "咖啡"]
    assert wrapped("a very longwordindeed", 8) == ["a very", "longword", "indeed"]
    assert wrapped("", 8) == [""]
    for width in (32, 48):
        lines = as_lines(Row("item", "满100减15 " * 9, "-1500.00"), width)
        assert all(columns(line) <= width for line in lines)
        assert lines[-1].endswith("-1500.00")
        assert columns(lines[-1]) == width
