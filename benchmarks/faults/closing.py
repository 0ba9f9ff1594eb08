"""The end of the business day: drawers are counted, bills read, and no place closes over what nobody explained."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
from sqlalchemy import text

from benchmarks.faults.bank import irregular
from benchmarks.faults.plan import PROVIDERS, Plan
from benchmarks.faults.proof import bill_days
from benchmarks.faults.providers import ProviderProcess
from benchmarks.faults.registers import FLOAT_MINOR, Heard
from benchmarks.shop_floor import token
from highstreet.kernel.db import Database
from highstreet.kernel.ids import stable_id

PICKED_UP_MINOR = 5000


@dataclass
class Evening:
    """One brand's evening. `wrong`: what should not have been; `tale`: what was done and how it ended, in order."""

    plan: Plan
    heard: Heard
    db: Database
    providers: Mapping[str, ProviderProcess]
    office: httpx.Client
    places: Sequence[str]
    began: datetime
    wrong: list[str] = field(default_factory=list)
    tale: list[str] = field(default_factory=list)
    over_minor: int = 0
    """What the counts found, over less short."""
    moved_minor: int = 0
    """What was put into all drawers less what was taken out, but for sales."""
    closed: set[str] = field(default_factory=set)
    tries: Counter[str] = field(default_factory=Counter)

    def end(self) -> None:
        """Count, try to close too early, read bills that are wrong and then right, clear what a person must, close."""
        self._count()
        self._close("before a bill was read", self._waiting_for_bills())
        more, less = self.plan.bill_with_more, self.plan.bill_with_less
        self.providers[more].sim("POST", "/sim/faults/next", _next("extra_rows"))
        self.providers[less].sim("POST", "/sim/faults/next", _next("missing_rows"))
        for rail in PROVIDERS:
            self._read(rail)
        self._close(f"with a row of nobody's in the bill of {more}", set(self.places))
        self.providers[more].sim("DELETE", "/sim/faults")
        self._read(more)
        self._clear({one["id"] for one in self._differences() if one["place_id"] is None})
        self._close(
            f"with rows lacking in the bill of {less}, and credits not cleared", self._own_differences(less)
        )
        self.providers[less].sim("DELETE", "/sim/faults")
        self._read(less)
        self._clear({one["id"] for one in self._differences()})
        self._close("with all bills read and the bank's differences cleared", set())
        if missing := set(self.places) - self.closed:
            self.wrong.append(f"{len(missing)} places did not close: {sorted(missing)}")
        self._is_explained()

    @property
    def _days(self) -> list[str]:
        return bill_days(self.began)

    # The drawers.

    def _count(self) -> None:
        found: Counter[str] = Counter()
        with httpx.Client(base_url=self.office.base_url, trust_env=False, timeout=30) as http:
            for register in sorted(self.heard.drawers):
                headers = {"Authorization": f"Bearer {token(register)}"}
                lies = self.heard.drawers[register]
                self.moved_minor += FLOAT_MINOR
                if register % 3 == 0 and lies > PICKED_UP_MINOR:
                    move = {
                        "id": stable_id("drm", "pickup", str(register)),
                        "direction": "out",
                        "reason": "pickup",
                    }
                    asked = move | {"amount_minor": PICKED_UP_MINOR}
                    http.post("/register/v1/drawer/moves", json=asked, headers=headers).raise_for_status()
                    lies -= PICKED_UP_MINOR
                    self.moved_minor -= PICKED_UP_MINOR
                over = max(self.plan.miscounts.get(register, 0), -lies)
                count = {"id": stable_id("cnt", "faults", str(register)), "counted_minor": lies + over}
                address = "/register/v1/day/count"
                answer = http.post(address, json=count, headers=headers)
                if answer.status_code == 409 and answer.json()["code"] == "days.slips_uncounted":
                    count["slips_minor"] = self.heard.terminals[register]
                for _ in range(2):  # asked twice it is counted once
                    answer = http.post(address, json=count, headers=headers)
                told = answer.raise_for_status().json()
                if (told["over_minor"], told.get("slips_over_minor") or 0) != (over, 0):
                    self.wrong.append(f"register {register} is over {told['over_minor']}, not {over}: {told}")
                self.over_minor += over
                found["right" if not over else "over" if over > 0 else "short"] += 1
        words = ", ".join(f"{times} {what}" for what, times in sorted(found.items()))
        self.tale.append(f"{found.total()} drawers counted: {words}, as they were")

    # The bills.

    def _read(self, rail: str) -> None:
        for day in self._days:
            answer = self.office.post(f"/office/v1/bills/{rail}/{day}")
            if answer.is_success and any(one["cure"] != "clear" for one in answer.json()["differences"]):
                answer = self.office.post(f"/office/v1/bills/{rail}/{day}")
            if not answer.is_success:
                self.wrong.append(f"{rail}'s bill of {day}: {answer.text}")

    def _differences(self, **asked: Any) -> list[dict[str, Any]]:
        """What nobody has explained, but for bills that nobody has read (their day is not over)."""
        answer = self.office.get("/office/v1/differences", params=asked).raise_for_status().json()
        return [one for one in answer if one["kind"] != "bill_missing"]

    def _clear(self, wanted: set[str]) -> None:
        """A person looked: the bank's irregular credits are cleared, each with its reason, and nothing else is."""
        known = irregular(self.plan)
        for one in self._differences():
            if one["id"] not in wanted:
                continue
            if one["provider"] != "transfer" or one["our_ref"] not in known:
                self.wrong.append(f"nobody planned {one['provider']} {one['kind']} {one['our_ref']}")
                continue
            asked = {"reason": "settled_by_hand", "note": "the bank sent it back"}
            self.office.post(f"/office/v1/differences/{one['id']}", json=asked).raise_for_status()

    # The places.

    def _waiting_for_bills(self) -> set[str]:
        """Places where a provider moved money, or whose transfers are not explained."""
        sql = "SELECT DISTINCT place_id, rail FROM tender WHERE state = 'captured'"
        waiting = {str(place) for place, rail in self._rows(sql) if rail in PROVIDERS}
        return waiting | self._of_differences(self._differences())

    def _own_differences(self, less: str) -> set[str]:
        found = self._differences()
        if not any((one["provider"], one["kind"]) == (less, "missing_there") for one in found):
            self.wrong.append(f"nobody missed the rows that {less}'s bill lacks")
        return self._of_differences(found)

    def _of_differences(self, found: Sequence[Mapping[str, Any]]) -> set[str]:
        """Whose day they keep open: their tender's place, or every place."""
        place_of = {str(row[0]): str(row[1]) for row in self._rows("SELECT id, place_id FROM tender")}
        if any(one["tender_id"] is None for one in found):
            return set(self.places)
        return {place_of[one["tender_id"]] for one in found}

    def _close(self, when: str, refused: set[str]) -> None:
        """Try every place that is open: these must be refused for what nobody explained, all others close."""
        open_now = [place for place in self.places if place not in self.closed]
        held = set()
        for place in open_now:
            day = self.office.get(f"/office/v1/days/{place}").raise_for_status().json()["day"]
            asked = {"id": stable_id("cls", place, when)}
            answer = self.office.post(f"/office/v1/days/{place}/{day}/close", json=asked)
            if answer.is_success:
                self.closed.add(place)
            elif answer.json()["code"] == "days.not_clear":
                held.add(place)
            else:
                self.wrong.append(f"{place}, {when}: {answer.text}")
        expected = refused & set(open_now)
        self.wrong += [f"{place} closed {when}" for place in sorted(expected - held)]
        self.wrong += [f"{place} did not close {when}" for place in sorted(held - expected)]
        self.tale.append(f"{when}: {len(held)} places refused, {len(open_now) - len(held)} closed")

    def _is_explained(self) -> None:
        self.wrong += [
            f"closed over {one['provider']} {one['kind']} {one['our_ref']}" for one in self._differences()
        ]
        cleared = Counter(one["our_ref"] for one in self._differences(with_cleared=True))
        planned = {
            part.tender_id: part.payer
            for sale in self.plan.sales
            for part in sale.parts
            if part.tender_id in irregular(self.plan)
        }
        ended = Counter(planned[ref] for ref in cleared)
        self.tale.append(
            "cleared by a person: "
            + (", ".join(f"{n} {why}" for why, n in sorted(ended.items())) or "nothing")
        )

    def _rows(self, sql: str) -> Iterator[Any]:
        with self.db.engine.connect() as connection:
            yield from connection.execute(text(sql))


def _next(fault: str) -> dict[str, Any]:
    """Until the dial is cleared: a day's bill may be read twice."""
    return {"operation": "bill", "fault": fault, "times": 1000}
