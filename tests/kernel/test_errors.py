"""Refusals: what they carry, that pickling keeps them, that each kind is declared once and has its texts."""

import pickle

import pytest

import highstreet.kernel.geo
import highstreet.kernel.ids
import highstreet.kernel.money
from highstreet.kernel import errors, i18n
from highstreet.kernel.errors import REFUSAL_KINDS, Refusal, RefusalKind

KERNEL_STATUSES = {
    "request.malformed": 422,
    "request.too_large": 413,
    "request.not_found": 404,
    "method.not_allowed": 405,
    "media.unsupported": 415,
    "auth.required": 401,
    "auth.forbidden": 403,
    "rate.limited": 429,
    "busy.try_later": 503,
    "idempotency.mismatch": 409,
    "internal.error": 500,
}


@pytest.fixture
def no_new_kinds(monkeypatch):
    monkeypatch.setattr(errors, "REFUSAL_KINDS", {})


def test_a_refusal_carries_code_status_and_facts():
    refusal = Refusal("stock.not_enough", available=3, unit=None)
    assert (refusal.code, refusal.status) == ("stock.not_enough", 409)
    assert refusal.facts == {"available": 3, "unit": None}
    assert str(refusal) == "stock.not_enough (available=3, unit=None)"
    assert str(Refusal("auth.required", 401)) == "auth.required"


def test_a_refusal_survives_pickling():
    again = pickle.loads(pickle.dumps(Refusal("stock.not_enough", 422, available=3)))
    assert type(again) is Refusal
    assert (again.code, again.status, again.facts) == ("stock.not_enough", 422, {"available": 3})


def test_a_kind_makes_refusals_and_registers_itself(no_new_kinds):
    kind = RefusalKind("stock.not_enough", 422)
    assert {"stock.not_enough": kind} == errors.REFUSAL_KINDS
    refusal = kind(available=3)
    assert (refusal.code, refusal.status, refusal.facts) == ("stock.not_enough", 422, {"available": 3})


def test_a_code_has_one_status(no_new_kinds):
    RefusalKind("stock.not_enough", 409)
    RefusalKind("stock.not_enough")
    with pytest.raises(ValueError, match="already declared with status 409"):
        RefusalKind("stock.not_enough", 422)


@pytest.mark.parametrize("code", ["stock", "Stock.gone", "stock.", ".gone", "stock gone", "stock.gone\n", ""])
def test_a_code_is_dotted_lower_case(no_new_kinds, code):
    with pytest.raises(ValueError, match="dotted lower case"):
        RefusalKind(code)
    assert errors.REFUSAL_KINDS == {}


@pytest.mark.parametrize("status", [200, 399, 600])
def test_a_status_refuses(no_new_kinds, status):
    with pytest.raises(ValueError, match="not 400 to 599"):
        RefusalKind("stock.gone", status)


def test_the_kernel_declares_its_kinds():
    assert {code: REFUSAL_KINDS[code].status for code in KERNEL_STATUSES} == KERNEL_STATUSES


@pytest.mark.parametrize("locale", i18n.LOCALES)
@pytest.mark.parametrize("module", ["errors", "ids", "money", "geo"])
def test_kernel_kinds_have_texts(module, locale):
    names = vars(getattr(highstreet.kernel, module)).values()
    kinds = [value for value in names if isinstance(value, RefusalKind)]
    assert kinds
    for kind in kinds:
        key = kind.code.replace(".", "-")
        assert i18n.has_text(locale, key), kind.code
        assert i18n.has_text(locale, f"{key}.detail"), kind.code
