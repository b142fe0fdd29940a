"""The tariff-rate quotas of a country pack, read into the values that the domain applies."""

from datetime import date

from services.customs.domain.quota import KILOGRAM, Quota, grams_of
from services.customs.usecases.read_pack import basis_of
from shared.packs.pack import Pack
from shared.packs.rule import Rule


def quotas_of(pack: Pack, *, on: date) -> tuple[Quota, ...]:
    """Return every quota whose period a day falls in, in the order of their keys."""
    return tuple(map(_quota, pack.rules_of_kind("quota", on=on)))


def quota_for(pack: Pack, *, hs_code: str, origin: str, on: date) -> Quota | None:
    """Return the quota that goods of an origin may enter within: the most specific, if any."""
    fitting = [
        (len(prefix), rule)
        for rule in pack.rules_of_kind("quota", on=on)
        if "origins" not in rule.value or origin in rule.value.texts("origins")
        for prefix in rule.value.texts("goods")
        if hs_code.startswith(prefix)
    ]
    return _quota(max(fitting, key=lambda one: one[0])[1]) if fitting else None


def _quota(rule: Rule) -> Quota:
    value = rule.value
    if rule.valid_to is None:
        raise value.place.field("to").wrong("is missing: a quota has a period")
    unit, volume = value.text("unit"), value.count("volume")
    return Quota(
        order_number=value.text("order_number"),
        opens=rule.valid_from,
        closes=rule.valid_to,
        unit=unit,
        volume=grams_of(volume) if unit == KILOGRAM else volume,
        critical_share=value.rate("critical"),
        rate=value.rate("in_quota"),
        basis=basis_of(rule),
    )
