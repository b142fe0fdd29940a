"""The compose file: valid, closed by default, and every container gets the settings it reads."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from services.payments.domain.signing import Signer
from services.payments.settings import PaymentsSettings
from tests.deploy.manifests import (
    COMPOSE,
    HUBS,
    REPOSITORY,
    ROLES,
    SERVICES,
    compose,
    interpolate,
    names_read_by,
    settings_of,
    trust_each_other,
)

APPS = [(area, service, role) for area in HUBS for service in SERVICES for role in ROLES]
CONTAINERS = sorted(compose()["services"])


def container(area: str, service: str, role: str) -> dict[str, Any]:
    found: dict[str, Any] = compose()["services"][f"{area}-{service}-{role}"]
    return found


class TestComposeFile:
    def test_is_valid(self) -> None:
        checker = [sys.executable, "-m", "check_jsonschema"]
        done = subprocess.run(
            [*checker, "--builtin-schema", "vendor.compose-spec", str(COMPOSE)],
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.returncode == 0, done.stdout

    @pytest.mark.parametrize("area", HUBS)
    def test_has_an_api_and_a_worker_of_every_service(self, area: str) -> None:
        expected = {f"{area}-{service}-{role}" for service in SERVICES for role in ROLES}

        assert expected <= set(CONTAINERS)

    def test_refers_to_nothing_that_is_not_declared(self) -> None:
        for name in CONTAINERS:
            each = compose()["services"][name]
            assert set(each.get("networks", ())) <= set(compose()["networks"]), name
            assert set(each.get("depends_on", ())) <= set(CONTAINERS), name
            sources = {s if isinstance(s, str) else s["source"] for s in each.get("secrets", ())}
            assert sources <= set(compose()["secrets"]), name

    def test_asks_for_what_has_no_default(self) -> None:
        example = (REPOSITORY / "deploy/env/compose.env.example").read_text("utf-8")
        asked = {"EROAD_PROFILE", "EROAD_SECRETS"}

        assert all(f"${{{name}:?" in COMPOSE.read_text("utf-8") for name in asked)
        assert all(f"\n{name}=" in example for name in asked)

    def test_runs_the_same_kafka_as_the_tests_do(self) -> None:
        pom = (REPOSITORY / "deploy/kafka/pom.xml").read_text("utf-8")
        version = compose()["services"]["my-kafka"]["image"].rpartition(":")[2]

        assert f"<kafka.version>{version}</kafka.version>" in pom

    def test_migrates_every_service(self) -> None:
        script = compose()["services"]["my-migrate"]["command"][-1]
        loop = next(line for line in script.splitlines() if line.startswith("for service in"))

        assert set(loop.removeprefix("for service in ").removesuffix("; do").split()) == set(
            SERVICES
        )

    def test_gateway_leads_to_every_service(self) -> None:
        conf = (REPOSITORY / "deploy/gateway/nginx.conf").read_text("utf-8")

        for service in SERVICES:
            assert f"server {service}:8000 resolve;" in conf
            assert f"location /{service}/ " in conf


class TestContainer:
    @pytest.mark.parametrize("name", CONTAINERS)
    def test_may_do_as_little_as_possible(self, name: str) -> None:
        each = compose()["services"][name]

        assert each["cap_drop"] == ["ALL"]
        assert each["security_opt"] == ["no-new-privileges:true"]
        assert each["read_only"] or name.endswith("-kafka")
        assert "mem_limit" in each
        assert "pids_limit" in each
        assert not each.get("privileged")

    @pytest.mark.parametrize("name", CONTAINERS)
    def test_stays_in_its_own_hub(self, name: str) -> None:
        area, _, rest = name.partition("-")
        outside = set(compose()["services"][name]["networks"]) - {area}
        allowed = {"gateway": {"edge"}, "orders-worker": {"edge"}}
        if rest.startswith("exchange-"):
            allowed[rest] = {"wan"}

        assert outside == allowed.get(rest, set())

    def test_only_gateways_are_published(self) -> None:
        published = {name for name in CONTAINERS if compose()["services"][name].get("ports")}

        assert published == {f"{area}-gateway" for area in HUBS}

    def test_networks_have_no_way_out_but_the_edge(self) -> None:
        internal = {n for n, each in compose()["networks"].items() if each.get("internal")}

        assert internal == set(compose()["networks"]) - {"edge"}

    @pytest.mark.parametrize("name", CONTAINERS)
    def test_holds_no_secret_in_its_environment(self, name: str) -> None:
        for key, value in compose()["services"][name].get("environment", {}).items():
            secret = any(word in key for word in ("PASSWORD", "SECRET", "KEY", "DATABASE_URL"))
            assert not secret or value.startswith("/run/secrets/"), key

    @pytest.mark.parametrize(("area", "service", "role"), APPS)
    def test_starts_as_every_service_does(self, area: str, service: str, role: str) -> None:
        each = container(area, service, role)

        assert each["command"] == ["python", "-m", f"services.{service}", role]
        assert each["environment"]["EROAD_HUB"] == HUBS[area]
        if role == "api":
            assert service in each["networks"][area]["aliases"]

    @pytest.mark.parametrize(("area", "service", "role"), APPS)
    def test_is_given_what_it_reads(
        self, area: str, service: str, role: str, hub_secrets: Path
    ) -> None:
        environment = read_environment(container(area, service, role), hub_secrets)

        settings = settings_of(service).read(environment)

        assert set(environment) <= names_read_by(service)
        assert settings.hub == HUBS[area]
        assert settings.database_url.startswith(f"postgresql+asyncpg://{service}:")

    def test_payments_believe_the_sheets_of_the_other_hub(self, hub_secrets: Path) -> None:
        for role in ROLES:
            my, cn = (signer(area, role, hub_secrets) for area in ("my", "cn"))
            mine, theirs = my.sign(b"sheet"), cn.sign(b"sheet")

            assert cn.verifies("my-kul", b"sheet", mine)
            assert my.verifies("cn-hgh", b"sheet", theirs)
            assert not my.verifies("cn-hgh", b"sheet", mine)

    @pytest.mark.parametrize("role", ROLES)
    def test_exchanges_trust_each_other_by_their_roots(self, role: str, hub_secrets: Path) -> None:
        mine, theirs = (
            read_environment(container(area, "exchange", role), hub_secrets) for area in HUBS
        )

        assert trust_each_other(mine, theirs)


def signer(area: str, role: str, folder: Path) -> Signer:
    """What a container of payments signs with, and whom it believes."""
    environment = read_environment(container(area, "payments", role), folder)
    return PaymentsSettings.read(environment).signer()


def read_environment(each: dict[str, Any], folder: Path) -> dict[str, str]:
    """The container's environment, its secrets' paths leading to the files on this machine."""
    variables = {"EROAD_PROFILE": "test", "EROAD_SECRETS": str(folder)}
    files = {}
    for secret in each["secrets"]:
        declared = compose()["secrets"][secret["source"]]["file"]
        files[f"/run/secrets/{secret['target']}"] = interpolate(declared, variables)
    assert all(Path(path).exists() for path in files.values())
    given = {key: interpolate(value, variables) for key, value in each["environment"].items()}
    return {key: files.get(value, value) for key, value in given.items()}
