"""The rulebook over the country packs installed at this hub."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache

from services.customs.domain.consignment import TaxRate
from services.customs.domain.drawback import DrawbackRules, end_of
from services.customs.domain.forms.terms import FormTerms
from services.customs.domain.gate.codes import GateCodes
from services.customs.domain.goods_return import ReturnRules
from services.customs.domain.import_rules import ImportRules
from services.customs.domain.lanes import (
    ANYTHING,
    Lane,
    LaneProfile,
    RiskFacts,
    forced_lane,
    is_forced_unsent,
    seed_of,
    strictest_lane,
)
from services.customs.domain.lvg import MONTHS_PER_PERIOD, LvgRules
from services.customs.domain.origin import OriginScheme
from services.customs.domain.quota import Quota
from services.customs.domain.rebate import ReimportRules
from services.customs.domain.retail_export import ExportListRules
from services.customs.domain.rulebook import CustomsRates, ExportedSale, Goods, RebateRates
from services.customs.domain.screening import ScreeningList
from services.customs.usecases.read_pack import (
    basis_of,
    code_list,
    lane_profiles,
    line_rates,
    read_customs_rates,
    read_export_list_rules,
    read_import_rules,
    read_origin_schemes,
    rounding_of,
)
from services.customs.usecases.read_quotas import quota_for, quotas_of
from services.customs.usecases.read_rebates import read_rebate_rates, read_reimport_rules
from shared.kernel.money import Money
from shared.packs.pack import Packs

DAYS_KEPT_MAX = 64
RATES_KEPT_MAX = 20_000
"""Goods codes by origin and day whose rates are kept: few goods make most of a day's parcels."""
IMPORT_RETURNS = ("cbec.import-return", "low-value.import-return")
"""What countries call their rule of goods that go back after import."""


class PackRulebook:
    """Reads the packs installed at this hub. `seed` decides the simulated authority's draws."""

    def __init__(
        self,
        packs: Packs,
        *,
        seed: str,
        forces_lanes: bool = False,
        screening: ScreeningList | None = None,
    ) -> None:
        self._packs = packs
        self._screening = screening or ScreeningList()
        self._seed = seed
        self._forces_lanes = forces_lanes
        self._line_rates = lru_cache(RATES_KEPT_MAX)(self._read_line_rates)
        self._quota = lru_cache(RATES_KEPT_MAX)(self._read_quota)
        self._import_rules = lru_cache(DAYS_KEPT_MAX)(self._read_import_rules)
        self._lane_profiles = lru_cache(DAYS_KEPT_MAX)(self._read_lane_profiles)
        self._gate_codes = lru_cache(DAYS_KEPT_MAX)(self._read_gate_codes)

    @property
    def screening(self) -> ScreeningList:
        """The operator's list of denied parties; an empty one finds nobody."""
        return self._screening

    def digest(self, country: str) -> str:
        """Return the hash that names a country's exact rules."""
        return self._packs.of(country).digest

    def money_digits(self, country: str) -> Mapping[str, int]:
        """Return how many decimals each currency has that a country's pack knows."""
        return self._packs.of(country).digits

    def day_of(self, country: str, moment: datetime) -> date:
        return self._packs.of(country).day_of(moment)

    def import_rules(self, country: str, *, on: date) -> ImportRules:
        """Return a country's import rules of a day, or raise PackMissing or RuleMissing."""
        return self._import_rules(country, on)

    def rates(
        self, country: str, goods: Sequence[Goods], *, on: date
    ) -> Mapping[int, Mapping[str, TaxRate]]:
        """Return the rates of every line of goods, by measure; a line may lack some."""
        return {
            line.line_no: self._line_rates(country, line.hs_code, line.origin, on) for line in goods
        }

    def quota(self, country: str, goods: Goods, *, on: date) -> Quota | None:
        """Return the quota that a line of goods may enter within, if there is one."""
        return self._quota(country, goods.hs_code, goods.origin, on)

    def quotas(self, country: str, *, on: date) -> tuple[Quota, ...]:
        """Return every quota of a country whose period a day falls in."""
        return quotas_of(self._packs.of(country), on=on)

    def forms(self, country: str, use: str, value: Money, *, on: date) -> tuple[str, ...]:
        """Return the forms that declare goods of a value, the main one first."""
        rows = self._packs.of(country).rule("export.forms", on=on).value.rows("rows")
        return tuple(
            row.text("form")
            for row in rows
            if row.text("use") == use and ("over" not in row or row.money("over") < value)
        )

    def form_terms(self, country: str, *, on: date) -> FormTerms:
        """Return how long a form may wait for an answer, and goods in transit be on their way."""
        terms = self._packs.of(country).rule("forms.terms", on=on).value
        return FormTerms(
            answer_within=terms.days("answer_within"),
            arrive_within={
                row.text("form"): row.days("within") for row in terms.rows("arrive_within")
            },
        )

    def papers_by(self, country: str, *, on: date) -> datetime:
        """Return by when all papers of a parcel must be here that was heard of on a day."""
        return self._term(country, "papers_within", on=on)

    def answer_by(self, country: str, *, on: date) -> datetime:
        """Return by when a declaration is answered that was returned, or not reached, on a day."""
        return self._term(country, "answer_within", on=on)

    def _term(self, country: str, name: str, *, on: date) -> datetime:
        terms = self._packs.of(country).rule("declarations.terms", on=on).value
        return end_of(on + timedelta(days=terms.days(name)))

    def export_list_rules(self, country: str, *, on: date) -> ExportListRules:
        """Return what a country asks of retail export lists, or raise RuleMissing."""
        return read_export_list_rules(self._packs.of(country), on=on)

    def customs_rates(self, country: str, *, on: date) -> CustomsRates | None:
        """Return how customs values foreign money that day, or None where no rule says."""
        return read_customs_rates(self._packs.of(country), on=on)

    def gate_codes(self, country: str, *, on: date) -> GateCodes:
        """Return what the codes in a country's messages mean, or raise RuleMissing."""
        return self._gate_codes(country, on)

    def rebate_rates(self, country: str, sale: ExportedSale, *, on: date) -> RebateRates | None:
        """Return what each line of an exported order earns back; None where nothing does."""
        return read_rebate_rates(self._packs.of(country), sale, on=on)

    def rebate_claim_by(self, country: str, *, exported_on: date) -> date:
        """Return the last day to claim the rebate of an export."""
        rule = self._packs.of(country).rule("rebate.claim", on=exported_on)
        year = exported_on.year + rule.value.count("years_after")
        return date(year, rule.value.count("month"), rule.value.count("day"))

    def reimport_rules(self, country: str, *, on: date) -> ReimportRules:
        """Return when goods exported on a day may come back untaxed, or raise RuleMissing."""
        return read_reimport_rules(self._packs.of(country), on=on)

    def company_forms(self, country: str, *, on: date) -> Mapping[str, str]:
        """Return how a country's company forms are written alike; none without a rule."""
        pack = self._packs.of(country)
        if not pack.has_rule("screening.company-forms", on=on):
            return {}
        return code_list(pack.rule("screening.company-forms", on=on))

    def return_rules(self, country: str, *, on: date) -> ReturnRules:
        """Return when imported goods may go back with their tax, or raise RuleMissing."""
        pack = self._packs.of(country)
        present = [key for key in IMPORT_RETURNS if pack.has_rule(key, on=on)]
        rule = pack.rule((*present, *IMPORT_RETURNS)[0], on=on)
        return ReturnRules(
            apply_within_days=rule.value.days("apply_within"),
            arrive_within_days=rule.value.days("back_within"),
            basis=basis_of(rule),
        )

    def origin_schemes(
        self, country: str, *, destination: str, on: date
    ) -> tuple[OriginScheme, ...]:
        """Return the agreements of a country with a destination; none where no pack is known."""
        if country not in self._packs.countries():
            return ()
        return read_origin_schemes(self._packs.of(country), destination=destination, on=on)

    def lvg_rules(self, country: str, *, on: date) -> LvgRules | None:
        """Return who must register for the tax on low-value goods; None where there is none."""
        pack = self._packs.of(country)
        if not pack.has_rule("low-value.sellers", on=on):
            return None
        rule = pack.rule("low-value.sellers", on=on)
        if rule.value.months("period") != MONTHS_PER_PERIOD:
            raise rule.value.place.field("period").wrong("only quarterly returns are known here")
        return LvgRules(
            over=rule.value.money("over"),
            within_months=rule.value.months("within"),
            basis=basis_of(rule),
        )

    def drawback(self, country: str, key: str, *, on: date) -> DrawbackRules:
        rule = self._packs.of(country).rule(key, on=on)
        return DrawbackRules(
            law=rule.value.text("law"),
            share=rule.value.rate("share"),
            export_within_months=rule.value.months("export_within"),
            claim_within_months=rule.value.months("claim_within"),
            minimum=rule.value.money("minimum"),
            needs_notice=rule.value.flag("notice"),
            rounding=rounding_of(rule),
            basis=basis_of(rule),
        )

    def fails_to_send(self, order_no: str) -> bool:
        """Say whether the first sending fails: only where a test-mode order number asks for it."""
        return self._forces_lanes and is_forced_unsent(order_no)

    def lane(
        self,
        country: str,
        direction: str,
        *,
        subject: str,
        order_no: str,
        on: date,
        facts: RiskFacts = ANYTHING,
    ) -> Lane:
        """Draw the lane of a declaration; test mode lets an order number choose it."""
        forced = forced_lane(order_no) if self._forces_lanes else None
        if forced is not None:
            return forced
        profiles = self._lane_profiles(country, direction, on)
        return strictest_lane(profiles, facts, seed=self.risk_seed(on), subject=subject)

    def risk_seed(self, day: date) -> str:
        """Return the seed by which lanes are drawn on a day; it stays secret until it is over."""
        return seed_of(self._seed, day)

    def _read_lane_profiles(
        self, country: str, direction: str, on: date
    ) -> tuple[LaneProfile, ...]:
        return lane_profiles(self._packs.of(country), direction, on=on)

    def _read_line_rates(
        self, country: str, hs_code: str, origin: str, on: date
    ) -> Mapping[str, TaxRate]:
        return line_rates(self._packs.of(country), hs_code=hs_code, origin=origin, on=on)

    def _read_quota(self, country: str, hs_code: str, origin: str, on: date) -> Quota | None:
        return quota_for(self._packs.of(country), hs_code=hs_code, origin=origin, on=on)

    def _read_import_rules(self, country: str, on: date) -> ImportRules:
        return read_import_rules(self._packs.of(country), on=on)

    def _read_gate_codes(self, country: str, on: date) -> GateCodes:
        pack = self._packs.of(country)
        return GateCodes(
            currencies=code_list(pack.rule("gate.currencies", on=on)),
            countries=code_list(pack.rule("gate.countries", on=on)),
            units=code_list(pack.rule("gate.units", on=on)),
            digits=pack.digits,
        )
