"""One provider of each kind for a whole file of tests."""

from collections.abc import Iterator

import pytest

from highstreet_simulator.wallet.peers import Inbox
from tests.rails.kinds import KINDS
from tests.rails.stand import Stand


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.name)
def running(request: pytest.FixtureRequest) -> Iterator[Stand]:
    inbox = Inbox()
    stand = Stand(request.param, inbox)
    yield stand
    stand.close()
    inbox.close()


@pytest.fixture
def stand(running: Stand) -> Iterator[Stand]:
    """The provider with its dial off and its clock right."""
    yield running
    running.sim("DELETE", "/sim/faults")
    running.sim("POST", "/sim/clock", {"offset_s": 0})
