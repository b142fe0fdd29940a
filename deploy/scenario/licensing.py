"""The stages of a story in which the seller applies for its permits, and customs uses them up."""

from typing import Any

from deploy.scenario.cast import Cast
from deploy.scenario.each import Tick
from deploy.scenario.figures import Figures
from deploy.scenario.hub_client import HubClient
from deploy.scenario.story import Party, Permit, Story

OFFICERS = ("first", "second", "third")
"""One proposes, another countersigns, and an appeal is heard by one who did neither."""


class Licensing:
    """Applications of the seller, decided by three officers of the agency."""

    def __init__(self, story: Story, cast: Cast, figures: Figures) -> None:
        self.story = story
        self.cast = cast
        self.figures = figures
        self.licences: dict[str, str] = {}

    async def apply(self, tick: Tick) -> None:
        """Every permit of the story, from the draft to the decision."""
        for permit in self.story.permits:
            case = await self._hand_in(permit)
            if permit.decided == "withdraw":
                path = f"/permits/v1/applications/{case['id']}/withdraw"
                case = await self.cast.seller.post(path, {}, if_match=case["version"])
                self.figures.saw(f"{permit.permit_type} decided", case["state"])
            else:
                await self._decide(permit, case)
            tick()

    async def show_use(self, tick: Tick) -> None:
        """What customs' release has used of each licence that was issued."""
        for permit in self.story.permits:
            if permit.permit_type not in self.licences:
                continue
            licence = await self.cast.seller.until(
                f"/permits/v1/licences/{self.licences[permit.permit_type]}",
                lambda reply: any(line["used"] for line in reply["lines"]),
                what=f"the write-off of the {permit.permit_type}",
            )
            [line] = licence["lines"]
            used = f"{line['used']} of {line['quantity']}, {licence['state']}"
            self.figures.saw(f"{permit.permit_type} used", used)
            tick()

    async def _hand_in(self, permit: Permit) -> dict[str, Any]:
        seller = self.cast.seller
        line = {
            "hs_code": permit.hs_code,
            "description": permit.description,
            "quantity": permit.quantity,
            "unit": permit.unit,
        }
        wish = {
            "permit_type": permit.permit_type,
            "destination": self.story.buyer_hub[:2].upper(),
            "lines": [line],
            "facts": permit.facts,
        }
        draft = await seller.post("/permits/v1/applications", wish)
        path = f"/permits/v1/applications/{draft['id']}"
        handed_in = await seller.post(f"{path}/submit", {}, if_match=draft["version"])
        question = handed_in["question"]
        missing = [] if question is None else [one["field"] for one in question["findings"]]
        said = " ".join([handed_in["state"], *missing])
        self.figures.saw(f"{permit.permit_type} handed in", said)
        if not permit.answered:
            return handed_in
        answer = {"answer": "as asked", "facts": permit.answered}
        return await seller.post(f"{path}/answer", answer, if_match=handed_in["version"])

    async def _decide(self, permit: Permit, handed_in: dict[str, Any]) -> None:
        path = f"/permits/v1/applications/{handed_in['id']}"
        first, second, third = [
            await self._officer(handed_in["agency"], which) for which in OFFICERS
        ]
        decision = {"outcome": permit.decided, "reason": permit.reason}
        agreed = {"agree": True, "reason": permit.reason}
        case = handed_in
        for officer, deed, body in (
            (first, "take-up", {}),
            (first, "pass-checks", {}),
            (first, "decide", decision),
            (second, "countersign", agreed),
        ):
            case = await officer.post(f"{path}/{deed}", body, if_match=case["version"])
        self.figures.saw(f"{permit.permit_type} decided", case["state"])
        if case["licence_id"] is not None:
            self.licences[permit.permit_type] = case["licence_id"]
        if permit.appealed:
            why = {"reason": permit.appealed}
            case = await self.cast.seller.post(f"{path}/appeal", why, if_match=case["version"])
            heard = {"allow": False, "reason": permit.reason}
            case = await third.post(f"{path}/hear-appeal", heard, if_match=case["version"])
            self.figures.saw(f"{permit.permit_type} after the appeal", case["state"])

    async def _officer(self, agency: str, which: str) -> HubClient:
        hub = self.story.seller_hub
        party = Party(name=f"{agency}, {which} officer", country=hub[:2].upper())
        member_id, officer = await self.cast.join(hub, "officer", party)
        await self.cast.operators[hub].put(
            f"/permits/v1/agencies/{agency}/officers/{member_id}", None
        )
        return officer
