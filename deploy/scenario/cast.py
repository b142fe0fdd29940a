"""Who acts in a story: each party registers at its hub and gets a key, as it would in life."""

from datetime import UTC, datetime, timedelta

import httpx

from deploy.hub.plan import HubPlan
from deploy.scenario.hub_client import HubClient
from deploy.scenario.story import Party, Story
from shared.kernel.ids import derived_id

CLOCK = "/orders/v1/test-clock"
"""There only in the test profile; elsewhere the hubs have the machine's time."""


class Cast:
    """The actors of one run of a story, each with its own key."""

    def __init__(
        self,
        story: Story,
        plans: dict[str, HubPlan],
        *,
        run: str,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        self._story = story
        self._plans = plans
        self._run = run
        self.http = http or httpx.AsyncClient(timeout=httpx.Timeout(30, connect=5))
        self.operators = {hub: self._operator(plan) for hub, plan in plans.items()}
        self.seller_id = ""
        self.marketplace_id = ""
        self.ahead = timedelta()
        """How far an earlier story has moved the hubs' clocks; they never go back."""

    def now(self) -> datetime:
        """Return what time the hubs take it to be."""
        return datetime.now(UTC) + self.ahead

    async def register(self) -> None:
        """Register the seller and its forwarder at home, marketplace and carrier abroad."""
        story = self._story
        clock = await self.operators[story.seller_hub].get(CLOCK, accept=(404,))
        if "now" in clock:
            self.ahead = datetime.fromisoformat(clock["now"]) - datetime.now(UTC)
        home, abroad = story.seller_hub, story.buyer_hub
        self.seller_id, self.seller = await self.join(home, "seller", story.seller)
        _, self.forwarder = await self.join(home, "agent", story.forwarder)
        shop = Party(name=story.marketplace.name, country=story.marketplace.country)
        self.marketplace_id, self.marketplace = await self.join(abroad, "marketplace", shop)
        _, self.carrier = await self.join(abroad, "carrier", story.carrier)

    async def join(self, hub: str, kind: str, party: Party) -> tuple[str, HubClient]:
        """Register a party at a hub; return its id and what it asks that hub with."""
        operator = self.operators[hub]
        body = {"kind": kind, **party.model_dump()}
        member = await operator.post("/members/v1/members", body)
        key = await operator.post(
            f"/members/v1/members/{member['id']}/clients", {"name": f"{kind} software"}
        )
        client = HubClient(
            self._plans[hub].url, key["client_id"], key["client_secret"], self._run, self.http
        )
        return member["id"], client

    def _operator(self, plan: HubPlan) -> HubClient:
        client_id = derived_id("cli", plan.hub, "operator")
        return HubClient(plan.url, client_id, plan.operator_secret(), self._run, self.http)
