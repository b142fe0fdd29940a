"""What one hub on this machine is made of: its folder, port, keys, database, bus and peers.

`found` lays the folder out; nothing in it is ever sent anywhere but the public halves of its keys,
in anchors which the hubs hand to each other and in the signed document they show.
"""

import base64
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from deploy.identity import Identity
from services.exchange.domain.keys import SigningKey

_SIGNS_WITH = {"permits": "permits", "payments": "payments"}
"""Services with a signing key of their own; the others would use the e-road's."""
_KNOWS_BY = {"payments": "settlement"}
"""Services that know peers by keys of their own kind, not by the e-road's anchors."""
VALID_LAPTOP = timedelta(days=3650)
"""Test mode moves the clock by months; keys of a laptop's hubs outlast that."""
PARTITIONS_LAPTOP = 1
"""One process reads every partition anyway; more of them would only be more streams to watch."""


@dataclass(frozen=True, kw_only=True)
class HubPlan:
    """One hub of this machine."""

    hub: str
    folder: str
    port: int
    peers: Mapping[str, str]
    """Peer hub to its address, http://127.0.0.1:PORT."""
    database: str = ""
    """postgresql+asyncpg://user@host:port, without a database name; blank for SQLite files."""
    kafka: str = ""
    """Bootstrap address of this hub's own cluster; blank for the SQLite log."""
    peer_kafka: Mapping[str, str] | None = None
    """Where a peer's frames are read from Kafka instead of over HTTP."""
    otlp_endpoint: str = ""
    """Where every service sends its spans; blank sends none."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def path(self) -> Path:
        return Path(self.folder)

    @property
    def identity(self) -> Identity:
        return Identity.in_folder(self.hub, self.path)

    def operator_secret(self) -> str:
        return (self.path / "keys" / "operator.secret").read_text(encoding="utf-8")

    def save(self) -> Path:
        """Write the plan down for the hub's process; return the file."""
        file = self.path / "hub.json"
        file.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")
        return file

    @classmethod
    def load(cls, file: Path) -> "HubPlan":
        return cls(**json.loads(file.read_text(encoding="utf-8")))

    def database_of(self, service: str) -> str:
        """Return the name of a service's database on a server that many hubs may share."""
        return f"{self.hub}_{service}".replace("-", "_")

    def environment(self, service: str) -> dict[str, str]:
        """Return the environment in which a service of this hub runs."""
        path = self.path.absolute()
        url = (
            f"{self.database}/{self.database_of(service)}"
            if self.database
            else f"sqlite+aiosqlite:///{path}/db/{service}.db"
        )
        return {
            "EROAD_HUB": self.hub,
            "EROAD_PEERS": ",".join(self.peers),
            "EROAD_PROFILE": "test",
            "EROAD_DATABASE_URL": url,
            "EROAD_BUS": "kafka" if self.kafka else "sqlite",
            "EROAD_BUS_DIRECTORY": f"{path}/bus",
            "EROAD_KAFKA_BOOTSTRAP": self.kafka,
            "EROAD_KAFKA_REPLICAS": "1",
            "EROAD_PARTITIONS": str(4 if self.kafka else PARTITIONS_LAPTOP),
            "EROAD_JWKS_URL": "http://hub/members/.well-known/jwks.json",
            "EROAD_CUSTOMS_URL": "http://hub/customs",
            "EROAD_VAULT_KEYS_FILE": f"{path}/keys/vault.keys",
            "EROAD_TOKEN_KEY_FILE": f"{path}/keys/token.pem",
            "EROAD_OPERATOR_SECRET_FILE": f"{path}/keys/operator.secret",
            "EROAD_SIGNING_KEY_FILE": f"{path}/keys/{_SIGNS_WITH.get(service, 'signing')}.pem",
            "EROAD_PAIRING_KEY_FILE": f"{path}/keys/pairing.pem",
            "EROAD_DOCUMENT_FILE": f"{path}/document.json",
            "EROAD_ANCHORS_FILE": f"{path}/{_KNOWS_BY.get(service, 'anchors')}.json",
            "EROAD_OTLP_ENDPOINT": self.otlp_endpoint,
            "EROAD_ISSUERS_FILE": f"{path}/issuers.json",
            "EROAD_LOG_LEVEL": "warning",
        }


def found(plans: Sequence[HubPlan], *, now: datetime, valid: timedelta = VALID_LAPTOP) -> None:
    """Lay out the folders of hubs that trust each other; keys and anchors that exist are kept."""
    for plan in plans:
        keys = plan.path / "keys"
        keys.mkdir(parents=True, exist_ok=True, mode=0o700)
        (plan.path / "db").mkdir(exist_ok=True)
        _once(keys / "token.pem", _new_key())
        for service in _SIGNS_WITH.values():
            _once(keys / f"{service}.pem", _new_key())
        _once(keys / "operator.secret", f"eroad_test_{secrets.token_urlsafe(32)}")
        _once(keys / "vault.keys", base64.b64encode(secrets.token_bytes(32)).decode())
        plan.identity.found(now=now, valid=valid)
        plan.save()
    for plan in plans:
        others = [other for other in plans if other.hub in plan.peers]
        for other in others:
            anchor = other.identity.anchor(f"{plan.peers[other.hub]}/exchange")
            kafka = (plan.peer_kafka or {}).get(other.hub, "")
            plan.identity.trust({**anchor, "kafka_bootstrap": kafka, "founding": True}, again=True)
        issuers = {"issuers": [_keys(each, "permits") for each in (plan, *others)]}
        _write(plan.path / "issuers.json", json.dumps(issuers, indent=2) + "\n")
        settles = {"peers": [_keys(each, "payments") for each in others]}
        _write(plan.path / "settlement.json", json.dumps(settles, indent=2) + "\n")


def _keys(plan: HubPlan, service: str) -> dict[str, object]:
    """Return the key by which what one of a hub's services signs is believed."""
    pem = (plan.path / "keys" / f"{service}.pem").read_bytes()
    return {"hub": plan.hub, "keys": [SigningKey.from_pem(pem).public_jwk()]}


def _new_key() -> str:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _once(file: Path, content: str) -> None:
    if not file.exists():
        _write(file, content)


def _write(file: Path, content: str) -> None:
    """Write a file that only its owner may read."""
    file.touch(mode=0o600)
    file.write_text(content, encoding="utf-8")
