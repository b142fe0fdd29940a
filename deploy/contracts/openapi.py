"""Each service's OpenAPI, read off the app itself without starting anything."""

import tempfile
from collections.abc import Mapping
from typing import Any

from deploy.hub.plan import HubPlan, found
from deploy.hub.run import build_hub
from shared.kernel.clock import SystemClock


def openapi_documents() -> Mapping[str, dict[str, Any]]:
    """Return service name to OpenAPI 3.1 document."""
    with tempfile.TemporaryDirectory() as folder:
        plan = HubPlan(hub="my-kul", folder=folder, port=1, peers={})
        found([plan], now=SystemClock().now())
        hub = build_hub(plan, clock=SystemClock())
        return {name: service.app.openapi() for name, service in hub.services.items()}
