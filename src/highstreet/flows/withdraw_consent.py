"""A consent is taken back and works at once, in every room that used it."""

from highstreet.kernel.tx import Tx
from highstreet.rooms import members
from highstreet.rooms.loop import UnlinkTouches, unlink_touches
from highstreet.rooms.members import MEASUREMENT, WithdrawConsent


def withdraw_consent(tx: Tx, command: WithdrawConsent) -> int:
    """Withdraw; the count of receipts that were live comes back. Asked again, it is 0 and changes nothing.

    Measurement: touches and the follow forget whose they were. Errors: Refusal members.purpose_unknown.
    """
    withdrawn = members.withdraw_consent(tx, command)
    if command.purpose == MEASUREMENT:
        unlink_touches(tx, UnlinkTouches(command.brand_id, command.person_id))
    return withdrawn
