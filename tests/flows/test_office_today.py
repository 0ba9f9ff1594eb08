"""Which registers need a look: silent is who was heard of before, not who was never used."""

from datetime import datetime, timedelta

from highstreet.flows.office_today import office_today
from highstreet.kernel.db import Database
from highstreet.kernel.geo import Datum
from highstreet.kernel.ids import new_id
from highstreet.rooms.identity import (
    IssueRegisterKey,
    NoteSeen,
    issue_register_key,
    note_seen,
    register_keys_of_brand,
    token_hash,
)
from highstreet.rooms.places import PutSites, SiteRow, put_sites
from tests.rooms.conftest import db, seed  # noqa: F401
from tests.seeds import NOW, Seed


def silent(db: Database, seed: Seed) -> list[str]:  # noqa: F811
    today = db.read_now(office_today, seed.brand_id, "Europe/Helsinki", NOW, ())
    return [register.register.register_id for _, register in today.attention.silent]


def test_a_register_never_used_is_not_silent(db: Database, seed: Seed) -> None:  # noqa: F811
    site = SiteRow(seed.place_id, 60.17, 24.94, Datum.WGS84, "Europe/Helsinki", "FI", "24/7", None)
    db.write_now(put_sites, PutSites(seed.brand_id, NOW, (site,)))
    key_id, paired_at = new_id("rky"), NOW - timedelta(days=2)
    key = IssueRegisterKey(
        seed.brand_id, key_id, seed.place_id, seed.register_id, token_hash("key"), paired_at
    )
    db.write_now(issue_register_key, key)
    assert silent(db, seed) == []
    db.write_now(note_seen, NoteSeen(NOW - timedelta(days=1), brand_id=seed.brand_id, key_id=key_id))
    assert silent(db, seed) == [seed.register_id]


def test_uses_that_come_together_are_noted_together(db: Database, seed: Seed) -> None:  # noqa: F811
    keys = [new_id("rky") for _ in range(3)]
    for n, key_id in enumerate(keys):
        issued = (seed.brand_id, key_id, seed.place_id, seed.register_id, token_hash(str(n)), NOW)
        db.write_now(issue_register_key, IssueRegisterKey(*issued))

    def note(at: datetime, *key_ids: str) -> None:
        seen = [NoteSeen(at, brand_id=seed.brand_id, key_id=one) for one in key_ids]
        db.write_now(lambda tx, _: note_seen.run(tx, seen), None)

    def times() -> list[datetime | None]:
        known = {key.id: key.seen_at for key in db.read_now(register_keys_of_brand, seed.brand_id)}
        return [known[key_id] for key_id in keys]

    note(NOW, keys[0], keys[1], keys[0])
    assert times() == [NOW, NOW, None]
    note(NOW + timedelta(minutes=1), *keys)
    assert times() == [NOW, NOW, NOW + timedelta(minutes=1)]
