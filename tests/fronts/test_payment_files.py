"""What the brand's bank is told to pay, and what its statement tells back, over HTTP; on both databases."""

from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

from sepaxml.validation import try_valid_xml

from highstreet.flows.pay_file import SCHEMA
from highstreet.kernel.ids import new_id
from highstreet.rooms.ledger import AccountKey, Posting, Transfer, post_transfers
from highstreet.rooms.settlements import Payment, PaymentState, payment_by_id
from tests.flows.test_make_statements import settle
from tests.flows.test_pay_parties import newest, pay
from tests.fronts.office_town import Town, town
from tests.fronts.test_statement_out import standing, upload
from tests.rooms.test_tenders_statements import camt, entry

__all__ = ["town"]
BRAND, DEALER = "FI21 1234 5600 0007 85", "DE89370400440532013000"
SPACE = f"{{urn:iso:std:iso:20022:tech:xsd:{SCHEMA}}}"


def account(town: Town, party_id: str, iban: str, status: int = 200, **more: str) -> Any:
    asked = {"holder": "Nordlys Oy", "iban": iban, **more}
    return town.ask("office", "PUT", f"/office/v1/bank-accounts/{party_id}", status, json=asked)


def owe_the_dealer(town: Town, amount: int = 100_000) -> None:
    """The brand took this much for gift cards that the dealer took in payment."""
    seed = town.seed
    owed = AccountKey(seed.brand_id, seed.brand_party, "payable", "EUR", seed.dealer)
    claim = AccountKey(seed.brand_id, seed.dealer, "receivable", "EUR", seed.brand_party)
    cards = AccountKey(seed.brand_id, seed.brand_party, "gift_cards", "EUR")
    sales = AccountKey(seed.brand_id, seed.dealer, "clearing_cash", "EUR")
    moves = (Transfer(cards, owed, amount, "payment"), Transfer(claim, sales, amount, "payment"))
    posting = Posting(seed.brand_id, f"card {amount}", town.clock.now(), moves)
    town.program.db.write_now(post_transfers, [posting])


def opened(town: Town, amount: int = 100_000) -> Payment:
    """A settled period by which the brand and the dealer have one payment."""
    since = town.clock.now()
    owe_the_dealer(town, amount)
    town.sell(1)
    settle(town, since)
    (found,) = [one for one in pay(town) if town.seed.brand_party in (one.payer_id, one.payee_id)]
    return found


def now(town: Town, payment: Payment) -> Payment:
    found = town.program.db.read_now(payment_by_id, payment.brand_id, payment.id)
    assert found is not None
    return found


def file_path(town: Town) -> str:
    return f"/office/v1/settlements/{newest(town)}/payments.xml"


def get_file(town: Town) -> bytes:
    with town.client("office") as http:
        answer = http.get(file_path(town))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/xml")
    return answer.content


def test_accounts_are_checked_before_they_are_kept(town: Town) -> None:
    dealer = town.seed.dealer
    for iban, more, field in (
        ("FI2112345600000786", {}, "iban"),
        (BRAND, {"bic": "NOBANKXX"[:7] + "!"}, "bic"),
        (BRAND, {"holder": " "}, "holder"),
        (BRAND, {"holder": "a\u0007b"}, "holder"),
    ):
        told = account(town, dealer, iban, 422, **more)
        assert (told["code"], told["facts"]["field"]) == ("settlements.account_malformed", field)
    assert town.ask("office", "GET", "/office/v1/bank-accounts") == []
    assert account(town, dealer, BRAND.lower())["iban"] == "FI2112345600000785"
    account(town, dealer, DEALER, bic="COBADEFFXXX")
    (one,) = town.ask("office", "GET", "/office/v1/bank-accounts")
    assert (one["party_id"], one["iban"], one["bic"]) == (dealer, DEALER, "COBADEFFXXX")
    trail = town.ask("office", "GET", "/office/v1/audit")
    facts = [one for one in trail if one["action"] == "office.set_account"]
    assert "3000" in str(facts)
    assert DEALER not in str(trail)


def test_the_file_says_what_is_open_and_where_it_goes(town: Town) -> None:
    payment = opened(town)
    assert payment.payer_id == town.seed.brand_party
    told = town.ask("office", "GET", file_path(town), 409)
    assert (told["code"], told["facts"]["count"]) == ("settlements.no_account", 2)
    account(town, town.seed.brand_party, BRAND)
    account(town, town.seed.dealer, DEALER, holder="Händler & Söhne 北光")
    file = get_file(town)
    try_valid_xml(file, SCHEMA)
    tree = ET.fromstring(file)
    (row,) = tree.iter(f"{SPACE}CdtTrfTxInf")

    def said(of: ET.Element, name: str) -> str | None:
        return next(of.iter(f"{SPACE}{name}")).text

    assert said(row, "EndToEndId") == payment.reference
    assert said(row, "InstdAmt") == f"{payment.amount_minor // 100}.{payment.amount_minor % 100:02}"
    assert [one.text for one in row.iter(f"{SPACE}IBAN")] == [DEALER]
    assert said(next(row.iter(f"{SPACE}Cdtr")), "Nm") == "Handler & Sohne Bei Guang "
    assert payment.reference in str(said(row, "Ustrd"))
    assert said(next(tree.iter(f"{SPACE}DbtrAcct")), "IBAN") == "FI2112345600000785"
    # The same payments are the same message; another account makes another one.
    first = said(tree, "MsgId")
    assert first is not None
    assert len(first) <= 35
    assert said(ET.fromstring(get_file(town)), "MsgId") == first
    account(town, town.seed.dealer, BRAND)
    assert said(ET.fromstring(get_file(town)), "MsgId") != first
    path = f"/office/v1/payments/{payment.id}/end"
    town.ask("office", "POST", path, 200, json={"state": "paid"})
    assert town.ask("office", "GET", file_path(town), 409)["code"] == "settlements.no_file"


def booked(payment: Payment, side: str, amount: int | None = None, ref: str = "b1") -> str:
    minor = payment.amount_minor if amount is None else amount
    refs = f"<AcctSvcrRef>{ref}</AcctSvcrRef><EndToEndId>{payment.reference}</EndToEndId>"
    return entry(f"{minor // 100}.{minor % 100:02}", f"<TxDtls><Refs>{refs}</Refs></TxDtls>", side)


def test_what_left_the_account_ends_its_payment(town: Town) -> None:
    payment = opened(town)
    upload(town, camt(booked(payment, "CRDT")))  # somebody else's coming in is not it
    assert now(town, payment).state is PaymentState.OPEN
    upload(town, camt(booked(payment, "DBIT", payment.amount_minor - 1, "b2")))
    assert now(town, payment).state is PaymentState.OPEN
    before = standing(town)
    assert [one[0] for one in before] == ["missing_here", "outgoing_unknown"]
    right = camt(booked(payment, "DBIT", ref="b3"), booked(payment, "DBIT", ref="b4"))
    upload(town, right)
    ended = now(town, payment)
    assert (ended.state, ended.ended_at) == (PaymentState.PAID, town.clock.now())
    assert ended.bank_ref
    # Paid twice is a difference of its own; the statement once more is nothing new.
    after = standing(town)
    assert sorted(after) == sorted([*before, ("outgoing_unknown", "name_it", payment.amount_minor)])
    town.clock.advance(timedelta(minutes=5))
    upload(town, right)
    assert standing(town) == after
    assert now(town, payment) == ended


def test_what_a_dealer_paid_is_known_by_what_it_wrote(town: Town) -> None:
    payment = opened(town, 1)
    assert payment.payee_id == town.seed.brand_party
    text = f"statement {payment.reference.lower()} thanks"
    row = f"date,amount,text\n2026-11-20,{payment.amount_minor / 100:.2f},{text}\n".encode()
    upload(town, row)
    assert now(town, payment).state is PaymentState.PAID
    assert standing(town) == []


def test_what_was_ended_by_hand_is_not_a_difference_when_the_bank_shows_it(town: Town) -> None:
    payment = opened(town)
    town.ask("office", "POST", f"/office/v1/payments/{payment.id}/end", 200, json={"state": "paid"})
    upload(town, camt(booked(payment, "DBIT")))
    assert standing(town) == []


def test_what_came_back_and_was_booked_all_the_same_is_for_a_person(town: Town) -> None:
    payment = opened(town)
    town.ask("office", "POST", f"/office/v1/payments/{payment.id}/end", 200, json={"state": "failed"})
    upload(town, camt(booked(payment, "DBIT")))
    assert [one[0] for one in standing(town)] == ["outgoing_unknown"]
    assert now(town, payment).state is PaymentState.FAILED


def test_nobody_elses_party_gets_an_account(town: Town) -> None:
    account(town, new_id("pty"), BRAND, 404)
    account(town, town.other.dealer, BRAND, 404)
