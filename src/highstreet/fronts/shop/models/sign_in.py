"""Signing in, sessions, touching a code."""

from datetime import datetime

from pydantic import Field

from highstreet.fronts.shop.models.shared import (
    Asked,
    BrandTold,
    DeviceId,
    OfferTold,
    PlaceName,
    Slug,
    Told,
    TouchId,
    example,
)


class CodeAsked(Asked):
    """Where to send a one-time code."""

    phone: str = Field(
        min_length=3,
        max_length=40,
        description="With + and country code, or as dialled at home.",
        examples=["+358401234567"],
    )


class CodeTold(Told):
    """A code is on its way."""

    expires_at: datetime = Field(description="Until when it is good.")


class SignInAsked(CodeAsked):
    """Phone and code; `device_id` is made by the browser once and kept."""

    code: str = Field(pattern=r"^[0-9]{6}$", description="The six digits.", examples=["424242"])
    device_id: DeviceId | None = Field(
        None, description="Links this device to the person.", examples=[example("dev")]
    )


class SignedInTold(Told):
    """A session. Send the token as `Authorization: Bearer …`."""

    token: str | None = Field(
        description="Kept by the phone; we keep only its hash. Null for a page, whose cookie has it.",
        examples=["hs_s_…"],
    )
    person_id: str = Field(description="`psn_…`", examples=[example("psn")])
    session_id: str = Field(description="`ses_…`", examples=[example("ses")])
    expires_at: datetime = Field(description="When the session ends by itself.")
    is_new: bool = Field(description="Whether this phone was seen for the first time.")


class SessionTold(Told):
    """One of the person's sessions."""

    session_id: str = Field(description="`ses_…`", examples=[example("ses")])
    created_at: datetime = Field(description="When it was opened.")
    expires_at: datetime = Field(description="When it ends by itself.")
    device_name: str | None = Field(description="Browser and system.", examples=["Chrome, Android"])
    seen_at: datetime = Field(description="Used last, to some minutes.")
    is_this: bool = Field(description="Whether this request came with it.")


class TouchAsked(Asked):
    """A device met a code. The same id again counts once."""

    id: TouchId = Field(description="Made by the phone.", examples=[example("tch")])
    slug: Slug = Field(description="What the code says.", examples=["bus-stop-7"])
    device_id: DeviceId = Field(description="Made by the browser once and kept.", examples=[example("dev")])


class CodeLeadsTold(Told):
    """What was touched and where it leads."""

    kind: str = Field(description="`poster`, `place`, `assistant`, `shelf` or `post`.", examples=["poster"])
    campaign: str = Field(description="What the code belongs to.", examples=["autumn"])
    label_en: str = Field(description="In English.", examples=["Bus stop, Mannerheimintie"])
    label_zh: str = Field(description="In Chinese.", examples=["公交站"])
    brand: BrandTold
    place: PlaceName | None = Field(description="The place it leads to, if it is open for business.")
    offer: OfferTold | None = Field(description="The offer it leads to, if it runs now.")
