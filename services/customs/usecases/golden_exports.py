"""Golden questions about retail exports, answered from the pack's rules alone."""

from collections.abc import Mapping

from services.customs.domain.export_list import ExportList
from services.customs.domain.export_summary import due_on, sum_up
from services.customs.domain.retail_export import RetailLine, RetailList
from services.customs.usecases.read_pack import read_export_list_rules
from shared.packs.fields import Fields
from shared.packs.pack import Pack
from shared.packs.rule import GoldenCase
from shared.packs.values import money_text


def export_summary(pack: Pack, case: GoldenCase) -> Mapping[str, object]:
    """Which declarations do lists make, with which lines, and until when?

    Each declaration is named by how many lines it has.
    """
    rules = read_export_list_rules(pack, on=case.on)
    rows = case.given.rows("lists")
    made = sum_up([_list(row, number) for number, row in enumerate(rows, start=1)], rules)
    return {
        "declarations": [str(len(one.lines)) for one in made],
        "values": [money_text(line.value, pack.digits) for one in made for line in one.lines],
        "due_on": max(due_on(row.day("left_on"), rules) for row in rows).isoformat(),
    }


def _list(row: Fields, number: int) -> ExportList:
    value = row.money("value")
    line = RetailLine(
        line_no=1,
        quantity=1,
        unit_price=value,
        total_price=value,
        hs_code=row.text("hs_code"),
        destination=row.text("destination"),
    )
    declared = RetailList(
        logistics_no=str(number),
        order_key=str(number),
        order_no=str(number),
        seller_code="S",
        producer_code="S",
        agent_code="A",
        carrier_code="C",
        trader_reference="",
        office="2991",
        border_office="2991",
        channel="9610",
        transport_mode="5",
        destination=row.text("destination"),
        gross_weight_g=1,
        net_weight_g=1,
        packages=1,
        lines=(line,),
    )
    name = f"{number:020d}"
    return ExportList(id=name, number=name, logistics_no=name, order_key=name, declared=declared)
