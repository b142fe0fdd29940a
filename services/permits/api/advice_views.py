"""From the truth to the words: how guidance is asked for and shown."""

from collections.abc import Mapping
from datetime import date

from services.permits.domain.advice import Advice
from services.permits.domain.alternatives import Change
from services.permits.domain.control import Blocker, RuleRef
from services.permits.domain.facts import Facts
from services.permits.domain.papers import PlannedPaper
from services.permits.store.answers import KeptAnswer
from services.permits.store.goods_index import GoodsFound
from shared.contracts.event import MoneyWords
from shared.contracts.permits.guidance import (
    AdviceView,
    AskGuidance,
    BlockerView,
    ChangeView,
    GapView,
    GoodsView,
    GuidanceView,
    HeadingView,
    PaperView,
    RuleView,
    WaivedView,
)


def facts_of(words: AskGuidance, *, today: date) -> Facts:
    return Facts(
        hs_code=words.hs_code or "",
        nomenclature=words.nomenclature or words.destination,
        product=words.product,
        origin=words.origin,
        destination=words.destination,
        route=words.route,
        channel=words.channel,
        quantity=words.quantity,
        net_weight_g=words.net_weight_g,
        value=None if words.value is None else words.value.money(),
        on=words.on or today,
        stated=dict(words.stated),
    )


def goods_view(one: GoodsFound, digits: Mapping[str, int]) -> GoodsView:
    return GoodsView(
        hs_code=one.code,
        product=one.product,
        words=one.words,
        path=tuple(HeadingView(hs_code=code, description=text) for code, text in one.path),
        confidence=one.confidence,
        digits=dict(digits),
        is_complete_for=tuple(
            country for country, wanted in digits.items() if wanted == len(one.code)
        ),
    )


def guidance_view(kept: KeptAnswer, digits: Mapping[str, int]) -> GuidanceView:
    """Show an answer; `digits` is how long each country's own goods codes are."""
    guidance, facts = kept.guidance, kept.guidance.facts
    return GuidanceView(
        answer_id=kept.id,
        asked_at=kept.asked_at,
        advice=_advice_view(facts, guidance.advice, guidance.changes, guidance.summary),
        digits_missing={
            country: max(digits[country] - len(facts.code_for(country)), 0)
            for country in (facts.origin, facts.destination)
            if country in digits
        },
    )


def _advice_view(
    facts: Facts, advice: Advice, changes: tuple[Change, ...], summary: Mapping[str, str]
) -> AdviceView:
    return AdviceView.model_validate(
        {
            "verdict": advice.verdict.value,
            "confidence": "sourced" if advice.is_sourced else "unverified",
            "facts": _facts_view(facts),
            "papers": tuple(_paper_view(each) for each in advice.plan.papers),
            "critical_path": advice.plan.critical_path,
            "total_days": advice.plan.total_days,
            "costs": tuple(MoneyWords.of(cost) for cost in advice.plan.costs),
            "blockers": tuple(_blocker_view(each) for each in advice.blockers),
            "gaps": tuple(
                GapView(code=each.code, country=each.country, detail=each.detail)
                for each in advice.gaps
            ),
            "waived": tuple(
                WaivedView(paper=each.paper, waiver_code=each.waiver_code, rule_key=each.rule.key)
                for each in advice.waived
            ),
            "rules": tuple(_rule_view(each) for each in advice.rules),
            "changes": tuple(
                ChangeView.model_validate(
                    {
                        "facts": dict(each.facts),
                        "verdict": each.verdict.value,
                        "papers": each.papers,
                    }
                )
                for each in changes
            ),
            "summary": dict(summary),
            "pack_hashes": dict(advice.pack_hashes),
        }
    )


def _facts_view(facts: Facts) -> AskGuidance:
    return AskGuidance.model_validate(
        {
            "hs_code": facts.hs_code,
            "nomenclature": facts.nomenclature,
            "product": facts.product,
            "origin": facts.origin,
            "destination": facts.destination,
            "route": facts.route,
            "channel": facts.channel,
            "quantity": facts.quantity,
            "net_weight_g": facts.net_weight_g,
            "value": None if facts.value is None else MoneyWords.of(facts.value),
            "on": facts.on,
            "stated": dict(facts.stated),
        }
    )


def _paper_view(planned: PlannedPaper) -> PaperView:
    paper = planned.paper
    return PaperView(
        paper=paper.key,
        names=dict(paper.names),
        document_code=paper.document_code,
        issuer=paper.issuer,
        fee=MoneyWords.of(paper.fee),
        days=paper.days,
        needs=paper.needs,
        starts_after=planned.starts_after,
        ready_after=planned.ready_after,
        is_critical=planned.is_critical,
        permit_type=paper.permit_type,
    )


def _blocker_view(blocker: Blocker) -> BlockerView:
    return BlockerView(
        code=blocker.code,
        rule_id=blocker.rule.rule_id,
        rule_key=blocker.rule.key,
        detail=blocker.detail,
        remedy=dict(blocker.remedy),
    )


def _rule_view(rule: RuleRef) -> RuleView:
    return RuleView(
        country=rule.country,
        rule_id=rule.rule_id,
        key=rule.key,
        instrument=rule.instrument,
        source=rule.source,
        confidence="sourced" if rule.is_sourced else "unverified",
        valid_from=rule.valid_from,
        valid_to=rule.valid_to,
    )
