"""Bank statements read: camt.053 of two versions, CSV as banks write it, and what is none."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kernel.errors import Refusal
from highstreet.rooms.tenders.rails.statement import BankRow, read_camt, references_in
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


def brief(rows: list[BankRow]) -> list[tuple[date, str, int]]:
    """Below zero: it left."""
    return [
        (one.booked_on, one.currency, one.amount_minor * (1 if one.direction == "in" else -1)) for one in rows
    ]


def test_what_was_booked_by_both_versions() -> None:
    for version, status in (("02", "<Sts>BOOK</Sts>"), ("08", "<Sts><Cd>BOOK</Cd></Sts>")):
        pending = status.replace("BOOK", "PDNG")
        content = camt(
            entry("100.5", paid(RF), status=status),
            entry("7.00", paid(RF), side="DBIT", status=status),
            entry("9.00", status=pending),
            version=version,
        )
        rows = read_camt(content)
        assert brief(rows) == [(DAY, "EUR", 10050), (DAY, "EUR", -700)]
        assert all(RF in one.references for one in rows)


def test_a_transfer_is_known_by_its_end_to_end_id_too() -> None:
    ids = f"<TxDtls><Refs><EndToEndId>{RF}</EndToEndId></Refs></TxDtls>"
    (one,) = read_camt(camt(entry("7.00", ids, side="DBIT")))
    assert (one.direction, RF in one.references) == ("out", True)


def test_the_same_amount_in_and_out_are_two_rows_and_a_reversal_is_nobodys() -> None:
    came, left = read_camt(camt(entry("5.00", paid(RF)), entry("5.00", paid(RF), side="DBIT")))
    assert came.bank_ref != left.bank_ref
    taken_back = entry("5.00", paid(RF), side="DBIT").replace("</Amt>", "</Amt><RvslInd>true</RvslInd>", 1)
    (one,) = read_camt(camt(taken_back))
    assert (one.direction, one.references) == ("out", ())


def test_whoever_pays_out_is_known_by_name() -> None:
    def debtor(name: str, inner: str = "{}") -> str:
        party = inner.format(f"<Nm>{name}</Nm>")
        return f"<TxDtls><RltdPties><Dbtr>{party}</Dbtr></RltdPties></TxDtls>"

    rows = read_camt(
        camt(
            entry("1.00", debtor("Stripe Payments Europe")),
            entry("2.00", debtor("财付通支付科技有限公司", "<Pty>{}</Pty>")),
            entry("3.00", debtor("Ms Striped")),
            entry("4.00", debtor("Alipay"), side="DBIT"),
        )
    )
    assert [one.payer for one in rows] == ["stripe", "wechat", "stripe", None]
    csv = "Date,Amount,Text,Name\n2026-11-20,1.00,payout,支付宝（中国）网络技术有限公司\n2026-11-20,1.00,STRIPER,\n"
    assert [one.payer for one in read_statement_csv(csv.encode(), "CNY")] == ["alipay", "stripe"]


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
        camt(entry("-5")),
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
    one, rent, wages = read_statement_csv(GERMAN.encode("cp1252"), "CHF")
    assert brief([rent, wages]) == [(DAY, "EUR", -80000), (date(2026, 11, 21), "EUR", -1000)]
    assert (one.line_no, one.booked_on, one.currency, one.amount_minor) == (4, DAY, "EUR", 123450)
    assert RF in one.references
    english = f'Date,Amount,Reference,Id\n2026-11-20,"1,234.50",{RF},x1\n11/20/2026,2.00,,x2\n'
    first, second = read_statement_csv(english.encode(), "EUR")
    assert (first.amount_minor, second.amount_minor, second.booked_on) == (123450, 200, DAY)
    chinese = "交易日期\t金额\t摘要\n20261120\t88.00\t订金\n"
    assert brief(read_statement_csv(chinese.encode(), "CNY")) == [(DAY, "CNY", 8800)]


def test_what_left_in_a_column_of_its_own() -> None:
    english = "Date,Paid in,Paid out,Text\n2026-11-20,,12.00,RF18 5390 0754 7034\n2026-11-20,3.00,0.00,x\n"
    assert brief(read_statement_csv(english.encode(), "GBP")) == [(DAY, "GBP", -1200), (DAY, "GBP", 300)]
    chinese = "记账日期,收入金额,支出金额,附言\n20261120,,88.00,退款\n20261120,1.00,,订金\n"
    for encoding in ("gb18030", "utf-8"):
        rows = read_statement_csv(chinese.encode(encoding), "CNY")
        assert brief(rows) == [(DAY, "CNY", -8800), (DAY, "CNY", 100)]


def test_columns_that_somebody_names() -> None:
    content = b"When|Soll/Haben|Ref\n2026-11-20|3.00|abc\n"
    with pytest.raises(Refusal, match=r"tenders\.statement_columns") as caught:
        read_statement_csv(content, "EUR")
    assert caught.value.facts == {"found": "When|Soll/Haben|Ref", "missing": "date, amount"}
    named = {"date": "when", "amount": "soll/haben", "reference": "ref"}
    (one,) = read_statement_csv(content, "EUR", named)
    assert (one.amount_minor, one.references) == (300, ("ABC",))


@pytest.mark.parametrize(
    "row",
    ["2026-13-01,1.00", "2026-11-20,ten", "2026-11-20,1.234", ",1.00", f'2026-11-20,"{".000" * 16_000}"'],
)
def test_csv_rows_that_cannot_be_read(row: str) -> None:
    with pytest.raises(Refusal, match=r"tenders\.statement_malformed") as caught:
        read_statement_csv(f"date,amount\n{row}\n".encode(), "EUR")
    assert caught.value.facts == {"line": 2}


@pytest.mark.parametrize("mark", [",", ";", "|", "\t"])
@pytest.mark.parametrize("bank", [";", ",", "\t"])
def test_what_strangers_write_is_no_header(mark: str, bank: str) -> None:
    """A payment's message that names more columns than the bank's own header, by another delimiter."""
    head = mark.join(["", "date", "amount", "debit", "currency", "reference", "text", "name", "id", "x"])
    forged = mark.join(["", "2026-11-20", "202.30", "", "EUR", RF, "", "", "", "x"])
    rows = [
        ["Buchungstag", "Betrag", "Währung", "Name", "Verwendungszweck", "Referenz"],
        ["20.11.2026", "202.30", "EUR", "Honest", "order", RF],
        ["20.11.2026", "0.01", "EUR", "Mallory", head, ""],
        ["20.11.2026", "0.01", "EUR", "Mallory", forged, ""],
    ]
    csv = "".join(bank.join(f'"{cell}"' for cell in row) + "\r\n" for row in rows)
    assert [one.amount_minor for one in read_statement_csv(csv.encode(), "EUR")] == [20_230, 1, 1]
    if mark != bank:
        bare = "".join(bank.join(row) + "\r\n" for row in rows)
        assert [one.amount_minor for one in read_statement_csv(bare.encode(), "EUR")] == [20_230, 1, 1]


@pytest.mark.parametrize(
    "rows",
    [
        # A quotation mark that a bank does not double swallows the rows up to the next one.
        '2026-11-20;0.01;"x;\n2026-11-20;202.30;honest;R\n2026-11-20;0.01;y";\n',
        "2026-11-20;1.00;a;b;c\n",
        "2026-11-20;1.00;a\0b;c\n",
    ],
)
def test_rows_that_are_not_as_the_header_says(rows: str) -> None:
    with pytest.raises(Refusal, match=r"tenders\.statement_malformed"):
        read_statement_csv(f"date;amount;text;reference\n{rows}".encode(), "EUR")


def test_a_text_of_several_lines_is_one_cell() -> None:
    (one,) = read_statement_csv(b'date;amount;text\n2026-11-20;1.00;"rent\nNovember"\n', "EUR")
    assert one.amount_minor == 100


@given(st.binary(max_size=300))
def test_nothing_but_refusals(content: bytes) -> None:
    for read in (read_camt, lambda one: read_statement_csv(b"date,amount\n" + one, "EUR")):
        with suppress(Refusal):
            read(content)
