"""What one hub on this machine is made of: its folder, port, keys, database, bus and peers.

`found` lays the folder out; nothing in it is ever sent anywhere but the public halves in
`anchors.json`, which the hubs hand to each other.
"""

import base64
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

_SIGNS_WITH = {"permits": "permits"}
"""Services with a signing key of their own; the others would use the e-road's."""
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
            "EROAD_TOKEN_KEY_FILE": f"{path}/keys/token.pem",
            "EROAD_OPERATOR_SECRET_FILE": f"{path}/keys/operator.secret",
            "EROAD_SIGNING_KEY_FILE": f"{path}/keys/{_SIGNS_WITH.get(service, 'signing')}.pem",
            "EROAD_ANCHORS_FILE": f"{path}/anchors.json",
            "EROAD_OTLP_ENDPOINT": self.otlp_endpoint,
            "EROAD_ISSUERS_FILE": f"{path}/issuers.json",
            "EROAD_LOG_LEVEL": "warning",
        }


def found(plans: Sequence[HubPlan]) -> None:
    """Lay out the folders of hubs that trust each other; keys that exist are kept."""
    for plan in plans:
        keys = plan.path / "keys"
        keys.mkdir(parents=True, exist_ok=True, mode=0o700)
        (plan.path / "db").mkdir(exist_ok=True)
        _once(keys / "token.pem", _new_key())
        _once(keys / "signing.pem", _new_key())
        _once(keys / "permits.pem", _new_key())
        _once(keys / "operator.secret", f"eroad_test_{secrets.token_urlsafe(32)}")
        plan.save()
    for plan in plans:
        others = [other for other in plans if other.hub in plan.peers]
        document = {"peers": [_seen_by(plan, other) for other in others]}
        _write(plan.path / "anchors.json", json.dumps(document, indent=2) + "\n")
        issuers = {"issuers": [_issuer(each) for each in (plan, *others)]}
        _write(plan.path / "issuers.json", json.dumps(issuers, indent=2) + "\n")


def _seen_by(plan: HubPlan, other: HubPlan) -> dict[str, object]:
    """Return what `plan`'s hub knows of the other: where it is, its key, and their pair secret."""
    public = _public_x(other.path / "keys" / "signing.pem")
    names = "+".join(sorted((plan.hub, other.hub)))
    owner = min((plan, other), key=lambda each: each.hub)
    pair = owner.path / "keys" / f"pair-{names}.secret"
    _once(pair, secrets.token_urlsafe(32))
    return {
        "hub": other.hub,
        "url": f"{plan.peers[other.hub]}/exchange",
        "kafka_bootstrap": (plan.peer_kafka or {}).get(other.hub, ""),
        "keys": [{"kty": "OKP", "crv": "Ed25519", "x": public}],
        "pair_secret": pair.read_text(encoding="utf-8"),
    }


def _issuer(plan: HubPlan) -> dict[str, object]:
    """Return the key by which a hub's permits and packs are believed."""
    public = _public_x(plan.path / "keys" / "permits.pem")
    return {"hub": plan.hub, "keys": [{"kty": "OKP", "crv": "Ed25519", "x": public}]}


def _new_key() -> str:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _public_x(pem: Path) -> str:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(pem.read_bytes(), password=None)
    assert isinstance(key, Ed25519PrivateKey), "a signing key is an Ed25519 key"
    raw = key.public_key().public_bytes_raw()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _once(file: Path, content: str) -> None:
    if not file.exists():
        _write(file, content)


def _write(file: Path, content: str) -> None:
    """Write a file that only its owner may read."""
    file.touch(mode=0o600)
    file.write_text(content, encoding="utf-8")
