"""Bank statements read: camt.053 of two versions, CSV as banks write it, and what is none."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kernel.errors import Refusal
from highstreet.rooms.tenders.rails.statement import Credit, read_camt, references_in
from highstreet.rooms.tenders.rails.statement_csv import read_statement_csv

RF = "RF18539007547034"  # the example of ISO 11649
DAY = date(2026, 11, 20)


def camt(*entries: str, version: str = "08") -> bytes:
    space = f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"
    account = "<Acct><Id><IBAN>FI2112345600000785</IBAN></Id></Acct>"
    stmt = f"<Stmt><Id>1</Id>{account}{''.join(entries)}</Stmt>"
    return f'<?xml version="1.0"?><Document xmlns="{space}"><BkToCstmrStmt>{stmt}</BkToCstmrStmt></Document>'.encode()


def entry(
    amount: str = "100.00", details: str = "", side: str = "CRDT", status: str = "<Sts><Cd>BOOK</Cd></Sts>"
) -> str:
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{status}'
        f"<BookgDt><Dt>2026-11-20</Dt></BookgDt><NtryDtls>{details}</NtryDtls></Ntry>"
    )


def paid(reference: str, amount: str = "", ref: str = "b1") -> str:
    of = f'<Amt Ccy="EUR">{amount}</Amt>' if amount else ""
    strd = f"<RmtInf><Strd><CdtrRefInf><Ref>{reference}</Ref></CdtrRefInf></Strd></RmtInf>"
    return f"<TxDtls><Refs><AcctSvcrRef>{ref}</AcctSvcrRef></Refs>{of}{strd}</TxDtls>"


def brief(credits: list[Credit]) -> list[tuple[date, str, int]]:
    return [(one.booked_on, one.currency, one.amount_minor) for one in credits]


def test_booked_credits_of_both_versions() -> None:
    for version, status in (("02", "<Sts>BOOK</Sts>"), ("08", "<Sts><Cd>BOOK</Cd></Sts>")):
        pending = status.replace("BOOK", "PDNG")
        content = camt(
            entry("100.5", paid(RF), status=status),
            entry("7.00", side="DBIT", status=status),
            entry("9.00", status=pending),
            version=version,
        )
        (one,) = read_camt(content)
        assert (one.booked_on, one.currency, one.amount_minor) == (DAY, "EUR", 10050)
        assert RF in one.references


def test_a_batch_is_read_by_its_transactions() -> None:
    parts = paid(RF, "60.00", "b1") + paid("4711", "40.00", "b2")
    first, second = read_camt(camt(entry("100.00", parts)))
    assert (first.amount_minor, second.amount_minor) == (6000, 4000)
    assert "4711" in second.references
    # Amounts that do not add up to the entry's are not believed.
    assert brief(read_camt(camt(entry("99.00", parts)))) == [(DAY, "EUR", 9900)]


def test_the_same_line_has_the_same_number_and_twins_have_two() -> None:
    content = camt(entry("5.00", paid(RF)), entry("5.00", paid(RF)))
    first, second = read_camt(content)
    assert first.bank_ref != second.bank_ref
    assert read_camt(content) == [first, second]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<Document/>",
        b"<a>",
        camt(entry("1.234")),
        camt(entry().replace("2026-11-20", "yesterday")),
        camt(entry().replace('Ccy="EUR"', 'Ccy="???"')),
        camt(entry())[:-20],
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>',
        b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b'<?xml version="1.0" encoding="no-such"?><a/>',
    ],
)
def test_what_is_no_statement_is_refused(content: bytes) -> None:
    with pytest.raises(Refusal, match=r"tenders\.statement_malformed"):
        read_camt(content)


def test_a_reference_is_found_however_it_is_written() -> None:
    for text in (
        RF,
        "RF18 5390 0754 7034",
        f"Invoice {RF} thank you",
        "rf18 53900 75470 34",
        f"pay:{RF}/sofa",
    ):
        assert RF in references_in(text), text
    assert "RF19539007547034" not in references_in(
        "Invoice RF19 5390 0754 7034 thank you very much for all of it"
    )


GERMAN = (
    "Umsätze;Konto 123\n\nBuchungstag;Verwendungszweck;Betrag;Währung\n"
    "20.11.2026;RF18 5390 0754 7034;1.234,50;EUR\n20.11.2026;Miete;-800,00;EUR\n21.11.2026;Lohn;10,00-;EUR\n"
)


def test_csv_as_banks_write_it() -> None:
    (one,) = read_statement_csv(GERMAN.encode("cp1252"), "CHF")
    assert (one.line_no, one.booked_on, one.currency, one.amount_minor) == (4, DAY, "EUR", 123450)
    assert RF in one.references
    english = f'Date,Amount,Reference,Id\n2026-11-20,"1,234.50",{RF},x1\n11/20/2026,2.00,,x2\n'
    first, second = read_statement_csv(english.encode(), "EUR")
    assert (first.amount_minor, second.amount_minor, second.booked_on) == (123450, 200, DAY)
    chinese = "交易日期\t金额\t摘要\n20261120\t88.00\t定金\n"
    assert brief(read_statement_csv(chinese.encode(), "CNY")) == [(DAY, "CNY", 8800)]


def test_columns_that_somebody_names() -> None:
    content = b"When|Soll/Haben|Ref\n2026-11-20|3.00|abc\n"
    with pytest.raises(Refusal, match=r"tenders\.statement_columns") as caught:
        read_statement_csv(content, "EUR")
    assert caught.value.facts == {"found": "When|Soll/Haben|Ref", "missing": "date, amount"}
    named = {"date": "when", "amount": "soll/haben", "reference": "ref"}
    (one,) = read_statement_csv(content, "EUR", named)
    assert (one.amount_minor, one.references) == (300, ("ABC",))


@pytest.mark.parametrize("row", ["2026-13-01,1.00", "2026-11-20,ten", "2026-11-20,1.234", ",1.00"])
def test_csv_rows_that_cannot_be_read(row: str) -> None:
    with pytest.raises(Refusal, match=r"tenders\.statement_malformed") as caught:
        read_statement_csv(f"date,amount\n{row}\n".encode(), "EUR")
    assert caught.value.facts == {"line": 2}


@given(st.binary(max_size=300))
def test_nothing_but_refusals(content: bytes) -> None:
    for read in (read_camt, lambda one: read_statement_csv(b"date,amount\n" + one, "EUR")):
        with suppress(Refusal):
            read(content)
