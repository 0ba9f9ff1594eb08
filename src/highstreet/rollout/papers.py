"""What is printed: a sheet with pairing codes for each place, a certificate for each register. And the key files."""

import hashlib
import json
import os
import re
from base64 import b64encode
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import segno
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from highstreet.rollout.book import Row

_STYLE = """body{font:15px/1.45 system-ui,"Noto Sans CJK SC",sans-serif;margin:2rem;color:#111}
h1{font-size:1.4rem}table{border-collapse:collapse}td,th{padding:.3rem .9rem .3rem 0;text-align:left;vertical-align:top}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:1rem}
.card{border:1px solid #999;border-radius:8px;padding:1rem;break-inside:avoid}
.code{font:600 1.5rem ui-monospace,monospace;letter-spacing:.08em}.bad{color:#a00}.quiet{color:#555;font-size:.85rem;
overflow-wrap:anywhere}svg{width:11rem;height:11rem}@page{margin:14mm}"""


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read; it is there whole, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(path.name + ".part")
    with os.fdopen(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    part.replace(path)


def file_name(text: str, an_id: str) -> str:
    """A name of letters and digits that stays apart from every other."""
    return f"{re.sub(r'[^0-9A-Za-z]+', '-', text).strip('-')[:40] or 'place'}-{an_id[-8:]}"


def key_file(folder: Path, row: Row) -> Path:
    """Where a register's key lies."""
    return folder / "keys" / file_name(row.place_name, row.place_id) / f"{file_name(row.name, row.id)}.key"


def reached_at(pairing_url: str, url: str) -> str:
    """Where a till goes to pair: as the server says; if that leads only to the server itself, as it was reached.

    A server that was never told its public address names 127.0.0.1 and a port that may not be its own.
    """
    if urlsplit(pairing_url).hostname not in ("127.0.0.1", "localhost", "::1"):
        return pairing_url
    return f"{url.rstrip('/')}/register/#{urlsplit(pairing_url).fragment}"


def write_keys(folder: Path, rows: Sequence[Row], told: Sequence[dict[str, Any]], url: str) -> None:
    """Each key into a file of its own, mode 0600, with what its sheet needs beside it. `url`: where the server is."""
    for row, given in zip(rows, told, strict=True):
        path = key_file(folder, row)
        write_private(path, f"{given['key']}\n".encode())
        if given["pairing_code"]:
            shown = {k: given[k] for k in ("pairing_code", "pairing_until")}
            shown["pairing_url"] = reached_at(given["pairing_url"], url)
            write_private(path.with_suffix(".pair"), json.dumps(shown).encode())


def write_sheets(folder: Path, rows: Sequence[Row]) -> list[Path]:
    """A printable sheet for each place: one card a register, with its code and the QR of it."""
    by_place: dict[str, list[Row]] = {}
    for row in rows:
        by_place.setdefault(row.place_id, []).append(row)
    written = []
    for place_id, here in by_place.items():
        cards = [_card(row, pair) for row in here if (pair := _pairing(folder, row)) is not None]
        if not cards:
            continue
        name = here[0].place_name
        page = _page(
            f"{name}: pair the registers",
            f"<p>On each register scan its code, or type it. 在每台收银台上扫描二维码，或输入配对码。</p>"
            f'<div class="cards">{"".join(cards)}</div>',
        )
        path = folder / "sheets" / f"{file_name(name, place_id)}.html"
        write_private(path, page.encode())
        written.append(path)
    return written


def _pairing(folder: Path, row: Row) -> dict[str, Any] | None:
    path = key_file(folder, row).with_suffix(".pair")
    if not path.is_file():
        return None
    told: dict[str, Any] = json.loads(path.read_bytes())
    return told


def _card(row: Row, pair: dict[str, Any]) -> str:
    qr = segno.make(pair["pairing_url"], error="m").svg_inline(border=2, omitsize=True)
    until = str(pair["pairing_until"]).replace("T", " ")[:16]
    return (
        f'<section class="card"><h2>{escape(row.name)}</h2>{qr}<p class="code">{escape(pair["pairing_code"])}</p>'
        f'<p class="quiet">{escape(str(pair["pairing_url"]).partition("#")[0])}<br>until 有效至 {until} UTC</p></section>'
    )


def signing_key(folder: Path) -> Ed25519PrivateKey:
    """The key that signs this roll-out's certificates, made with it."""
    path = folder / "signing.key"
    if not path.is_file():
        write_private(path, Ed25519PrivateKey.generate().private_bytes_raw())
    return Ed25519PrivateKey.from_private_bytes(path.read_bytes())


def certificate(row: Row, result: dict[str, Any], versions: dict[str, str]) -> dict[str, Any]:
    """What was tested at a register, without a signature."""
    return {
        "register_id": row.id,
        "register": row.name,
        "place_id": row.place_id,
        "place": row.place_name,
        "is_training": True,
        "versions": versions,
        **result,
    }


def canonical(told: dict[str, Any]) -> bytes:
    """What is hashed and signed: JSON with sorted keys and no spaces, in UTF-8, without hash and signature."""
    content = {k: v for k, v in told.items() if k not in ("sha256", "signature", "public_key")}
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def write_certificate(folder: Path, row: Row, told: dict[str, Any], key: Ed25519PrivateKey) -> Path:
    """JSON, and the same to print."""
    content = canonical(told)
    signed = {
        **told,
        "sha256": hashlib.sha256(content).hexdigest(),
        "signature": b64encode(key.sign(content)).decode(),
        "public_key": b64encode(key.public_key().public_bytes_raw()).decode(),
    }
    name = file_name(row.name, row.id)
    base = folder / "certificates" / file_name(row.place_name, row.place_id)
    write_private(base / f"{name}.json", json.dumps(signed, indent=1, ensure_ascii=False).encode())
    write_private(base / f"{name}.html", _certificate_page(row, signed).encode())
    return base / f"{name}.json"


def _certificate_page(row: Row, told: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{'✓' if step['is_good'] else '<b class=bad>✗</b>'}</td><td>{escape(step['name'])}</td>"
        f"<td>{step['seconds']:.3f} s</td><td>{escape(step.get('problem', ''))}</td></tr>"
        for step in told["steps"]
    )
    verdict = "passed 通过" if told["is_good"] else f"FAILED 未通过: {escape(told.get('problem', ''))}"
    versions = ", ".join(f"{escape(k)} {escape(v)}" for k, v in told["versions"].items())
    return _page(
        f"{row.place_name} · {row.name}",
        f"<p>Self-test in training mode 训练模式自检: <b>{verdict}</b>, {escape(told['at'])}</p>"
        f"<p>Wallet 钱包: {escape(str(told.get('wallet', '–')))}. A sale took {told.get('sale_seconds', '–')} s.</p>"
        f'<table>{rows}</table><p class="quiet">{versions}<br>{escape(row.id)}<br>SHA-256 {told["sha256"]}'
        f"<br>Ed25519 {told['signature']}</p>",
    )


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style><h1>{escape(title)}</h1>{body}</html>"
    )
