"""Reads what is deployed: compose file, Kubernetes objects, env examples, and who they are for."""

import functools
import importlib
import importlib.util
import inspect
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.exchange.domain.hub_document import read_document
from services.exchange.domain.keys import SigningKey
from services.exchange.domain.pairing import PairingKey
from services.exchange.domain.peer import read_anchors
from services.exchange.settings import ExchangeSettings
from shared.runtime.settings import PREFIX, Settings

REPOSITORY = Path(__file__).parents[2]
COMPOSE = REPOSITORY / "deploy" / "compose.yaml"
K8S = REPOSITORY / "k8s"
HUBS = {"my": "my-kul", "cn": "cn-hgh"}
ROLES = ("api", "worker")
SERVICES = sorted(
    folder.name
    for folder in (REPOSITORY / "services").iterdir()
    if (folder / "__init__.py").exists()
)
Object = dict[str, Any]


@functools.cache
def compose() -> Object:
    """The compose file with every anchor followed; variables are left as written."""
    document: Object = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return document


def interpolate(text: str, variables: dict[str, str]) -> str:
    """Fill in ${NAME}, ${NAME:-default} and ${NAME:?} as compose does."""

    def fill(match: re.Match[str]) -> str:
        name, operator, rest = match["name"], match["operator"], match["rest"]
        if name in variables:
            return variables[name]
        assert operator == ":-", f"${name} has no default and no value"
        return str(rest)

    return re.sub(r"\$\{(?P<name>\w+)(?P<operator>:[-?])?(?P<rest>[^}]*)\}", fill, text)


@functools.cache
def base_objects() -> tuple[Object, ...]:
    """Every object as it stands in a base file, before patches."""
    files = [path for path in sorted(K8S.glob("base/*.yaml")) if path.stem != "kustomization"]
    return tuple(each for path in files for each in yaml.safe_load_all(path.read_text("utf-8")))


@functools.cache
def overlay_objects(hub: str) -> tuple[Object, ...]:
    """Every object of one hub as it would be applied."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is missing (renders the overlays); the base files are still checked")
    overlay = str(K8S / "overlays" / hub)
    done = subprocess.run(
        [kubectl, "kustomize", overlay], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return tuple(yaml.safe_load_all(done.stdout))


def of_kind(objects: tuple[Object, ...], kind: str) -> dict[str, Object]:
    """The objects of one kind, by name."""
    return {each["metadata"]["name"]: each for each in objects if each["kind"] == kind}


def pod_specs(objects: tuple[Object, ...]) -> Iterator[tuple[str, Object]]:
    """Every pod that the objects would start: who it belongs to, and its specification."""
    for kind in ("Deployment", "Job"):
        for name, each in of_kind(objects, kind).items():
            yield name, each["spec"]["template"]["spec"]


def settings_of(service: str) -> type[Settings]:
    """The settings class of a service; what all services share while it has none of its own."""
    name = f"services.{service}.settings"
    if importlib.util.find_spec(name) is None:
        return Settings
    module = importlib.import_module(name)
    own = [
        each
        for _, each in inspect.getmembers(module, inspect.isclass)
        if issubclass(each, Settings) and each.__module__ == name
    ]
    return own[0]


def trust_each_other(mine: dict[str, str], theirs: dict[str, str]) -> bool:
    """Whether two exchanges, run in these environments, know each other by root and pair.

    Each must believe what the other's document names the other's signing key by, and both must
    arrive at the same secret.
    """
    secrets = set()
    for own, other in ((mine, theirs), (theirs, mine)):
        settings, peer = ExchangeSettings.read(own), ExchangeSettings.read(other)
        assert settings.pairing_key is not None
        assert peer.document_file is not None
        pairing = PairingKey.from_pem(settings.pairing_key.get_secret_value().encode())
        known = read_anchors(settings.anchors_file.read_bytes(), hub=settings.hub, pairing=pairing)
        anchor = known[peer.hub]
        assert anchor.root is not None
        document = read_document(
            peer.document_file.read_bytes(), hub=peer.hub, root=anchor.root, now=datetime.now(UTC)
        )
        signs_with = SigningKey.from_pem(peer.signing_key.get_secret_value().encode()).kid
        if not anchor.founding or signs_with not in {key.kid for key in document.keys}:
            return False
        secrets.add(anchor.pair_key)
    return len(secrets) == 1


def names_read_by(service: str) -> set[str]:
    """Every environment name the service looks at."""
    fields = {PREFIX + field.upper() for field in settings_of(service).model_fields}
    return fields | {f"{name}_FILE" for name in fields if not name.endswith("_FILE")}
