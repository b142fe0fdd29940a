"""`python -m deploy.make_secrets my-kul cn-hgh`: the secrets of hubs, one file each.

Writes var/secrets/<hub>/postgres_password and, in a folder per service, what that service reads
through its EROAD_..._FILE settings. Compose mounts these files; for Kubernetes each folder becomes
one Secret (`kubectl create secret generic members --from-file=var/secrets/my-kul/members`). Hubs
named together are introduced to each other. What exists is never overwritten.
"""

import argparse
import base64
import json
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

SERVICES = ("members", "orders", "permits", "customs", "logistics", "payments", "exchange")
SECRET_BYTES = 32
PEER_URL = "http://exchange.{hub}:8000"
"""Where a peer's exchange is on compose's `wan` network."""


def make_secrets(folder: Path, *, database_host: str) -> list[Path]:
    """Write every secret of one hub that is not there yet, and return the new files."""
    wanted = {"postgres_password": _secret()}
    for service in SERVICES:
        url = f"postgresql+asyncpg://{service}:{_secret()}@{database_host}:5432/{service}"
        wanted[f"{service}/database_url"] = url
    wanted["orders/vault_keys"] = base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    wanted["members/token_key"] = _ed25519_pem()
    wanted["members/operator_secret"] = _secret()
    wanted["exchange/signing_key"] = _ed25519_pem()
    wanted["permits/signing_key"] = _ed25519_pem()
    wanted["payments/signing_key"] = _ed25519_pem()

    # The folder is the owner's alone. The files are not: containers read them as accounts of
    # their own, and a mounted file is reached without passing through the folder.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return [path for name, value in wanted.items() if _write_new(path := folder / name, value)]


def introduce(folders: Sequence[Path], *, peer_url: str = PEER_URL) -> list[Path]:
    """Tell hubs whose secrets exist about each other: address, public key, the pair's secret."""
    known: dict[str, list[dict[str, object]]] = {folder.name: [] for folder in folders}
    for at, one in enumerate(folders):
        for other in folders[at + 1 :]:
            pair = _secret()
            known[one.name].append(_peer(other, pair=pair, peer_url=peer_url))
            known[other.name].append(_peer(one, pair=pair, peer_url=peer_url))
    files = [(folder / "exchange" / "anchors", known[folder.name]) for folder in folders]
    if all(path.exists() for path, _ in files):
        return []
    if kept := [str(path) for path, _ in files if path.exists()]:
        # A pair's secret is good only when both have the same.
        raise FileExistsError(f"add the new peer by hand, or remove first: {', '.join(kept)}")
    for path, peers in files:
        _write_new(path, json.dumps({"peers": peers}, indent=2) + "\n")
    return [path for path, _ in files]


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


def _peer(folder: Path, *, pair: str, peer_url: str) -> dict[str, object]:
    return {
        "hub": folder.name,
        "url": peer_url.format(hub=folder.name),
        "keys": [_public_jwk(folder / "exchange" / "signing_key")],
        "pair_secret": pair,
    }


def _public_jwk(path: Path) -> dict[str, str]:
    key = load_pem_private_key(path.read_bytes(), password=None)
    assert isinstance(key, Ed25519PrivateKey), "make_secrets wrote an Ed25519 key"
    public = base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "x": public}


def _write_new(path: Path, value: str) -> bool:
    if path.exists():
        return False
    path.parent.mkdir(exist_ok=True)
    path.write_text(value, encoding="utf-8")
    path.chmod(0o444)
    return True


def _secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


def _ed25519_pem() -> str:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def main(argv: list[str] | None = None) -> int:
    """Make the secrets of the hubs named; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.make_secrets", description=__doc__)
    parser.add_argument("hubs", nargs="+", metavar="HUB")
    parser.add_argument("--directory", type=Path, default=Path("var/secrets"))
    parser.add_argument("--database-host", default="postgres")
    parser.add_argument("--peer-url", default=PEER_URL)
    options = parser.parse_args(argv)
    folders = [options.directory / hub for hub in options.hubs]
    made = [
        path
        for folder in folders
        for path in make_secrets(folder, database_host=options.database_host)
    ]
    made += introduce(folders, peer_url=options.peer_url)
    made += [*name_issuers(folders), *name_settlers(folders)]
    for path in made:
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
