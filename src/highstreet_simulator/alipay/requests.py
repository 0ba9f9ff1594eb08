"""Reading what merchants send to /gateway.do: public parameters, the signature over them, biz_content.

Public parameters may stand in the query, in the form body, or some here and some there, as the SDKs have it
(python-alipay-sdk: all in the query; the official ones: all but biz_content in the query). Codes: common/02km9f.
"""

import json
import re
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from highstreet_simulator.alipay import signing
from highstreet_simulator.provider.clock import WALLET_ZONE
from highstreet_simulator.provider.errors import ProviderRefusal

CHARSETS = ("utf-8", "gbk", "gb2312", "gb18030")
_SPAN = re.compile(r"([1-9][0-9]{0,4})([mhd])")
_SPAN_S = {"m": 60, "h": 3600, "d": 86_400}
_AMOUNT = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,2}))?")


def gateway_refusal(code: str, sub_code: str, message: str, node: str = "error_response") -> ProviderRefusal:
    """A refusal by the gateway itself, before any business: it is not signed."""
    return ProviderRefusal(200, sub_code, message, gateway=code, node=node)


def business_refusal(message: str) -> ProviderRefusal:
    """ACQ.INVALID_PARAMETER with what is wrong."""
    return ProviderRefusal(400, "invalid_request", message)


def read_parameters(query: str, body: bytes, content_type: str) -> dict[str, str]:
    """All parameters of a request in its charset; those of the body count before those of the query."""
    form = body.decode("latin-1") if content_type.startswith("application/x-www-form-urlencoded") else ""
    charset = dict(parse_qsl(query)).get("charset") or dict(parse_qsl(form)).get("charset") or "utf-8"
    if charset.lower() not in CHARSETS:
        raise gateway_refusal("40002", "isv.invalid-charset", "无效的编码类型")
    try:
        pairs = [
            *parse_qsl(query, keep_blank_values=True, encoding=charset, errors="strict"),
            *parse_qsl(form, keep_blank_values=True, encoding=charset, errors="strict"),
        ]
    except UnicodeDecodeError as exc:
        raise gateway_refusal("40002", "isv.invalid-charset", "无效的编码类型") from exc
    return dict(pairs)


def check_parameters(values: dict[str, str], node: str) -> None:
    """Raises 40001 for a missing one, 40002 for one that cannot be right."""
    for name, sub_code in (
        ("sign", "isv.missing-signature"),
        ("sign_type", "isv.missing-signature-type"),
        ("timestamp", "isv.missing-timestamp"),
        ("version", "isv.missing-version"),
    ):
        if not values.get(name):
            raise gateway_refusal("40001", sub_code, f"缺少{name}参数", node)
    if values["sign_type"] not in signing.HASHES:
        raise gateway_refusal("40002", "isv.invalid-signature-type", "无效的签名类型", node)
    try:
        read_time(values["timestamp"])
    except ValueError as exc:
        raise gateway_refusal("40002", "isv.invalid-timestamp", "非法的时间戳参数", node) from exc


def check_signature(values: dict[str, str], key: RSAPublicKey, node: str) -> None:
    """Raises 40002 isv.invalid-signature."""
    message = signing.text_to_sign(values, "sign").encode(values.get("charset") or "utf-8")
    if not signing.holds(key, message, values["sign"], values["sign_type"]):
        raise gateway_refusal("40002", "isv.invalid-signature", "验签出错", node)


def read_content(values: dict[str, str], node: str) -> dict[str, Any]:
    """biz_content; amounts that came as JSON numbers stay exact."""
    try:
        content = json.loads(values.get("biz_content") or "{}", parse_float=Decimal)
    except ValueError as exc:
        raise gateway_refusal("40002", "isv.illegal-json", "biz_content不是合法的JSON", node) from exc
    if not isinstance(content, dict):
        raise gateway_refusal("40002", "isv.illegal-json", "biz_content不是合法的JSON", node)
    return content


def read_amount(content: dict[str, Any], name: str) -> int:
    """Yuan, from 0.01 to 100,000,000 with at most two decimals, as fen."""
    value = content.get(name)
    match = _AMOUNT.fullmatch(str(value)) if isinstance(value, str | int | Decimal) else None
    minor = 0 if match is None else int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))
    if not 1 <= minor <= 10**10:
        raise business_refusal(f"{name}: yuan with at most two decimals are wanted")
    return minor


def read_time(text: str) -> float:
    """Epoch seconds of `yyyy-MM-dd HH:mm:ss` in UTC+8; raises ValueError."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=WALLET_ZONE).timestamp()


def read_patience(content: dict[str, Any], now: float, usual_s: int) -> int:
    """Seconds from now until the order is closed unpaid: time_expire, else timeout_express, else as usual."""
    if (at := content.get("time_expire")) is not None:
        try:
            seconds = int(read_time(str(at)) - now)
        except ValueError as exc:
            raise business_refusal("time_expire: yyyy-MM-dd HH:mm:ss is wanted") from exc
        if seconds <= 0:
            raise business_refusal("time_expire has passed")
        return seconds
    return read_span(content, "timeout_express", usual_s)


def read_span(content: dict[str, Any], name: str, usual_s: int) -> int:
    """Seconds of a span such as `90m`, `2h` or `1d`."""
    value = content.get(name)
    if value is None:
        return usual_s
    match = _SPAN.fullmatch(str(value))
    if match is None:
        raise business_refusal(f"{name}: a number with m, h or d is wanted")
    return int(match[1]) * _SPAN_S[match[2]]
