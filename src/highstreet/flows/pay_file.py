"""What a brand pays by its statements, as one file for its bank (ISO 20022 pain.001, SEPA credit transfers)."""

from dataclasses import dataclass
from datetime import date
from hashlib import blake2b

from sepaxml import SepaTransfer

from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.ids import check_id
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.parties import Party, PartyKind, parties_of_brand
from highstreet.rooms.settlements import (
    NO_ACCOUNT,
    NO_FILE,
    BankAccount,
    Payment,
    PaymentState,
    Settlement,
    accounts_of,
    keep_account,
    payments_of,
    settlement_by_id,
)

CURRENCY = "EUR"
SCHEMA = "pain.001.001.09"
MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Orders:
    """What a file says: from which account, and each payment with the account that it goes to."""

    settlement: Settlement
    debtor: BankAccount
    payments: tuple[tuple[Payment, BankAccount], ...]


def set_account(tx: Tx, account: BankAccount) -> None:
    """Keep where a party is paid. Errors: Refusal request.not_found for a party of another brand."""
    if account.party_id not in {party.id for party in parties_of_brand(tx, account.brand_id)}:
        raise REQUEST_NOT_FOUND()
    keep_account(tx, account)


def orders_of(reader: Reader, brand_id: str, settlement_id: str) -> Orders:
    """The open payments that the brand makes in euro, with everybody's accounts.

    Errors: Refusal request.not_found; settlements.no_file where there are none, no_account (parties) where accounts lack.
    """
    settlement = settlement_by_id(reader, brand_id, settlement_id)
    if settlement is None:
        raise REQUEST_NOT_FOUND()
    parties = {party.id: party for party in parties_of_brand(reader, brand_id)}
    own = next(one for one in parties.values() if one.kind is PartyKind.BRAND)
    wanted = [
        one
        for one in payments_of(reader, brand_id, settlement_id)
        if (one.state, one.payer_id, one.currency) == (PaymentState.OPEN, own.id, CURRENCY)
    ]
    if not wanted:
        raise NO_FILE(currency=CURRENCY)
    accounts = accounts_of(reader, brand_id)
    lacking = [parties[one] for one in (own.id, *(p.payee_id for p in wanted)) if one not in accounts]
    if lacking:
        raise NO_ACCOUNT(parties=", ".join(_names(lacking)), count=len(lacking))
    return Orders(settlement, accounts[own.id], tuple((one, accounts[one.payee_id]) for one in wanted))


def _names(parties: list[Party]) -> list[str]:
    return [party.name_en for party in parties[:MOST_NAMED]]


def payment_file(orders: Orders, on: date) -> bytes:
    """The file. Each payment's EndToEndId is its reference, by which the bank's statement names it.

    The same payments make the same MsgId, so that a bank takes the same file once.
    """
    debtor = orders.debtor
    config = {"name": debtor.holder, "IBAN": debtor.iban, "batch": True, "currency": CURRENCY}
    if debtor.bic:
        config["BIC"] = debtor.bic
    transfer = _Named(config, _message_id(orders))
    period = f"{orders.settlement.first_day} {orders.settlement.last_day}"
    for payment, account in orders.payments:
        one = {
            "name": account.holder,
            "IBAN": account.iban,
            "amount": payment.amount_minor,
            "execution_date": on,
            "description": f"{payment.reference} {period}",
            "endtoend_id": payment.reference,
        }
        transfer.add_payment(one | ({"BIC": account.bic} if account.bic else {}))
    file: bytes = transfer.export(validate=False)
    return file


def _message_id(orders: Orders) -> str:
    told = "\0".join(f"{payment.id}\0{account.iban}" for payment, account in orders.payments)
    mark = blake2b(f"{orders.debtor.iban}\0{told}".encode(), digest_size=4).hexdigest().upper()
    reference = check_id(orders.settlement.id, "stl").partition("_")[2].upper()
    return f"{reference}{mark}"


class _Named(SepaTransfer):  # type: ignore[misc]
    """A transfer file with a number of ours, where the library would draw one."""

    def __init__(self, config: dict[str, object], message_id: str) -> None:
        self._message_id = message_id
        super().__init__(config, schema=SCHEMA)

    def _create_header(self) -> None:
        self.msg_id = self._message_id
        super()._create_header()
