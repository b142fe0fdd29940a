"""The register of whose data left, for whom and what for, counted once for each record."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import prometheus_client as prometheus
import pytest
from msgspec.structs import replace

from services.exchange.domain.transfer import ExportRule
from services.exchange.timers import TransferGauges
from services.exchange.usecases.export_law import ExportLaw, year_of_transfers
from shared.contracts.event import Envelope
from shared.contracts.orders.events import OrderPlaced
from shared.kernel.clock import FixedClock
from shared.packs.loader import load_packs
from tests.component.exchange.hubs import CN, MY, Hub, cancelled, order_id
from tests.component.exchange.test_people import erased, named, person
from tests.contracts.test_events import CONTRACTS

EXAMPLE = OrderPlaced.model_validate_json(
    (CONTRACTS / "examples" / "orders.order-placed.v1.json").read_text()
)
BUYERS = ("330106190001010017", "330106190001010025")


def ordered(hub: Hub, number: int, buyer: str = BUYERS[0]) -> Envelope:
    event = EXAMPLE.model_copy(update={"order_id": order_id(number), "buyer_id_number": buyer})
    return hub.envelope(event, key=order_id(number))


async def year(hub: Hub, **query: int) -> dict[str, Any]:
    reply = await hub.http.get("/v1/transfer-years", params=query)
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


async def rows(hub: Hub, **query: Any) -> list[dict[str, Any]]:
    reply = await hub.http.get("/v1/transfers", params=query)
    assert reply.status_code == 200, reply.text
    items: list[dict[str, Any]] = reply.json()["items"]
    return items


class TestTransfers:
    async def test_count_persons_once_and_each_of_their_records(self, origin: Hub) -> None:
        await origin.say(ordered(origin, 1), ordered(origin, 2), ordered(origin, 3, BUYERS[1]))
        await origin.say(ordered(origin, 4), named(origin))

        found = await year(origin)

        assert found["purposes"] == [
            {"purpose": "founding", "persons": 3, "records": 5, "counted": True}
        ]
        assert (found["year"], found["persons_counted"], found["standing"]) == (2026, 3, "below")
        assert (found["persons_below"], found["rule"]) == (100_000, "C19")
        assert sorted(row["records"] for row in await rows(origin)) == [1, 1, 3]
        assert BUYERS[0] not in str(await rows(origin))

    async def test_count_nothing_twice_that_is_told_twice(self, origin: Hub) -> None:
        once = ordered(origin, 1)
        await origin.say(once)
        await origin.say(once)

        assert [row["records"] for row in await rows(origin)] == [1]

    async def test_count_nothing_without_a_person_or_that_stays_at_home(self, origin: Hub) -> None:
        stays = replace(ordered(origin, 2), audience="de-fra")
        await origin.say(origin.envelope(cancelled(), key=order_id(1)), stays)

        assert await rows(origin) == []

    async def test_begin_anew_each_year_and_keep_the_year_before(self, origin: Hub) -> None:
        await origin.say(ordered(origin, 1))
        clock = origin.store.clock
        assert isinstance(clock, FixedClock)
        clock.move(timedelta(days=365))
        await origin.say(ordered(origin, 2))

        law = ExportLaw(load_packs(), CN)
        async with origin.store.reading() as tx:
            now = await year_of_transfers(tx, law)
            before = await year_of_transfers(tx, law, 2026)
        assert (now.year, now.persons_counted) == (2027, 1)
        assert (before.year, before.persons_counted) == (2026, 1)

    async def test_are_kept_when_the_person_is_erased_and_found_by_it(self, origin: Hub) -> None:
        await origin.say(named(origin), erased(origin), ordered(origin, 1))

        [row] = await rows(origin, person=person())

        assert (row["peer"], row["purpose"], row["records"]) == (MY, "founding", 1)

    async def test_come_page_by_page(self, origin: Hub) -> None:
        await origin.say(*(ordered(origin, n, f"33010619000101{n:04}") for n in range(5)))
        seen: list[int] = []
        query: dict[str, Any] = {"limit": 2}
        while True:
            page = (await origin.http.get("/v1/transfers", params=query)).json()
            seen += [row["id"] for row in page["items"]]
            if page["next_cursor"] is None:
                break
            query["cursor"] = page["next_cursor"]

        assert len(set(seen)) == len(seen) == 5

    @pytest.mark.parametrize(("exempt", "counted"), [((), 2.0), (("founding",), 0.0)])
    async def test_are_gauges_in_which_purposes_that_need_no_leave_do_not_count(
        self, origin: Hub, exempt: tuple[str, ...], counted: float
    ) -> None:
        await origin.say(ordered(origin, 1), ordered(origin, 2, BUYERS[1]))
        registry = prometheus.CollectorRegistry()
        law = Law(load_packs(), CN, 2, exempt)

        await TransferGauges(origin.store, registry, law).show()

        assert registry.get_sample_value("eroad_transfer_persons", {"purpose": "founding"}) == 2
        assert registry.get_sample_value("eroad_transfer_persons_counted") == counted
        assert registry.get_sample_value("eroad_transfer_persons_below") == 2


@dataclass(frozen=True)
class Law(ExportLaw):
    """A law with so small a limit, and these purposes that need no leave."""

    persons_below: int = 0
    exempt: tuple[str, ...] = ()

    def rule(self, now: datetime) -> ExportRule:
        return ExportRule(self.persons_below, self.exempt, "T1", "a test")
