"""Packed files: opened within bounds, and refused with a reason beyond them."""

import gzip
import io
import zipfile
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kernel.errors import Refusal
from highstreet.rooms.tenders.rails.bill_files import read_bill_file
from highstreet.rooms.tenders.rails.packed import unpack_files
from highstreet.rooms.tenders.rails.wechat_bill import EMPTY

DAY = date(2026, 11, 20)


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def locked() -> bytes:
    """The flag of a password, in both of a zip's headers: Python writes none."""
    content = bytearray(zipped(a=b"x" * 100))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def lying() -> bytes:
    """A zip that says that its file is small."""
    content = bytearray(zipped(a=b"x" * 5_000))
    for at in (22, content.index(b"PK\x01\x02") + 24):
        content[at : at + 4] = (10).to_bytes(4, "little")
    return bytes(content)


def test_files_come_out_and_what_is_not_packed_stays() -> None:
    assert unpack_files(b"plain") == [b"plain"]
    assert unpack_files(gzip.compress(b"one")) == [b"one"]
    packed = zipped(**{"a.xml": b"one", "b.xml": b"two", "__MACOSX/a.xml": b"noise", "dir/": b""})
    assert unpack_files(packed) == [b"one", b"two"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (zipped(**{f"f{n}": b"x" for n in range(5)}), "too_many"),
        (zipped(a=b"x" * 1_001), "too_large"),
        (zipped(a=b"x" * 600, b=b"x" * 600), "too_large"),
        (gzip.compress(b"x" * 1_001), "too_large"),
        (zipped(a=zipped(b=b"x")), "nested"),
        (zipped(a=gzip.compress(b"x")), "nested"),
        (gzip.compress(gzip.compress(b"x")), "nested"),
        (gzip.compress(zipped(a=b"x")), "nested"),
        (locked(), "locked"),
        (lying(), "broken"),
        (zipped(a=b"x" * 100)[:-10], "broken"),
        (gzip.compress(b"x" * 100)[:-9], "broken"),
        (gzip.compress(b"x") + b"more", "broken"),
        (zipped(), "empty"),
        (zipped(**{".DS_Store": b"x"}), "empty"),
    ],
    ids=lambda part: part if isinstance(part, str) else "-",  # packed content holds the time of day
)
def test_beyond_the_bounds_it_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(Refusal, match=r"tenders\.file_packed") as caught:
        unpack_files(content, max_files=4, max_bytes=1_000)
    assert caught.value.facts == {"reason": reason}


def test_a_bomb_is_not_unpacked() -> None:
    """A gigabyte of nothing in a megabyte: what comes out is bounded."""
    squeezed = gzip.compress(b"\0" * 50_000_000)
    with pytest.raises(Refusal) as caught:
        unpack_files(squeezed, max_bytes=100_000)
    assert caught.value.facts == {"reason": "too_large"}


@pytest.mark.parametrize("pack", [gzip.compress, lambda content: zipped(**{"bill.csv": content})])
def test_a_bill_may_be_packed(pack: object) -> None:
    assert callable(pack)
    assert read_bill_file("wechat", pack(EMPTY), DAY) == (DAY, [])


def test_a_bill_is_one_file() -> None:
    with pytest.raises(Refusal) as caught:
        read_bill_file("wechat", zipped(a=EMPTY, b=EMPTY), DAY)
    assert caught.value.facts == {"reason": "many"}


def test_a_forged_archive_is_broken() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.csv", b"date,amount")
    odd = bytearray(packed.getvalue())
    at = odd.find(b"a.csv") + 9  # LZMA's properties stand after its version and their length
    odd[at : at + 5] = b"\xff\0\0\0\0"
    unnamed = bytearray(zipped(a=b"date,amount"))
    at = unnamed.find(b"PK\x01\x02")
    unnamed[at + 28 : at + 30] = b"\0\0"
    del unnamed[at + 46]
    end = unnamed.find(b"PK\x05\x06")
    unnamed[end + 12 : end + 16] = (end - at).to_bytes(4, "little")
    for content in (odd, unnamed):
        with pytest.raises(Refusal) as caught:
            unpack_files(bytes(content))
        assert caught.value.facts == {"reason": "broken"}


@given(st.binary(max_size=200), st.sampled_from([b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b"]))
def test_nothing_but_refusals(content: bytes, head: bytes) -> None:
    with suppress(Refusal):
        unpack_files(head + content)
