"""A phone meets a code."""

from fastapi import APIRouter, Request

from highstreet.flows.touch_code import TouchCode, touch_code
from highstreet.fronts.shop.access import Anyone, address_of, problems, program_of, rates_of
from highstreet.fronts.shop.models.shared import brand_told, offer_told, place_name
from highstreet.fronts.shop.models.sign_in import CodeLeadsTold, TouchAsked

router = APIRouter(tags=["shop: codes"])


@router.post(
    "/touches",
    operation_id="shop_touch_code",
    summary="Phone reports a scanned or opened code",
    responses=problems(404, 413, 422, 429),
)
async def touch(request: Request, actor: Anyone, asked: TouchAsked) -> CodeLeadsTold:
    """Record that a device met a code, and say where the code leads. No sign-in needed.

    Signed in, the touch is the person's only if they consented to measurement for this brand.
    """
    rates_of(request).touches.check(address_of(request))
    program = program_of(request)
    touched = await program.db.write(
        touch_code,
        TouchCode(
            touch_id=asked.id,
            slug=asked.slug,
            device_id=asked.device_id,
            person_id=actor.person_id,
            at=program.clock.now(),
        ),
    )
    return CodeLeadsTold(
        kind=touched.code.kind,
        campaign=touched.code.campaign,
        label_en=touched.code.label_en,
        label_zh=touched.code.label_zh,
        brand=brand_told(touched.brand),
        place=place_name(touched.place) if touched.place else None,
        offer=offer_told(touched.offer) if touched.offer else None,
    )
