"""A malformed request is told field by field, with what is allowed, never with what was sent."""

import json
from enum import StrEnum
from typing import Any, Literal

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict, Field

from highstreet.kernel.web import install_problems


class Tone(StrEnum):
    """Of a voice."""

    LOW = "low"
    HIGH = "high"


class Chosen(BaseModel):
    """A body of choices."""

    model_config = ConfigDict(extra="forbid")

    n: int = Field(ge=0, le=10)
    text: str = Field("", max_length=10)
    rail: Literal["cash", "wallet"] = "cash"
    step: Literal[1, 2] = 1
    tone: Tone = Tone.LOW
    rails: list[Literal["cash", "wallet"]] = Field(["cash"], min_length=1)


APP = FastAPI()
install_problems(APP)


@APP.post("/choose")
async def chosen(asked: Chosen) -> str:
    return asked.rail


def choose(content: str, locale: str = "en") -> httpx.Response:
    return TestClient(APP).post(
        "/choose", content=content, headers={"content-type": "application/json", "accept-language": locale}
    )


@pytest.mark.parametrize(
    ("asked", "pointer", "en", "zh", "allowed"),
    [
        ({"rail": "cheque"}, "#/rail", "Allowed: cash, wallet.", "可用的值：cash, wallet。", ["cash", "wallet"]),
        ({"step": 3}, "#/step", "Allowed: 1, 2.", "可用的值：1, 2。", [1, 2]),
        ({"tone": "loud"}, "#/tone", "Allowed: low, high.", "可用的值：low, high。", ["low", "high"]),
        ({"n": -1}, "#/n", "At least 0.", "不得小于 0。", None),
        ({"n": 11}, "#/n", "At most 10.", "不得大于 10。", None),
        ({"n": None}, "#/n", "It has the wrong form.", "格式不正确。", None),
        ({"text": "secret-value"}, "#/text", "At most 10 long.", "长度至多为 10。", None),
        ({"rails": []}, "#/rails", "At least 1 long.", "长度至少为 1。", None),
        ({"rails": ["cash", "x"]}, "#/rails/1", "Allowed: cash, wallet.", "可用的值：cash, wallet。", ["cash", "wallet"]),
        ({"a/b~": 1}, "#/a~1b~0", "There is no such field here.", "没有这个字段。", None),
    ],
)  # fmt: skip
def test_what_is_allowed_is_told_field_by_field(
    asked: dict[str, Any], pointer: str, en: str, zh: str, allowed: list[Any] | None
) -> None:
    for locale, detail in (("en", en), ("zh", zh)):
        answer = choose(json.dumps({"n": 1, **asked}), locale)
        assert (answer.status_code, answer.json()["code"]) == (422, "request.malformed")
        [told] = answer.json()["errors"]
        assert (told["in"], told["pointer"], told["detail"], told.get("allowed")) == (
            "body",
            pointer,
            detail,
            allowed,
        )
        assert "secret-value" not in answer.text


def test_every_wrong_field_is_told_up_to_a_limit() -> None:
    answer = choose(json.dumps({"rails": ["x"] * 100}))
    assert answer.status_code == 422
    told = answer.json()["errors"]
    assert len(told) == 20
    assert told[0] == {"in": "body", "pointer": "#/n", "reason": "missing", "detail": "It is missing."}
    broken = choose('{"n": 1')
    assert [one["pointer"] for one in broken.json()["errors"]] == ["#"]
