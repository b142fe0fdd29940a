"""What is missing or broken on this machine or in a running hub, and the fix for each."""

import json
import platform
import shutil
import sqlite3
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.hub.plan import HubPlan

SQLITE_FIXED = ((3, 51, 3), (3, 50, 7), (3, 44, 6))
"""Releases in which SQLite's WAL-reset corruption is mended (https://sqlite.org/wal.html)."""
DISK_FREE_MB_MIN = 500
TIMEOUT_S = 3


@dataclass(frozen=True)
class Check:
    """One thing looked at: fine, or what to do about it. `optional` ones only limit what runs."""

    name: str
    ok: bool
    detail: str
    fix: str = ""
    optional: bool = False


def checks(folder: Path) -> Iterator[Check]:
    """Look at this machine, then at every hub whose plan lies in `folder`."""
    yield _python()
    yield _sqlite()
    yield _disk(folder)
    for program, package, what in (
        ("java", "openjdk-17-jre-headless", "real Kafka"),
        ("mvn", "maven", "real Kafka"),
        ("kubectl", "kubectl", "checking the Kubernetes overlays"),
    ):
        found = shutil.which(program)
        fix = f"install {program} (Debian: {package})"
        yield Check(program, found is not None, found or f"needed for {what}", fix, optional=True)
    for file in sorted(folder.glob("*/hub.json")):
        yield from _hub(HubPlan.load(file))


def _python() -> Check:
    version = platform.python_version()
    return Check("python", sys.version_info >= (3, 11), version, "install Python 3.11 or newer")


def _sqlite() -> Check:
    version = tuple(int(part) for part in sqlite3.sqlite_version.split("."))
    mended = any(version >= fixed and version[:2] == fixed[:2] for fixed in SQLITE_FIXED)
    detail = sqlite3.sqlite_version
    if not (mended or version > SQLITE_FIXED[0]):
        detail += " (single-writer rule keeps its WAL bug away)"
    return Check("sqlite", version >= (3, 35, 0), detail, "install SQLite 3.35 or newer")


def _disk(folder: Path) -> Check:
    there = folder if folder.exists() else Path()
    free_mb = shutil.disk_usage(there).free // 1_000_000
    return Check("disk", free_mb >= DISK_FREE_MB_MIN, f"{free_mb} MB free", "free some space")


def _hub(plan: HubPlan) -> Iterator[Check]:
    keys = plan.path / "keys"
    for name in ("token.pem", "signing.pem", "operator.secret"):
        file = keys / name
        private = file.exists() and file.stat().st_mode & 0o077 == 0
        yield Check(f"{plan.hub} {name}", private, str(file), f"chmod 600 {file}, or found it anew")
    try:
        with urllib.request.urlopen(f"{plan.url}/readyz", timeout=TIMEOUT_S) as reply:  # noqa: S310
            yield Check(f"{plan.hub} process", reply.status == 200, plan.url)
    except (urllib.error.URLError, OSError) as error:
        start = f"start it with `eroad up`, or `eroad hub run {plan.folder}`"
        yield Check(f"{plan.hub} process", False, str(error), start, True)
        return
    for service in ("members", "orders", "permits", "customs", "logistics", "payments", "exchange"):
        yield _service(plan, service)


def _service(plan: HubPlan, service: str) -> Check:
    name = f"{plan.hub} {service}"
    try:
        url = f"{plan.url}/{service}/readyz"
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as reply:  # noqa: S310
            status = json.load(reply)
    except (urllib.error.URLError, OSError, ValueError) as error:
        return Check(name, False, str(error), f"read the log of {plan.hub}")
    degraded = ", ".join(f"{what}: {why}" for what, why in status["degraded"].items())
    return Check(name, not degraded, degraded or "ready", "see what it names")
