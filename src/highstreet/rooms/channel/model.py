"""Terms of a contract and the shares they give, line by line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from highstreet.rooms.channel.errors import TERMS_MALFORMED

COLLECTORS = ("operator", "brand", "landlord")
ROLES = ("brand", "operator", "stock_owner", "landlord")
WHOLE_BP = 10_000


@dataclass(frozen=True, slots=True)
class Terms:
    """Who collects, each role's part of a line's net in basis points, and who takes the leftover."""

    collector: str
    shares: tuple[tuple[str, int], ...]
    leftover_to: str

    def as_document(self) -> dict[str, Any]:
        """The form in which a contract keeps its terms."""
        return {
            "collector": self.collector,
            "shares": [{"role": role, "bp": bp} for role, bp in self.shares],
            "leftover_to": self.leftover_to,
        }


def parse_terms(document: Any) -> Terms:
    """Read terms; raises `channel.terms_malformed` naming the field."""
    if not isinstance(document, dict):
        raise TERMS_MALFORMED(field="terms")
    collector, leftover = document.get("collector"), document.get("leftover_to")
    if collector not in COLLECTORS:
        raise TERMS_MALFORMED(field="collector")
    if leftover not in ROLES:
        raise TERMS_MALFORMED(field="leftover_to")
    entries = document.get("shares")
    if not isinstance(entries, list):
        raise TERMS_MALFORMED(field="shares")
    shares: dict[str, int] = {}
    for entry in entries:
        role, bp = (entry.get("role"), entry.get("bp")) if isinstance(entry, dict) else (None, None)
        if role not in ROLES or role in shares or role == leftover:
            raise TERMS_MALFORMED(field="role")
        if not isinstance(bp, int) or isinstance(bp, bool) or not 0 <= bp <= WHOLE_BP:
            raise TERMS_MALFORMED(field="bp")
        shares[role] = bp
    if sum(shares.values()) > WHOLE_BP:
        raise TERMS_MALFORMED(field="bp")
    return Terms(collector, tuple(shares.items()), leftover)


@dataclass(frozen=True, slots=True)
class Contract:
    """One version of a contract, as it stood."""

    brand_id: str
    id: str
    version: int
    operator_party_id: str
    place_id: str | None
    terms: Terms
    effective_from: datetime
    effective_to: datetime | None


@dataclass(frozen=True, slots=True)
class ShareBase:
    """A line's net amount and whose stock it was."""

    line_no: int
    base_minor: int
    stock_owner_id: str


@dataclass(frozen=True, slots=True)
class Share:
    """What a role's party gets of a line."""

    role: str
    party_id: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class LineShares:
    """All shares of one line; they sum to the base. The leftover's share stands last."""

    line_no: int
    base_minor: int
    shares: tuple[Share, ...]


def compute_shares(
    terms: Terms, roles: Mapping[str, str | None], lines: Sequence[ShareBase]
) -> tuple[LineShares, ...]:
    """Split each line's net among the roles: floor(net x bp / 10000) each, the rest to the leftover role.

    `roles` names the party of each role at this place; a role without a party (no landlord) gets nothing
    and its part stays with the leftover. Errors: Refusal channel.terms_malformed when the leftover role has
    no party here.
    """
    sheet = []
    for line in lines:
        parts = []
        rest = line.base_minor
        for role, bp in terms.shares:
            party_id = line.stock_owner_id if role == "stock_owner" else roles.get(role)
            if party_id is None:
                continue
            amount = line.base_minor * bp // WHOLE_BP
            rest -= amount
            parts.append(Share(role, party_id, amount))
        leftover = line.stock_owner_id if terms.leftover_to == "stock_owner" else roles.get(terms.leftover_to)
        if leftover is None:
            raise TERMS_MALFORMED(field="leftover_to")
        parts.append(Share(terms.leftover_to, leftover, rest))
        sheet.append(LineShares(line.line_no, line.base_minor, tuple(parts)))
    return tuple(sheet)


def reverse_shares(line: LineShares, returned_before_minor: int, returned_now_minor: int) -> LineShares:
    """What a return of `returned_now_minor` takes back from each share of a line.

    Cumulative: after the whole base was returned, in whatever pieces, exactly the shares were reversed.
    A single small piece may move the leftover the other way by a few minor units.
    """
    before = _reversed_until(line, returned_before_minor)
    after = _reversed_until(line, returned_before_minor + returned_now_minor)
    shares = tuple(
        Share(share.role, share.party_id, b - a)
        for share, a, b in zip(line.shares, before, after, strict=True)
    )
    return LineShares(line.line_no, returned_now_minor, shares)


def _reversed_until(line: LineShares, returned_minor: int) -> list[int]:
    if line.base_minor == 0:
        return [0] * len(line.shares)
    parts = [share.amount_minor * returned_minor // line.base_minor for share in line.shares[:-1]]
    parts.append(returned_minor - sum(parts))
    return parts


def sheet_document(lines: Sequence[LineShares]) -> list[dict[str, Any]]:
    """Share lines as the plain values that are stored and exported."""
    return [
        {
            "line_no": line.line_no,
            "base_minor": line.base_minor,
            "shares": [
                {"role": s.role, "party_id": s.party_id, "amount_minor": s.amount_minor} for s in line.shares
            ],
        }
        for line in lines
    ]


def read_sheet(document: Sequence[Mapping[str, Any]]) -> tuple[LineShares, ...]:
    """The stored form back as share lines."""
    return tuple(
        LineShares(
            line["line_no"],
            line["base_minor"],
            tuple(Share(s["role"], s["party_id"], s["amount_minor"]) for s in line["shares"]),
        )
        for line in document
    )
