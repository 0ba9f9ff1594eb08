"""Who asks: from the token that came with the request to the actor, with the grants of this moment."""

from datetime import datetime

from highstreet.kernel.i18n import DEFAULT_LOCALE
from highstreet.kernel.permissions import REGISTER_PERMISSIONS, Actor, ActorKind, Grant, grants_of
from highstreet.kernel.tx import Reader
from highstreet.rooms import identity, parties
from highstreet.rooms.identity import SEEN_EVERY, NoteSeen, TokenKind


def resolve_actor(reader: Reader, token: str, now: datetime) -> Actor | None:
    """The actor that a token stands for now; None when malformed, unknown, ended or revoked.

    Roles and keys are read each time: what is taken away is gone with the next request. An inactive
    register, or one at an inactive place, is nobody.
    """
    kind = identity.token_kind(token)
    if kind is None:
        return None
    token_hash = identity.token_hash(token)
    if kind is TokenKind.REGISTER_KEY:
        return _register(reader, token_hash)
    session = identity.session_by_token_hash(reader, token_hash, now)
    if session is None:
        return None
    if session.person_id is not None:
        return _shopper(session, session.person_id)
    if session.brand_id is not None and session.staff_id is not None:
        return _staff(reader, session, session.brand_id, session.staff_id)
    return None


def seen_now(actor: Actor, now: datetime) -> NoteSeen | None:
    """What to write down so that they can be told when their session or key was used last; None while it is fresh."""
    if actor.seen_at is not None and actor.seen_at > now - SEEN_EVERY:
        return None
    if actor.kind in (ActorKind.REGISTER, ActorKind.TRAINING):
        return NoteSeen(now, brand_id=actor.brand_id, key_id=actor.id)
    return NoteSeen(now, session_id=actor.session_id)


def _shopper(session: identity.SessionFacts, person_id: str) -> Actor:
    return Actor(
        kind=ActorKind.SHOPPER,
        id=person_id,
        session_id=session.session_id,
        person_id=person_id,
        locale=session.locale or DEFAULT_LOCALE,
        expires_at=session.expires_at,
        seen_at=session.seen_at,
    )


def _staff(reader: Reader, session: identity.SessionFacts, brand_id: str, staff_id: str) -> Actor:
    roles = parties.roles_of_staff(reader, brand_id, staff_id)
    return Actor(
        kind=ActorKind.STAFF,
        id=staff_id,
        session_id=session.session_id,
        brand_id=brand_id,
        party_id=session.party_id,
        grants=frozenset[Grant]().union(*(grants_of(role.role, role.scope_id) for role in roles)),
        expires_at=session.expires_at,
        seen_at=session.seen_at,
    )


def _register(reader: Reader, key_hash: str) -> Actor | None:
    key = identity.register_key_by_hash(reader, key_hash)
    if key is None:
        return None
    # Where it stands now is for `parties` to say: a register can have moved since its key was issued.
    register = parties.registers_for(reader, [(key.brand_id, key.register_id)]).get(
        (key.brand_id, key.register_id)
    )
    if register is None or not register.is_active:
        return None
    return Actor(
        kind=ActorKind.TRAINING if register.is_training else ActorKind.REGISTER,
        id=key.key_id,
        brand_id=key.brand_id,
        party_id=register.operator_party_id,
        place_id=register.place_id,
        register_id=key.register_id,
        grants=frozenset(Grant(permission, register.place_id) for permission in REGISTER_PERMISSIONS),
        seen_at=key.seen_at,
    )
