"""The shares that terms give, line by line, and what a return takes back of them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from highstreet.rooms.channel.errors import TERMS_MALFORMED
from highstreet.rooms.channel.model.terms import WHOLE_BP, ShareRule, Terms

FUNDER = "funder"
"""The role of who is charged for a discount."""


@dataclass(frozen=True, slots=True)
class ShareBase:
    """What of a line decides its shares. `base_minor` is its net: what was paid for it, and what the shares sum to.

    `funded`: (party, minor units) of the discounts, by who funds them. `fulfiller_id`: who packs it, if not who runs
    the place that sells it.
    """

    line_no: int
    base_minor: int
    stock_owner_id: str
    quantity: int = 1
    list_minor: int | None = None
    funded: tuple[tuple[str, int], ...] = ()
    product_id: str | None = None
    fulfiller_id: str | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """What a role's party gets of a line (below zero: gives), by which rule of the terms and of what amount.

    No rule: the leftover, or, for the role `funder`, a discount that its party is charged for.
    """

    role: str
    party_id: str
    amount_minor: int
    rule: int | None = None
    of_minor: int | None = None


@dataclass(frozen=True, slots=True)
class CameBack:
    """How much of a line had come back before, and how many pieces come back now: what a reversal is reckoned from."""

    before_minor: int
    before_pieces: int
    pieces: int


@dataclass(frozen=True, slots=True)
class LineShares:
    """All shares of one line; they sum to the base. The leftover's share stands last.

    `of`: what they come from; `back`: of what comes back, instead.
    """

    line_no: int
    base_minor: int
    shares: tuple[Share, ...]
    of: ShareBase | None = None
    back: CameBack | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """By what a share came about: `percent` (of so many basis points), `piece`, `tiers`, `funder` or `rest`."""

    kind: str
    bp: int | None = None


def reason_of(terms: Terms, role: str, rule: int | None) -> Reason:
    """What the terms say of a share of this role, by this rule."""
    if rule is None:
        return Reason(FUNDER if role == FUNDER else "rest")
    found = terms.shares[rule]
    return Reason(found.kind, found.bp if found.kind == "percent" else None)


def compute_shares(
    terms: Terms, roles: Mapping[str, str | None], lines: Sequence[ShareBase], channel: str = "register"
) -> tuple[LineShares, ...]:
    """Split each line's net among the roles: each rule's amount, rounded down; the rest to the leftover role.

    `roles` names the party of each role at this sale; a role without a party (no landlord) gets nothing
    and its part stays with the leftover, which may fall below zero where rules ask for more than was paid.
    Errors: Refusal channel.terms_malformed when the leftover role has no party here.
    """
    return tuple(_of_line(terms, roles, line, channel) for line in lines)


def _of_line(terms: Terms, roles: Mapping[str, str | None], line: ShareBase, channel: str) -> LineShares:
    charged = line.funded if terms.funding == "funder" else ()
    parts = []
    for number, rule in enumerate(terms.shares):
        if not rule.holds(channel, line.product_id):
            continue
        party_id = _party_of(rule.role, roles, line)
        if party_id is not None:
            of_minor = _base_of(rule, terms, line, sum(amount for _, amount in charged))
            amount = rule.amount_of(of_minor, line.quantity)
            parts.append(Share(rule.role, party_id, amount, number, of_minor))
    parts += [Share(FUNDER, party_id, -amount, None, amount) for party_id, amount in charged if amount]
    leftover = _party_of(terms.leftover_to, roles, line)
    if leftover is None:
        raise TERMS_MALFORMED(field="leftover_to")
    rest = line.base_minor - sum(part.amount_minor for part in parts)
    parts.append(Share(terms.leftover_to, leftover, rest))
    return LineShares(line.line_no, line.base_minor, tuple(parts), line)


def _party_of(role: str, roles: Mapping[str, str | None], line: ShareBase) -> str | None:
    if role == "fulfiller":
        return line.fulfiller_id or roles.get("operator")
    return line.stock_owner_id if role == "stock_owner" else roles.get(role)


def _base_of(rule: ShareRule, terms: Terms, line: ShareBase, charged_minor: int) -> int:
    if rule.of == "list":
        return line.base_minor if line.list_minor is None else line.list_minor
    net = line.base_minor + charged_minor
    return net * WHOLE_BP // (WHOLE_BP + terms.tax_bp) if rule.of == "net_ex_tax" else net


def reverse_shares(
    line: LineShares, returned_before_minor: int, returned_now_minor: int, pieces: tuple[int, int] = (0, 0)
) -> LineShares:
    """What a return of `returned_now_minor` takes back from each share of a line.

    Cumulative: after the whole base was returned, in whatever pieces, exactly the shares were reversed.
    A single small piece may move the leftover the other way by a few minor units. A line for which nothing was paid
    goes by its pieces (how many came back before, how many now).
    """
    before = _reversed_until(line, returned_before_minor, pieces[0])
    after = _reversed_until(line, returned_before_minor + returned_now_minor, sum(pieces))
    shares = tuple(
        Share(share.role, share.party_id, b - a, share.rule)
        for share, a, b in zip(line.shares, before, after, strict=True)
    )
    back = CameBack(returned_before_minor, *pieces)
    return LineShares(line.line_no, returned_now_minor, shares, back=back)


def _reversed_until(line: LineShares, returned_minor: int, pieces: int) -> list[int]:
    done, whole = returned_minor, line.base_minor
    if whole == 0:
        done, whole = pieces, line.of.quantity if line.of else 1
    parts = [share.amount_minor * done // whole for share in line.shares[:-1]]
    parts.append(returned_minor - sum(parts))
    return parts


def sheet_document(lines: Sequence[LineShares]) -> list[dict[str, Any]]:
    """Share lines as the plain values that are stored and exported."""
    return [_facts_of(line) | {"shares": [_share_document(share) for share in line.shares]} for line in lines]


def _facts_of(line: LineShares) -> dict[str, Any]:
    facts: dict[str, Any] = {"line_no": line.line_no, "base_minor": line.base_minor}
    of, back = line.of, line.back
    if back is not None:
        facts["back"] = asdict(back)
    if of is None:
        return facts
    facts |= {"stock_owner_id": of.stock_owner_id, "quantity": of.quantity, "list_minor": of.list_minor}
    if of.funded:
        facts["funded"] = [{"party_id": party, "amount_minor": amount} for party, amount in of.funded]
    if of.product_id is not None:
        facts["product_id"] = of.product_id
    if of.fulfiller_id is not None:
        facts["fulfiller_id"] = of.fulfiller_id
    return facts


def _share_document(share: Share) -> dict[str, Any]:
    document: dict[str, Any] = {
        "role": share.role,
        "party_id": share.party_id,
        "amount_minor": share.amount_minor,
    }
    if share.rule is not None:
        document["rule"] = share.rule
    if share.of_minor is not None:
        document["of_minor"] = share.of_minor
    return document


def read_sheet(document: Sequence[Mapping[str, Any]]) -> tuple[LineShares, ...]:
    """The stored form back as share lines."""
    return tuple(
        LineShares(
            line["line_no"],
            line["base_minor"],
            tuple(map(_share, line["shares"])),
            _base(line),
            CameBack(**line["back"]) if "back" in line else None,
        )
        for line in document
    )


def _share(s: Mapping[str, Any]) -> Share:
    return Share(s["role"], s["party_id"], s["amount_minor"], s.get("rule"), s.get("of_minor"))


def _base(line: Mapping[str, Any]) -> ShareBase | None:
    if "stock_owner_id" not in line:
        return None
    return ShareBase(
        line["line_no"],
        line["base_minor"],
        line["stock_owner_id"],
        line["quantity"],
        line["list_minor"],
        tuple((f["party_id"], f["amount_minor"]) for f in line.get("funded", ())),
        line.get("product_id"),
        line.get("fulfiller_id"),
    )
