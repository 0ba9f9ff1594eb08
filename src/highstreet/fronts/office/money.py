"""What parties earned, the ledger's sum, and the wallet's bills."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import Field

from highstreet.flows.earnings import Earnings, check_ledger, earnings_of_brand
from highstreet.flows.match_bill import BillState, bill_state, match_day
from highstreet.fronts.office.asking import Told, brand_of, office, program_of
from highstreet.kernel.errors import REQUEST_MALFORMED
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.web import PROBLEMS

router = APIRouter(tags=["office: money"], responses=PROBLEMS)
EarningsReader = Annotated[Actor, office(Permission.EARNINGS_READ)]
# A bill may end payments and send money back, as a refund does.
BillMatcher = Annotated[Actor, office(Permission.SALES_REFUND)]
RailName = Annotated[
    str,
    Path(pattern="^[a-z][a-z0-9_]{0,19}$", description="The rail, as tenders name it.", examples=["wallet"]),
]
Day = Annotated[
    str, Path(pattern="^20[0-9]{2}-[01][0-9]-[0-3][0-9]$", description="The provider's day, YYYY-MM-DD.")
]


class PartyTold(Told):
    """The brand itself, a dealer or a landlord."""

    id: str
    kind: str
    name_en: str
    name_zh: str
    legal_name: str | None = Field(None, description="On receipts; null: none is printed.")
    tax_number: str | None = Field(None, description="VAT or tax number, on receipts.")


class BalanceTold(Told):
    """An account's balance: credits less debits."""

    owner_id: str = Field(description="Whose account.")
    kind: str = Field(description="earned, clearing_<rail>, payable or receivable.")
    counterparty_id: str = Field(
        description="For earned: who collected the money. Empty where there is none."
    )
    currency: str
    amount_minor: int


class EarningsTold(Told):
    """Balances by what they mean."""

    parties: list[PartyTold]
    earned: list[BalanceTold] = Field(description="What each party earned, by who collected it.")
    clearing: list[BalanceTold] = Field(description="What rails took, below zero: held by the collector.")
    claims: list[BalanceTold] = Field(description="Refunds that one party's till paid for another.")


class CurrencySumTold(Told):
    """A sum over all accounts: zero."""

    currency: str
    sum_minor: int


class LedgerTold(Told):
    """The ledger added up."""

    sums: list[CurrencySumTold]
    transfers: int
    is_balanced: bool


class BillRowTold(Told):
    """A row of the bill that is not matched, or a tender that the bill lacks."""

    row_no: int
    kind: str = Field(description="paid, refund, reversed, payout or fee.")
    our_ref: str
    provider_ref: str
    currency: str
    amount_minor: int
    tender_id: str | None
    finding: str = Field(description="As a difference's `kind`.")
    cure: str = Field(description="As a difference's.")


class BillTold(Told):
    """What was found in a day's bill."""

    day: date
    is_fetched: bool = Field(description="Whether a bill was read, fetched or uploaded.")
    matched: int
    differences: list[BillRowTold]


@router.get(
    "/earnings",
    operation_id="office_read_earnings",
    summary="Head office reads what each party earned",
    response_model=EarningsTold,
)
async def read_earnings(request: Request, actor: EarningsReader) -> Earnings:
    """What each party earned and from whom, what rails hold, and claims between parties."""
    return await program_of(request).db.read(earnings_of_brand, brand_of(actor))


@router.get(
    "/ledger/check",
    operation_id="office_check_ledger",
    summary="Head office checks that the ledger sums to zero",
)
async def check(request: Request, actor: EarningsReader) -> LedgerTold:
    """The sum over all accounts, straight from the transfers: zero in every currency."""
    checked = await program_of(request).db.read(check_ledger, brand_of(actor))
    return LedgerTold(
        sums=[CurrencySumTold(currency=c, sum_minor=total) for c, total in checked.sums.items()],
        transfers=checked.transfers,
        is_balanced=not any(checked.sums.values()) and not checked.drifted,
    )


@router.post(
    "/bills/{rail}/{day}",
    operation_id="office_match_bill",
    summary="Head office matches a provider's bill of a day",
)
async def match(request: Request, actor: BillMatcher, rail: RailName, day: Day) -> BillTold:
    """Fetch a day's bill, match it one to one, bring in what it proves. May be run again."""
    program, brand_id, on = program_of(request), brand_of(actor), day_of(day)
    await match_day(program, brand_id, rail, on)
    return bill_told(await program.db.read(bill_state, brand_id, rail, on))


@router.get(
    "/bills/{rail}/{day}",
    operation_id="office_read_bill",
    summary="Head office reads how a provider's bill of a day matched",
)
async def read_bill(request: Request, actor: EarningsReader, rail: RailName, day: Day) -> BillTold:
    """What was matched, and the differences with a proposed cure."""
    return bill_told(await program_of(request).db.read(bill_state, brand_of(actor), rail, day_of(day)))


def day_of(text: str) -> date:
    """A day of the calendar. Errors: Refusal request.malformed."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise REQUEST_MALFORMED(field="path.day", reason="no_such_day") from None


def bill_told(state: BillState) -> BillTold:
    """A bill as an answer."""
    return BillTold(
        day=state.day,
        is_fetched=state.is_fetched,
        matched=state.matched,
        differences=[
            BillRowTold.model_validate({**_row(difference.row), "cure": difference.cure})
            for difference in state.differences
        ],
    )


def _row(row: object) -> dict[str, object]:
    return {name: getattr(row, name) for name in BillRowTold.model_fields if name != "cure"}
