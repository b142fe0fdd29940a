"""The jars of Apache Kafka, fetched once by Maven from what `pom.xml` pins.

A stamp beside them holds the hash of the pom they came from, so a new version is fetched when the
pom changes and never otherwise.
"""

import fcntl
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.processes import ServerFailed, run_tool

POM = Path(__file__).with_name("pom.xml")
CACHE = Path(__file__).parents[2] / ".cache" / "kafka"
FETCH_TIMEOUT_S = 600
APT_HINT = "apt-get install -y openjdk-17-jre-headless maven"


class KafkaMissing(RuntimeError):
    """Java, Maven or the jars are not to be had; the message says what to install."""


def java() -> str:
    """Return the path of java, or raise KafkaMissing."""
    return _tool("java", "runs the broker")


def fetch_jars(cache: Path = CACHE) -> Path:
    """Return the folder with Kafka's jars, fetching them when the pom has changed since.

    Safe to call from many processes at once: one fetches, the others wait for it.
    """
    libs, stamp = cache / "libs", cache / "stamp"
    wanted = hashlib.sha256(POM.read_bytes()).hexdigest()
    cache.mkdir(parents=True, exist_ok=True)
    with _locked(cache / "lock"):
        if not (stamp.exists() and stamp.read_text() == wanted and any(libs.glob("kafka_*.jar"))):
            stamp.unlink(missing_ok=True)
            shutil.rmtree(libs, ignore_errors=True)
            _copy_dependencies(libs)
            stamp.write_text(wanted)
    return libs


def _copy_dependencies(libs: Path) -> None:
    maven = _tool("mvn", "fetches Kafka's jars")
    argv = [maven, "-q", "-B", "-f", str(POM), "dependency:copy-dependencies"]
    options = ["-DincludeScope=runtime", f"-DoutputDirectory={libs.resolve()}"]
    try:
        run_tool([*argv, *options], timeout_s=FETCH_TIMEOUT_S)
    except ServerFailed as refused:
        shutil.rmtree(libs, ignore_errors=True)
        raise KafkaMissing(f"Kafka's jars could not be fetched: {refused}") from refused


def _tool(name: str, purpose: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise KafkaMissing(f"{name} is missing ({purpose}); on Debian: {APT_HINT}")
    return found


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
