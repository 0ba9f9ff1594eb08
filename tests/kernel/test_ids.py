"""Ids: TypeID spec vectors, agreement with typeid-python, and what is refused."""

from datetime import UTC, datetime
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typeid import TypeID
from typeid.codecs import base32

from highstreet.kernel.errors import Refusal
from highstreet.kernel.ids import PREFIXES, check_id, id_at, id_time, new_id, stable_id
from highstreet.kernel.time import utc_now

AT = datetime(2026, 11, 3, 8, 0, 0, 123_999, tzinfo=UTC)
# Published in the spec's valid.yml: a v7 id and its UUID.
SPEC_SUFFIX = "01h455vb4pex5vsknk084sn02q"
SPEC_UUID = "01890a5d-ac96-774b-bcce-b302099a8057"


def uuid_of(text):
    return UUID(str(TypeID.from_string(text).uuid))


def test_prefixes_are_lawful():
    assert len(set(PREFIXES.values())) == len(PREFIXES)
    assert all(len(prefix) == 3 and prefix.isalpha() and prefix.islower() for prefix in PREFIXES)


@pytest.mark.parametrize(
    ("suffix", "uuid"),
    [
        ("00000000000000000000000000", "00000000-0000-0000-0000-000000000000"),
        ("00000000000000000000000001", "00000000-0000-0000-0000-000000000001"),
        ("0000000000000000000000000a", "00000000-0000-0000-0000-00000000000a"),
        ("0000000000000000000000000g", "00000000-0000-0000-0000-000000000010"),
        ("00000000000000000000000010", "00000000-0000-0000-0000-000000000020"),
        ("7zzzzzzzzzzzzzzzzzzzzzzzzz", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
        ("0123456789abcdefghjkmnpqrs", "0110c853-1d09-52d8-d73e-1194e95b5f19"),
        (SPEC_SUFFIX, SPEC_UUID),
    ],
)
def test_the_codec_follows_the_spec(suffix, uuid):
    assert base32.encode(UUID(uuid).bytes) == suffix
    assert bytes(base32.decode(suffix)) == UUID(uuid).bytes


@pytest.mark.parametrize("prefix", PREFIXES)
def test_new_ids_are_v7_typeids(prefix):
    text = new_id(prefix)
    assert check_id(text, prefix) == text
    assert str(TypeID.from_string(text)) == text
    assert (uuid_of(text).version, uuid_of(text).variant) == (7, "specified in RFC 4122")
    assert abs((utc_now() - id_time(text)).total_seconds()) < 5


def test_new_ids_sort_by_making():
    made = [new_id("sal") for _ in range(20_000)]
    assert made == sorted(set(made))


def test_id_at_is_seeded():
    assert id_at("sal", AT, Random(7)) == id_at("sal", AT, Random(7)) == "sal_01m6g6r53vemq8k9w39qsaekf4"
    assert id_at("sal", AT, Random(7)) != id_at("sal", AT, Random(8))
    assert id_time(id_at("sal", AT, Random(7))) == AT.replace(microsecond=123_000)
    with pytest.raises(ValueError, match="before 1970"):
        id_at("sal", datetime(1969, 12, 31, tzinfo=UTC), Random(7))
    with pytest.raises(ValueError, match="without a time zone"):
        id_at("sal", AT.replace(tzinfo=None), Random(7))


@given(st.integers(0, 2**48 - 1).filter(lambda millis: millis < 253_402_300_800_000), st.integers())
def test_id_at_is_a_v7_of_its_time(millis, seed):
    at = datetime.fromtimestamp(millis // 1000, UTC).replace(microsecond=millis % 1000 * 1000)
    text = check_id(id_at("job", at, Random(seed)), "job")
    assert id_time(text) == at
    assert (uuid_of(text).version, uuid_of(text).variant) == (7, "specified in RFC 4122")


def test_stable_ids():
    text = stable_id("prd", "brd_x", "06901234567892")
    assert text == stable_id("prd", "brd_x", "06901234567892") == "prd_21mr7s7s9tgb7rew9kfngsh0wp"
    assert check_id(text, "prd") == text
    assert (uuid_of(text).version, uuid_of(text).variant) == (8, "specified in RFC 4122")
    others = [("prd", "brd_x0", "6901234567892"), ("prd", "brd_x06901234567892"), ("prd",), ("prd", "")]
    assert (
        len({stable_id(*other)[4:] for other in [*others, ("var", "brd_x", "06901234567892")]} | {text[4:]})
        == 6
    )
    with pytest.raises(ValueError, match="holds no time"):
        id_time(text)


@given(st.uuids(), st.sampled_from([None, 1, 4, 6, 7, 8]))
def test_check_takes_versions_7_and_8_of_the_rfc_variant_only(uuid, version):
    if version is not None:
        uuid = UUID(int=uuid.int, version=4)
        uuid = UUID(int=uuid.int & ~(0xF << 76) | version << 76)
    text = f"sal_{base32.encode(uuid.bytes)}"
    if uuid.version in (7, 8) and uuid.variant == "specified in RFC 4122":
        assert check_id(text, "sal") == text
    else:
        with pytest.raises(Refusal):
            check_id(text, "sal")


@given(st.integers(0, 2**128 - 1))
def test_check_agrees_with_the_uuid_bits(bits):
    lawful = bits >> 76 & 15 in (7, 8) and bits >> 62 & 3 == 2
    text = f"sal_{base32.encode(bits.to_bytes(16, 'big'))}"
    try:
        assert check_id(text, "sal") == text
    except Refusal:
        assert not lawful
    else:
        assert lawful


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sal",
        "sal_",
        SPEC_SUFFIX,
        f"tnd_{SPEC_SUFFIX}",
        f"SAL_{SPEC_SUFFIX}",
        f"sal-{SPEC_SUFFIX}",
        f"sal__{SPEC_SUFFIX}",
        f" sal_{SPEC_SUFFIX}",
        f"sal_{SPEC_SUFFIX}\n",
        f"sal_{SPEC_SUFFIX}0",
        f"sal_{SPEC_SUFFIX[:-1]}",
        f"sal_{SPEC_SUFFIX.upper()}",
        f"sal_{SPEC_SUFFIX[:-1]}u",
        f"sal_{SPEC_SUFFIX[:-1]}i",
        f"sal_{SPEC_SUFFIX[:-1]}é",
        f"sal_8{SPEC_SUFFIX[1:]}",
        f"sal_{SPEC_UUID}",
    ],
)
def test_check_refuses(text):
    with pytest.raises(Refusal) as refused:
        check_id(text, "sal")
    assert (refused.value.code, refused.value.status, refused.value.facts) == (
        "id.malformed",
        422,
        {"expected": "sal"},
    )


def test_unknown_prefixes_are_programming_errors():
    for use in (
        new_id,
        stable_id,
        lambda prefix: id_at(prefix, AT, Random(1)),
        lambda prefix: check_id("", prefix),
    ):
        with pytest.raises(ValueError, match="unknown id prefix"):
            use("zzz")
