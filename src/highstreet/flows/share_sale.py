"""What each party gets of a sale under its contract: the facts are gathered once, and frozen with the result (P1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from highstreet.kernel.tx import Reader
from highstreet.rooms.channel import Contract, ShareBase, ShareSheet, compute_shares
from highstreet.rooms.goods import variants_for
from highstreet.rooms.parties import RegisterFacts, operators_for
from highstreet.rooms.sales import Sale


@dataclass(frozen=True, slots=True)
class ToShare:
    """A sale, its contract, and the places that its contract may give a part: the member's home, the code's."""

    sale: Sale
    register: RegisterFacts
    contract: Contract
    home_place_id: str | None
    code_place_id: str | None

    def _wanted(self) -> list[tuple[str, str | None]]:
        places = (("home_store", self.home_place_id), ("introducer", self.code_place_id))
        return [(role, place_id) for role, place_id in places if self.contract.terms.names(role)]


def share_sales(reader: Reader, sold: Sequence[ToShare]) -> list[ShareSheet]:
    """The share sheet of each sale."""
    places = {(one.sale.brand_id, place_id) for one in sold for _, place_id in one._wanted() if place_id}
    places |= {(one.sale.brand_id, line.place_id) for one in sold for line in one.sale.lines if line.place_id}
    operators = operators_for(reader, places) if places else {}
    products = _products(reader, sold)
    return [_sheet(one, operators, products) for one in sold]


def roles_at(register: RegisterFacts) -> dict[str, str | None]:
    """Which party plays which role of a contract at this register's place."""
    return {
        "brand": register.brand_party_id,
        "operator": register.operator_party_id,
        "landlord": register.landlord_party_id,
    }


def collector_at(contract: Contract, register: RegisterFacts, channel: str = "register") -> str:
    """Who takes the money here; without a landlord the operator does."""
    return roles_at(register)[contract.terms.collector_for(channel)] or register.operator_party_id


def _sheet(
    one: ToShare, operators: Mapping[tuple[str, str], str], products: Mapping[tuple[str, str], str]
) -> ShareSheet:
    sale, contract, register = one.sale, one.contract, one.register
    funded = {line["line_no"]: _funded(line["parts"]) for line in sale.proof["lines"]}
    bases = [
        ShareBase(
            line.line_no,
            line.net_minor,
            line.owner_party_id or register.operator_party_id,
            line.quantity,
            line.quantity * line.unit_list_minor,
            funded.get(line.line_no, ()),
            products.get((sale.brand_id, line.variant_id)),
            operators.get((sale.brand_id, line.place_id)) if line.place_id else None,
        )
        for line in sale.lines
    ]
    roles = roles_at(register)
    for role, place_id in one._wanted():
        roles[role] = operators.get((sale.brand_id, place_id or ""))
    lines = compute_shares(contract.terms, roles, bases, sale.origin)
    collector = collector_at(contract, register, sale.origin)
    return ShareSheet(
        sale.brand_id, sale.id, contract.id, contract.version, collector, lines, sale.origin, roles
    )


def _funded(parts: Sequence[Mapping[str, object]]) -> tuple[tuple[str, int], ...]:
    sums: dict[str, int] = {}
    for part in parts:
        party_id, amount = part["funder_party_id"], part["amount_minor"]
        if isinstance(party_id, str) and isinstance(amount, int):
            sums[party_id] = sums.get(party_id, 0) + amount
    return tuple(sums.items())


def _products(reader: Reader, sold: Sequence[ToShare]) -> dict[tuple[str, str], str]:
    """Products of the variants sold under contracts that have rules for some products; most have none."""
    wanted = {
        (one.sale.brand_id, line.variant_id)
        for one in sold
        if any(rule.product_ids for rule in one.contract.terms.shares)
        for line in one.sale.lines
    }
    found = variants_for(reader, wanted) if wanted else {}
    return {key: variant.product_id for key, variant in found.items()}
