"""What one may ask `permits` about goods that somebody wants to move, and the answers."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

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
from shared.contracts.times import DayUntilThen

HsDepth = Annotated[str, Field(pattern=r"^[0-9]{2}([0-9]{2}){0,4}$")]
Route = Literal["air", "sea", "land"]
Channel = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Product = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,99}$")]
VerdictWord = Literal["allowed", "allowed-with", "blocked", "no-rule-found"]
Days = Annotated[int, Field(ge=0, le=10_000)]
Language = Annotated[str, Field(max_length=20)]
Summary = Annotated[
    dict[Language, Annotated[str, Field(max_length=20_000)]],
    Field(max_length=10, description="the answer in plain words, by language"),
]
Keys = Annotated[tuple[ShortText, ...], Field(max_length=200)]


class AskGuidance(Words):
    """The facts. Goods are named by `hs_code` or in plain `words`, one of them. `hs_code` may have
    2 to 10 digits; beyond six it is the code of `nomenclature`, the destination unless told
    otherwise. Without `on` the question is about today.
    """

    hs_code: HsDepth | None = None
    words: Text | None = None
    nomenclature: CountryCode | None = None
    product: Product | None = None
    origin: CountryCode
    destination: CountryCode
    route: Route
    channel: Channel
    quantity: Quantity | None = None
    net_weight_g: Grams | None = None
    value: MoneyWords | None = None
    on: DayUntilThen | None = None
    stated: Facts = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_goods_once(self) -> "AskGuidance":
        if (self.hs_code is None) == (self.words is None):
            raise ValueError("name the goods by hs_code or by words, one of them")
        return self


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
    summary: Summary = Field(default_factory=dict)
    pack_hashes: Annotated[dict[CountryCode, ShortText], Field(max_length=2)]


class GuidanceView(Words):
    """A piece of guidance under the id that these facts and packs always give. `digits_missing`:
    how many digits each country's own goods code has beyond those given, 0 when it is whole. A
    declaration needs them all; nothing is padded.
    """

    answer_id: Id
    asked_at: Moment
    advice: AdviceView
    digits_missing: Annotated[dict[CountryCode, int], Field(max_length=2)]


class ReplayView(GuidanceView):
    """A saved answer. `is_current`: the same packs count here now. It was computed again from the
    packs that it names, and `is_reproduced` says whether it came out the same: null when a
    version of them is not held here. `superseded_because`: what the asker was told since.
    """

    is_current: bool
    is_reproduced: bool | None
    superseded_because: Text | None = None


class HeadingView(Words):
    """A code above the goods, and its words."""

    hs_code: HsDepth
    description: Annotated[str, Field(max_length=1_000)]


class GoodsView(Words):
    """A kind of goods that plain words found. `confidence` is the share of the words that it has,
    in percent. `digits` is how long each country's own codes are, and `is_complete_for` names the
    countries for which this code is that long; a shorter one is never padded. Goods of the
    nomenclature that no rule has a name for have no `product`.
    """

    hs_code: HsDepth
    product: Annotated[str, Field(max_length=100)]
    words: Annotated[tuple[Text, ...], Field(max_length=10)]
    path: Annotated[tuple[HeadingView, ...], Field(max_length=3)] = ()
    confidence: Annotated[int, Field(ge=0, le=100)] = 0
    digits: Annotated[dict[CountryCode, int], Field(max_length=200)] = Field(default_factory=dict)
    is_complete_for: Annotated[tuple[CountryCode, ...], Field(max_length=200)] = ()
