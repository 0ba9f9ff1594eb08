"""A return at a register: goods come back, money goes back to where it came from, everything is reversed.

Refunds go to the sale's tenders, each up to what it still holds: those with a provider first, the newest of them first,
cash last (docs/decisions/0015-refunds.md). Cash goes back at once; a provider's refund is pending until confirmed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from highstreet.flows.errors import REGISTER_UNKNOWN
from highstreet.flows.finish_sale import post_deposit_back, register_now
from highstreet.flows.lists import points_of_sale
from highstreet.flows.rail_accounts import money_out
from highstreet.flows.settle_sale import shares_by_party
from highstreet.flows.share_sale import collector_at
from highstreet.flows.stand_at_register import ActHere, check_approved, note_clerk
from highstreet.flows.take_own_rails import Taking, pay_back_promises, take_own, trading_day
from highstreet.flows.tell_order import tell_order
from highstreet.kernel import idempotency, jobs
from highstreet.kernel.ids import stable_id
from highstreet.kernel.time import business_day, format_utc
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.channel import (
    LineShares,
    ReverseShares,
    ShareSheet,
    contracts_for,
    parties_of,
    record_reversal,
    reverse_shares,
    share_sheets_for,
)
from highstreet.rooms.goods import return_value
from highstreet.rooms.ledger import AccountKey, Posting, Transfer, post_transfers, signed_transfer
from highstreet.rooms.loop import ReverseCredit, credits_for, reverse_credit
from highstreet.rooms.members import ReversePoints, reverse_points, reverse_points_of
from highstreet.rooms.offers import ReturnUse, return_redemptions
from highstreet.rooms.parties import RegisterFacts, registers_for
from highstreet.rooms.places import sites_for, zone_of
from highstreet.rooms.registers import RETURN_ACT
from highstreet.rooms.sales import (
    NOT_PAID,
    RETURN_TOO_LATE,
    SALE_UNKNOWN,
    ReturnLine,
    Sale,
    SaleLine,
    SaleReturn,
    SaleReturned,
    approvals_of,
    check_return,
    is_in_time,
    lock_parts,
    record_return,
    sales_for,
)
from highstreet.rooms.stock import TakeStock, put_back
from highstreet.rooms.tenders import (
    NO_RULES,
    RAIL_KINDS,
    SLIP_MISSING,
    SLIP_UNUSED,
    SettleTender,
    Tender,
    refund_of,
    settle_refund,
    split_refund,
    start_refunds,
    tenders_for,
    tenders_named,
)

SCOPE = "return"
REFUND_JOB = "tenders.refund"


@dataclass(frozen=True, slots=True)
class ReturnAtRegister:
    """Pieces of a sale's lines come back at a register of the same brand. The register made `return_id`."""

    brand_id: str
    register_id: str
    return_id: str
    sale_id: str
    items: tuple[tuple[int, int], ...]
    reason: str
    fingerprint: str
    at: datetime
    # The installation's time for returns, where the brand has set none.
    return_days: int
    slips: tuple[str, ...] = ()
    """Numbers of the card terminal's slips for what goes back by it, one for each such payment."""
    has_receipt: bool = True
    approval_id: str | None = None
    clerk_id: str | None = None

    @property
    def key(self) -> str:
        """Idempotency key."""
        return f"{self.brand_id}:{self.return_id}"


@dataclass(frozen=True, slots=True)
class Returned:
    """What was given back, and the wallet refunds still to be asked for."""

    answer: dict[str, Any]
    refunds: tuple[Tender, ...]


def return_sale(tx: Tx, command: ReturnAtRegister) -> Returned:
    """Take goods back and reverse line by line all that the sale did (G3). Errors: as `paid_sale`, `check_approved`."""
    before = idempotency.stored(tx, SCOPE, [command.key]).get(command.key)
    if before is not None:
        return Returned(before.check(command.fingerprint), ())
    register_key, sale_key = (command.brand_id, command.register_id), (command.brand_id, command.sale_id)
    register = registers_for(tx, {register_key}).get(register_key)
    if register is None or not register.is_active:
        raise REGISTER_UNKNOWN()
    sale = paid_sale(tx, sale_key)
    _check_time(tx, sale, command, register)
    lines = refunds_of_lines(sale, command.items)
    back = SaleReturn(
        brand_id=command.brand_id,
        id=command.return_id,
        sale_id=command.sale_id,
        place_id=register.place_id,
        register_id=command.register_id,
        currency=sale.currency,
        refund_minor=sum(refund for _, _, refund in lines),
        reason=command.reason,
        at=command.at,
        lines=tuple(ReturnLine(line.line_no, quantity, refund) for line, quantity, refund in lines),
    )
    _check_approved(tx, sale, command, back)
    record_return(tx, back)
    _put_back(tx, register, sale, back, lines)
    return_coupons(tx, sale, command.at, lines)
    refunds = give_back(tx, sale, back, lines, register, command.slips)
    answer = answer_of(back, refunds)
    idempotency.remember(tx, SCOPE, [(command.key, command.fingerprint, answer)], command.at)
    return Returned(answer, tuple(t for t in refunds if RAIL_KINDS[t.rail].has_provider))


def paid_sale(tx: Tx, key: tuple[str, str]) -> Sale:
    """A sale that may come back, ours until the commit: what is left of it is reckoned once at a time.

    Errors: Refusal sales.sale_unknown, sales.not_paid.
    """
    lock_parts(tx, *key)
    return read_paid_sale(tx, key)


def read_paid_sale(reader: Reader, key: tuple[str, str]) -> Sale:
    """The same, to look at. Errors: as `paid_sale`."""
    sale = sales_for(reader, [key]).get(key)
    if sale is None:
        raise SALE_UNKNOWN()
    if sale.state != "paid" or not sale.is_ours:
        raise NOT_PAID()
    return sale


def give_back(
    tx: Tx,
    sale: Sale,
    back: SaleReturn,
    lines: "Lines",
    register: RegisterFacts | None,
    slips: Sequence[str] = (),
) -> Sequence[Tender]:
    """Reverse points, shares and credit by the money that goes back, and begin its refunds.

    Without a register nobody hands out cash: it stays owed (`pay_in_parts.hand_out`).
    """
    _reverse_points(tx, sale, back, lines)
    sheet, reversed_lines = _reverse_shares(tx, sale, back, lines)
    refunds = _refunds(tx, sale, back, slips, is_owed=register is None)
    start_refunds(tx, refunds, owes_cash=register is None)
    if register is not None:
        _note_slips(tx, register.register_id, back, refunds)
    pay_back_promises(tx, refunds, sale.member_id)
    payer = sheet.collector_party_id if register is None else payer_at(tx, register, back.at)
    brand_party = (register or register_now(tx, sale)).brand_party_id
    transfers = _transfers(sale, sheet, reversed_lines, refunds, (payer, brand_party))
    post_transfers(tx, [Posting(sale.brand_id, back.id, back.at, tuple(transfers))])
    code_id = _reverse_credit(tx, sale, back)
    for refund in refunds:
        if RAIL_KINDS[refund.rail].has_provider:
            enqueue_refund(tx, refund)
    operator = register.operator_party_id if register else None
    tx.announce(replace(_event(tx, sale, back, sheet, code_id), operator_party_id=operator))
    return refunds


def payer_at(tx: Tx, register: RegisterFacts, at: datetime) -> str:
    """Whose cash lies in a register's drawer."""
    place = (register.brand_id, register.operator_party_id, register.place_id)
    contract = contracts_for(tx, {place}, at).get(place)
    return collector_at(contract, register) if contract else register.operator_party_id


def enqueue_refund(tx: Tx, refund: Tender) -> None:
    """Somebody must ask the provider, also when this process dies now."""
    jobs.enqueue(
        tx,
        REFUND_JOB,
        {"tender_id": refund.id},
        run_at=refund.created_at,
        now=refund.created_at,
        once_key=f"{REFUND_JOB}:{refund.id}",
    )


def _check_time(tx: Tx, sale: Sale, command: ReturnAtRegister, register: RegisterFacts) -> None:
    days = command.return_days if register.return_days is None else register.return_days
    if is_in_time(sale, command.at, days):
        return
    approvals = approvals_of(tx, sale.brand_id, sale.id)
    if not any(approval.valid_until > command.at for approval in approvals):
        raise RETURN_TOO_LATE(days=days)


def _check_approved(tx: Tx, sale: Sale, command: ReturnAtRegister, back: SaleReturn) -> None:
    brand_id, register_id = back.brand_id, command.register_id
    sale_id, amount = back.sale_id, back.refund_minor
    whose, approval = (brand_id, register_id), command.approval_id
    act = ActHere(*whose, RETURN_ACT, sale_id, amount, back.currency, back.id, back.at, approval)
    act = replace(act, has_receipt=command.has_receipt, before_minor=sale.returned_minor)
    check_approved(tx, act)
    note_clerk(tx, (back.brand_id, back.id), command.register_id, command.clerk_id, back.at)


def refunds_of_lines(sale: Sale, items: Sequence[tuple[int, int]]) -> list[tuple[SaleLine, int, int]]:
    """(line, pieces, money back) of what comes back. Errors: as `check_return`."""
    return [
        (line, n, return_value(line.net_minor, line.quantity, line.returned_quantity, line.returned_minor, n))
        for line, n in check_return(sale, items)
    ]


Lines = Sequence[tuple[SaleLine, int, int]]


def _put_back(tx: Tx, register: RegisterFacts, sale: Sale, back: SaleReturn, lines: Lines) -> None:
    site = sites_for(tx, {(back.brand_id, back.place_id)}).get((back.brand_id, back.place_id))
    put_back(
        tx,
        [
            TakeStock(
                brand_id=sale.brand_id,
                variant_id=line.variant_id,
                cell=site.cell if site else 0,
                place_id=back.place_id,
                owner_party_id=line.owner_party_id or register.operator_party_id,
                quantity=quantity,
                ref_id=back.id,
                line_no=line.line_no,
                at=back.at,
            )
            for line, quantity, _ in lines
        ],
    )


def _reverse_points(tx: Tx, sale: Sale, back: SaleReturn, lines: Lines) -> None:
    if sale.member_id is None:
        return
    # What was earned, not what the rule says: a member erased before the payment came earned nothing.
    entries = points_of_sale(tx, sale.brand_id, sale.member_id, sale.id)
    earned_of = {entry.line_no: entry.points for entry in entries if entry.kind == "earn"}
    reversals = []
    for line, _, refund in lines:
        earned = earned_of.get(line.line_no, 0)
        points = reverse_points(earned, line.net_minor, line.returned_minor, refund) if earned else 0
        if points:
            reversals.append(
                ReversePoints(
                    brand_id=sale.brand_id,
                    member_id=sale.member_id,
                    sale_id=sale.id,
                    line_no=line.line_no,
                    entry_id=stable_id("pnt", back.id, str(line.line_no)),
                    points=points,
                    at=back.at,
                )
            )
    if reversals:
        reverse_points_of(tx, reversals)


def return_coupons(tx: Tx, sale: Sale, at: datetime, lines: "Lines") -> None:
    """What coupons took off these lines is theirs again; a sale that is whole back gives its coupons back."""
    now = {line.line_no: quantity for line, quantity, _ in lines}
    is_whole = all(line.returned_quantity + now.get(line.line_no, 0) == line.quantity for line in sale.lines)
    amounts: dict[str, int] = {}
    parts = {line["line_no"]: line["parts"] for line in sale.proof["lines"]}
    for line, quantity, _ in lines:
        for part in parts[line.line_no]:
            if part["coupon_id"] is None:
                continue
            done = part["amount_minor"] * line.returned_quantity // line.quantity
            amount = return_value(part["amount_minor"], line.quantity, line.returned_quantity, done, quantity)
            amounts[part["coupon_id"]] = amounts.get(part["coupon_id"], 0) + amount
    if is_whole:
        for rule in sale.proof["rules"]:
            if rule["coupon_id"] is not None:
                amounts.setdefault(rule["coupon_id"], 0)
    if amounts:
        return_redemptions(
            tx,
            [
                ReturnUse(sale.brand_id, sale.id, coupon_id, amount, is_whole, at)
                for coupon_id, amount in sorted(amounts.items())
            ],
        )


def _reverse_shares(
    tx: Tx, sale: Sale, back: SaleReturn, lines: Lines
) -> tuple[ShareSheet, tuple[LineShares, ...]]:
    sheet = share_sheets_for(tx, [(sale.brand_id, sale.id)])[sale.brand_id, sale.id]
    by_line = {shares.line_no: shares for shares in sheet.lines}
    reversed_lines = tuple(
        reverse_shares(by_line[line.line_no], line.returned_minor, refund, (line.returned_quantity, n))
        for line, n, refund in lines
    )
    record_reversal(tx, ReverseShares(sale.brand_id, back.id, sale.id, reversed_lines))
    return sheet, reversed_lines


def _note_slips(tx: Tx, register_id: str, back: SaleReturn, refunds: Sequence[Tender]) -> None:
    made = [refund for refund in refunds if RAIL_KINDS[refund.rail].needs_number]
    if made:
        day = trading_day(tx, back.brand_id, back.place_id, back.at)
        take_own(tx, [Taking(refund, register_id, None, day, NO_RULES) for refund in made])


def _refunds(tx: Tx, sale: Sale, back: SaleReturn, slips: Sequence[str], *, is_owed: bool) -> list[Tender]:
    """Errors: Refusal tenders.slip_missing when a terminal's slip is lacking, tenders.slip_unused when one is too many."""
    numbers = iter(slips)
    refunds = []
    tenders = tenders_for(tx, [(sale.brand_id, sale.id)])[sale.brand_id, sale.id]
    for no, (tender, amount) in enumerate(split_refund(tenders, back.refund_minor)):
        slip = next(numbers, None) if RAIL_KINDS[tender.rail].needs_number else None
        if RAIL_KINDS[tender.rail].needs_number and slip is None and not is_owed:
            raise SLIP_MISSING(amount_minor=amount)
        refunds.append(
            refund_of(
                tender,
                stable_id("tnd", back.id, str(no)),
                amount,
                back.at,
                place_id=back.place_id,
                return_id=back.id,
                slip=slip,
                is_owed=is_owed,
            )
        )
    if next(numbers, None) is not None:
        raise SLIP_UNUSED()
    return refunds


def _transfers(
    sale: Sale,
    sheet: ShareSheet,
    reversed_lines: Sequence[LineShares],
    refunds: Sequence[Tender],
    between: tuple[str, str],
) -> list[Transfer]:
    """`between`: who hands cash out here, and the brand's own party."""
    payer, brand_party = between
    brand_id, currency, collector = sale.brand_id, sale.currency, sheet.collector_party_id
    sales = AccountKey(brand_id, collector, "sales", currency)
    moves: list[Transfer | None] = []
    for party_id, amount in shares_by_party(reversed_lines).items():
        earned = AccountKey(brand_id, party_id, "earned", currency, collector)
        moves.append(signed_transfer(earned, sales, amount, "share_reversed"))
    for refund in refunds:
        if RAIL_KINDS[refund.rail].is_promise:
            amount, rail = refund.amount_minor, refund.rail
            moves.extend(money_out(sales, amount, "refund", rail=rail, brand_party=brand_party))
        elif refund.state == "captured":
            moves.extend(cash_back(collector, payer, refund))
    return [move for move in moves if move is not None]


def cash_back(collector: str, payer: str, refund: Tender) -> list[Transfer]:
    """What a refund handed out of `payer`'s drawer moves."""
    brand_id, currency = refund.brand_id, refund.currency
    sales = AccountKey(brand_id, collector, "sales", currency)
    cash = AccountKey(brand_id, payer, f"clearing_{refund.rail}", currency)
    if payer == collector:
        return [Transfer(sales, cash, refund.amount_minor, "refund")]
    # Another company's till paid for the collector: the collector owes it, openly.
    owed = AccountKey(brand_id, collector, "payable", currency, payer)
    claim = AccountKey(brand_id, payer, "receivable", currency, collector)
    return [
        Transfer(sales, owed, refund.amount_minor, "refund"),
        Transfer(claim, cash, refund.amount_minor, "refund"),
    ]


def _reverse_credit(tx: Tx, sale: Sale, back: SaleReturn) -> str | None:
    credit = credits_for(tx, [(sale.brand_id, sale.id)]).get((sale.brand_id, sale.id))
    if credit and back.refund_minor:
        reverse_credit(tx, [ReverseCredit(sale.brand_id, sale.id, back.refund_minor, back.at)])
    return credit.code_id if credit else None


def answer_of(back: SaleReturn, refunds: Sequence[Tender]) -> dict[str, Any]:
    return {
        "return_id": back.id,
        "sale_id": back.sale_id,
        "currency": back.currency,
        "refund_minor": back.refund_minor,
        "lines": [
            {"line_no": line.line_no, "quantity": line.quantity, "refund_minor": line.refund_minor}
            for line in back.lines
        ],
        "refunds": [
            {
                "tender_id": t.id,
                "rail": t.rail,
                "amount_minor": t.amount_minor,
                "state": t.state,
                "reference": None if t.rail == "gift_card" else t.reference,
            }
            for t in refunds
        ],
        "at": format_utc(back.at),
    }


def _event(tx: Tx, sale: Sale, back: SaleReturn, sheet: ShareSheet, code_id: str | None) -> SaleReturned:
    return SaleReturned(
        at=back.at,
        brand_id=back.brand_id,
        place_id=back.place_id,
        person_id=sale.person_id,
        return_id=back.id,
        sale_id=back.sale_id,
        currency=back.currency,
        refund_minor=back.refund_minor,
        business_day=business_day(back.at, zone_of(tx, back.brand_id, back.place_id)).isoformat(),
        code_id=code_id,
        lines=tuple(
            {"line_no": line.line_no, "quantity": line.quantity, "refund_minor": line.refund_minor}
            for line in back.lines
        ),
        party_ids=parties_of(sheet),
    )


@dataclass(frozen=True, slots=True)
class FinishRefund:
    """The provider's word about a refund."""

    settle: SettleTender


def finish_refund(tx: Tx, command: FinishRefund) -> str:
    """Bring it in; a confirmed refund leaves the collector's clearing account. The tender's state comes back."""
    settled = settle_refund(tx, command.settle)
    refund = settled.tender
    if settled.changed:
        key = (refund.brand_id, refund.sale_id)
        tell_order(tx, sales_for(tx, [key])[key], command.settle.at)
        if refund.state == "captured":
            post_refund(tx, refund, command.settle.at)
    return refund.state


def _came_late(reader: Reader, refund: Tender) -> bool:
    paid_id = refund.refunds_tender_id or ""
    paid = tenders_named(reader, refund.brand_id, [paid_id]).get(paid_id)
    return paid is not None and paid.state != "captured"


def post_refund(tx: Tx, refund: Tender, at: datetime) -> None:
    """Money that left the collector by a rail; of a sale that was never paid it is a deposit's.

    So is what came late, when the sale was paid otherwise (flows/late_transfer.py).
    """
    key = (refund.brand_id, refund.sale_id)
    sheet = share_sheets_for(tx, [key]).get(key)
    if sheet is None or _came_late(tx, refund):
        post_deposit_back(tx, sales_for(tx, [key])[key], refund, at)
        return
    sales = AccountKey(refund.brand_id, sheet.collector_party_id, "sales", refund.currency)
    clearing = AccountKey(
        refund.brand_id, sheet.collector_party_id, f"clearing_{refund.rail}", refund.currency
    )
    move = Transfer(sales, clearing, refund.amount_minor, "refund")
    post_transfers(tx, [Posting(refund.brand_id, refund.id, at, (move,))])
