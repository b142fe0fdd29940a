"""`make contracts`: write the generated documents."""

import json
import sys
from pathlib import Path

from deploy.contracts.documents import documents
from deploy.contracts.openapi import openapi_documents

CONTRACTS = Path(__file__).parents[2] / "shared" / "contracts"


def main() -> None:
    files = dict(documents())
    for service, document in openapi_documents().items():
        content = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
        files[Path("openapi") / f"{service}.json"] = content
    for name, content in files.items():
        path = CONTRACTS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    sys.stdout.write(f"{len(files)} documents in {CONTRACTS.relative_to(Path.cwd())}\n")


main()
