"""What must be true of the brand's own rails: the terminals' slips, the bank's credits, each card, each member's points."""

from collections import Counter, defaultdict
from collections.abc import Iterator

import httpx

from benchmarks.faults.bank import Bank
from benchmarks.faults.own_rails import CARD_MINOR, POINTS, RULE, OwnRails
from benchmarks.faults.plan import MEMBERS
from benchmarks.faults.proof import Proof
from benchmarks.shop_floor import ids


def own_faults(proof: Proof, own: OwnRails, bank: Bank, office: httpx.Client) -> Iterator[str]:
    """Everything that is wrong with them."""
    yield from _slips(proof, own)
    yield from _transfers(proof, bank)
    yield from _cards(proof, own, office)
    yield from _points(proof)
    yield from _days(proof)


def _slips(proof: Proof, own: OwnRails) -> Iterator[str]:
    """Each slip that a terminal printed is one tender's, and each number is good once a day at a register."""
    taken = {t["id"]: t for t in proof.tenders.values() if t["rail"] == "slip" and t["state"] == "captured"}
    for tender_id, number in own.slips.items():
        found = taken.get(tender_id)
        if found is None or found["reference"] != number:
            yield f"the terminal printed slip {number} for {tender_id}, which has {found and found['reference']}"
    for row in taken.values():
        known = own.slips.get(row["id"]) if row["direction"] == "in" else row["reference"]
        if known != row["reference"] or (row["direction"] == "out" and known not in own.slips_back):
            yield f"no terminal printed slip {row['reference']} of {row['id']}"
    numbers = proof.rows(
        """SELECT coalesce(t.register_id, r.register_id, s.register_id) AS register_id, t.reference, count(*) AS n
           FROM tender t JOIN sale s ON s.brand_id = t.brand_id AND s.id = t.sale_id
           LEFT JOIN sale_return r ON r.brand_id = t.brand_id AND r.id = t.return_id
           WHERE t.rail = 'slip' AND t.state = 'captured'
           GROUP BY coalesce(t.register_id, r.register_id, s.register_id), t.reference HAVING count(*) > 1"""
    )
    yield from (
        f"slip {row['reference']} was taken {row['n']} times at {row['register_id']}" for row in numbers
    )


def _transfers(proof: Proof, bank: Bank) -> Iterator[str]:
    """A credit of just the amount captures its transfer, once; come too late it is owed back; others capture nothing."""
    credits: dict[str, list[int]] = defaultdict(list)
    for one in bank.bookings:
        if one.amount_minor > 0:
            credits[one.tender_id].append(one.amount_minor)
    matched: Counter[str] = Counter()
    rows = proof.rows("SELECT tender_id, finding, kind FROM bill_row WHERE provider = 'transfer'")
    for row in rows:
        matched[row["tender_id"]] += row["finding"] == "matched" and row["kind"] == "paid"
    for tender in proof.tenders.values():
        if (tender["rail"], tender["direction"]) != ("transfer", "in"):
            continue
        exact = credits[tender["id"]].count(tender["amount_minor"])
        owed = [r for r in proof.refunds[tender["id"]] if proof.is_late(r)]
        is_captured = tender["state"] == "captured"
        if (
            is_captured + len(owed) != min(exact, 1)
            or sum(r["amount_minor"] for r in owed) > tender["amount_minor"]
        ):
            yield f"{exact} credits came for {tender['id']} ({tender['state']}), {len(owed)} are owed back"
        if is_captured and matched[tender["id"]] != 1:
            yield f"{tender['id']} is captured by {matched[tender['id']]} credits"
    known = sum(row["kind"] == "paid" and row["finding"] != "missing_there" for row in rows)
    if known != sum(map(len, credits.values())):
        yield f"{sum(map(len, credits.values()))} credits were booked, {known} are known"


def _cards(proof: Proof, own: OwnRails, office: httpx.Client) -> Iterator[str]:
    """What is missing on a card is what its payments keep."""
    used: Counter[str] = Counter()
    for tender_id, minor in proof.kept("gift_card").items():
        used[own.card_of[tender_id]] += minor
    for card in [*own.cards, own.too_little, own.stopped]:
        told = office.get(f"/office/v1/gift-cards/{card['id']}").raise_for_status().json()
        issued = 1 if card is own.too_little else CARD_MINOR
        if issued - told["balance_minor"] != used[card["id"]]:
            yield f"card {card['id']} lacks {issued - told['balance_minor']}, its payments keep {used[card['id']]}"


def _points(proof: Proof) -> Iterator[str]:
    """What a member has less is what their payments keep; what a sale earned goes when its goods come back."""
    spent: Counter[str] = Counter()
    members = {row["id"]: row["member_id"] for row in proof.rows("SELECT id, member_id FROM sale")}
    for tender_id, minor in proof.kept("points").items():
        whole = proof.tenders[tender_id]["amount_minor"]
        points = -(-whole * RULE.points // RULE.worth_minor)
        spent[members[proof.tenders[tender_id]["sale_id"]]] += points - points * (whole - minor) // whole
    earned: Counter[str] = Counter()
    for row in proof.rows(
        "SELECT member_id, kind, points FROM points_entry WHERE kind IN ('earn', 'reverse')"
    ):
        earned[row["member_id"]] += row["points"] * (1 if row["kind"] == "earn" else -1)
    has = {row["id"]: row for row in proof.rows("SELECT id, points_available, points_pending FROM member")}
    for no, member_id in enumerate(ids("mbr", MEMBERS)):
        lacks = (POINTS if no else 0) - has[member_id]["points_available"]
        if lacks != spent[member_id]:
            yield f"member {member_id} lacks {lacks} points, their payments keep {spent[member_id]}"
        if has[member_id]["points_pending"] != earned[member_id]:
            yield f"member {member_id} waits for {has[member_id]['points_pending']} points, sales earned {earned[member_id]}"
    yield from (
        f"{row['id']} came back, and {row['n']} points of it did not"
        for row in proof.rows(
            """SELECT s.id, sum(e.points - e.reversed) AS n FROM points_entry e
               JOIN sale s ON s.brand_id = e.brand_id AND s.id = e.sale_id
               WHERE e.kind = 'earn' AND (s.returned_minor = s.total_minor OR s.state <> 'paid')
               GROUP BY s.id HAVING sum(e.points - e.reversed) <> 0"""
        )
    )


def _days(proof: Proof) -> Iterator[str]:
    """Every place is closed by its newest entry, and over no row that neither a bill nor a person explains."""
    newest = {
        row["subject_id"]: row["kind"]
        for row in proof.rows("SELECT subject_id, kind FROM day_entry ORDER BY day, no")
    }
    for row in proof.rows("SELECT id FROM place"):
        if newest.get(row["id"]) != "closed":
            yield f"the day of {row['id']} is not closed"
    said = {
        row["difference_id"]: row["is_cleared"]
        for row in proof.rows("SELECT difference_id, is_cleared FROM difference_word ORDER BY no")
    }
    for one in proof.differences():
        if not said.get(one.difference_id):
            yield f"closed over {one.provider} {one.finding} {one.our_ref or one.tender_id}"
