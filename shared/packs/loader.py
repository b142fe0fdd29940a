"""From a folder of YAML and CSV files to a pack.

`<CC>/pack.yaml` names the country; every other `*.yaml`, in the folder or in one folder below,
holds rules of the section it is named after; a `*.csv` beside it holds the lines of one of its
rules (tables.py). All is read as text: country code NO stays NO, goods code 0901 keeps its zero,
and no number ever becomes a float.
"""

import csv
import io
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from shared.kernel.collector import uncollected
from shared.packs.errors import PackMalformed
from shared.packs.pack import TABLE_SUFFIX, Pack, Packs, read_pack

FILE_BYTES_MAX = 2_000_000
TABLE_BYTES_MAX = 20_000_000
FILES_MAX = 200
PACKS_KEPT_MAX = 32
Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""The same reader in C where PyYAML was built with it: ten times as fast."""
MANIFEST = "pack.yaml"
PACKS_FOLDER = Path(__file__).parent


def load_packs(folder: Path = PACKS_FOLDER) -> Packs:
    """Load every country's pack in a folder, or raise PackMalformed."""
    return Packs([load_pack(manifest.parent) for manifest in sorted(folder.glob(f"*/{MANIFEST}"))])


def load_pack(folder: Path) -> Pack:
    """Load one country's pack, or raise PackMalformed naming file, rule and field.

    The same bytes give the same pack, so the services of one process share it.
    """
    return _pack_of(folder.name, _read(folder))


def load_document(folder: Path) -> dict[str, Any]:
    """Read a folder into the document that `read_pack` takes."""
    return _document_of(folder.name, _read(folder))


Texts = tuple[tuple[str, bytes], ...]
"""The files of a pack: their paths below its folder, and their bytes."""


@lru_cache(maxsize=PACKS_KEPT_MAX)
def _pack_of(name: str, texts: Texts) -> Pack:
    with uncollected():
        return read_pack(_document_of(name, texts))


def _document_of(name: str, texts: Texts) -> dict[str, Any]:
    files = {path: _read_file(path, text, f"{name}/{path}") for path, text in texts}
    if MANIFEST not in files:
        raise PackMalformed.at(file=f"{name}/{MANIFEST}", problem="is missing")
    return {"pack": files.pop(MANIFEST), "files": files}


def _read(folder: Path) -> Texts:
    patterns = (f"{below}*{suffix}" for below in ("", "*/") for suffix in (".yaml", TABLE_SUFFIX))
    paths = sorted({path for pattern in patterns for path in folder.glob(pattern)})
    if len(paths) > FILES_MAX:
        raise PackMalformed.at(file=folder.name, problem=f"more than {FILES_MAX} files")
    for path in paths:
        most = TABLE_BYTES_MAX if path.suffix == TABLE_SUFFIX else FILE_BYTES_MAX
        if path.stat().st_size > most:
            name = f"{folder.name}/{path.relative_to(folder).as_posix()}"
            raise PackMalformed.at(file=name, problem=f"is over {most} bytes")
    return tuple((path.relative_to(folder).as_posix(), path.read_bytes()) for path in paths)


def _read_file(path: str, text: bytes, name: str) -> Any:
    return (_read_csv if path.endswith(TABLE_SUFFIX) else _read_yaml)(text, name)


def _read_csv(text: bytes, name: str) -> Any:
    try:
        rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline=""), strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        raise PackMalformed.at(file=name, problem=f"is not readable CSV: {error}") from error
    return {"columns": rows[0] if rows else [], "lines": rows[1:]}


def _read_yaml(text: bytes, name: str) -> Any:
    try:
        node = yaml.compose(text.decode("utf-8"), Loader=Loader)
        return _plain(node, seen=set())
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PackMalformed.at(file=name, problem=f"is not readable YAML: {error}") from error


def _plain(node: yaml.Node | None, *, seen: set[int]) -> Any:
    """Turn YAML nodes into text, lists and mappings; refuse what hides which value counts."""
    if node is None:
        return {}
    if id(node) in seen:
        raise yaml.MarkedYAMLError(problem="aliases are not allowed", problem_mark=node.start_mark)
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, seen=seen) for item in node.value]
    if not isinstance(node, yaml.MappingNode):
        return node.value
    mapping: dict[str, Any] = {}
    for key, value in node.value:
        if key.value in mapping:
            problem = f"{key.value!r} is written twice"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
        mapping[str(key.value)] = _plain(value, seen=seen)
    return mapping
