"""Refunds at a provider: asked for after the return is on disk, asked again until the provider answers."""

from datetime import datetime
from typing import Any

from highstreet.flows.program import Program
from highstreet.flows.return_sale import FinishRefund, ReturnAtRegister, Returned, finish_refund, return_sale
from highstreet.kernel.jobs import Later
from highstreet.rooms.tenders import SettleTender, Tender, tender_by_id, tenders_named
from highstreet.rooms.tenders.rails.port import RefundOrder

ASK_AGAIN_S = 4.0


async def return_at_register(program: Program, command: ReturnAtRegister) -> dict[str, Any]:
    """Take goods back and refund; a wallet's refund that is not confirmed at once goes on as a job."""
    return await refunds_now(program, command.brand_id, await program.db.write(return_sale, command))


async def refunds_now(program: Program, brand_id: str, returned: Returned) -> dict[str, Any]:
    """Ask the providers for a return's refunds; its answer with where they stand."""
    states = {t.id: await refund_now(program, t) for t in returned.refunds}
    # Asked twice: where the refunds stand now, not where they stood.
    still = [r["tender_id"] for r in returned.answer["refunds"] if r["state"] == "pending"]
    if asked_before := [refund_id for refund_id in still if refund_id not in states]:
        found = await program.db.read(tenders_named, brand_id, asked_before)
        states = {refund_id: tender.state for refund_id, tender in found.items()}
    refunds = [
        {**refund, "state": states.get(refund["tender_id"], refund["state"])}
        for refund in returned.answer["refunds"]
    ]
    return {**returned.answer, "refunds": refunds}


async def refund_now(program: Program, refund: Tender) -> str:
    """Ask the provider for one refund (the same number asks for the same refund); the state comes back."""
    rail = program.rails.find(refund.brand_id, refund.rail)
    if rail is None or refund.refunds_tender_id is None:
        return refund.state
    paid = await program.db.read(tender_by_id, refund.refunds_tender_id)
    if paid is None:
        return refund.state
    answer = await rail.refund(RefundOrder.of(refund, paid))
    program.rails.heard(refund.brand_id, refund.rail, answer, program.clock.now())
    settle = SettleTender(refund.brand_id, refund.id, answer, "answered", program.clock.now())
    return await program.db.write(finish_refund, FinishRefund(settle))


async def resolve_refund(program: Program, payload: dict[str, Any], _now: datetime) -> None:
    """Job: ask until the refund is done or refused for good."""
    refund = await program.db.read(tender_by_id, payload["tender_id"])
    if refund is None or refund.state not in ("pending", "unknown"):
        return
    if await refund_now(program, refund) in ("pending", "unknown"):
        raise Later(ASK_AGAIN_S)
