"""What is set off between parties: the net of any claims is what was owed, and nobody pays itself."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from highstreet.rooms.settlements import Claim, net_claims

PARTY = st.sampled_from(["pty_a", "pty_b", "pty_c"])
CLAIM = st.builds(
    Claim,
    PARTY,
    PARTY,
    st.sampled_from(["earned", "payable"]),
    st.sampled_from(["EUR", "CNY"]),
    st.integers(-99, 99),
)


def test_two_that_owe_each_other_pay_the_difference() -> None:
    claims = [Claim("a", "b", "earned", "EUR", 70), Claim("b", "a", "earned", "EUR", 100)]
    (due,) = net_claims(claims)
    assert (due.payer_id, due.payee_id, due.amount_minor, due.parts) == ("a", "b", 30, tuple(claims))


def test_what_was_got_too_much_turns_the_payment_round() -> None:
    (due,) = net_claims([Claim("a", "b", "earned", "EUR", -5)])
    assert (due.payer_id, due.payee_id, due.amount_minor) == ("a", "b", 5)


@given(st.lists(CLAIM, max_size=12))
def test_the_net_is_what_was_owed(claims: list[Claim]) -> None:
    stands: Counter[tuple[str, str]] = Counter()
    for claim in claims:
        stands[claim.creditor_id, claim.currency] += claim.amount_minor
        stands[claim.debtor_id, claim.currency] -= claim.amount_minor
    dues = net_claims(claims)
    for due in dues:
        assert due.amount_minor >= 0
        assert due.payer_id != due.payee_id
        assert all(part.amount_minor and part.currency == due.currency for part in due.parts)
        stands[due.payee_id, due.currency] -= due.amount_minor
        stands[due.payer_id, due.currency] += due.amount_minor
    assert not any(stands.values())
    pairs = [(frozenset({due.payer_id, due.payee_id}), due.currency) for due in dues]
    assert len(pairs) == len(set(pairs))
