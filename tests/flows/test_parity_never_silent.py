"""Parity is never broken silently: after any changes, what is live and too low was acknowledged or paid for (P3)."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from highstreet.flows.answer_parity import AnswerCase, WithdrawChange, answer_case, withdraw_change
from highstreet.flows.change_offers import ChangeOffer, StopOrResume, publish_offer, set_offer_active
from highstreet.flows.change_price import ChangePrice, change_price
from highstreet.flows.price_sale import price_rule_of
from highstreet.kernel.db import Database
from highstreet.kernel.errors import Refusal
from highstreet.kernel.ids import new_id, stable_id
from highstreet.kernel.tx import Reader
from highstreet.rooms.channel import (
    CaseState,
    Contract,
    Parity,
    ParityCase,
    ShareRule,
    SignContract,
    Terms,
    cases_of_brand,
    changes_for,
    contracts_of_brand,
    finding_in,
    sign_contract,
)
from highstreet.rooms.goods import BasketLine, SetPrice, price_basket, variant_by_id
from highstreet.rooms.ledger import ledger_sum
from highstreet.rooms.offers import PublishOffer, SetOfferActive, offers_in_reach
from tests.seeds import NOW, Seed, seed_brand

KNOWN = (CaseState.ACKNOWLEDGED, CaseState.COMPENSATED)
numbers = count()
# Each works on a database: of the deep run's twenty thousand a tenth.
EXAMPLES = 60 if settings().max_examples <= 100 else settings().max_examples // 10
Step = tuple[str, int, int]
parities = st.builds(
    lambda on, tolerance, floor: Parity(on, tolerance, 5000 if on == "compensate" else 0, floor),
    st.sampled_from(["refuse", "acknowledge", "compensate"]),
    st.sampled_from([0, 500, 2000]),
    st.sampled_from([None, None, 5000]),
)
steps = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "list",
                "list",
                "member",
                "percent",
                "stack",
                "members",
                "stop",
                "resume",
                "yes",
                "no",
                "withdraw",
            ]
        ),
        st.integers(0, 2),
        st.integers(30, 130),
    ),
    max_size=12,
)


@dataclass
class World:
    """A brand, its contracts, and what each operator knows of the list, kept beside the program."""

    db: Database
    seed: Seed
    now: datetime
    offers: list[str] = field(default_factory=list)
    shelf: dict[tuple[str, int], int] = field(default_factory=dict)

    def prices(self) -> list[tuple[int, int | None]]:
        """List and member price of each article."""
        found = [self.db.read_now(variant_by_id, self.seed.brand_id, v) for v in self.seed.variants]
        return [(one.list_minor, one.member_minor) for one in found if one is not None]

    def contracts(self) -> list[Contract]:
        """Those that promise something."""
        return self.db.read_now(contracts_of_brand, self.seed.brand_id)

    def cases(self, *states: CaseState) -> list[ParityCase]:
        """The cases in these states."""
        return [one for one in self.db.read_now(cases_of_brand, self.seed.brand_id) if one.state in states]

    def do(self, step: Step) -> None:
        """One change; a refusal is an answer, too."""
        self.now += timedelta(minutes=1)
        before = self.prices()
        try:
            self._do(*step)
        except Refusal as refusal:
            if refusal.code not in ("channel.parity_broken", "offers.offer_not_found"):
                raise
        self._follow(before)

    def _do(self, kind: str, which: int, size: int) -> None:
        seed, db = self.seed, self.db
        if kind in ("list", "member"):
            listed, member = self.prices()[which]
            new = max(listed * size // 100, 1)
            price = (new, member) if kind == "list" else (listed, new)
            command = SetPrice(seed.brand_id, seed.variants[which], "EUR", *price, self.now)
            db.write_now(change_price, ChangePrice(command, "stf_a"))
        elif kind in ("percent", "stack", "members") and len(self.offers) < 4:
            self.offers.append(new_id("ofr"))
            db.write_now(publish_offer, ChangeOffer(self._offer(kind, size), "stf_a"))
        elif kind in ("stop", "resume") and self.offers:
            asked = SetOfferActive(seed.brand_id, self.offers[which % len(self.offers)], kind == "resume")
            db.write_now(set_offer_active, StopOrResume(asked, "stf_a", self.now))
        elif kind in ("yes", "no", "withdraw") and (waiting := self.cases(CaseState.WAITING)):
            case = waiting[which % len(waiting)]
            if kind == "withdraw":
                db.write_now(withdraw_change, WithdrawChange(seed.brand_id, case.change_id, self.now))
            else:
                who = frozenset({case.operator_party_id})
                db.write_now(
                    answer_case, AnswerCase(seed.brand_id, case.id, who, kind == "yes", "stf_d", self.now)
                )

    def _offer(self, kind: str, size: int) -> PublishOffer:
        terms: dict[str, Any] = {} if kind == "members" else {"percent_bp": (131 - size) * 50}
        return PublishOffer(
            self.seed.brand_id,
            self.offers[-1],
            "member_price" if kind == "members" else "percent",
            terms,
            "Offer",
            "",
            self.seed.brand_party,
            kind == "stack",
            self.now,
            self.now + timedelta(days=30),
            86_400,
            self.now,
        )

    def _follow(self, before: Sequence[tuple[int, int | None]]) -> None:
        """Operators see every rise; of a fall below their limit they must have been told by a case of theirs."""
        for n, (listed, _) in enumerate(self.prices()):
            for contract in self.contracts():
                parity = contract.terms.parity
                assert parity is not None
                shelf = self.shelf.get((contract.id, n), before[n][0])
                if listed < before[n][0] and listed < parity.limit_of(shelf):
                    assert self._knows(contract, n, listed), (contract, n, listed)
                    shelf = listed
                self.shelf[contract.id, n] = max(shelf, listed)

    def _knows(self, contract: Contract, n: int, price: int) -> bool:
        """Whether a case of this contract, that it acknowledged or was paid for, names a price as low as this."""

        def lowest(reader: Reader, case: ParityCase) -> int | None:
            gaps = finding_in(reader, case.brand_id, case.id).gaps
            return next((gap.lowest_minor for gap in gaps if gap.variant_id == self.seed.variants[n]), None)

        mine = [one for one in self.cases(*KNOWN) if one.contract_id == contract.id]
        found = [self.db.read_now(lowest, one) for one in mine]
        return any(one is not None and one <= price + 1 for one in found)  # each rule rounds

    def check(self) -> None:
        """What a shopper pays for a piece under all that is live, against what each operator was promised."""
        live = self.db.read_now(offers_in_reach, self.seed.brand_id, self.now)
        rules = [price_rule_of(one, None) for one in live]
        for n, (listed, member) in enumerate(self.prices()):
            line = BasketLine(1, self.seed.variants[n], 1, listed, member)
            paid = price_basket("EUR", [line], rules, is_member=True).total_minor
            for contract in self.contracts():
                parity = contract.terms.parity
                assert parity is not None
                if paid < parity.limit_of(self.shelf.get((contract.id, n), listed)) - 1:
                    assert self._knows(contract, n, paid), (contract.terms.parity, n, paid, self.shelf)
        changes = self.db.read_now(
            changes_for, self.seed.brand_id, {one.change_id for one in self.cases(*CaseState)}
        )
        for case in self.cases(*CaseState):
            assert (case.state is CaseState.WAITING) <= (changes[case.change_id].state == "waiting")
            assert (case.paid_minor > 0) <= (case.state is CaseState.COMPENSATED)
        assert set(self.db.read_now(ledger_sum).values()) <= {0}


def open_world(db: Database, promised: Sequence[Parity]) -> World:
    seed = db.write_now(lambda tx, name: seed_brand(tx, name), f"{chr(0x4E00 + next(numbers))}")
    for n, parity in enumerate(promised):
        terms = Terms("operator", (ShareRule("brand", 3000),), "operator", parity=parity)
        begins = NOW - timedelta(days=1)
        operator, place = (seed.dealer, None) if n == 0 else (seed.dealer, seed.place_id)
        contract_id = stable_id("ctr", seed.brand_id, str(n))
        db.write_now(
            sign_contract,
            SignContract(seed.brand_id, contract_id, 1, operator, place, terms, begins, begins),
        )
    return World(db, seed, NOW)


@settings(
    max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(parities, min_size=1, max_size=2), steps)
@example([Parity("acknowledge", 2000)], [("members", 0, 100), ("list", 0, 130)])  # the list rises away
def test_never_silent(migrated_url: str, promised: list[Parity], asked: list[Step]) -> None:
    with closing(Database(migrated_url)) as db:
        world = open_world(db, promised)
        for step in asked:
            world.do(step)
            world.check()
