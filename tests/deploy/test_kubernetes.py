"""The manifests: valid, restricted, each service with its policy, and the settings it reads."""

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest

from services.payments.domain.signing import Signer
from tests.deploy.manifests import (
    HUBS,
    K8S,
    ROLES,
    SERVICES,
    base_objects,
    names_read_by,
    of_kind,
    overlay_objects,
    pod_specs,
    settings_of,
    trust_each_other,
)

OLDEST_CLUSTER = "1.32"
KINDS_OF_A_SERVICE = {
    "ServiceAccount": "{0}",
    "Service": "{0}",
    "NetworkPolicy": "{0}",
    "PodDisruptionBudget": "{0}-api",
    "HorizontalPodAutoscaler": "{0}-api",
}
hubs = pytest.mark.parametrize("hub", HUBS.values())


def check(objects: tuple[dict[str, Any], ...]) -> None:
    for each in objects:
        kubernetes_validate.validate(each, OLDEST_CLUSTER, strict=True)


class TestBase:
    def test_every_file_is_valid(self) -> None:
        check(base_objects())

    @pytest.mark.parametrize("service", SERVICES)
    def test_has_all_of_a_service_in_one_file(self, service: str) -> None:
        assert (K8S / "base" / f"{service}.yaml").exists()
        for kind, name in KINDS_OF_A_SERVICE.items():
            assert name.format(service) in of_kind(base_objects(), kind), kind
        for role in ROLES:
            assert f"{service}-{role}" in of_kind(base_objects(), "Deployment")

    def test_holds_no_secret(self) -> None:
        assert not of_kind(base_objects(), "Secret")

    def test_migrates_every_service(self) -> None:
        job = of_kind(base_objects(), "Job")["migrate"]
        commands = [each["command"] for each in job["spec"]["template"]["spec"]["containers"]]

        expected = [["python", "-m", f"services.{each}", "migrate"] for each in SERVICES]
        assert sorted(commands) == sorted(expected)


class TestNetworkPolicies:
    def test_deny_by_default(self) -> None:
        default = of_kind(base_objects(), "NetworkPolicy")["default-deny"]["spec"]

        assert default == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}

    @pytest.mark.parametrize("service", SERVICES)
    def test_let_a_service_reach_its_data_and_the_keys(self, service: str) -> None:
        policy = of_kind(base_objects(), "NetworkPolicy")[service]["spec"]
        ports = {port["port"] for rule in policy["egress"] for port in rule["ports"]}

        assert policy["podSelector"] == {"matchLabels": {"app.kubernetes.io/name": service}}
        assert {5432, 9093, "http"} <= ports

    def test_let_only_webhooks_and_the_e_road_out(self) -> None:
        policies = of_kind(base_objects(), "NetworkPolicy").items()
        out = {
            name
            for name, each in policies
            for rule in each["spec"].get("egress", ())
            for peer in rule["to"]
            if "ipBlock" in peer
        }

        assert out == {"orders", "exchange"}


@hubs
class TestOverlay:
    def test_is_valid(self, hub: str) -> None:
        check(overlay_objects(hub))

    def test_has_a_restricted_namespace_of_its_own(self, hub: str) -> None:
        namespace = of_kind(overlay_objects(hub), "Namespace")[f"eroad-{hub}"]
        elsewhere = {each["metadata"].get("namespace") for each in overlay_objects(hub)}

        assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
        assert elsewhere == {None, f"eroad-{hub}"}

    def test_every_pod_is_restricted(self, hub: str) -> None:
        for name, pod in pod_specs(overlay_objects(hub)):
            assert pod["securityContext"]["runAsNonRoot"], name
            assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
            assert pod["automountServiceAccountToken"] is False, name
            for each in pod["containers"]:
                assert each["securityContext"] == {
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]},
                }, name
                assert each["resources"]["limits"]["memory"], name
                assert each["image"] != "eroad", name

    def test_probes_ask_the_port_of_the_role(self, hub: str) -> None:
        ports = {"api": ("http", 8000), "worker": ("health", 8001)}
        for name, each in of_kind(overlay_objects(hub), "Deployment").items():
            port, number = ports[name.rpartition("-")[2]]
            main = each["spec"]["template"]["spec"]["containers"][0]
            assert main["ports"] == [{"name": port, "containerPort": number}], name
            assert main["livenessProbe"]["httpGet"] == {"path": "/livez", "port": port}, name
            assert main["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": port}, name

    def test_a_worker_is_never_there_twice(self, hub: str) -> None:
        for service in SERVICES:
            spec = of_kind(overlay_objects(hub), "Deployment")[f"{service}-worker"]["spec"]
            assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})

    def test_is_reached_at_every_service(self, hub: str) -> None:
        rules = of_kind(overlay_objects(hub), "Ingress")["hub"]["spec"]["rules"]
        reached = {
            rule["http"]["paths"][0]["backend"]["service"]["name"]: rule["host"] for rule in rules
        }

        assert reached == {service: f"{service}.{hub}.example" for service in SERVICES}

    @pytest.mark.parametrize("service", SERVICES)
    def test_pods_are_given_what_they_read(self, hub: str, service: str, hub_secrets: Path) -> None:
        config = of_kind(overlay_objects(hub), "ConfigMap").popitem()[1]["data"]
        files = f"{hub_secrets / hub / service}/"
        for name, pod, each in containers_of(service, overlay_objects(hub)):
            own = {pair["name"]: pair["value"] for pair in each.get("env", ())}
            environment = config | own
            here = {k: v.replace("/run/secrets/", files) for k, v in environment.items()}

            settings = settings_of(service).read(here)

            assert mounted(pod, each) == service, name
            assert set(environment) <= names_read_by(service), name
            assert (settings.hub, settings.profile) == (hub, "live"), name

    def test_exchanges_trust_each_other_by_their_roots(self, hub: str, hub_secrets: Path) -> None:
        [other] = set(HUBS.values()) - {hub}
        mine, theirs = exchanges(hub, hub_secrets), exchanges(other, hub_secrets)

        assert set(mine) == {"exchange-api", "exchange-worker", "migrate"}
        assert all(trust_each_other(mine[name], theirs[name]) for name in mine)

    def test_payments_can_sign_a_settlement_sheet(self, hub: str, hub_secrets: Path) -> None:
        own = f"{hub_secrets / hub / 'payments'}/"
        for name, _, each in containers_of("payments", overlay_objects(hub)):
            if name == "migrate":
                continue
            given = {
                pair["name"]: pair["value"].replace("/run/secrets/", own) for pair in each["env"]
            }
            pem = Path(given["EROAD_SIGNING_KEY_FILE"]).read_text("utf-8")
            anchors = Path(given["EROAD_ANCHORS_FILE"]).read_text("utf-8")
            signer = Signer.of(pem, anchors)

            assert signer.can_sign, name
            assert set(signer.peers) == set(HUBS.values()) - {hub}, name


def exchanges(hub: str, folder: Path) -> dict[str, dict[str, str]]:
    """The environment of every exchange of a hub, its Secret's files on this machine."""
    config = of_kind(overlay_objects(hub), "ConfigMap").popitem()[1]["data"]
    files = f"{folder / hub / 'exchange'}/"
    return {
        name: {
            key: value.replace("/run/secrets/", files)
            for key, value in (config | {p["name"]: p["value"] for p in each["env"]}).items()
        }
        for name, _, each in containers_of("exchange", overlay_objects(hub))
    }


def containers_of(
    service: str, objects: tuple[dict[str, Any], ...]
) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """The containers that run this service in any role, with their pods."""
    found = [
        (name, pod, each)
        for name, pod in pod_specs(objects)
        for each in pod["containers"]
        if each["command"][2] == f"services.{service}"
    ]
    assert len(found) == len(ROLES) + 1, f"{service} runs as api, as worker and to migrate"
    return found


def mounted(pod: dict[str, Any], each: dict[str, Any]) -> str:
    """The Secret whose files the container finds under /run/secrets."""
    mount = next(m for m in each["volumeMounts"] if m["mountPath"] == "/run/secrets")
    volume = next(v for v in pod["volumes"] if v["name"] == mount["name"])
    return str(volume["secret"]["secretName"])
