"""A person and what is kept about them; following a brand; consents."""

from datetime import datetime
from typing import Any

from pydantic import Field, model_validator

from highstreet.fronts.shop.models.shared import (
    Asked,
    BrandTold,
    ConsentId,
    Entry,
    MemberId,
    Purpose,
    Slug,
    Told,
    example,
)
from highstreet.rooms.members import ConsentReceipt


class FollowAsked(Asked):
    """Follow a brand, consent to what is named, and become a member if `joins`."""

    entry: Entry = Field(description="Where they came in.", examples=["shop"])
    code_slug: Slug | None = Field(
        None,
        description="The code that led here; without one the last touched within 30 days. "
        "Remembered only with consent to measurement.",
        examples=["bus-stop-7"],
    )
    joins: bool = Field(False, description="Become a member; needs consent to `service`.")
    purposes: list[Purpose] = Field(
        default_factory=list, max_length=4, description="What they consent to, each by itself."
    )
    consent_ids: list[ConsentId] = Field(
        default_factory=list, max_length=4, description="Made by the phone, one for each purpose in order."
    )
    member_id: MemberId | None = Field(
        None,
        description="Made by the phone; used if they join and are no member yet.",
        examples=[example("mbr")],
    )

    @model_validator(mode="after")
    def _check_pairs(self) -> "FollowAsked":
        if len(self.purposes) != len(self.consent_ids):
            raise ValueError("one consent id for each purpose")
        if len(set(self.purposes)) != len(self.purposes) or len(set(self.consent_ids)) != len(self.purposes):
            raise ValueError("each purpose and each consent id once")
        return self


class ConsentTold(Told):
    """A consent receipt."""

    consent_id: str = Field(description="`cst_…`", examples=[example("cst")])
    brand_id: str = Field(description="`brd_…`", examples=[example("brd")])
    purpose: Purpose = Field(description="What for.", examples=["service"])
    recipient: str = Field(description="Who may use it.", examples=["Nordlys"])
    entry: str = Field(description="Where it was given.", examples=["shop"])
    wording: str = Field(description="Which version of the text was shown.", examples=["2026-11"])
    given_at: datetime
    withdrawn_at: datetime | None = Field(description="Null: it holds.")


class WithdrawnTold(Told):
    """A consent does not hold any more."""

    purpose: Purpose = Field(examples=["measurement"])
    withdrawn: int = Field(description="Receipts that held until now.", examples=[1])


class FollowTold(Told):
    """A brand this person follows."""

    brand: BrandTold
    entry: str = Field(description="Where they came in.", examples=["shop"])
    since: datetime


class FollowingTold(Told):
    """How the person stands with the brand now."""

    brand_id: str = Field(examples=[example("brd")])
    entry: str = Field(description="Where they came in, the first time.", examples=["shop"])
    since: datetime
    member_id: str | None = Field(description="Null: not a member.", examples=[example("mbr")])
    consents: list[ConsentTold] = Field(description="Receipts of what was asked now.")


class MeTold(Told):
    """Who is signed in."""

    person_id: str = Field(examples=[example("psn")])
    phone: str | None = Field(description="Masked.", examples=["+35•••••••567"])
    locale: str = Field(examples=["en"])
    created_at: datetime
    follows: list[FollowTold]


class ExportTold(Told):
    """Everything kept about the person; amounts in minor units, times in UTC."""

    exported_at: datetime
    person: dict[str, Any] = Field(description="Phone, language, since when.")
    devices: list[dict[str, Any]] = Field(description="Devices signed in on last.")
    sessions: list[dict[str, Any]] = Field(description="Sessions in force.")
    memberships: list[dict[str, Any]]
    follows: list[dict[str, Any]] = Field(description="Brands followed, now and before.")
    consents: list[dict[str, Any]] = Field(description="Receipts, withdrawn ones too.")
    points: list[dict[str, Any]] = Field(description="Every entry of points.")
    touches: list[dict[str, Any]] = Field(description="Codes touched, known to be theirs by consent.")
    coupons: list[dict[str, Any]] = Field(description="Coupons, expired ones too.")
    sales: list[dict[str, Any]] = Field(
        description="Sales in any state, with the proof of the price, tenders, coupons used and returns."
    )
    events: list[dict[str, Any]] = Field(description="What was recorded as having happened to them.")


def consent_told(receipt: ConsentReceipt) -> ConsentTold:
    """A receipt."""
    return ConsentTold(
        consent_id=receipt.consent_id,
        brand_id=receipt.brand_id,
        purpose=receipt.purpose,
        recipient=receipt.recipient,
        entry=receipt.entry,
        wording=receipt.wording,
        given_at=receipt.given_at,
        withdrawn_at=receipt.withdrawn_at,
    )
