"""`make contracts`: write the generated documents."""

import json
import sys
from pathlib import Path

from deploy.contracts.documents import documents
from deploy.contracts.openapi import openapi_documents
from deploy.contracts.typescript import typescript_client

ROOT = Path(__file__).parents[2]
CONTRACTS = ROOT / "shared" / "contracts"
OPENAPI = ROOT / "var" / "openapi"
"""Every service serves its own; these copies are for client generators and stay out of git."""
TYPESCRIPT = ROOT / "shared" / "client" / "typescript" / "client.ts"


def main() -> None:
    files = {CONTRACTS / name: content for name, content in documents().items()}
    services = openapi_documents()
    files[TYPESCRIPT] = typescript_client(services)
    for service, document in services.items():
        content = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
        files[OPENAPI / f"{service}.json"] = content
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    sys.stdout.write(f"{len(files)} documents in shared/contracts, shared/client and var/openapi\n")


main()
