"""A statement as one document that can be worked out again without us (P2): docs/statements.md says how to read it."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from highstreet.flows import lists
from highstreet.flows.earnings import PAGE, StatementAsked, has_part
from highstreet.flows.lists import SharesOf, SharesPage
from highstreet.flows.pay_parties import paid_between
from highstreet.kernel.db import Database
from highstreet.kernel.time import format_utc
from highstreet.kernel.tx import Reader
from highstreet.rooms.channel import Acceptance, acceptances_of, stored_terms, terms_hash
from highstreet.rooms.ledger import Balance, moved_between
from highstreet.rooms.sales import SaleLine, sales_for

FORMAT = "highstreet.statement/1"
OTHER = "other"
BOUND = frozenset({"brand", "operator", "landlord"})
"""Whoever had one of these roles, or took the rest, reads all terms; others the rules by which they got something."""
LEDGER_BEGAN = datetime(1970, 1, 1, tzinfo=UTC)

Document = dict[str, Any]
ContractKey = tuple[str, int]


@dataclass(frozen=True, slots=True)
class _Page:
    entries: list[Document]
    last: tuple[datetime, str] | None


@dataclass(slots=True)
class _Seen:
    """What the lines that went out add up to, and by which roles under which contracts these parties had a part."""

    sums: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    counts: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    roles: defaultdict[ContractKey, set[str]] = field(default_factory=lambda: defaultdict(set))


async def statement_json(db: Database, asked: StatementAsked, made_at: datetime) -> AsyncIterator[str]:
    """The document in pieces of text: sales, returns, then the contracts they name, totals and balances."""
    seen = _Seen()
    head = {
        "format": FORMAT,
        "brand_id": asked.brand_id,
        "party_ids": sorted(asked.party_ids),
        "since": format_utc(asked.since),
        "until": format_utc(asked.until),
        "made_at": format_utc(made_at),
    }
    yield _text(head)[:-1]
    for name in ("sales", "returns"):
        yield f',\n"{name}":['
        page, comma = SharesPage(asked.brand_id, asked.since, asked.until, None, PAGE), "\n"
        while True:
            found: _Page = await db.read(_read_page, asked, name, page, seen)
            for entry in found.entries:
                yield comma + _text(entry)
                comma = ",\n"
            if found.last is None:
                break
            page = replace(page, after=found.last)
        yield "\n]"
    tail = {
        "contracts": await db.read(_contracts, asked, seen.roles),
        "totals": _totals(seen),
        "balances": await db.read(_balances, asked),
    }
    yield ",\n" + _text(tail)[1:] + "\n"


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()


def _read_page(reader: Reader, asked: StatementAsked, name: str, page: SharesPage, seen: _Seen) -> _Page:
    query = lists.shares_of_sales if name == "sales" else lists.shares_of_returns
    found = query(reader, page)
    own = [one for one in found if has_part(one, asked.party_ids)]
    sold = sales_for(reader, [(asked.brand_id, one.sale_id) for one in own])
    rest_to = {key: terms["leftover_to"] for key, terms in stored_terms(reader, asked.brand_id).items()}
    entries = []
    for one in own:
        goods = {line.line_no: line for line in sold[asked.brand_id, one.sale_id].lines}
        entry = shares_entry(one, asked, rest_to[one.contract_id, one.contract_version], goods)
        _add(seen, one, entry, 1 if name == "sales" else -1)
        entries.append(entry)
    last = (found[-1].at, found[-1].ref_id) if len(found) == page.limit else None
    return _Page(entries, last)


def shares_entry(
    shares: SharesOf, asked: StatementAsked, leftover_to: str, goods: Mapping[int, SaleLine] | None = None
) -> Document:
    """A sale with what decided its shares; a return with what it takes back, and its sale where that was not in the time."""
    if shares.sold_at is None:
        return _sale_entry(shares, asked, leftover_to, goods)
    entry: Document = {
        "return_id": shares.ref_id,
        "sale_id": shares.sale_id,
        "at": format_utc(shares.at),
        "currency": shares.currency,
        "collector_party_id": shares.collector_party_id,
        "lines": [_back(line, asked.party_ids) for line in shares.lines],
    }
    if not asked.since <= shares.sold_at < asked.until:
        sold = replace(shares, at=shares.sold_at, lines=shares.sold_lines or [])
        entry["sale"] = _sale_entry(sold, asked, leftover_to, goods)
    return entry


def _sale_entry(
    shares: SharesOf, asked: StatementAsked, leftover_to: str, goods: Mapping[int, SaleLine] | None
) -> Document:
    # A rest is what all others leave: who takes it has to know everybody's part.
    tells_all = not _roles(shares.lines, asked.party_ids).isdisjoint({*BOUND, leftover_to})
    told = None if tells_all else asked.party_ids
    return {
        "sale_id": shares.sale_id,
        "at": format_utc(shares.at),
        "place_id": shares.place_id,
        "currency": shares.currency,
        "channel": shares.channel,
        "collector_party_id": shares.collector_party_id,
        "contract_id": shares.contract_id,
        "contract_version": shares.contract_version,
        "roles": {role: _party(party, told) for role, party in shares.roles.items()},
        "lines": [_line(line, asked.party_ids, told, goods) for line in shares.lines],
    }


def _line(
    line: Document,
    party_ids: frozenset[str],
    told: frozenset[str] | None,
    goods: Mapping[int, SaleLine] | None,
) -> Document:
    sold = goods[line["line_no"]] if goods else None
    named = {"gtin": sold.gtin, "name_en": sold.name_en, "name_zh": sold.name_zh} if sold else {}
    entry = line | named | {"stock_owner_id": _party(line["stock_owner_id"], told)}
    if "fulfiller_id" in line:
        entry["fulfiller_id"] = _party(line["fulfiller_id"], told)
    if "funded" in line:
        entry["funded"] = [f | {"party_id": _party(f["party_id"], told)} for f in line["funded"]]
    return entry | {"shares": _own(line, party_ids)}


def _back(line: Document, party_ids: frozenset[str]) -> Document:
    return line | {"shares": _own(line, party_ids)}


def _own(line: Document, party_ids: frozenset[str]) -> list[Document]:
    return [share for share in line["shares"] if share["party_id"] in party_ids]


def _party(party_id: str | None, told: frozenset[str] | None) -> str | None:
    return party_id if party_id is None or told is None or party_id in told else OTHER


def _roles(lines: list[Document], party_ids: frozenset[str]) -> set[str]:
    return {share["role"] for line in lines for share in _own(line, party_ids)}


def _add(seen: _Seen, shares: SharesOf, entry: Document, sign: int) -> None:
    for line in entry["lines"]:
        for share in line["shares"]:
            key = (share["party_id"], share["role"], shares.collector_party_id, shares.currency)
            seen.sums[key] += sign * share["amount_minor"]
            seen.counts[key] += 1
    seen.roles[shares.contract_id, shares.contract_version] |= roles_told(entry)


def roles_told(entry: Document) -> set[str]:
    """By which roles these parties had a part, also of lines of an earlier sale that did not come back."""
    lines = [*entry["lines"], *entry.get("sale", {"lines": ()})["lines"]]
    return {share["role"] for line in lines for share in line["shares"]}


def _totals(seen: _Seen) -> list[Document]:
    names = ("party_id", "role", "collector_party_id", "currency")
    return [
        dict(zip(names, key, strict=True)) | {"lines": seen.counts[key], "amount_minor": seen.sums[key]}
        for key in sorted(seen.counts)
    ]


def _contracts(
    reader: Reader, asked: StatementAsked, roles: Mapping[ContractKey, Collection[str]]
) -> list[Document]:
    terms = stored_terms(reader, asked.brand_id) if roles else {}
    accepted = acceptances_of(reader, asked.brand_id) if roles else []
    return [contract_entry(key, terms[key], roles[key], asked.party_ids, accepted) for key in sorted(roles)]


def contract_entry(
    key: ContractKey,
    terms: Document,
    roles: Collection[str],
    party_ids: frozenset[str],
    accepted: Collection[Acceptance] = (),
) -> Document:
    """A version's terms: all of them, with their hash and who of these parties accepted it; or the rules of their roles."""
    is_whole = not BOUND.isdisjoint(roles) or terms["leftover_to"] in roles
    entry: Document = {"contract_id": key[0], "version": key[1], "is_whole": is_whole}
    if not is_whole:
        rules = [rule if rule["role"] in roles else None for rule in terms["shares"]]
        return entry | {"terms": terms | {"shares": rules}}
    theirs = [
        {
            "party_id": a.party_id,
            "terms_hash": a.terms_hash,
            "accepted_at": format_utc(a.accepted_at) if a.accepted_at else None,
        }
        for a in accepted
        if (a.contract_id, a.version) == key and a.party_id in party_ids
    ]
    return entry | {"terms": terms, "terms_hash": terms_hash(terms), "acceptances": theirs}


def _balances(reader: Reader, asked: StatementAsked) -> list[Document]:
    """What they had earned before, and after, by who holds it; from the ledger, not from the lines."""
    own = asked.party_ids
    before = moved_between(reader, asked.brand_id, "earned", LEDGER_BEGAN, asked.since, own)
    moved = moved_between(reader, asked.brand_id, "earned", asked.since, asked.until, own)
    paid = paid_between(reader, asked.brand_id, asked.since, asked.until)
    started, went = ({_account(b): b.amount_minor for b in found} for found in (before, moved))
    return [
        {
            "party_id": party,
            "collector_party_id": collector,
            "currency": currency,
            "before_minor": started.get((party, collector, currency), 0),
            "paid_minor": paid.get((party, collector, currency), 0),
            "after_minor": started.get((party, collector, currency), 0)
            + went.get((party, collector, currency), 0),
        }
        for party, collector, currency in sorted(started.keys() | went.keys())
    ]


def _account(balance: Balance) -> tuple[str, str, str]:
    return balance.owner_id, balance.counterparty_id, balance.currency
