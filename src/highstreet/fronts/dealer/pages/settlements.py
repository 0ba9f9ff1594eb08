"""A dealer's or landlord's own statements that stay."""

from collections import Counter
from dataclasses import dataclass

from fastapi import Request, Response

from highstreet.fronts.dealer.asking import brand_of, own_party_ids, program_of
from highstreet.fronts.dealer.pages.shell import EarningsReader, names_of, page_router, show
from highstreet.fronts.dealer.settlements import own_statements
from highstreet.fronts.settlements_told import ShownSettlement, statements_csv
from highstreet.fronts.staff import PartyId, SettlementId
from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.permissions import Actor, Permission
from highstreet.rooms.parties import Party
from highstreet.rooms.settlements import Settlement, Statement, payments_of, settlement_by_id, statements_of

router = page_router()


@dataclass(frozen=True, slots=True)
class Own:
    """A statement in the list; `held`: what others hold for them after it, by currency."""

    shown: ShownSettlement
    statement: Statement
    held: tuple[tuple[str, int], ...]


@router.get("/settlements")
async def settlements_page(request: Request, actor: EarningsReader) -> Response:
    """The newest first."""
    own = own_party_ids(actor, Permission.EARNINGS_READ)
    found = await program_of(request).db.read(own_statements, brand_of(actor), own)
    lines = []
    for settlement, statement in found:
        held: Counter[str] = Counter()
        for one in statement.balances:
            held[one.currency] += one.after_minor * (one.collector_party_id != statement.party_id)
        lines.append(Own(ShownSettlement(settlement), statement, tuple(sorted(held.items()))))
    names = await names_of(request, actor, own)
    return await show(request, actor, "settlements.html", found=lines, names=names)


@router.get("/settlements/{settlement_id}/{party_id}")
async def settlement_page(
    request: Request, actor: EarningsReader, settlement_id: SettlementId, party_id: PartyId
) -> Response:
    """What was held before, what came, what is held after."""
    settlement, statement, names = await _read(request, actor, settlement_id, party_id)
    own = frozenset({party_id})
    payments = await program_of(request).db.read(payments_of, brand_of(actor), settlement_id, own)
    told = {one for payment in payments for one in (payment.payer_id, payment.payee_id)}
    return await show(
        request,
        actor,
        "settlement.html",
        shown=ShownSettlement(settlement),
        statement=statement,
        names=names | await names_of(request, actor, told),
        payments=payments,
    )


@router.get("/settlements/{settlement_id}/{party_id}/statement.csv")
async def statement_file(
    request: Request, actor: EarningsReader, settlement_id: SettlementId, party_id: PartyId
) -> Response:
    """The same as CSV."""
    settlement, statement, names = await _read(request, actor, settlement_id, party_id)
    name = f"statement-{settlement.first_day}-{settlement.last_day}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    told = statements_csv(settlement, [statement], names)
    return Response(told, media_type="text/csv; charset=utf-8", headers=headers)


async def _read(
    request: Request, actor: Actor, settlement_id: str, party_id: str
) -> tuple[Settlement, Statement, dict[str, Party]]:
    db, brand_id = program_of(request).db, brand_of(actor)
    settlement = await db.read(settlement_by_id, brand_id, settlement_id)
    own = own_party_ids(actor, Permission.EARNINGS_READ) & {party_id}
    found = await db.read(statements_of, brand_id, settlement_id, own) if own else []
    if settlement is None or not found:
        raise REQUEST_NOT_FOUND()
    collectors = {one.collector_party_id for one in found[0].totals}
    collectors |= {one.collector_party_id for one in found[0].balances}
    return settlement, found[0], await names_of(request, actor, {party_id, *collectors})
