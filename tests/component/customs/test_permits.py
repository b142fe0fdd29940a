"""Permits are checked before goods are released: for a sealed unit, and where a form names one."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from shared.contracts.customs.events import ExportReleased
from shared.contracts.event import Event
from shared.contracts.permits.events import (
    LicenceLine,
    PermitIssued,
    PermitReinstated,
    PermitStopped,
    PermitUsed,
    PermitUseReturned,
)
from shared.kernel.ids import derived_id
from tests.builders.customs_events import DESTINATION, NOON, ORIGIN, SELLER, Parcel, sealed
from tests.builders.running import Running
from tests.component.customs.test_forms import GOODS, K1, MEMBER, codes, filed

PERMIT = derived_id("lic", ORIGIN, "health")
A, B = Parcel("A-001", unit="U"), Parcel("A-002", unit="U")
EXPORT = derived_id("exp", ORIGIN, A.consolidation_id)


def issued(quantity: int = 2, **changes: Any) -> PermitIssued:
    values: dict[str, Any] = {
        "permit_id": PERMIT,
        "permit_no": "KKM-1",
        "document_code": "853",
        "agency": "KKM",
        "holder_id": SELLER,
        "destination": "CN",
        "lines": (LicenceLine(line_no=1, hs_code="21011200", quantity=quantity, unit="XPK"),),
        "valid_until": NOON + timedelta(days=30),
        "permit_type": "health",
    }
    return PermitIssued(**(values | changes))


def used(quantity: int, *, left: int, declaration_id: str = EXPORT) -> PermitUsed:
    return PermitUsed(
        permit_id=PERMIT, line_no=1, quantity=quantity, left=left, declaration_id=declaration_id
    )


def stopped(state: Any = "suspended") -> PermitStopped:
    return PermitStopped(permit_id=PERMIT, state=state, reason="recall")


async def say(customs: Running, event: Event, sequence: int, *, times: int = 1) -> None:
    envelope = msgspec.structs.replace(customs.envelope(event, key=PERMIT), sequence=sequence)
    for _ in range(times):
        await customs.deliver(envelope)


async def sealed_unit(customs: Running, parcels: Sequence[Parcel], **changes: Any) -> Any:
    for parcel in parcels:
        await customs.hear(parcel.placed_abroad(), origin=DESTINATION)
    await customs.hear(sealed(parcels, **changes))
    return (await customs.http.get(f"/v1/export-declarations/{EXPORT}")).json()


class TestExport:
    @pytest.mark.parametrize(
        ("events", "state", "reason"),
        [
            ([], "released", ""),
            ([issued(2)], "released", ""),
            ([issued(1)], "documentary-check", "permit-not-enough-left 210112 health"),
            ([issued(2), stopped()], "documentary-check", "permit-suspended 210112 health"),
            (
                [issued(2, valid_until=NOON)],
                "documentary-check",
                "permit-expired 210112 health",
            ),
            ([issued(2), stopped("surrendered")], "released", ""),
        ],
    )
    async def test_is_released_when_permits_cover_it_and_read_when_they_do_not(
        self, origin: Running, *, events: list[Event], state: str, reason: str
    ) -> None:
        for sequence, event in enumerate(events, start=1):
            await say(origin, event, sequence)

        unit = await sealed_unit(origin, [A, B])

        assert (unit["state"], unit["reason"]) == (state, reason)
        assert len(await origin.said(ExportReleased)) == (state == "released")

    async def test_that_was_read_is_released_by_an_officer(self, origin: Running) -> None:
        await say(origin, issued(1), 1)
        await sealed_unit(origin, [A, B])

        path = f"/v1/export-declarations/{EXPORT}/release"
        released = await origin.post(path, {"reason": "permit-on-paper"})

        assert released.json()["state"] == "released"
        assert len(await origin.said(ExportReleased)) == 1

    @pytest.mark.parametrize("turn", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 2, 0), (2, 0, 3, 1)])
    async def test_counts_what_is_left_whatever_was_heard_first_and_twice(
        self, origin: Running, turn: tuple[int, ...]
    ) -> None:
        other = derived_id("exp", ORIGIN, "another unit")
        told = [
            issued(3),
            used(2, left=1, declaration_id=other),
            stopped(),
            PermitReinstated(permit_id=PERMIT, reason="recall over"),
        ]
        for number in turn:
            await say(origin, told[number], number + 1, times=2)

        unit = await sealed_unit(origin, [A, B])

        assert unit["reason"] == "permit-not-enough-left 210112 health"

    async def test_sealed_anew_may_use_what_its_earlier_release_used(self, origin: Running) -> None:
        await say(origin, issued(2), 1)
        await sealed_unit(origin, [A, B])
        await say(origin, used(2, left=0), 2)
        again = await sealed_unit(origin, [A, B], version=2)
        returned = PermitUseReturned(
            permit_id=PERMIT, line_no=1, quantity=2, left=2, declaration_id=EXPORT
        )
        await say(origin, returned, 3)
        third = await sealed_unit(origin, [A, B], version=3)
        await say(origin, used(2, left=0, declaration_id=derived_id("exp", ORIGIN, "other")), 4)
        fourth = await sealed_unit(origin, [A, B], version=4)

        assert (again["state"], third["state"]) == ("released", "released")
        assert fourth["reason"] == "permit-not-enough-left 210112 health"

    async def test_hears_a_hub_of_its_own_permits_only(self, origin: Running) -> None:
        await origin.hear(issued(), origin=DESTINATION)

        ((reason, _),) = await origin.quarantined()
        assert reason == "customs.permit-foreign"


class TestForms:
    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"permit_no": "another"}, "permit-unknown"),
            ({"holder_id": SELLER}, "permit-unknown"),
            ({"valid_until": NOON}, "permit-expired"),
            (
                {"lines": (LicenceLine(line_no=1, hs_code="210112", quantity=9, unit="XPK"),)},
                "permit-does-not-cover",
            ),
            (
                {"lines": (LicenceLine(line_no=1, hs_code="392690", quantity=9, unit="XPK"),)},
                "permit-not-enough-left",
            ),
            ({}, None),
        ],
    )
    async def test_name_permits_that_cover_their_lines(
        self, origin: Running, changes: dict[str, Any], code: str | None
    ) -> None:
        line = LicenceLine(line_no=1, hs_code="392690", quantity=10, unit="XPK")
        mine = {"holder_id": MEMBER, "destination": "MY", "permit_no": "SIRIM-1", "lines": (line,)}
        await say(origin, issued(**(mine | changes)), 1)

        form = await filed(origin, "K1", K1, {**GOODS, "permit_id": "SIRIM-1"})

        expected = [] if code is None else [(code, "lines[0].permit_id")]
        assert codes(form) == expected
