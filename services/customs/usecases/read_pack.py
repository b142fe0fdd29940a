"""A country pack's text, read into the values that the domain applies."""

from datetime import date

from services.customs.domain.basis import Basis
from services.customs.domain.cbec import CbecRules, Limit, Relief
from services.customs.domain.consignment import PriceFloor, TaxRate
from services.customs.domain.duty import Combine, Specific
from services.customs.domain.general_trade import GeneralTradeRules
from services.customs.domain.import_rules import (
    Arithmetic,
    DocumentLimits,
    IdentityRule,
    ImportRules,
)
from services.customs.domain.landed_cost import Taxation
from services.customs.domain.lanes import Lane, LaneProfile
from services.customs.domain.low_value import LowValueRules
from services.customs.domain.origin import OriginScheme
from services.customs.domain.personal_parcel import PersonalParcelRules
from services.customs.domain.preference import PREFERENCE, Agreement, preference_of
from services.customs.domain.retail_export import ExportListRules
from services.customs.domain.rulebook import CustomsRates
from shared.kernel.money import Money, Rounding
from shared.packs.errors import PackMalformed
from shared.packs.measures import find_measure
from shared.packs.pack import Pack
from shared.packs.rule import Rule

IMPORT_MEASURES = (
    "customs-duty",
    "vat",
    "consumption-tax",
    "sales-tax",
    "low-value-tax",
    "parcel-tax",
)


def read_import_rules(pack: Pack, *, on: date) -> ImportRules:
    """Return a country's import rules of a day, or raise RuleMissing or PackMalformed."""
    channels = pack.rule("goods.channels", on=on)
    nomenclature = pack.rule("goods.nomenclature", on=on)
    return ImportRules(
        country=pack.country,
        pack_digest=pack.digest,
        hs_digits=nomenclature.value.count("digits"),
        hs_basis=basis_of(nomenclature),
        channel_basis=basis_of(channels),
        taxations={
            row.text("code"): _taxation(pack, row.text("taxation"), row.text("code"), on)
            for row in channels.value.rows("rows")
            if "taxation" in row and row.text("direction") != "export"
        },
        limits=_document_limits(pack.rule("documents.limits", on=on)),
        arithmetic=_arithmetic(pack.rule("documents.arithmetic", on=on)),
        identity=_identity(pack.rule("documents.identity", on=on)),
    )


def read_export_list_rules(pack: Pack, *, on: date) -> ExportListRules:
    """Return what a country asks of retail export lists, or raise RuleMissing."""
    rule = pack.rule("export.list", on=on)
    channels = pack.rule("goods.channels", on=on)
    nomenclature = pack.rule("goods.nomenclature", on=on)
    return ExportListRules(
        papers=rule.value.texts("papers"),
        release_papers=rule.value.texts("release_papers"),
        summary_by=rule.value.texts("summary_by"),
        summary_lines_by=rule.value.texts("summary_lines_by"),
        summary_day=rule.value.count("summary_day"),
        basis=basis_of(rule),
        channels=frozenset(
            row.text("code")
            for row in channels.value.rows("rows")
            if row.text("direction") != "import"
        ),
        channel_basis=basis_of(channels),
        hs_digits=nomenclature.value.count("digits"),
        hs_basis=basis_of(nomenclature),
        sums_basis=basis_of(pack.rule("documents.arithmetic", on=on)),
    )


def read_customs_rates(pack: Pack, *, on: date) -> CustomsRates | None:
    """Return how customs values foreign money that day, or None where no rule says."""
    if not pack.has_rule("rates.customs", on=on):
        return None
    rule = pack.rule("rates.customs", on=on)
    rows = rule.value.rows("rows")
    return CustomsRates(
        rates={row.text("currency"): row.number("rate") for row in rows},
        digits=pack.digits,
        currency=pack.currency,
        rounding=rounding_of(rule),
        basis=basis_of(rule),
    )


def basis_of(rule: Rule) -> Basis:
    """Return what a figure cites when it rests on this rule."""
    return Basis(
        rule=rule.id,
        key=rule.key,
        citation=f"{rule.citation.instrument} ({rule.citation.source})",
        confidence=rule.status.value,
    )


def lane_profile(rule: Rule) -> LaneProfile:
    """Return a pack's shares per lane, or raise PackMalformed when they don't make one whole."""
    rows = rule.value.rows("rows")
    shares = tuple((Lane(row.text("lane")), row.rate("share")) for row in rows)
    value = rule.value
    try:
        return LaneProfile(
            shares=shares,
            basis=basis_of(rule),
            goods=value.texts("goods") if "goods" in value else (),
            origins=value.texts("origins") if "origins" in value else (),
            over=value.money("over") if "over" in value else None,
        )
    except ValueError as error:
        raise rule.value.place.field("rows").wrong(str(error)) from error


def lane_profiles(pack: Pack, direction: str, *, on: date) -> tuple[LaneProfile, ...]:
    """Return every profile of a direction: the one of all declarations first, or RuleMissing."""
    general = f"risk.{direction}-lanes"
    special = [
        rule for rule in pack.rules if rule.key.startswith(f"{general}.") and rule.in_force(on)
    ]
    return tuple(lane_profile(rule) for rule in (pack.rule(general, on=on), *special))


def code_list(rule: Rule) -> dict[str, str]:
    """Return what each of an authority's codes means."""
    return {row.text("code"): row.text("means") for row in rule.value.rows("rows")}


LUXURY_FIELDS = {"consumption-tax": "rate", "luxury-parcel-tax": "parcel_rate"}
"""The taxes of dear goods by the field of their rule that has the rate."""


def line_rates(pack: Pack, *, hs_code: str, origin: str, on: date) -> dict[str, TaxRate]:
    """Return every rate of goods of an origin, those of agreements by `preference_of` theirs."""
    schemes = [_scheme_of(rule) for rule in pack.rules_of_kind("origin-scheme", on=on)]
    wanted: list[tuple[str, str, str | None]] = [(name, name, None) for name in IMPORT_MEASURES]
    wanted += [(preference_of(scheme), PREFERENCE, scheme) for scheme in schemes]
    found = {}
    for name, measure_name, scheme in wanted:
        measure = find_measure(
            pack, measure_name, hs_code=hs_code, origin=origin, on=on, scheme=scheme
        )
        if measure is not None:
            found[name] = TaxRate(
                rate=measure.rate, basis=basis_of(measure.rule), specific=_specific(measure.rule)
            )
    return {**_luxury_taxes(pack, hs_code, on), **found}


def _luxury_taxes(pack: Pack, hs_code: str, on: date) -> dict[str, TaxRate]:
    """Return the taxes of goods that bear them only from a price on: imported, and by parcel."""
    for rule in pack.rules_of_kind("luxury-tax", on=on):
        value = rule.value
        if hs_code.startswith(value.texts("goods")):
            floor = PriceFloor(
                per_gram=value.money("from_per_ml_or_g"), per_piece=value.money("from_per_piece")
            )
            return {
                measure: TaxRate(rate=value.rate(field), basis=basis_of(rule), floor=floor)
                for measure, field in LUXURY_FIELDS.items()
            }
    return {}


def _specific(rule: Rule) -> Specific | None:
    value = rule.value
    if "specific" not in value:
        return None
    return Specific(
        amount=value.money("specific"),
        unit=value.text("unit"),
        combine=Combine(value.text("combine")),
    )


def read_origin_schemes(pack: Pack, *, destination: str, on: date) -> tuple[OriginScheme, ...]:
    """Return the agreements by which a country's goods enter another at a lower tariff."""
    return tuple(
        OriginScheme(
            scheme=_scheme_of(rule),
            certificate=rule.value.text("form"),
            issuer=rule.value.text("issuer"),
            fee=_certificate_fee(pack, rule, on),
            days=rule.value.count("analysis_days"),
            basis=basis_of(rule),
        )
        for rule in pack.rules_of_kind("origin-scheme", on=on)
        if destination in rule.value.texts("partners")
    )


def _scheme_of(rule: Rule) -> str:
    return rule.key.removeprefix("origin.")


def _certificate_fee(pack: Pack, rule: Rule, on: date) -> Money | None:
    """Return what the certificate costs, where the pack says so."""
    if "paper" not in rule.value:
        return None
    return pack.rule(f"paper.{rule.value.text('paper')}", on=on).value.money("fee")


def _agreement(pack: Pack, rule: Rule, on: date) -> Agreement:
    rates = read_customs_rates(pack, on=on)
    return Agreement(
        scheme=_scheme_of(rule),
        waived_to=None if rates is None else rates.local(rule.value.money("waived_to")),
        partners=frozenset(rule.value.texts("partners")),
        valid_months=rule.value.months("valid"),
        basis=basis_of(rule),
    )


def _general_trade(pack: Pack, on: date) -> GeneralTradeRules:
    rule = pack.rule("general-trade.dutiable", on=on)
    return GeneralTradeRules(
        parts=rule.value.texts("parts"),
        parts_basis=basis_of(rule),
        rounding=rounding_of(rule),
        basis=basis_of(rule),
        on=on,
        agreements=tuple(
            _agreement(pack, one, on) for one in pack.rules_of_kind("origin-scheme", on=on)
        ),
    )


def _taxation(pack: Pack, method: str, channel: str, on: date) -> Taxation:
    match method:
        case "cbec":
            return _cbec(pack, on)
        case "personal-parcel":
            return _personal_parcel(pack, on)
        case "general-trade":
            return _general_trade(pack, on)
        case "low-value":
            return _low_value(pack, channel, on)
    raise PackMalformed.at(file=pack.country, problem=f"no taxation is called {method!r}")


def _cbec(pack: Pack, on: date) -> CbecRules:
    composite = pack.rule("cbec.composite", on=on)
    dutiable = pack.rule("cbec.dutiable", on=on)
    return CbecRules(
        parts=dutiable.value.texts("parts"),
        parts_basis=basis_of(dutiable),
        single_limit=_limit(pack.rule("cbec.single-limit", on=on)),
        annual_limit=_limit(pack.rule("cbec.annual-limit", on=on)),
        within_limits=_relief(pack.rule("cbec.within-limits", on=on)),
        single_item=_relief(pack.rule("cbec.single-item", on=on)),
        composite=basis_of(composite),
        rounding=rounding_of(composite),
    )


def _limit(rule: Rule) -> Limit:
    value = rule.value
    code = value.text("code") if "code" in value else rule.id
    return Limit(amount=value.money("amount"), code=code, basis=basis_of(rule))


def _relief(rule: Rule) -> Relief:
    value = rule.value
    return Relief(
        tariff=value.rate("tariff"),
        taxes=value.rate("taxes"),
        items_max=value.count("items_max") if "items_max" in value else None,
        basis=basis_of(rule),
    )


def _personal_parcel(pack: Pack, on: date) -> PersonalParcelRules:
    rule = pack.rule("parcel.personal", on=on)
    return PersonalParcelRules(
        limit=rule.value.money("limit"),
        limit_near=rule.value.money("limit_near"),
        near=frozenset(rule.value.texts("near")),
        waived_to=rule.value.money("waived_to"),
        rounding=rounding_of(rule),
        basis=basis_of(rule),
    )


def _low_value(pack: Pack, channel: str, on: date) -> LowValueRules:
    dutiable = pack.rule("low-value.dutiable", on=on)
    duty_free = pack.rule("low-value.duty-free", on=on)
    item = pack.rule("low-value.item", on=on)
    applies = "channels" not in duty_free.value or channel in duty_free.value.texts("channels")
    return LowValueRules(
        parts=dutiable.value.texts("parts"),
        parts_basis=basis_of(dutiable),
        line_rounding=rounding_of(dutiable),
        duty_free=duty_free.value.money("amount") if applies else None,
        duty_free_basis=basis_of(duty_free),
        item_limit=item.value.money("amount"),
        item_rounding=rounding_of(item),
        item_basis=basis_of(item),
    )


def _document_limits(rule: Rule) -> DocumentLimits:
    return DocumentLimits(
        documents_max=rule.value.count("documents_max"),
        lines_max=rule.value.count("lines_max"),
        order_no_length_max=rule.value.count("order_no_length_max"),
        basis=basis_of(rule),
    )


def _arithmetic(rule: Rule) -> Arithmetic:
    return Arithmetic(
        plus=rule.value.texts("plus"),
        minus=rule.value.texts("minus"),
        currency=rule.value.text("currency"),
        basis=basis_of(rule),
    )


def _identity(rule: Rule) -> IdentityRule:
    return IdentityRule(
        consignee_fields=rule.value.texts("consignee"),
        payer_is_orderer=rule.value.text("payer") == "orderer",
        id_scheme=rule.value.text("id_scheme"),
        basis=basis_of(rule),
    )


def rounding_of(rule: Rule) -> Rounding:
    if rule.rounding is None:
        raise rule.value.place.field("rounding").wrong("is missing: this rule computes an amount")
    return rule.rounding.mode
