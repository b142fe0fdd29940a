"""What one may ask `permits` about goods that somebody wants to move, and the answers."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import (
    CountryCode,
    Grams,
    Id,
    Moment,
    MoneyWords,
    Quantity,
    ShortText,
    Text,
    Words,
)
from shared.contracts.permits.api import FactName, Facts, Names

HsDepth = Annotated[str, Field(pattern=r"^[0-9]{2}([0-9]{2}){0,4}$")]
Route = Literal["air", "sea", "land"]
Channel = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Product = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,99}$")]
VerdictWord = Literal["allowed", "allowed-with", "blocked", "no-rule-found"]
Days = Annotated[int, Field(ge=0, le=10_000)]
Keys = Annotated[tuple[ShortText, ...], Field(max_length=200)]


class AskGuidance(Words):
    """The facts. `hs_code` may have 2 to 10 digits; beyond six it is the code of `nomenclature`,
    the destination unless told otherwise. Without `on` the question is about today.
    """

    hs_code: HsDepth
    nomenclature: CountryCode | None = None
    product: Product | None = None
    origin: CountryCode
    destination: CountryCode
    route: Route
    channel: Channel
    quantity: Quantity | None = None
    net_weight_g: Grams | None = None
    value: MoneyWords | None = None
    on: date | None = None
    stated: Facts = Field(default_factory=dict)


class RuleView(Words):
    """A rule the answer rests on; an unverified one is shipped from memory."""

    country: CountryCode
    rule_id: ShortText
    key: ShortText
    instrument: Text
    source: Text
    confidence: Literal["sourced", "unverified"]
    valid_from: date
    valid_to: date | None


class BlockerView(Words):
    """Why the goods may not go, and which other facts would remove the reason."""

    code: ShortText
    rule_id: ShortText
    rule_key: ShortText
    detail: Text
    remedy: Facts


class GapView(Words):
    """What nobody's rules answer."""

    code: ShortText
    country: CountryCode
    detail: Text


class WaivedView(Words):
    """A paper that is not needed, and the code declared in its place."""

    paper: ShortText
    waiver_code: ShortText
    rule_key: ShortText


class PaperView(Words):
    """A paper in its place. Days are working days from the start; papers run side by side."""

    paper: ShortText
    names: Names
    document_code: ShortText
    issuer: ShortText
    fee: MoneyWords
    days: Days
    needs: Keys
    starts_after: Days
    ready_after: Days
    is_critical: bool
    permit_type: ShortText | None


class ChangeView(Words):
    """Other facts and the verdict they lead to."""

    facts: Annotated[dict[FactName, ShortText], Field(max_length=20)]
    verdict: VerdictWord
    papers: Annotated[int, Field(ge=0, le=200)]


class AdviceView(Words):
    """The answer, all of it a function of the facts and the packs named by their hashes."""

    verdict: VerdictWord
    confidence: Literal["sourced", "unverified"]
    facts: AskGuidance
    papers: Annotated[tuple[PaperView, ...], Field(max_length=200)]
    critical_path: Keys
    total_days: Days
    costs: Annotated[tuple[MoneyWords, ...], Field(max_length=10)]
    blockers: Annotated[tuple[BlockerView, ...], Field(max_length=100)]
    gaps: Annotated[tuple[GapView, ...], Field(max_length=10)]
    waived: Annotated[tuple[WaivedView, ...], Field(max_length=100)]
    rules: Annotated[tuple[RuleView, ...], Field(max_length=200)]
    changes: Annotated[tuple[ChangeView, ...], Field(max_length=100)]
    pack_hashes: Annotated[dict[CountryCode, ShortText], Field(max_length=2)]


class GuidanceView(Words):
    """A piece of guidance under the id that these facts and packs always give."""

    answer_id: Id
    asked_at: Moment
    advice: AdviceView


class ReplayView(GuidanceView):
    """A saved answer. `is_current`: the same packs are in force here now; then it was computed
    again, and `is_reproduced` says whether it came out the same.
    """

    is_current: bool
    is_reproduced: bool | None


class GoodsView(Words):
    """A kind of goods that plain words found."""

    hs_code: HsDepth
    product: Product
    words: Annotated[tuple[Text, ...], Field(max_length=10)]
