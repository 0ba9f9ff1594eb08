"""Contracts with the companies that run places: who collects and who gets what, in sentences, version by version."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request, Response

from highstreet.flows.change_contract import ChangeContract, change_contract
from highstreet.flows.office_desk import desk_of
from highstreet.fronts.contracts_told import Version
from highstreet.fronts.office.asking import office
from highstreet.fronts.office.pages.changes import Read, Typed, change, day_at, go_to, problem_of, say
from highstreet.fronts.office.pages.shell import page_router, show
from highstreet.fronts.staff import ContractId, PartyId, brand_of, program_of
from highstreet.kernel.errors import REQUEST_NOT_FOUND, Refusal
from highstreet.kernel.ids import check_id, new_id
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.tx import Reader
from highstreet.rooms.channel import (
    TEMPLATES,
    CloseContract,
    Contract,
    ContractVersion,
    EndContract,
    Parity,
    ShareRule,
    Template,
    Terms,
    acceptances_of,
    close_contract,
    contracts_of_brand,
    end_contract,
    parse_terms,
    template_by_name,
)
from highstreet.rooms.parties import (
    Party,
    PartyKind,
    SetSellerLines,
    parties_of_brand,
    places_of_brand,
    set_seller_lines,
)

router = page_router()
ContractsReader = Annotated[Actor, office(Permission.CONTRACTS_READ)]
ContractsWriter = Annotated[Actor, office(Permission.CONTRACTS_WRITE)]
ROLES = ("brand", "operator", "stock_owner", "landlord")


@dataclass(frozen=True, slots=True)
class Signed:
    """A contract: its versions, the newest first, and which of them is in force."""

    id: str
    versions: tuple[Contract, ...]
    now: datetime

    @property
    def current(self) -> Contract:
        """In force, else the newest."""
        return next((v for v in self.versions if self.state(v) == "in_force"), self.versions[0])

    def state(self, version: Contract) -> str:
        """As `ContractState` says."""
        return version.state_at(self.now).value


def is_plain(rule: ShareRule) -> bool:
    """Whether a rule is a percentage of what is paid, of everything and everywhere: what the form asks for."""
    return rule == ShareRule(rule.role, rule.bp) and rule.role in ROLES


def shares_of(contract: Contract) -> list[tuple[str, int]]:
    """Each role's basis points, what is left included, as it is said: the whole is 10,000."""
    everywhere = [(rule.role, rule.bp) for rule in contract.terms.shares if rule.bp and is_plain(rule)]
    left = 10_000 - sum(bp for _, bp in everywhere)
    return [*everywhere, (contract.terms.leftover_to, left)]


def _contracts(reader: Reader, brand_id: str, now: datetime) -> dict[str, Any]:
    parties = {party.id: party for party in parties_of_brand(reader, brand_id)}
    acceptances = acceptances_of(reader, brand_id)
    by_id: dict[str, list[Contract]] = {}
    for contract in contracts_of_brand(reader, brand_id):
        by_id.setdefault(contract.id, []).append(contract)
    signed = [
        Signed(id_, tuple(sorted(versions, key=lambda v: -v.version)), now) for id_, versions in by_id.items()
    ]
    kinds = list(PartyKind)

    def order(one: Signed) -> tuple[int, str, bool]:
        """The brand's own first; of each company, what holds for all of its places before single ones."""
        party = parties[one.versions[0].operator_party_id]
        return kinds.index(party.kind), party.name_en, one.versions[0].place_id is not None

    signed.sort(key=order)
    return {
        "signed": signed,
        "parties": parties,
        "brand_party": next((p for p in parties.values() if p.kind is PartyKind.BRAND), None),
        "places": {place.id: place for place in places_of_brand(reader, brand_id)},
        "shares_of": shares_of,
        "accepted_by": lambda of: [
            a for a in acceptances if (a.contract_id, a.version) == (of.id, of.version)
        ],
    }


@router.get("/contracts")
async def contracts_page(request: Request, actor: ContractsReader) -> Response:
    """All contracts, as they stand, each with its older versions."""
    program, brand_id = program_of(request), brand_of(actor)
    found = await program.db.read(_contracts, brand_id, program.clock.now())
    may_write = actor.may(Permission.CONTRACTS_WRITE, brand_id=brand_id)
    return await show(request, actor, "contracts.html", **found, may_write=may_write)


TemplateName = Annotated[str, Query(max_length=40)]


@router.get("/contracts/new")
async def new_contract_page(
    request: Request,
    actor: ContractsWriter,
    of: Annotated[ContractId | None, Query()] = None,
    template: TemplateName = "",
) -> Response:
    """The form for a contract's next version (`of`), filled in as it stands, or for a new one, by a known model."""
    program, brand_id = program_of(request), brand_of(actor)
    found = await program.db.read(_contracts, brand_id, program.clock.now())
    desk = await program.db.read(desk_of, brand_id, actor.id)
    typed = {"collector": "operator", "leftover_to": "operator", "brand": "30"}
    if of is not None:
        now = next((one.current for one in found["signed"] if one.id == of), None)
        if now is None:
            raise REQUEST_NOT_FOUND()
        typed = {**_typed(now.terms), "of": of, "party": now.operator_party_id, "place": now.place_id or ""}
    elif template:
        typed = {**_typed(_template(template).terms), "template": template}
        typed["party"] = _usual_party(found["parties"].values(), is_own=_template(template).is_own)
    typed["from"] = f"{day_at(program.clock.now(), desk.zone)}"
    return await _form(request, actor, "contract_new.html", typed, {}, None)


def _typed(terms: Terms) -> dict[str, str]:
    """What the form asks of terms, as it would be typed."""
    plain = {rule.role: f"{rule.bp / 100:g}" for rule in terms.shares if is_plain(rule)}
    return {
        "operator": "",
        **plain,
        **_typed_parity(terms.parity),
        "collector": terms.collector,
        "leftover_to": terms.leftover_to,
    }


def _typed_parity(parity: Parity | None) -> dict[str, str]:
    if parity is None:
        return {}
    typed = {"parity": parity.on_breach, "tolerance": f"{parity.tolerance_bp / 100:g}"}
    if parity.floor_bp is not None:
        typed["floor"] = f"{parity.floor_bp / 100:g}"
    if parity.on_breach == "compensate":
        typed["compensated"] = f"{parity.compensate_bp / 100:g}"
    return typed | ({"online": "1"} if parity.online else {})


def _parity(read: Read, before: Terms | None) -> dict[str, Any] | None:
    """What is promised of prices, as `Parity` is stored; the goods that it holds for stay as they were agreed."""
    on_breach = read.typed.get("parity", "")
    if not on_breach:
        return None
    tolerance = read.basis_points("tolerance", 0, is_needed=False)
    parity: dict[str, Any] = {"on_breach": on_breach, "tolerance_bp": tolerance or 0}
    floor = read.basis_points("floor", 0, is_needed=False)
    if floor is not None:
        parity["floor_bp"] = floor
    if on_breach == "compensate":
        parity["compensate_bp"] = read.basis_points("compensated", 0) or 0
        parity["online"] = "online" in read.typed
    agreed = before.parity if before is not None else None
    return parity | ({"product_ids": list(agreed.product_ids)} if agreed and agreed.product_ids else {})


def _template(name: str) -> Template:
    found = template_by_name(name)
    if found is None:
        raise REQUEST_NOT_FOUND()
    return found


def _usual_party(parties: Iterable[Party], *, is_own: bool) -> str:
    """Whom a model is for: the brand itself, or the first dealer."""
    kind = PartyKind.BRAND if is_own else PartyKind.DEALER
    names = sorted((one.name_en, one.id) for one in parties if one.kind is kind)
    return names[0][1] if names else ""


@router.post("/contracts")
async def sign(request: Request, actor: ContractsWriter) -> Response:
    """Sign the next version; it touches later sales only."""
    program, brand_id = program_of(request), brand_of(actor)
    typed = {name: str(value) for name, value in (await request.form()).items()}
    found = await program.db.read(_contracts, brand_id, program.clock.now())
    if typed.get("of") and typed["of"] not in {one.id for one in found["signed"]}:
        raise REQUEST_NOT_FOUND()
    desk = await program.db.read(desk_of, brand_id, actor.id)
    read, now = Read(typed, desk.brand.currency, desk.zone), program.clock.now()
    leftover = typed.get("leftover_to", "")
    shares: list[tuple[str, int]] = []
    for role in ROLES:
        bp = read.basis_points(role, 0, is_needed=False) if role != leftover else None
        if bp:
            shares.append((role, bp))
    if sum(bp for _, bp in shares) > 10_000:
        read.wrong["shares"] = "office-more_wrong_shares"
    before = _terms_before(found["signed"], typed)
    parity = _parity(read, before)
    begins = read.day("from")
    if begins is not None and day_at(begins, desk.zone) < day_at(now, desk.zone):
        read.wrong["from"] = "office-more_wrong_past"
    if begins is None or read.wrong:
        return await _form(request, actor, "contract_form.html", typed, read.wrong, None, 422)
    document = {
        # What the form does not ask for stays as it is agreed, or as the model says.
        **(before.as_document() if before else {}),
        "collector": typed.get("collector"),
        "shares": [{"role": role, "bp": bp} for role, bp in shares]
        + [rule.as_document() for rule in (before.shares if before else ()) if not is_plain(rule)],
        "leftover_to": leftover,
        "parity": parity,
    }
    try:
        of = typed.get("of", "")
        command = ChangeContract(
            brand_id=brand_id,
            contract_id=check_id(of, "ctr") if of else new_id("ctr"),
            is_new=not of,
            operator_party_id=typed.get("party", ""),
            place_id=typed.get("place") or None,
            terms=parse_terms(document),
            effective_from=max(begins, now),
            at=now,
            staff_id=actor.id,
            is_on_paper="on_paper" in typed,
        )
        facts: dict[str, Any] = {"operator_party_id": command.operator_party_id, "place_id": command.place_id}
        facts["terms"] = command.terms.as_document()
        action = "office.sign_contract"
        await change(request, actor, action, command.contract_id, change_contract, command, **facts)
    except Refusal as refusal:
        problem = problem_of(request, refusal)
        return await _form(request, actor, "contract_form.html", typed, {}, problem, refusal.status)
    return go_to(f"/office/contracts#{command.contract_id}")


def _terms_before(signed: Iterable[Signed], typed: dict[str, str]) -> Terms | None:
    """What the form began with: the contract as it stands, or a known model."""
    if typed.get("of"):
        return next(one.current.terms for one in signed if one.id == typed["of"])
    return _template(typed["template"]).terms if typed.get("template") else None


@router.post("/contracts/{contract_id}/{version}/withdraw")
async def withdraw(
    request: Request, actor: ContractsWriter, contract_id: ContractId, version: Version
) -> Response:
    """A proposal comes to nothing."""
    of = ContractVersion(brand_of(actor), contract_id, version)
    command = CloseContract(of, str(actor.party_id), program_of(request).clock.now())
    await change(
        request, actor, "office.withdraw_contract", contract_id, close_contract, command, version=version
    )
    return go_to("/office/contracts")


@router.post("/contracts/{contract_id}/{version}/end")
async def end(
    request: Request, actor: ContractsWriter, contract_id: ContractId, version: Version
) -> Response:
    """The contract ends now."""
    now = program_of(request).clock.now()
    command = EndContract(ContractVersion(brand_of(actor), contract_id, version), now, now)
    await change(request, actor, "office.end_contract", contract_id, end_contract, command, version=version)
    return go_to("/office/contracts")


async def _form(
    request: Request,
    actor: Actor,
    template: str,
    typed: dict[str, str],
    wrong: dict[str, str],
    problem: tuple[str, str] | None,
    status: int = 200,
) -> Response:
    program = program_of(request)
    found = await program.db.read(_contracts, brand_of(actor), program.clock.now())
    found |= {"templates": TEMPLATES, "model": template_by_name(typed.get("template", "")), "roles": ROLES}
    return await show(request, actor, template, status, **found, typed=typed, wrong=wrong, problem=problem)


@router.post("/sellers/{party_id}")
async def set_lines(
    request: Request,
    actor: ContractsWriter,
    party_id: PartyId,
    legal_name: Typed = "",
    tax_number: Typed = "",
) -> Response:
    """What the receipts of a company's places say of it; nothing typed: nothing."""
    program, brand_id = program_of(request), brand_of(actor)
    name, number = legal_name.strip() or None, tax_number.strip() or None
    command = SetSellerLines(brand_id, party_id, name, number, program.clock.now())
    try:
        await change(request, actor, "office.set_seller_lines", party_id, set_seller_lines, command)
    except Refusal as refusal:
        found = await program.db.read(_party, brand_id, party_id)
        if found is None:
            raise
        typed = replace(found, legal_name=name, tax_number=number)
        problem = problem_of(request, refusal)
        return await show(request, actor, "seller.html", refusal.status, party=typed, problem=problem)
    saved = await program.db.read(_party, brand_id, party_id)
    headers = say(request, "office-seller_said")
    return await show(request, actor, "seller.html", 200, headers, party=saved, problem=None)


def _party(reader: Reader, brand_id: str, party_id: str) -> Party | None:
    return next((one for one in parties_of_brand(reader, brand_id) if one.id == party_id), None)
