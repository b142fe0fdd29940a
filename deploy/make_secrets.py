"""`python -m deploy.make_secrets my-kul cn-hgh`: the secrets of hubs, one file each.

Writes var/secrets/<hub>/postgres_password and, in a folder per service, what that service reads
through its EROAD_..._FILE settings. Compose mounts these files; for Kubernetes each folder becomes
one Secret (`kubectl create secret generic members --from-file=var/secrets/my-kul/members`). What
exists is never overwritten.

Who a hub is stays in its own folder, var/hubs/<hub>, which `eroad hub init` founds, or else this
does. Its root never leaves that folder; what its exchange needs of it is copied from there, anew
each time: so run this again after `eroad hub anchor trust` and `eroad hub keys rotate`. Hubs named
together are introduced to each other as founders, unless they trust each other already.
"""

import argparse
import base64
import json
import secrets
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from deploy.hub.plan import HubPlan, found
from deploy.identity import VALID
from shared.kernel.clock import SystemClock

SERVICES = ("members", "orders", "permits", "customs", "logistics", "payments", "exchange")
SECRET_BYTES = 32
PEER_URL = "http://exchange.{hub}:8000"
"""Where a peer's exchange is on compose's `wan` network."""
FIRST_PORT = 8101
"""Where compose's gateways listen: the first hub's here, the next one's behind it."""


def make_secrets(folder: Path, *, database_host: str, operator_secret: str) -> list[Path]:
    """Write every secret of one hub that is not there yet, and return the new files."""
    wanted = {"postgres_password": _secret()}
    for service in SERVICES:
        url = f"postgresql+asyncpg://{service}:{_secret()}@{database_host}:5432/{service}"
        wanted[f"{service}/database_url"] = url
    wanted["orders/vault_keys"] = base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    wanted["members/token_key"] = _ed25519_pem()
    wanted["members/operator_secret"] = operator_secret
    wanted["permits/signing_key"] = _ed25519_pem()
    wanted["payments/signing_key"] = _ed25519_pem()

    # The folder is the owner's alone. The files are not: containers read them as accounts of
    # their own, and a mounted file is reached without passing through the folder.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return [path for name, value in wanted.items() if _write_new(path := folder / name, value)]


def found_hubs(folders: Sequence[Path], *, valid: timedelta = VALID) -> list[HubPlan]:
    """Return the hubs of these folders; a new one is founded, its keys good for `valid`."""
    plans = []
    for port, folder in enumerate(folders, FIRST_PORT):
        if not (file := folder / "hub.json").exists():
            plan = HubPlan(hub=folder.name, folder=str(folder), port=port, peers={})
            found([plan], now=SystemClock().now(), valid=valid)
        plans.append(HubPlan.load(file))
    return plans


def introduce(plans: Sequence[HubPlan], *, peer_url: str = PEER_URL) -> None:
    """Let hubs named together trust each other as founders; who is trusted already stays so."""
    for plan in plans:
        peers = dict(plan.peers)
        for other in plans:
            if other.hub != plan.hub and other.hub not in peers:
                url = peer_url.format(hub=other.hub)
                plan.identity.trust({**other.identity.anchor(url), "founding": True})
                peers[other.hub] = url
        replace(plan, peers=peers).save()


def hand_identity(plan: HubPlan, folder: Path) -> list[Path]:
    """Give a hub's exchange its keys, document and anchors as they are; return what is new.

    Raises FileExistsError where the exchange has the pairing key of another founding: with it all
    that peers know of this hub would be lost.
    """
    identity = plan.identity
    pairing = folder / "exchange" / "pairing_key"
    signing = pairing.with_name("signing_key")
    if signing.exists() and (
        not pairing.exists() or pairing.read_bytes() != identity.pairing.read_bytes()
    ):
        raise FileExistsError(f"{signing} is not of the hub in {plan.folder}: name its own folder")
    wanted = {
        pairing: identity.pairing,
        signing: identity.signing,
        pairing.with_name("document"): identity.document,
        pairing.with_name("anchors"): identity.anchors,
    }
    return [path for path, source in wanted.items() if _write(path, source.read_text("utf-8"))]


def name_issuers(folders: Sequence[Path]) -> list[Path]:
    """Tell each hub whose permits and packs to believe: those of all hubs named together."""
    issuers = [
        {"hub": folder.name, "keys": [_public_jwk(folder / "permits" / "signing_key")]}
        for folder in folders
    ]
    document = json.dumps({"issuers": issuers}, indent=2) + "\n"
    files = [folder / "permits" / "issuers" for folder in folders]
    return [path for path in files if _write_new(path, document)]


def name_settlers(folders: Sequence[Path]) -> list[Path]:
    """Tell each hub's payments whose settlement sheets to believe: those of the other hubs."""
    made = []
    for folder in folders:
        peers = [
            {"hub": other.name, "keys": [_public_jwk(other / "payments" / "signing_key")]}
            for other in folders
            if other != folder
        ]
        document = json.dumps({"peers": peers}, indent=2) + "\n"
        if _write_new(path := folder / "payments" / "anchors", document):
            made.append(path)
    return made


def _public_jwk(path: Path) -> dict[str, str]:
    key = load_pem_private_key(path.read_bytes(), password=None)
    assert isinstance(key, Ed25519PrivateKey), "make_secrets wrote an Ed25519 key"
    public = base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "x": public}


def _write_new(path: Path, value: str) -> bool:
    return not path.exists() and _write(path, value)


def _write(path: Path, value: str) -> bool:
    """Write a file that containers may read, whole or not at all; False if it is so already."""
    if path.exists() and path.read_text("utf-8") == value:
        return False
    path.parent.mkdir(exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(value, encoding="utf-8")
    draft.chmod(0o444)
    draft.replace(path)
    return True


def _secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


def _ed25519_pem() -> str:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def main(argv: list[str] | None = None) -> int:
    """Make the secrets of the hubs named; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.make_secrets", description=__doc__)
    parser.add_argument("hubs_named", nargs="+", metavar="HUB")
    parser.add_argument(
        "--directory", type=Path, default=Path("var/secrets"), help="where the secrets go"
    )
    parser.add_argument("--hubs", type=Path, default=Path("var/hubs"), help="the hubs' own folders")
    parser.add_argument("--database-host", default="postgres", help="in each database_url")
    parser.add_argument("--peer-url", default=PEER_URL, help="of an exchange, {hub} its hub")
    parser.add_argument(
        "--days", type=int, default=VALID.days, help="how long the keys of a new hub are good"
    )
    options = parser.parse_args(argv)
    folders = [options.directory / hub for hub in options.hubs_named]
    own = [options.hubs / hub for hub in options.hubs_named]
    plans = found_hubs(own, valid=timedelta(days=options.days))
    introduce(plans, peer_url=options.peer_url)
    made = []
    for plan, folder in zip(plans, folders, strict=True):
        # The hub's own, so that the operator's commands reach it in containers too.
        secret = plan.operator_secret()
        made += make_secrets(folder, database_host=options.database_host, operator_secret=secret)
        made += hand_identity(plan, folder)
    made += [*name_issuers(folders), *name_settlers(folders)]
    for path in made:
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
