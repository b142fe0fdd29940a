"""A pack's rules of tax given back on exports, read into the values that the domain applies."""

from datetime import date

from services.customs.domain.export import HS_DIGITS_SHARED
from services.customs.domain.rebate import ReimportRules
from services.customs.domain.rulebook import ExportedSale, RebateRates
from services.customs.usecases.read_pack import rounding_of
from shared.packs.measures import find_measure
from shared.packs.pack import Pack

FOOD_CHAPTERS = tuple(f"{chapter:02d}" for chapter in range(2, 23))
"""The chapters of the nomenclature that hold what is eaten or drunk, where a rule says food."""


def read_rebate_rates(pack: Pack, sale: ExportedSale, *, on: date) -> RebateRates | None:
    """Return a sale's rates; None without a rule, without rates, or for a channel without one.

    An order names the channel of its destination; by which channel it leaves is the pack's first.
    """
    if not pack.has_rule("rebate.export-vat", on=on):
        return None
    rule = pack.rule("rebate.export-vat", on=on)
    channels = rule.value.texts("channels")
    channel = sale.channel if sale.channel in channels else channels[0]
    found = {}
    for line in sale.lines:
        code = line.hs_code[:HS_DIGITS_SHARED]
        measure = find_measure(
            pack, "export-rebate", hs_code=code, origin=pack.country, on=on
        ) or find_measure(pack, "export-rebate", hs_code=line.hs_code, origin=pack.country, on=on)
        if measure is None:
            return None
        found[line.line_no] = measure.rate
    return RebateRates(channel=channel, by_line=found, rounding=rounding_of(rule))


def read_reimport_rules(pack: Pack, *, on: date) -> ReimportRules:
    rule = pack.rule("cbec.export-return", on=on)
    no_food = "food" in rule.value.texts("not_goods")
    return ReimportRules(
        months=rule.value.months("back_within"),
        channels=frozenset(rule.value.texts("channels")),
        original_only=rule.value.text("state") == "original",
        food_prefixes=FOOD_CHAPTERS if no_food else ("-",),
        rule=rule.id,
    )
