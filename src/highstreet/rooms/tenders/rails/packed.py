"""Files that people upload packed: zip or gzip, opened within bounds. Pure.

What an archive claims is checked first, and what it yields is bounded too: it may lie about its sizes.
"""

import io
import lzma
import zipfile
import zlib

from highstreet.rooms.tenders.errors import FILE_PACKED

MAX_FILES = 32
MAX_BYTES = 32 * 1024 * 1024
"""Of all that is packed in one upload."""
_ZIP, _GZIP = (b"PK\x03\x04", b"PK\x05\x06"), b"\x1f\x8b"
_END, _LOCATOR_64 = b"PK\x05\x06", b"PK\x06\x07"
_END_BYTES = 22
MAX_DIRECTORY = 64 * 1024
"""Bytes of a zip's list of files, which is read as a whole; 32 long names take a part of it."""
_NOISE = ("__MACOSX/", ".DS_Store")
# What reading a forged archive raises: its names, sizes and compressed bytes are whatever somebody wrote.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    LookupError,
    NotImplementedError,
    RuntimeError,
)


def is_zip(content: bytes) -> bool:
    """Whether it begins as a zip does."""
    return content.startswith(_ZIP)


def unpack_files(content: bytes, *, max_files: int = MAX_FILES, max_bytes: int = MAX_BYTES) -> list[bytes]:
    """The files of a zip, the content of a gzip file, or what is neither as it is.

    Errors: Refusal tenders.file_packed with the `reason`: too_many, too_large, nested, locked, broken, empty.
    """
    if is_zip(content):
        return _unzip(content, max_files, max_bytes)
    return [gunzip(content, max_bytes)] if content.startswith(_GZIP) else [content]


def gunzip(content: bytes, max_bytes: int = MAX_BYTES) -> bytes:
    """What one gzip file holds. Errors: as `unpack_files`."""
    reader = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        plain = reader.decompress(content, max_bytes + 1)
    except zlib.error:
        raise FILE_PACKED(reason="broken") from None
    if len(plain) > max_bytes:
        raise FILE_PACKED(reason="too_large")
    if not reader.eof or reader.unused_data:
        raise FILE_PACKED(reason="broken")
    return _plain(plain)


def _plain(content: bytes) -> bytes:
    if is_zip(content) or content.startswith(_GZIP):
        raise FILE_PACKED(reason="nested")
    return content


def _unzip(content: bytes, max_files: int, max_bytes: int) -> list[bytes]:
    _check_directory(content, max_files)
    found = []
    room = max_bytes
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            listed = archive.infolist()
            if len(listed) > max_files:
                raise FILE_PACKED(reason="too_many")
            files = [one for one in listed if not one.is_dir() and not _is_noise(one.filename)]
            if sum(one.file_size for one in files) > max_bytes:
                raise FILE_PACKED(reason="too_large")
            for one in files:
                if one.flag_bits & 0x1:
                    raise FILE_PACKED(reason="locked")
                with archive.open(one) as stream:
                    plain = stream.read(room + 1)
                room -= len(plain)
                if room < 0:
                    raise FILE_PACKED(reason="too_large")
                found.append(_plain(plain))
    except _BROKEN:
        raise FILE_PACKED(reason="broken") from None
    if not found:
        raise FILE_PACKED(reason="empty")
    return found


def _check_directory(content: bytes, max_files: int) -> None:
    """Look at what the end of a zip says about its list of files, found as `zipfile` finds it, before that is read."""
    at = len(content) - _END_BYTES
    if not (content.startswith(_END, max(at, 0)) and content.endswith(b"\0\0")):
        at = content.rfind(_END, max(0, len(content) - _END_BYTES - 65_536))
    if at < 0 or at + _END_BYTES > len(content) or content.startswith(_LOCATOR_64, max(at - 20, 0)):
        raise FILE_PACKED(reason="broken")  # one of 64 bits is for what is too large for us anyway
    if int.from_bytes(content[at + 10 : at + 12], "little") > max_files:
        raise FILE_PACKED(reason="too_many")
    if int.from_bytes(content[at + 12 : at + 16], "little") > MAX_DIRECTORY:
        raise FILE_PACKED(reason="too_many")


def _is_noise(name: str) -> bool:
    return name.startswith(_NOISE) or name.endswith(_NOISE)
