"""Compile to machine code once, and keep it where it may be written.

Compiling takes half a minute, so it must not happen while somebody waits. Numba keeps what it
compiled per file and does not notice a change in another file that was compiled in, so the folder
is named after all compiled sources together.
"""

import atexit
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numba

_Function = TypeVar("_Function", bound=Callable[..., object])


def compiled(function: _Function) -> _Function:
    """Return the function as machine code, taken from the kept code where there is some."""
    made: Any = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    return made


def inlined(function: _Function) -> _Function:
    """Return the function as machine code that becomes part of each function that calls it.

    To hand over dozens of arrays, and to count who uses them, took a tenth of a search's time.
    """
    made: Any = numba.njit(cache=True, nogil=True, error_model="numpy", forceinline=True)(function)
    return made


def keep_code(places: Sequence[Path], *, name: str) -> Path:
    """Return the first place where code may be kept; numba insists on one it can write to.

    Without any, code shipped in the first place is copied to a folder for this process alone.
    """
    for place in places:
        if _writable(place / name):
            return place / name
    private = Path(tempfile.mkdtemp(prefix="eroad-"))
    atexit.register(shutil.rmtree, private, ignore_errors=True)
    shipped = next((place / name for place in places if (place / name).is_dir()), None)
    if shipped is not None:
        shutil.copytree(shipped, private / name)
    return private / name


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True


def _name_of_sources() -> str:
    digest = hashlib.sha256(numba.__version__.encode())
    sources = (path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    for source in sources:
        if b"import compiled" in source:
            digest.update(source)
    return f"packing-{digest.hexdigest()[:16]}"


_config: Any = numba.config
if not _config.CACHE_DIR:  # unless the operator named a place
    _places = (Path(__file__).parent / "__pycache__", Path("~/.cache/eroad").expanduser())
    _config.CACHE_DIR = str(keep_code(_places, name=_name_of_sources()))
