"""What providers keep of the money they hand on: posted from their bills, once, and anew when a bill changes.

Whoever collected a payment bears its fee: it leaves the rail's clearing account and stands in `fees`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from highstreet.flows.finish_sale import register_then
from highstreet.flows.share_sale import collector_at
from highstreet.kernel.ids import stable_id
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.channel import share_sheets_for, terms_of_sale
from highstreet.rooms.ledger import AccountKey, Posting, post_transfers, signed_transfer
from highstreet.rooms.sales import Sale, sales_for
from highstreet.rooms.tenders import (
    BillPosting,
    Finding,
    Tender,
    add_bill_postings,
    bill_postings,
    tenders_named,
)

FEES = "fees"
"""The ledger's account of what a collector paid to providers: debits, so below zero."""


@dataclass(frozen=True, slots=True)
class PostFees:
    """The charged rows of one provider's bill of a day, all of them."""

    brand_id: str
    provider: str
    day: str
    charged: Sequence[Finding]
    at: datetime


@dataclass(frozen=True, slots=True)
class _Fee:
    party_id: str
    currency: str
    amount_minor: int


def post_fees(tx: Tx, command: PostFees) -> None:
    """Bring the ledger to what the bill says: post what is new, take back what is not there any more."""
    brand_id, provider, day = command.brand_id, command.provider, command.day
    wanted = _wanted(tx, command)
    posted: dict[str, BillPosting] = {}
    sums: dict[str, int] = {}
    for one in bill_postings(tx, brand_id, provider, day):
        posted[one.row_id] = one
        sums[one.row_id] = sums.get(one.row_id, 0) + one.amount_minor
    postings = []
    for row_id in sorted(wanted.keys() | posted.keys()):
        before = posted.get(row_id)
        fee = wanted.get(row_id)
        amount = (fee.amount_minor if fee else 0) - sums.get(row_id, 0)
        of = fee or before
        if amount == 0 or of is None:
            continue
        no = 1 if before is None else before.no + 1
        postings.append(
            BillPosting(brand_id, provider, day, row_id, no, of.party_id, of.currency, amount, command.at)
        )
    add_bill_postings(tx, postings)
    post_transfers(tx, [_posting(one) for one in postings])


def _wanted(tx: Tx, command: PostFees) -> dict[str, _Fee]:
    tender_ids = sorted({f.tender_id for f in command.charged if f.tender_id is not None})
    known = tenders_named(tx, command.brand_id, tender_ids)
    collectors = collectors_of(tx, command.brand_id, known.values())
    wanted: dict[str, _Fee] = {}
    for finding in command.charged:
        party_id = collectors.get(finding.tender_id or "")
        if party_id is None or finding.fee_currency is None:
            continue
        row = (finding.kind, finding.our_ref, finding.provider_ref)
        row_id = stable_id("trf", "fee", *row, party_id, finding.fee_currency)
        wanted[row_id] = _Fee(party_id, finding.fee_currency, finding.fee_minor)
    return wanted


def _posting(one: BillPosting) -> Posting:
    fees = AccountKey(one.brand_id, one.party_id, FEES, one.currency)
    clearing = AccountKey(one.brand_id, one.party_id, f"clearing_{one.provider}", one.currency)
    move = signed_transfer(fees, clearing, one.amount_minor, "fee")
    assert move is not None  # no posting is of nothing: a CHECK of its table
    ref_id = stable_id("trf", one.brand_id, one.provider, one.day, one.row_id, str(one.no))
    return Posting(one.brand_id, ref_id, one.at, (move,))


def collectors_of(reader: Reader, brand_id: str, tenders: Collection[Tender]) -> dict[str, str]:
    """Who collected each tender, by the terms that were frozen with its sale."""
    keys = {(brand_id, tender.sale_id) for tender in tenders}
    sheets = share_sheets_for(reader, sorted(keys)) if keys else {}
    found = {key: sheet.collector_party_id for key, sheet in sheets.items()}
    if unpaid := sorted(keys - found.keys()):
        sales = sales_for(reader, unpaid)
        found |= {key: collector_of_unpaid(reader, sales[key]) for key in unpaid}
    return {tender.id: found[brand_id, tender.sale_id] for tender in tenders}


def collector_of_unpaid(reader: Reader, sale: Sale) -> str:
    """Who collects for a sale that is not paid, or never was."""
    register = register_then(reader, sale)
    frozen = terms_of_sale(reader, sale.brand_id, sale.id)
    return collector_at(frozen.contract, register, sale.origin) if frozen else register.operator_party_id
