"""Codes for posters, shelves, places, posts and assistants' phones."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import Field, StringConstraints

from highstreet.flows.change_codes import put_code
from highstreet.fronts.office.asking import Asked, Title, Told, brand_of, office, program_of
from highstreet.fronts.staff import CodeId, OfferId, PlaceId, StaffId, write_audited
from highstreet.kernel.ids import check_id, new_id
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.loop import Code, CodeRow, PutCodes, codes_of_brand

router = APIRouter(tags=["office: codes"], responses=PROBLEMS)
LoopReader = Annotated[Actor, office(Permission.LOOP_READ)]
LoopWriter = Annotated[Actor, office(Permission.LOOP_WRITE)]


class CodeTold(Told):
    """A code; what is scanned is its slug."""

    code_id: str
    slug: str
    kind: str
    campaign: str
    label_en: str
    label_zh: str
    place_id: str | None
    staff_id: str | None
    offer_id: str | None
    lat: float | None
    lon: float | None


class CodeAsked(Asked):
    """A code to add, or to change (all but its slug) by its id."""

    id: CodeId | None = Field(None, description="`cod_…`; left out: a new one.")
    slug: Annotated[str, StringConstraints(pattern="^[a-z0-9][a-z0-9-]{0,19}$")] = Field(
        description="Unique among all brands, and fixed for life.", examples=["nl-bus-7"]
    )
    kind: Literal["poster", "place", "assistant", "shelf", "post"]
    campaign: Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=80)]
    label_en: Title
    label_zh: Title
    place_id: PlaceId | None = None
    staff_id: StaffId | None = None
    offer_id: OfferId | None = None
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = Field(
        None, description="WGS-84 degrees."
    )
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None


@router.get(
    "/codes",
    operation_id="office_list_codes",
    summary="Head office lists codes",
    response_model=list[CodeTold],
)
async def list_codes(request: Request, actor: LoopReader) -> list[Code]:
    """All codes, by slug."""
    return await program_of(request).db.read(codes_of_brand, brand_of(actor))


@router.post(
    "/codes",
    operation_id="office_put_code",
    summary="Head office adds or changes a code",
    response_model=CodeTold,
)
async def put(request: Request, actor: LoopWriter, asked: CodeAsked) -> Code:
    """Add a code, or change one."""
    row = CodeRow(
        code_id=new_id("cod") if asked.id is None else check_id(asked.id, "cod"),
        **asked.model_dump(exclude={"id"}),
    )
    command = PutCodes(brand_of(actor), [row])
    return await write_audited(request, actor, row.code_id, put_code, command, slug=row.slug, kind=row.kind)
