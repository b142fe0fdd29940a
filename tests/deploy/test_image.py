"""The image, the env examples and the secrets: what an operator starts from."""

import http.server
import json
import os
import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest
from typer.testing import CliRunner

from deploy.cli import app
from deploy.health import ready
from deploy.hub.plan import HubPlan
from deploy.make_secrets import SERVICES as SECRET_HOLDERS
from deploy.make_secrets import main as make_secrets
from deploy.postgres.binaries import binaries
from deploy.postgres.server import Server
from shared.runtime.main import API_PORT, WORKER_PORT
from shared.runtime.settings import PREFIX
from tests.deploy.manifests import HUBS, REPOSITORY, SERVICES, names_read_by, settings_of

DOCKERFILE = (REPOSITORY / "deploy" / "Dockerfile").read_text("utf-8")


class TestDockerfile:
    def test_installs_from_the_hashed_lock_alone(self) -> None:
        assert "COPY pyproject.toml requirements.lock ./" in DOCKERFILE
        assert "pip download --require-hashes" in DOCKERFILE
        assert "install --no-index --find-links /wheels" in DOCKERFILE

    def test_runs_as_nobody_in_particular(self) -> None:
        last_stage = DOCKERFILE.rpartition("\nFROM ")[2]

        assert "\nUSER 10001:10001\n" in last_stage
        assert "\nHEALTHCHECK " in last_stage

    def test_exposes_the_ports_that_services_use(self) -> None:
        assert f"\nEXPOSE {API_PORT} {WORKER_PORT}\n" in DOCKERFILE

    def test_leaves_out_everything_it_does_not_copy(self) -> None:
        ignored = (REPOSITORY / "deploy/Dockerfile.dockerignore").read_text("utf-8")
        copied = set(re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, flags=re.MULTILINE))
        let_in = set(re.findall(r"^!(\S+)$", ignored, flags=re.MULTILINE))

        assert let_in == {name for names in copied for name in names.split()}

    def test_starts_the_command_line_where_an_installed_one_starts(self) -> None:
        project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
        module, _, function = project["scripts"]["eroad"].partition(":")
        asked = [sys.executable, "-m", module, "--help"]

        told = subprocess.run(asked, cwd=REPOSITORY, capture_output=True, text=True, check=True)

        assert function == "main"
        assert f"exec python -m {module} " in DOCKERFILE
        assert "Usage: eroad " in told.stdout

    def test_asks_for_a_python_that_the_project_allows(self) -> None:
        project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
        found = re.search(r"python:3\.(\d+)-slim", DOCKERFILE)

        assert project["requires-python"] == ">=3.11"
        assert found is not None
        assert int(found[1]) >= 11


class TestHealth:
    def test_is_ready_when_the_service_says_so(self) -> None:
        with answering(200) as port:
            assert ready(port)

    def test_is_not_ready_when_the_service_refuses(self) -> None:
        with answering(503) as port:
            assert not ready(port)

    def test_is_not_ready_when_nobody_answers(self) -> None:
        with answering(200) as port:
            pass

        assert not ready(port)


@pytest.mark.parametrize("service", SERVICES)
class TestEnvExample:
    def test_names_only_what_the_service_reads(self, service: str) -> None:
        assert set(example(service)) <= names_read_by(service)

    def test_names_everything_the_service_can_be_told(self, service: str) -> None:
        names = {PREFIX + name.upper() for name in settings_of(service).model_fields}

        assert not {n for n in names if not {n, f"{n}_FILE"} & set(example(service))}

    def test_gives_values_that_the_service_takes(self, service: str) -> None:
        fields = {PREFIX + name.upper() for name in settings_of(service).model_fields}
        given = {name: value for name, value in example(service).items() if value}
        secret = {name.removesuffix("_FILE"): "a secret" for name in given if name not in fields}

        settings = settings_of(service).read(
            {name: value for name, value in given.items() if name in fields}
            | secret
            | {"EROAD_DATABASE_URL": "sqlite+aiosqlite:///:memory:", "EROAD_PROFILE": "test"}
        )

        assert settings.hub == "my-kul"

    def test_gives_no_secret(self, service: str) -> None:
        secret = {n: v for n, v in example(service).items() if re.search("SECRET|KEY|DATABASE", n)}

        assert all(value.startswith("/run/secrets/") for value in secret.values())


class TestSecrets:
    def test_are_made_for_every_service(self) -> None:
        assert sorted(SECRET_HOLDERS) == SERVICES

    def test_stay_as_they_are_when_made_again(self, tmp_path: Path) -> None:
        made(tmp_path, *HUBS.values())
        before = contents(tmp_path)

        made(tmp_path, *HUBS.values())
        make_secrets(["my-kul", *places(tmp_path), "--database-host", "elsewhere"])

        assert contents(tmp_path) == before

    def test_let_an_operators_commands_in(self, tmp_path: Path) -> None:
        made(tmp_path, *HUBS.values())

        for port, hub in enumerate(HUBS.values(), 8101):
            plan = HubPlan.load(tmp_path / "hubs" / hub / "hub.json")
            secret = tmp_path / "secrets" / hub / "members" / "operator_secret"
            assert (plan.port, plan.operator_secret()) == (port, secret.read_text("utf-8"))

    def test_hold_no_root(self, tmp_path: Path) -> None:
        made(tmp_path, *HUBS.values())
        roots = [path.read_bytes() for path in (tmp_path / "hubs").rglob("root.pem")]

        assert len(roots) == len(HUBS)
        assert not set(roots) & set(contents(tmp_path / "secrets").values())

    def test_of_a_newcomer_join_those_of_hubs_that_run(self, tmp_path: Path) -> None:
        made(tmp_path, "my-kul", "cn-hgh")
        made(tmp_path, "my-kul", "th-bkk")

        assert trusted(tmp_path, "my-kul") == {"cn-hgh": True, "th-bkk": True}
        assert trusted(tmp_path, "th-bkk") == {"my-kul": True}

    def test_make_no_founder_of_a_peer_that_needs_contracts(self, tmp_path: Path) -> None:
        made(tmp_path, "my-kul")
        made(tmp_path, "cn-hgh")
        anchor, hubs = tmp_path / "cn.anchor.json", tmp_path / "hubs"
        url = "https://exchange.cn-hgh.example"
        anchor.write_text(eroad("anchor", "export", hubs / "cn-hgh", "--url", url))
        eroad("anchor", "trust", hubs / "my-kul", anchor, "--yes")

        made(tmp_path, "my-kul", "cn-hgh")

        assert trusted(tmp_path, "my-kul") == {"cn-hgh": False}

    def test_follow_a_rotation(self, tmp_path: Path) -> None:
        made(tmp_path, "my-kul")
        before = contents(tmp_path / "secrets")
        eroad("keys", "rotate", tmp_path / "hubs" / "my-kul")

        made(tmp_path, "my-kul")

        after = contents(tmp_path / "secrets")
        changed = {path.name for path in after if after[path] != before[path]}
        assert changed == {"signing_key", "document"}

    def test_are_not_replaced_by_those_of_another_founding(self, tmp_path: Path) -> None:
        made(tmp_path, "my-kul")
        before = contents(tmp_path / "secrets")

        with pytest.raises(FileExistsError, match="signing_key"):
            make_secrets(["my-kul", *places(tmp_path, hubs="elsewhere")])

        assert contents(tmp_path / "secrets") == before


def places(folder: Path, *, hubs: str = "hubs") -> list[str]:
    return ["--directory", str(folder / "secrets"), "--hubs", str(folder / hubs)]


def made(folder: Path, *hubs: str) -> None:
    """The secrets of hubs that are named together."""
    make_secrets([*hubs, *places(folder)])


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def trusted(folder: Path, hub: str) -> dict[str, bool]:
    """The peers that a hub's exchange is given, and whether each was founded with it."""
    anchors = json.loads((folder / "secrets" / hub / "exchange" / "anchors").read_text("utf-8"))
    return {peer["hub"]: peer.get("founding", False) for peer in anchors["peers"]}


def eroad(*words: object) -> str:
    """What `eroad hub ...` prints."""
    ran = CliRunner().invoke(app, ["hub", *map(str, words)])
    assert ran.exit_code == 0, ran.output
    return ran.stdout


class TestDatabasesOfAContainer:
    async def test_each_service_reaches_its_own_and_no_other(
        self, own_postgres: Callable[..., Server], hub_secrets: Path, tmp_path: Path
    ) -> None:
        server = own_postgres(fsync=False)
        for service in ("orders", "permits"):
            url = (hub_secrets / "my-kul" / service / "database_url").read_text("utf-8")
            (tmp_path / f"my-{service}-url").write_text(url)
        environment = {
            "PATH": f"{binaries()}:{os.defpath}",
            "SECRETS": str(tmp_path),
            "POSTGRES_USER": "postgres",
            "PGHOST": "127.0.0.1",
            "PGPORT": str(server.port),
        }

        script = REPOSITORY / "deploy/postgres/init/databases.sh"
        subprocess.run(["bash", str(script)], env=environment, check=True, timeout=60)

        own = await asyncpg.connect(server.url("orders").replace("postgres@", "orders@"))
        await own.execute("CREATE TABLE t (n int)")
        await own.close()
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(server.url("permits").replace("postgres@", "orders@"))


def example(service: str) -> dict[str, str]:
    """The names and values of a service's example, those set aside as comments too."""
    text = (REPOSITORY / f"deploy/env/{service}.env.example").read_text("utf-8")
    return dict(re.findall(r"^(?:# )?(EROAD_\w+)=(.*)$", text, flags=re.MULTILINE))


@contextmanager
def answering(status: int) -> Iterator[int]:
    """A server on loopback that answers every GET with this status."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/readyz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
