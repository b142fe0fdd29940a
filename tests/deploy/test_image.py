"""The image, the env examples and the secrets: what an operator starts from."""

import http.server
import json
import os
import re
import subprocess
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from deploy.health import ready
from deploy.make_secrets import SERVICES as SECRET_HOLDERS
from deploy.make_secrets import introduce, make_secrets
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
        folders = [tmp_path / hub for hub in HUBS.values()]
        for folder in folders:
            make_secrets(folder, database_host="postgres")
        introduce(folders)
        before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

        again = [*make_secrets(folders[0], database_host="elsewhere"), *introduce(folders)]

        assert again == []
        assert {path: path.read_bytes() for path in before} == before

    def test_are_not_shared_with_a_newcomer_halfway(self, tmp_path: Path) -> None:
        folders = [tmp_path / hub for hub in ("my-kul", "cn-hgh", "th-bkk")]
        for folder in folders:
            make_secrets(folder, database_host="postgres")
        introduce(folders[:2])

        with pytest.raises(FileExistsError, match="my-kul"):
            introduce(folders)

    def test_of_a_pair_are_the_same_on_both_sides(self, hub_secrets: Path) -> None:
        files = [hub_secrets / hub / "exchange" / "anchors" for hub in HUBS.values()]
        [mine], [theirs] = (json.loads(file.read_text("utf-8"))["peers"] for file in files)

        assert (mine["hub"], theirs["hub"]) == ("cn-hgh", "my-kul")
        assert mine["pair_secret"] == theirs["pair_secret"]
        assert mine["keys"] != theirs["keys"]


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
