"""What the brand's own rails need: cards that are issued, members with points, slips that a card terminal prints."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from pydantic import SecretStr

from benchmarks.faults.plan import MEMBERS, Part, SalePlan
from benchmarks.shop_floor import BRAND, ids
from highstreet.kernel.ids import stable_id
from highstreet.kernel.settings import DEMO_SECRET, Settings
from highstreet.kernel.time import utc_now
from highstreet.kernel.tx import Tx
from highstreet.rooms.members import PointsRule, member_code
from highstreet.rooms.members.tables import member

CARDS = 20
CARD_MINOR = 50_000_000
POINTS = 100_000_000
RULE = PointsRule(3, 2)
"""Three points pay two: not every amount is whole points."""
USED = "1"
"""The number that is on everybody's mind: taken once a day at a register."""
BESIDE_MINOR = 100
REFUSALS = {
    ("slip", "used"): "tenders.slip_used",
    ("gift_card", "too_little"): "tenders.card_too_little",
    ("gift_card", "stopped"): "tenders.card_unknown",
    ("points", "too_few"): "members.points_too_few",
}
"""What a register is told then, of the rail and of what goes wrong."""


def give_points(tx: Tx, _: None) -> None:
    """As if they had been earned long ago; nobody's is number 0."""
    tx.run(member.update().where(member.c.id.in_(ids("mbr", MEMBERS)[1:])).values(points_available=POINTS))


@dataclass
class OwnRails:
    """Cards and codes, and what of them was used for which tender."""

    cards: list[dict[str, str]]
    too_little: dict[str, str]
    stopped: dict[str, str]
    card_of: dict[str, str] = field(default_factory=dict)
    """Tender → the card it was asked of."""
    slips: dict[str, str] = field(default_factory=dict)
    """Tender → the number on the slip that the terminal printed when it took the money."""
    slips_back: set[str] = field(default_factory=set)
    secret: bytes = field(
        default_factory=lambda: Settings(mode="test", secret=SecretStr(DEMO_SECRET)).key_for("member-codes")
    )

    def fresh(self, body: Mapping[str, Any], plan: SalePlan) -> dict[str, Any]:
        """A sale's body with the code that the member's phone shows now."""
        if plan.member is None or "items" not in body or "sale_id" in body:
            return dict(body)
        shown = member_code(self.secret, BRAND, ids("mbr", MEMBERS)[plan.member], utc_now())
        return {**body, "member_code": shown}

    def tender(self, part: Part) -> dict[str, Any]:
        """How a part is asked for, with what goes wrong in it."""
        asked = {"id": part.tender_id, "rail": part.rail}
        if part.rail == "slip":
            asked["reference"] = USED if part.payer == "used" else slip_number(part.tender_id)
            self.slips[part.tender_id] = asked["reference"]
        elif part.rail == "gift_card":
            wrong = {"too_little": self.too_little, "stopped": self.stopped}
            card = wrong.get(part.payer) or self.cards[part.card % len(self.cards)]
            asked["card_code"] = card["code"]
            self.card_of[part.tender_id] = card["id"]
        return asked

    def instead(self, plan: SalePlan, part: Part) -> dict[str, Any]:
        """Refused: a slip has another number, and all else is paid in cash."""
        if part.rail == "slip":
            self.slips[part.tender_id] = slip_number(part.tender_id)
            return {"id": part.tender_id, "rail": "slip", "reference": slip_number(part.tender_id)}
        return {"id": plan.name("tnd", f"instead of {part.tender_id}"), "rail": "cash"}

    def beside(self, plan: SalePlan, rail: str) -> dict[str, Any]:
        """The small tender beside a provider's."""
        asked = {"id": plan.name("tnd", "beside"), "rail": rail, "amount_minor": BESIDE_MINOR}
        if rail == "gift_card":
            card = self.cards[plan.parts[0].card % len(self.cards)]
            asked["card_code"] = card["code"]
            self.card_of[str(asked["id"])] = card["id"]
        return asked

    def back(self, plan: SalePlan, why: str) -> list[str]:
        """Numbers of the slips that a terminal prints when it gives money back; one for each that it took."""
        taken = sum(part.tender_id in self.slips for part in plan.parts)
        numbers = [slip_number(plan.name("tnd", f"{why} {no}")) for no in range(taken)]
        self.slips_back.update(numbers)
        return numbers


def slip_number(name: str) -> str:
    """A number that no other slip has."""
    return stable_id("tnd", "slip", name)[-14:]


def prepare(office: httpx.Client) -> OwnRails:
    """Say what points are worth, and issue the cards."""
    rule = {"points": RULE.points, "worth_minor": RULE.worth_minor, "earns_on_points": False}
    office.put("/office/v1/rails", json={"rails": [], "points": rule}).raise_for_status()

    def issue(count: int, amount_minor: int) -> list[dict[str, str]]:
        asked = {"count": count, "amount_minor": amount_minor}
        return list(office.post("/office/v1/gift-cards", json=asked).raise_for_status().json())

    cards, [too_little], [stopped] = issue(CARDS, CARD_MINOR), issue(1, 1), issue(1, CARD_MINOR)
    address = f"/office/v1/gift-cards/{stopped['id']}/block"
    office.put(address, json={"is_blocked": True}).raise_for_status()
    return OwnRails(cards, too_little, stopped)
