"""One trace id goes with an order from the shop's request through both hubs."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from deploy.scenario.hub_client import HubClient, until
from tests.builders.hubs import two_hubs
from tests.builders.otlp import Collector, SeenSpan, collecting

ROOT = Path(__file__).parents[2]
MEMBER = {"kind": "agent", "name": "Selat Forwarding", "country": "MY"}


async def registered(operator: HubClient) -> str:
    """Let something happen at a hub that its peer is told of; return the request's trace."""
    await operator.post("/members/v1/members", MEMBER)
    return operator.trace_ids[-1]


async def arrived(collector: Collector, trace: str, *wanted: tuple[str, str, str]) -> Any:
    """Wait until the trace has a span of each hub, service and name."""

    async def look() -> list[SeenSpan] | None:
        spans = collector.of(trace)
        seen = {(span.hub, span.service, span.name) for span in spans}
        return spans if set(wanted) <= seen else None

    return await until(look, what=f"spans {wanted}, seen {collector.of(trace)}")


class TestTraces:
    async def test_one_trace_leads_through_doors_outbox_bus_frames_and_the_other_hub(
        self, tmp_path: Path
    ) -> None:
        with collecting() as collector:
            async with two_hubs(tmp_path, otlp_endpoint=collector.url) as mesh:
                trace = await registered(mesh.operators["my-kul"])
                spans = await arrived(
                    collector,
                    trace,
                    ("my-kul", "members", "POST /v1/members"),
                    ("my-kul", "members", "publish members.events"),
                    ("my-kul", "exchange", "process batch"),
                    ("my-kul", "exchange", "frame closed"),
                    ("cn-hgh", "exchange", "frame applied"),
                    ("cn-hgh", "exchange", "publish my-kul.members.events"),
                )

        door = next(span for span in spans if span.name == "POST /v1/members")
        assert door.attributes["http.response.status_code"] == "201"
        assert {span.parent_id for span in spans if span is not door} == {door.span_id}

    async def test_a_caller_may_bring_its_own_trace(self, tmp_path: Path) -> None:
        brought = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        with collecting() as collector:
            async with two_hubs(tmp_path, otlp_endpoint=collector.url) as mesh:
                reply = await mesh.http.get(
                    f"{mesh.plans['my-kul'].url}/orders/v1/orders", headers={"traceparent": brought}
                )

        [span] = collector.of("0af7651916cd43dd8448eb211c80319c")
        assert (span.name, span.parent_id) == ("GET /v1/orders", "b7ad6b7169203331")
        assert reply.headers["traceparent"] == f"00-{span.trace_id}-{span.span_id}-01"

    def test_a_hub_that_nobody_watches_loads_nothing_for_it(self) -> None:
        code = "import sys, deploy.hub.run; print(*sys.modules)"

        loaded = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        )

        # FastAPI itself loads the API package; what makes and sends spans is what weighs.
        heavy = ("opentelemetry.sdk", "opentelemetry.exporter", "shared.runtime.telemetry")
        assert [name for name in loaded.stdout.split() if name.startswith(heavy)] == []
