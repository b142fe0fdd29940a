"""An export list goes only where the authority's lattice allows, and says no twice never."""

from datetime import UTC, datetime

import pytest

from services.customs.domain.declaration import StepNotAllowed
from services.customs.domain.export_list import ExportList
from services.customs.domain.retail_export import RetailLine, RetailList
from services.customs.domain.status import EDGES, Status
from shared.kernel.money import Money

NOON = datetime(2026, 9, 1, 4, tzinfo=UTC)
DOLLARS = Money(3_000, "USD")


def export_list(status: Status) -> ExportList:
    line = RetailLine(line_no=1, quantity=1, unit_price=DOLLARS, total_price=DOLLARS)
    declared = RetailList(
        logistics_no="LA-1",
        order_key="TASIK/1",
        order_no="1",
        seller_code="LINAN",
        producer_code="LINAN",
        agent_code="AGENT",
        carrier_code="232",
        trader_reference="COP-1",
        office="2991",
        border_office="2991",
        channel="9610",
        transport_mode="5",
        destination="US",
        gross_weight_g=10,
        net_weight_g=10,
        packages=1,
        lines=(line,),
    )
    return ExportList(
        id="exl_1",
        number="1",
        logistics_no="LA-1",
        order_key="TASIK/1",
        status=status,
        declared=declared,
    )


@pytest.mark.parametrize("here", list(Status))
@pytest.mark.parametrize("to", list(Status))
def test_takes_each_edge_and_no_other(here: Status, to: Status) -> None:
    one = export_list(here)
    if to in EDGES[here]:
        moved = one.moved(to, at=NOON, by="an officer")
        assert (moved.status, moved.version, len(moved.history)) == (to, 2, 1)
        return
    with pytest.raises(StepNotAllowed):
        one.moved(to, at=NOON, by="an officer")


@pytest.mark.parametrize("here", [one for one in Status if one is not Status.RELEASED])
def test_is_loaded_only_when_released(here: Status) -> None:
    with pytest.raises(StepNotAllowed):
        export_list(here).loaded("232-12345675", "CA987")


@pytest.mark.parametrize("here", [one for one in Status if one is not Status.CLOSED])
def test_is_summed_up_and_comes_back_only_when_it_left(here: Status) -> None:
    with pytest.raises(StepNotAllowed):
        export_list(here).summed_up("S1")


def test_is_summed_up_once() -> None:
    once = export_list(Status.CLOSED).summed_up("S1")

    assert once.summed_up("S1").summary == "S1"
    with pytest.raises(StepNotAllowed, match="another summary"):
        once.summed_up("S2")


@pytest.mark.parametrize("here", [Status.RELEASED, Status.CLOSED, Status.SENT_BACK])
def test_is_not_cancelled_too_late(here: Status) -> None:
    with pytest.raises(StepNotAllowed):
        export_list(here).cancelled("not sent", at=NOON, by="AGENT")
