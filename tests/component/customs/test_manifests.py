"""What a carrier says left is compared with what was declared, at both ends and in any order."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from shared.contracts.logistics.events import ConsolidationManifested, HouseBill
from shared.kernel.ids import derived_id
from tests.builders.customs_events import (
    DESTINATION,
    MASTER,
    NOON,
    ORIGIN,
    Parcel,
    export_released,
    sealed,
)
from tests.builders.running import Running

A, B, C = (Parcel(f"A-00{number}", unit="U") for number in (1, 2, 3))


def manifested(parcels: Sequence[Parcel], **changes: Any) -> ConsolidationManifested:
    unit = parcels[0].consolidation_id
    values: dict[str, Any] = {
        "consolidation_id": unit,
        "master_waybill": MASTER,
        "mode": "air",
        "unit_no": "AKE12345MH",
        "seals": ("S1", "S2"),
        "origin": "MYKUL",
        "destination": "CNHGH",
        "export_declaration_id": derived_id("exp", ORIGIN, unit),
        "gross_weight_g": 720 * len(parcels),
        "gate_weight_g": 720 * len(parcels),
        "packages": len(parcels),
        "temperature": "ambient",
        "bonded": False,
        "houses": tuple(
            HouseBill(
                parcel_id=parcel.parcel_id,
                logistics_no=parcel.logistics_no,
                order_no=parcel.order_no,
                gross_weight_g=720,
                packages=1,
            )
            for parcel in parcels
        ),
        "departed_at": NOON + timedelta(hours=2),
    }
    return ConsolidationManifested(**(values | changes))


async def read(customs: Running, parcel: Parcel = A) -> dict[str, Any]:
    reply = await customs.http.get(f"/v1/manifests/{parcel.consolidation_id}")
    return reply.json()  # type: ignore[no-any-return]


def told(view: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(finding["code"], finding["logistics_no"]) for finding in view["findings"]]


class TestOrigin:
    async def test_names_what_stayed_behind_and_the_lines_to_amend(self, origin: Running) -> None:
        for parcel in (A, B):
            await origin.hear(parcel.placed_abroad(), origin=DESTINATION)
        await origin.hear(sealed([A, B]))
        waiting = await read(origin)
        await origin.hear(manifested([A, C]), times=2)

        view = await read(origin)
        listed = (await origin.http.get("/v1/manifests?state=differs")).json()["items"]
        none = (await origin.http.get("/v1/manifests?state=agrees")).json()["items"]
        assert waiting["state"] == "waiting-for-manifest"
        assert told(view) == [
            ("short-shipped", B.logistics_no),
            ("excess", C.logistics_no),
        ]
        assert view["short_lines"] == [{"hs_code": "210112", "declared": 2, "shipped": 1}]
        assert listed == [
            {"consolidation_id": A.consolidation_id, "state": "differs", "differences": 2}
        ]
        assert none == []

    async def test_agrees_with_a_unit_that_was_sealed_anew(self, origin: Running) -> None:
        for parcel in (A, B):
            await origin.hear(parcel.placed_abroad(), origin=DESTINATION)
        await origin.hear(sealed([A, B]))
        await origin.hear(manifested([A]))
        before = await read(origin)
        origin.wait(timedelta(minutes=5))
        await origin.hear(sealed([A], version=2))

        assert before["state"] == "differs"
        assert (await read(origin))["state"] == "agrees"

    async def test_is_for_officers(self, origin: Running) -> None:
        headers = origin.office.headers("customs:read")

        reply = await origin.http.get("/v1/manifests", headers=headers)
        missing = await origin.http.get(f"/v1/manifests/{A.consolidation_id}")

        assert reply.status_code == 403
        assert missing.json()["code"] == "customs.manifest-not-found"


class TestDestination:
    @pytest.mark.parametrize("turn", list(permutations(range(3))))
    async def test_comes_to_the_same_whatever_is_heard_first_and_twice(
        self, destination: Running, turn: tuple[int, ...]
    ) -> None:
        events = [
            export_released([A, B, C]),
            export_released([A, B], released_at=NOON + timedelta(hours=2)),
            manifested([A, C]),
        ]
        for number in turn:
            await destination.hear(events[number], key=str(number), origin=ORIGIN, times=2)

        view = await read(destination)
        assert view["state"] == "differs"
        assert told(view) == [("short-shipped", B.logistics_no), ("excess", C.logistics_no)]
        assert view["parcels_declared"] == view["parcels_manifested"] == 2
        assert view["short_lines"] == []

    async def test_hears_a_hub_of_its_own_units_only(self, destination: Running) -> None:
        await destination.hear(manifested([A]))

        ((reason, _),) = await destination.quarantined()
        assert reason == "customs.manifest-foreign"
