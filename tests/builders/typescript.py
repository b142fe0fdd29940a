"""TypeScript's compiler, fetched once by npm as the client's lock file pins it, and node to run it.

Where node or npm is missing the test is skipped, unless everything real is required.
"""

import fcntl
import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from deploy.processes import ServerFailed, run_tool
from shared.runtime.settings import real_parts_required

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "shared" / "client" / "typescript"
CACHE = ROOT / ".cache" / "typescript"
PINS = ("package.json", "package-lock.json")
FETCH_TIMEOUT_S = 180
COMPILE_TIMEOUT_S = 120


def node() -> str:
    """Return the path of node, or skip the test."""
    return _tool("node", "nodejs")


def compiled(sources: Iterable[Path], folder: Path) -> Path:
    """Compile the client with these files by the client's own strict settings.

    Returns the folder of the JavaScript; raises ServerFailed with what the compiler says.
    """
    shutil.copy(CLIENT / "package.json", folder)  # says that the files are modules
    for path in (CLIENT / "tsconfig.json", CLIENT / "client.ts", *sources):
        shutil.copy(path, folder)
    run_tool([node(), _compiler(), "-p", folder], timeout_s=COMPILE_TIMEOUT_S)
    return folder / "built"


def _compiler() -> Path:
    """Return tsc's program, fetching it when the lock file has changed since; one process does."""
    npm = _tool("npm", "npm")
    program, stamp = CACHE / "node_modules" / "typescript" / "bin" / "tsc", CACHE / "stamp"
    wanted = hashlib.sha256(b"".join((CLIENT / name).read_bytes() for name in PINS)).hexdigest()
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (program.exists() and stamp.exists() and stamp.read_text() == wanted):
            stamp.unlink(missing_ok=True)
            for name in PINS:
                shutil.copy(CLIENT / name, CACHE)
            fetch = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            try:
                run_tool(fetch, timeout_s=FETCH_TIMEOUT_S, cwd=CACHE)
            except ServerFailed as failed:
                _missing(f"TypeScript could not be fetched: {failed}")
            stamp.write_text(wanted)
    return program


def _tool(name: str, package: str) -> str:
    found = shutil.which(name)
    return found or _missing(f"{name} is missing; on Debian: apt-get install -y {package}")


def _missing(what: str) -> str:
    if real_parts_required():
        pytest.fail(f"EROAD_REQUIRE_REAL is set and {what}", pytrace=False)
    pytest.skip(what)
