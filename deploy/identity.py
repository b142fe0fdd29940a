"""Who a hub is: its offline root, its signing and pairing keys, its signed document, its anchors.

An anchor is what operators hand to each other: a hub's name and address, the public half of its
root and of its pairing key. Nothing in it is secret; what matters is that it comes from the right
hands, so both sides read its fingerprint to each other.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from msgspec.structs import replace

from services.exchange.domain.hub_document import (
    DocumentKey,
    HubDocument,
    document_key,
    new_document,
    read_document,
    sign_document,
)
from services.exchange.domain.keys import PeerKey, SigningKey
from services.exchange.domain.pairing import PairingKey
from services.exchange.domain.peer import ALWAYS_FROM, ALWAYS_UNTIL, read_anchors
from shared.kernel.errors import Conflict, NotFound

VALID = timedelta(days=90)
"""How long a new signing key, and the document that names it, is good."""
OVERLAP = timedelta(days=7)
"""How long the key before stays good after a rotation."""


class RootAway(NotFound):
    """The root is not here; it is kept offline and must be given for this."""

    code = "hub.root-away"


class AnchorChanged(Conflict):
    """A hub that is trusted already shows another root or pairing key."""

    code = "hub.anchor-changed"


@dataclass(frozen=True)
class Identity:
    """Where one hub keeps who it is."""

    hub: str
    root: Path
    """Private and offline: brought for a rotation, taken away after it."""
    root_public: Path
    signing: Path
    pairing: Path
    document: Path
    anchors: Path

    @classmethod
    def in_folder(cls, hub: str, folder: Path) -> "Identity":
        """Return where a hub of this machine keeps it: `keys/`, and what may be seen beside it."""
        keys = folder / "keys"
        return cls(
            hub,
            keys / "root.pem",
            folder / "root.json",
            keys / "signing.pem",
            keys / "pairing.pem",
            folder / "document.json",
            folder / "anchors.json",
        )

    def found(self, *, now: datetime, valid: timedelta = VALID) -> None:
        """Make what is not there yet; what exists is kept."""
        if not self.root_public.exists():
            _once(self.root, _pem(Ed25519PrivateKey.generate()))
            _write(self.root_public, json.dumps(self._root().public_jwk()) + "\n")
        _once(self.signing, _pem(Ed25519PrivateKey.generate()))
        _once(self.pairing, _pem(X25519PrivateKey.generate()))
        if not self.document.exists():
            key = document_key(self._signing(), nbf=now - timedelta(hours=1), exp=now + valid)
            self._sign(new_document(self.hub, [key], version=1, issued=now, expires=now + valid))
        _once(self.anchors, json.dumps({"peers": []}, indent=2) + "\n")

    def rotate(
        self, *, now: datetime, valid: timedelta = VALID, overlap: timedelta = OVERLAP
    ) -> HubDocument:
        """Make a new signing key and sign the next document; the old key ends after `overlap`."""
        before, _ = self.read(), self._root()
        _write(self.signing, _pem(Ed25519PrivateKey.generate()))
        end = int((now + overlap).timestamp())
        kept = [replace(key, exp=min(key.exp, end)) for key in before.keys]
        kept = [key for key in kept if key.exp > now.timestamp() or key.revoked]
        new = document_key(self._signing(), nbf=now, exp=now + valid)
        return self._next(before, [*kept, new], now=now, valid=valid)

    def revoke(self, kid: str, *, now: datetime, valid: timedelta = VALID) -> HubDocument:
        """Sign a document in which this key is refused from now on; rotate if it is the one in use.

        Raises NotFound for a key that the document does not name.
        """
        before = self.read()
        if kid not in {key.kid for key in before.keys}:
            raise NotFound(f"the document of {self.hub} names no key {kid}")
        if self._signing().kid == kid:
            before = self.rotate(now=now, valid=valid)
        keys = [replace(key, revoked=key.revoked or key.kid == kid) for key in before.keys]
        return self._next(before, keys, now=now, valid=valid)

    def announce_epoch(self, epoch: int, *, now: datetime, valid: timedelta = VALID) -> HubDocument:
        """Sign a document that lets streams begin a new epoch, after a restore from a backup."""
        before = self.read()
        if epoch <= before.epoch:
            raise Conflict(f"the epoch is {before.epoch} already; it only goes up")
        return self._next(replace(before, epoch=epoch), before.keys, now=now, valid=valid)

    def read(self) -> HubDocument:
        """Return this hub's own document, checked as a peer would."""
        root = PeerKey.from_jwk(self._root_jwk(), nbf=ALWAYS_FROM, exp=ALWAYS_UNTIL)
        return read_document(self.document.read_bytes(), hub=self.hub, root=root, now=None)

    def anchor(self, url: str) -> dict[str, Any]:
        """Return what other operators need to trust this hub at `url`."""
        pairing = PairingKey.from_pem(self.pairing.read_bytes())
        return {
            "hub": self.hub,
            "url": url,
            "root": self._root_jwk(),
            "pairing": pairing.public_x(),
        }

    def trust(self, anchor: dict[str, Any], *, again: bool = False) -> None:
        """Keep another hub's anchor. One that changed is refused unless trusted `again`.

        Raises AnchorsMalformed or KeyUnusable for what is no anchor, AnchorChanged as said.
        """
        if anchor.get("hub") == self.hub:
            raise Conflict("a hub does not trust itself")
        kept = {peer["hub"]: peer for peer in json.loads(self.anchors.read_text("utf-8"))["peers"]}
        before = kept.get(anchor.get("hub", ""))
        if before and not again and fingerprint(before) != fingerprint(anchor):
            raise AnchorChanged(f"{anchor['hub']} was trusted with another anchor before")
        document = {"peers": [*(p for p in kept.values() if p is not before), anchor]}
        text = json.dumps(document, indent=2) + "\n"
        pairing = PairingKey.from_pem(self.pairing.read_bytes())
        read_anchors(text.encode(), hub=self.hub, pairing=pairing)
        _write(self.anchors, text)

    def _next(
        self,
        before: HubDocument,
        keys: "list[DocumentKey] | tuple[DocumentKey, ...]",
        *,
        now: datetime,
        valid: timedelta,
    ) -> HubDocument:
        document = new_document(
            self.hub,
            keys,
            version=before.version + 1,
            epoch=before.epoch,
            issued=now,
            expires=now + valid,
        )
        self._sign(document)
        return document

    def _sign(self, document: HubDocument) -> None:
        _write(self.document, sign_document(document, self._root()).decode() + "\n")

    def _root(self) -> SigningKey:
        if not self.root.exists():
            raise RootAway(f"{self.root} is not here: bring it for this, then take it away again")
        return SigningKey.from_pem(self.root.read_bytes())

    def _root_jwk(self) -> dict[str, str]:
        jwk: dict[str, str] = json.loads(self.root_public.read_text(encoding="utf-8"))
        return jwk

    def _signing(self) -> SigningKey:
        return SigningKey.from_pem(self.signing.read_bytes())


def fingerprint(anchor: dict[str, Any]) -> str:
    """Return what two operators read to each other: SHA-256 over name, root and pairing key."""
    parts = (anchor.get("hub", ""), anchor.get("root", {}).get("x", ""), anchor.get("pairing", ""))
    digest = sha256("\n".join(parts).encode()).hexdigest()
    return " ".join(digest[at : at + 8] for at in range(0, 64, 8))


def _pem(key: Ed25519PrivateKey | X25519PrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _once(file: Path, content: str) -> None:
    if not file.exists():
        _write(file, content)


def _write(file: Path, content: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f".{file.name}.new")
    draft.touch(mode=0o600)
    draft.write_text(content, encoding="utf-8")
    draft.replace(file)
