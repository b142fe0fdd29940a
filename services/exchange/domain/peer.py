"""Whom this hub trusts, and why: the anchor file that operators exchange out of band.

A peer is an address, the root that its hub document must be signed by, and its half of the pair's
secret. Nothing that a peer says over the network changes any of these; its signing keys come from
its document (`hub_document.py`). An anchor may also pin the signing keys themselves, then no
document is asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta, Raw, Struct

from services.exchange.domain.frame import Hub
from services.exchange.domain.keys import KeyRing, PeerKey
from services.exchange.domain.pairing import PairingKey
from services.exchange.domain.policy import PAIR_KEY_BYTES_MIN
from shared.kernel.errors import NotFound, Rejected

PEERS_MAX = 256
ALWAYS_FROM = datetime(2000, 1, 1, tzinfo=UTC)
ALWAYS_UNTIL = datetime(9999, 1, 1, tzinfo=UTC)
"""The window of a key that names none: it holds until the anchor file says otherwise."""

Transport = Literal["kafka", "feed"]
"""How a peer's frames are read."""
Url = Annotated[str, Meta(pattern=r"^https?://[^\s]{1,400}[^\s/]\Z")]
PairSecret = Annotated[str, Meta(min_length=PAIR_KEY_BYTES_MIN, max_length=500)]


class AnchorsMalformed(Rejected):
    """The anchor file can't be read, so nobody could be trusted."""

    code = "exchange.anchors-malformed"


class PeerUnknown(NotFound):
    """No anchor of this hub names that peer."""

    code = "exchange.peer-unknown"


class KafkaUnknown(Rejected):
    """A peer's frames can't be read from a Kafka that its anchor does not name."""

    code = "exchange.kafka-unknown"


@dataclass(frozen=True, slots=True)
class Peer:
    """Another hub as this one knows it; without `kafka_bootstrap` its frames come over HTTP."""

    hub: str
    url: str
    ring: KeyRing
    pair_key: bytes = field(repr=False)
    kafka_bootstrap: str = ""
    root: PeerKey | None = None
    """What its hub document is signed by; None where the anchor pins the signing keys."""
    founding: bool = False
    """Agreed when both hubs were founded: it gets every type without a contract of its own."""

    @property
    def transport(self) -> Transport:
        """How its frames are read where nobody has chosen."""
        return "kafka" if self.kafka_bootstrap else "feed"


class Pinned(NamedTuple):
    """What an anchor says of how a hub signs: its root, or without one its signing keys."""

    root: PeerKey | None
    keys: tuple[PeerKey, ...]


class _Key(Struct):
    kty: str
    crv: str
    x: str
    kid: str = ""
    nbf: int | None = None
    exp: int | None = None
    revoked: bool = False


class _Anchor(Struct):
    hub: Hub
    url: Url
    keys: Annotated[list[_Key], Meta(max_length=16)] = []
    pair_secret: PairSecret | None = None
    root: _Key | None = None
    pairing: Annotated[str, Meta(max_length=60)] = ""
    kafka_bootstrap: str = ""
    founding: bool = False


class _Named(Struct):
    peers: list[Raw] | None = None


class _Anchors(Struct):
    peers: Annotated[list[_Anchor], Meta(max_length=PEERS_MAX)]


def read_anchors(
    document: bytes, *, hub: str = "", pairing: PairingKey | None = None
) -> Mapping[str, Peer]:
    """Read the anchor file of `hub`: peers by name. Raises AnchorsMalformed or KeyUnusable."""
    try:
        anchors = msgspec.json.decode(document, type=_Anchors).peers
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise AnchorsMalformed(str(error)) from error
    peers = {anchor.hub: _peer(anchor, hub, pairing) for anchor in anchors}
    if len(peers) != len(anchors):
        raise AnchorsMalformed("a hub is named twice")
    return peers


def read_pinned(document: bytes) -> Mapping[str, Pinned]:
    """Read whom an anchor file, or one anchor alone, pins by what: enough to check signatures.

    Raises AnchorsMalformed or KeyUnusable.
    """
    try:
        # One alone is told from a list of them by the list's name, which it has not.
        is_list = isinstance(msgspec.json.decode(document, type=_Named).peers, list)
        anchors = (
            msgspec.json.decode(document, type=_Anchors).peers
            if is_list
            else [msgspec.json.decode(document, type=_Anchor)]
        )
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise AnchorsMalformed(str(error)) from error
    pinned = {}
    for anchor in anchors:
        if (anchor.root is None) == (not anchor.keys):
            raise AnchorsMalformed(f"{anchor.hub} needs either a root or keys")
        root = _key(anchor.root) if anchor.root else None
        pinned[anchor.hub] = Pinned(root, tuple(_key(key) for key in anchor.keys))
    return pinned


def _peer(anchor: _Anchor, hub: str, pairing: PairingKey | None) -> Peer:
    if (anchor.root is None) == (not anchor.keys):
        raise AnchorsMalformed(f"{anchor.hub} needs either a root or keys")
    return Peer(
        hub=anchor.hub,
        url=anchor.url,
        ring=KeyRing(anchor.hub, [_key(key) for key in anchor.keys]),
        pair_key=_pair_key(anchor, hub, pairing),
        kafka_bootstrap=anchor.kafka_bootstrap,
        root=_key(anchor.root) if anchor.root else None,
        founding=anchor.founding or anchor.root is None,
    )


def _pair_key(anchor: _Anchor, hub: str, pairing: PairingKey | None) -> bytes:
    if anchor.pair_secret is not None:
        return anchor.pair_secret.encode()
    if not anchor.pairing or pairing is None:
        raise AnchorsMalformed(f"{anchor.hub} needs a pairing key at both hubs, or a pair_secret")
    return pairing.secret_with(anchor.pairing, hubs=(hub, anchor.hub))


def _key(key: _Key) -> PeerKey:
    jwk = {"kty": key.kty, "crv": key.crv, "x": key.x, **({"kid": key.kid} if key.kid else {})}
    return PeerKey.from_jwk(
        jwk,
        nbf=ALWAYS_FROM if key.nbf is None else datetime.fromtimestamp(key.nbf, UTC),
        exp=ALWAYS_UNTIL if key.exp is None else datetime.fromtimestamp(key.exp, UTC),
        revoked=key.revoked,
    )
