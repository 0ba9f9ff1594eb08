"""Phones, codes, passwords and tokens: the pure rules."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kernel.errors import Refusal
from highstreet.rooms.identity import (
    RequestCode,
    SignIn,
    StaffRecord,
    TokenKind,
    hash_password,
    make_token,
    mask_phone,
    model,
    parse_phone,
    token_hash,
    token_kind,
    verify_password,
)

PEPPER = b"a secret of the app, long enough"
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "region", "phone"),
    [
        ("050 123 4567", "FI", "+358501234567"),
        ("+358 50 123-4567", None, "+358501234567"),
        ("00358501234567", "FI", "+358501234567"),
        ("138 0013 8000", "CN", "+8613800138000"),
        ("０５０１２３４５６７", "FI", "+358501234567"),
    ],
)
def test_phones_have_one_form(text, region, phone):
    assert parse_phone(text, region) == phone
    assert parse_phone(phone, None) == phone
    model.check_phone(phone)


@pytest.mark.parametrize(
    "text",
    ["", "112", "0501234567", "+358", "call me", "+358501234567 ext 5", "+3585012345678901234", "+" * 99],
)
def test_what_is_no_phone_is_refused(text):
    with pytest.raises(Refusal) as refused:
        parse_phone(text, None)
    assert (refused.value.code, refused.value.status) == ("identity.phone_malformed", 422)


@given(st.text(max_size=50), st.sampled_from([None, "FI", "CN"]))
def test_any_text_is_a_phone_or_refused(text, region):
    phone = None
    with suppress(Refusal):
        phone = parse_phone(text, region)
    if phone is not None:
        model.check_phone(phone)


@pytest.mark.parametrize(
    "phone", ["358501234567", "+0501234567", "+358 501234567", "+358501234567\n", "", "+1"]
)
def test_only_the_one_form_is_stored(phone):
    with pytest.raises(Refusal):
        model.check_phone(phone)


def test_a_masked_phone_hides_the_middle():
    assert mask_phone("+358501234567") == "+35•••••••567"


def test_a_codes_hash_depends_on_phone_code_and_secret():
    phones, codes, peppers = ("+358501234567", "+358501234568"), ("000000", "000001"), (PEPPER, PEPPER + b"!")
    hashes = {model.code_hash(pepper, p, c) for pepper in peppers for p in phones for c in codes}
    assert len(hashes) == 8
    assert all(len(h) == 64 for h in hashes)
    with pytest.raises(ValueError, match="16 bytes"):
        model.code_hash(b"short", phones[0], codes[0])


def test_a_sealed_code_opens_with_the_same_secret_only():
    message = model.CodeMessage("+358501234567", "123456", "zh", NOW)
    sealed = model.seal_code(PEPPER, message)
    assert model.unseal_code(PEPPER, sealed) == message
    assert "123456" not in sealed
    assert "358501234567" not in sealed
    changed = sealed[:-2] + ("A" if sealed[-2] != "A" else "B") + sealed[-1]
    for pepper, text in ((PEPPER + b"!", sealed), (PEPPER, changed), (PEPPER, sealed[8:]), (PEPPER, "")):
        with pytest.raises(ValueError, match=r"."):
            model.unseal_code(pepper, text)
    assert model.seal_code(PEPPER, replace(message, code="123457")) != sealed


def test_secrets_stay_out_of_what_is_printed():
    asked = RequestCode("+358501234567", "424242", "en", PEPPER, NOW)
    tried = SignIn("+358501234567", "424242", PEPPER, "hash", "ses", "psn", None, "en", NOW)
    message = model.CodeMessage("+358501234567", "424242", "en", NOW)
    for shown in map(repr, (asked, tried, message)):
        assert "424242" not in shown
        assert "secret" not in shown


def test_a_password_is_checked_and_an_unknown_login_costs_the_same():
    record = StaffRecord("brd_1", "stf_1", "pty_1", "anna", "Anna", hash_password("correct horse"), True)
    assert "argon2" not in repr(record)
    assert verify_password(record, "correct horse")
    assert not verify_password(record, "correct horses")
    assert not verify_password(record, "x" * 100_000)
    assert not verify_password(replace(record, is_active=False), "correct horse")
    assert not verify_password(replace(record, password_hash="nonsense"), "correct horse")
    assert not verify_password(None, "correct horse")
    assert not PasswordHasher().check_needs_rehash(model.secrets._NOBODYS_HASH)


@pytest.mark.parametrize("password", ["", "1234567", "x" * 201])
def test_a_weak_password_is_refused(password):
    with pytest.raises(Refusal) as refused:
        hash_password(password)
    assert (refused.value.code, refused.value.facts) == ("identity.password_weak", {"shortest": 8})


def test_logins_have_one_form():
    assert model.parse_login(" Anna.K+1@Shop ") == "anna.k+1@shop"
    for text in ("", "ab", "-anna", "anna k", "安娜安娜", "a" * 81, "anna\n!"):
        with pytest.raises(Refusal):
            model.parse_login(text)


@given(st.binary(min_size=32, max_size=32), st.sampled_from(TokenKind))
def test_a_token_says_its_kind_and_is_kept_as_a_hash(random, kind):
    token = make_token(kind, random)
    assert token.startswith(kind.value)
    assert token_kind(token) is kind
    assert len(token_hash(token)) == 64
    assert token[5:] not in token_hash(token)


@pytest.mark.parametrize(
    "token",
    ["", "hs_s_", "hs_x_" + "a" * 43, "hs_s_" + "a" * 42, "hs_s_" + "a" * 43 + "\n", "hs_s_" + "=" * 43],
)
def test_what_is_no_token(token):
    assert token_kind(token) is None


def test_a_token_needs_32_bytes():
    with pytest.raises(ValueError, match="32 bytes"):
        make_token(TokenKind.SESSION, b"few")
