"""The peer's one story: a charge through an ORM session, told from top to bottom (see plain_app.py)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import HTTPException
from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.plain_models import (
    Account,
    Brand,
    Code,
    Consent,
    Contract,
    Coupon,
    Credit,
    Idempotency,
    Member,
    Offer,
    Outbox,
    Party,
    Place,
    PointsEntry,
    Price,
    PriceList,
    Product,
    Redemption,
    Register,
    Sale,
    SaleLine,
    ShareSheet,
    Site,
    StockItem,
    StockMove,
    Tender,
    Touch,
    Transfer,
    Variant,
)
from highstreet.fronts.register.models import SaleAsked
from highstreet.kernel.idempotency import fingerprint_of
from highstreet.kernel.ids import check_id, new_id
from highstreet.kernel.time import business_day, format_utc
from highstreet.rooms.channel import ShareBase, compute_shares, parse_terms
from highstreet.rooms.channel.model import sheet_document
from highstreet.rooms.goods import BasketLine, PricedBasket, PriceRule, parse_gtin, price_basket, receipt_name
from highstreet.rooms.loop import CREDIT_WINDOW
from highstreet.rooms.members import points_for, read_member_code


class Charge:
    """One sale, told from top to bottom."""

    def __init__(self, db: Session, key: Any, asked: SaleAsked, secret: bytes) -> None:
        self.db = db
        self.asked = asked
        self.at = datetime.now(UTC)
        self.brand_id: str = key.brand_id
        self.register_id: str = key.register_id
        self.member_id: str | None = None
        if asked.member_code is not None:
            self.member_id = read_member_code(secret, asked.member_code, self.at)[1]

    def run(self) -> dict[str, Any]:
        """Answer as before when asked before; else read, price, write, commit."""
        key = f"{self.brand_id}:{check_id(self.asked.id, 'sal')}"
        content = self.asked.model_dump(exclude={"member_code"})
        fingerprint = fingerprint_of([self.register_id, self.member_id, content])
        before = self.db.get(Idempotency, ("sale", key))
        if before is not None:
            if before.fingerprint != fingerprint:
                raise HTTPException(409)
            answer: dict[str, Any] = before.answer
            return answer
        self.read()
        basket = self.price()
        sale = self.write_sale(basket)
        self.take_stock(sale)
        self.use_coupon(basket, sale)
        points = self.earn_points(sale)
        self.share(sale)
        code_id = self.give_credit(sale)
        receipt = self.receipt(sale, points)
        self.announce_paid(sale, receipt, code_id)
        self.db.add(Idempotency(scope="sale", key=key, fingerprint=fingerprint, answer=receipt, at=self.at))
        self.db.commit()
        return receipt

    def read(self) -> None:
        """Everything the sale is made of."""
        db, brand_id = self.db, self.brand_id
        register = db.get(Register, (brand_id, self.register_id))
        assert register is not None
        self.place = db.get_one(Place, (brand_id, register.place_id))
        self.brand = db.get_one(Brand, brand_id)
        self.brand_party = db.scalars(select(Party).filter_by(brand_id=brand_id, kind="brand")).one()
        self.site = db.get_one(Site, (brand_id, self.place.id))
        self.gtins = [parse_gtin(item.gtin) for item in self.asked.items]
        found = db.execute(
            select(Variant, Product, Price)
            .join(Product, (Product.brand_id == Variant.brand_id) & (Product.id == Variant.product_id))
            .join(Price, (Price.brand_id == Variant.brand_id) & (Price.variant_id == Variant.id))
            .join(PriceList, (PriceList.brand_id == Price.brand_id) & (PriceList.id == Price.price_list_id))
            .where(Variant.brand_id == brand_id, Variant.gtin.in_(self.gtins), Variant.is_active)
            .where(PriceList.kind == "list", PriceList.currency == self.brand.currency)
        )
        self.goods = {row.Variant.gtin: tuple(row) for row in found}
        self.member = db.get(Member, (brand_id, self.member_id)) if self.member_id else None
        self.coupon = self.offer = None
        if self.asked.coupons:
            self.coupon = db.scalars(
                select(Coupon)
                .filter_by(brand_id=brand_id, public_code=self.asked.coupons[0])
                .with_for_update()
            ).one()
            self.offer = db.get_one(Offer, (brand_id, self.coupon.offer_id), with_for_update=True)
        self.contract = db.scalars(
            select(Contract)
            .filter_by(brand_id=brand_id, operator_party_id=self.place.operator_party_id)
            .where(Contract.in_force_from <= self.at)
            .where(Contract.effective_to.is_(None) | (Contract.effective_to > self.at))
        ).one()

    def price(self) -> PricedBasket:
        """The one price function."""
        rules = []
        if self.coupon is not None and self.offer is not None:
            rules.append(
                PriceRule(
                    self.offer.id,
                    self.coupon.id,
                    self.offer.kind,
                    self.offer.funder_party_id,
                    self.offer.is_stackable,
                    percent_bp=self.offer.terms.get("percent_bp", 0),
                )
            )
        lines = [
            BasketLine(no, self.goods[gtin][0].id, item.quantity, self.goods[gtin][2].amount_minor, None)
            for no, (item, gtin) in enumerate(zip(self.asked.items, self.gtins, strict=True), start=1)
        ]
        return price_basket(self.brand.currency, lines, rules, is_member=self.member is not None)

    def write_sale(self, basket: PricedBasket) -> Any:
        """The sale, its lines and its tender."""
        member = self.member
        self.discounts = [
            {
                "offer_id": a.offer_id,
                "coupon_id": a.coupon_id,
                "kind": a.kind,
                "title_en": self.offer.title_en,
                "title_zh": self.offer.title_zh,
                "amount_minor": a.discount_minor,
            }
            for a in basket.applied
            if self.offer is not None
        ]
        sale = Sale(
            brand_id=self.brand_id,
            id=self.asked.id,
            place_id=self.place.id,
            register_id=self.register_id,
            member_id=member.id if member else None,
            person_id=member.person_id if member else None,
            state="paid",
            origin="register",
            currency=basket.currency,
            list_minor=basket.list_minor,
            discount_minor=basket.discount_minor,
            total_minor=basket.total_minor,
            returned_minor=0,
            proof={**basket.proof(), "discounts": self.discounts},
            business_day=business_day(self.at, self.site.time_zone).isoformat(),
            opened_at=self.at,
            paid_at=self.at,
        )
        for line, gtin in zip(basket.lines, self.gtins, strict=True):
            variant, product, _ = self.goods[gtin]
            sale.lines.append(
                SaleLine(
                    line_no=line.line_no,
                    variant_id=variant.id,
                    gtin=gtin,
                    name_en=receipt_name(product.name_en, variant.attributes, "en"),
                    name_zh=receipt_name(product.name_zh, variant.attributes, "zh"),
                    owner_party_id=self.place.operator_party_id,
                    quantity=line.quantity,
                    unit_list_minor=line.unit_list_minor,
                    discount_minor=line.discount_minor,
                    net_minor=line.net_minor,
                    returned_quantity=0,
                    returned_minor=0,
                )
            )
        asked = self.asked.tenders[0]
        sale.tenders.append(
            Tender(
                id=check_id(asked.id, "tnd"),
                place_id=self.place.id,
                direction="in",
                rail=asked.rail,
                state="captured",
                currency=basket.currency,
                amount_minor=basket.total_minor,
                refunded_minor=0,
                given_minor=asked.given_minor,
                created_at=self.at,
                settled_at=self.at,
            )
        )
        self.db.add(sale)
        return sale

    def take_stock(self, sale: Any) -> None:
        """Each line's pieces, locked in key order."""
        wanted = sorted({line.variant_id for line in sale.lines})
        found = self.db.scalars(
            select(StockItem)
            .filter_by(brand_id=self.brand_id, cell=self.site.cell, place_id=self.place.id)
            .where(StockItem.variant_id.in_(wanted))
            .where(StockItem.owner_party_id == self.place.operator_party_id)
            .order_by(StockItem.variant_id)
            .with_for_update()
        )
        items = {item.variant_id: item for item in found}
        for line in sale.lines:
            item = items[line.variant_id]
            if item.on_hand - item.reserved < line.quantity:
                raise HTTPException(409)
            item.on_hand -= line.quantity
            self.db.add(
                StockMove(
                    brand_id=self.brand_id,
                    place_id=self.place.id,
                    variant_id=line.variant_id,
                    owner_party_id=item.owner_party_id,
                    quantity=-line.quantity,
                    reason="sold",
                    ref_id=sale.id,
                    line_no=line.line_no,
                    at=self.at,
                )
            )

    def use_coupon(self, basket: PricedBasket, sale: Any) -> None:
        """Cap and budget, and the redemption."""
        for applied in basket.applied:
            coupon, offer = self.coupon, self.offer
            if coupon is None or offer is None or coupon.used + coupon.reserved >= coupon.cap:
                raise HTTPException(409)
            if (
                offer.budget_minor is not None
                and offer.spent_minor + applied.discount_minor > offer.budget_minor
            ):
                raise HTTPException(409)
            coupon.used += 1
            offer.spent_minor += applied.discount_minor
            self.db.add(
                Redemption(
                    brand_id=self.brand_id,
                    coupon_id=coupon.id,
                    sale_id=sale.id,
                    offer_id=offer.id,
                    person_id=sale.person_id,
                    state="redeemed",
                    discount_minor=applied.discount_minor,
                    returned_minor=0,
                    reserved_at=self.at,
                    redeemed_at=self.at,
                )
            )
            self.announce(
                "offers.coupon_redeemed.v1",
                person_id=sale.person_id,
                offer_id=offer.id,
                coupon_id=coupon.id,
                sale_id=sale.id,
                discount_minor=applied.discount_minor,
            )

    def earn_points(self, sale: Any) -> int:
        """Points of each line, pending."""
        if self.member is None:
            return 0
        total = 0
        for line in sale.lines:
            points = points_for(line.net_minor, sale.currency)
            if not points:
                continue
            total += points
            self.db.add(
                PointsEntry(
                    brand_id=self.brand_id,
                    id=new_id("pnt"),
                    member_id=self.member.id,
                    sale_id=sale.id,
                    line_no=line.line_no,
                    points=points,
                    reversed=0,
                    kind="earn",
                    state="pending",
                    matures_at=self.at + timedelta(days=14),
                    at=self.at,
                )
            )
        self.db.refresh(self.member, ["points_pending"], with_for_update=True)
        self.member.points_pending += total
        self.announce(
            "members.points_earned.v1",
            person_id=sale.person_id,
            member_id=self.member.id,
            sale_id=sale.id,
            points=total,
        )
        return total

    def share(self, sale: Any) -> None:
        """Frozen shares, and the transfers that follow from them."""
        terms = parse_terms(self.contract.terms)
        roles = {
            "brand": self.brand_party.id,
            "operator": self.place.operator_party_id,
            "landlord": self.place.landlord_party_id,
        }
        bases = [
            ShareBase(
                line.line_no,
                line.net_minor,
                line.owner_party_id,
                line.quantity,
                line.quantity * line.unit_list_minor,
            )
            for line in sale.lines
        ]
        lines = compute_shares(terms, roles, bases)
        collector = roles[terms.collector] or self.place.operator_party_id
        sale.share_sheet = ShareSheet(
            contract_id=self.contract.id,
            contract_version=self.contract.version,
            collector_party_id=collector,
            channel="register",
            roles=roles,
            lines=sheet_document(lines),
        )
        totals: dict[str, int] = {}
        for line in lines:
            for one in line.shares:
                totals[one.party_id] = totals.get(one.party_id, 0) + one.amount_minor
        takings = self.account(collector, "sales", "", sale.currency)
        clearing = self.account(collector, f"clearing_{sale.tenders[0].rail}", "", sale.currency)
        moves = [(clearing, takings, sale.total_minor, "tender")]
        for party_id, amount in totals.items():
            if amount:
                moves.append(
                    (takings, self.account(party_id, "earned", collector, sale.currency), amount, "share")
                )
        for no, (debit, credit, amount, code) in enumerate(moves, start=1):
            self.db.add(
                Transfer(
                    brand_id=self.brand_id,
                    ref_id=sale.id,
                    no=no,
                    debit_account_id=debit.id,
                    credit_account_id=credit.id,
                    currency=sale.currency,
                    amount_minor=amount,
                    code=code,
                    at=self.at,
                )
            )

    def account(self, owner_id: str, kind: str, counterparty_id: str, currency: str) -> Any:
        """Get or create."""
        named = {
            "brand_id": self.brand_id,
            "owner_id": owner_id,
            "kind": kind,
            "counterparty_id": counterparty_id,
            "currency": currency,
        }
        known = self.db.scalar(select(Account).filter_by(**named))
        if known is None:
            known = Account(id=new_id("acc"), balance_minor=0, **named)
            self.db.add(known)
            self.db.flush()
        return known

    def give_credit(self, sale: Any) -> str | None:
        """The last touch of a member who consented to measurement."""
        if sale.person_id is None:
            return None
        whose = {"brand_id": self.brand_id, "person_id": sale.person_id}
        consented = select(Consent).filter_by(**whose, purpose="measurement", withdrawn_at=None)
        if self.db.scalars(consented).first() is None:
            return None
        touch = self.db.scalars(
            select(Touch)
            .filter_by(**whose)
            .where(Touch.at >= self.at - CREDIT_WINDOW)
            .order_by(Touch.at.desc(), Touch.id.desc())
            .limit(1)
        ).first()
        if touch is None:
            return None
        code = self.db.get_one(Code, (self.brand_id, touch.code_id))
        self.db.add(
            Credit(
                brand_id=self.brand_id,
                sale_id=sale.id,
                code_id=code.id,
                touch_id=touch.id,
                rule="last_touch",
                currency=sale.currency,
                amount_minor=sale.total_minor,
                returned_minor=0,
                at=self.at,
            )
        )
        self.announce(
            "loop.credit_given.v1",
            sale_id=sale.id,
            code_id=code.id,
            campaign=code.campaign,
            amount_minor=sale.total_minor,
            currency=sale.currency,
        )
        return str(code.id)

    def receipt(self, sale: Any, points: int) -> dict[str, Any]:
        """What the register is answered."""
        told = ("line_no", "gtin", "name_en", "name_zh", "quantity")
        amounts = ("unit_list_minor", "discount_minor", "net_minor")
        return {
            "sale_id": sale.id,
            "state": sale.state,
            "brand_id": sale.brand_id,
            "place": {
                "place_id": self.place.id,
                "name_en": self.place.name_en,
                "name_zh": self.place.name_zh,
            },
            "register_id": sale.register_id,
            "currency": sale.currency,
            "lines": [{name: getattr(line, name) for name in (*told, *amounts)} for line in sale.lines],
            "discounts": self.discounts,
            "list_minor": sale.list_minor,
            "discount_minor": sale.discount_minor,
            "total_minor": sale.total_minor,
            "tenders": [
                {
                    "tender_id": t.id,
                    "rail": t.rail,
                    "amount_minor": t.amount_minor,
                    "given_minor": t.given_minor,
                    "change_minor": t.given_minor - t.amount_minor,
                }
                for t in sale.tenders
            ],
            "points_pending": points,
            "paid_at": format_utc(self.at),
        }

    def announce_paid(self, sale: Any, receipt: dict[str, Any], code_id: str | None) -> None:
        """The event that the phone's stream carries."""
        names = ("register_id", "member_id", "currency", "list_minor", "discount_minor", "total_minor")
        shown = ("line_no", "variant_id", "quantity", "net_minor")
        self.announce(
            "sales.sale_paid.v1",
            place_id=sale.place_id,
            person_id=sale.person_id,
            sale_id=sale.id,
            **{name: getattr(sale, name) for name in names},
            business_day=sale.business_day,
            rails=[t.rail for t in sale.tenders],
            code_id=code_id,
            lines=[{name: getattr(line, name) for name in shown} for line in sale.lines],
            receipt=receipt,
        )

    def announce(
        self, name: str, *, place_id: str | None = None, person_id: str | None = None, **body: Any
    ) -> None:
        """An event in the outbox."""
        whose = {"brand_id": self.brand_id, "place_id": place_id, "person_id": person_id}
        self.db.add(Outbox(name=name, at=self.at, body={"at": format_utc(self.at), **whose, **body}, **whose))
