"""Which rails there are, and whose: a merchant account may serve one brand or all of them."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from highstreet.kernel.errors import Refusal
from highstreet.rooms.tenders.model import QrShown, RailAnswer
from highstreet.rooms.tenders.rails.breaker import Breakers
from highstreet.rooms.tenders.rails.port import Rail


@dataclass(frozen=True, slots=True)
class RailAccount:
    """A merchant account at a provider. `id` stands in the address of its notices; `brands` None: every brand's."""

    id: str
    rail: Rail
    brands: frozenset[str] | None = None


class Rails:
    """All rails of an installation."""

    def __init__(self, accounts: Iterable[RailAccount] = ()) -> None:
        self.accounts = tuple(accounts)
        self.breakers = Breakers()
        self._by_id = {account.id: account for account in self.accounts}
        if len(self._by_id) != len(self.accounts):
            raise ValueError("two rail accounts have the same id")

    def find(self, brand_id: str, name: str) -> Rail | None:
        """The rail of this name that serves a brand: its own account before one for all."""
        account = self._serving(brand_id, name)
        return None if account is None else account.rail

    def _serving(self, brand_id: str, name: str) -> RailAccount | None:
        serving = [
            a for a in self.accounts if a.rail.name == name and (a.brands is None or brand_id in a.brands)
        ]
        return min(serving, key=lambda a: a.brands is None) if serving else None

    def heard(self, brand_id: str, name: str, answer: RailAnswer | QrShown, at: datetime) -> None:
        """What came of a call to a rail: silence, or any answer at all."""
        account = self._serving(brand_id, name)
        if account is not None:
            self.breakers.heard(account.id, answer, at)

    def is_down(self, brand_id: str, name: str, at: datetime) -> bool:
        """Whether a rail has not answered lately."""
        account = self._serving(brand_id, name)
        return account is not None and self.breakers.is_down(account.id, at)

    def names(self, brand_id: str) -> tuple[str, ...]:
        """The rails with a provider that serve a brand, as they were configured."""
        serving = (a.rail.name for a in self.accounts if a.brands is None or brand_id in a.brands)
        return tuple(dict.fromkeys(serving))

    def account(self, account_id: str) -> RailAccount | None:
        """The account whose notices come in under this id."""
        return self._by_id.get(account_id)

    async def open(self) -> None:
        """Open every rail; one that cannot now is tried again when it is asked something."""
        for account in self.accounts:
            with suppress(Refusal):
                await account.rail.open()

    async def aclose(self) -> None:
        """Close all connections."""
        for account in self.accounts:
            await account.rail.aclose()
