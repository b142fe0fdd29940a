"""What goods would cost in a country, and what a certificate of origin would save."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.customs.api import (
    LINES_MAX,
    Amount,
    BasisView,
    Confidence,
    Findings,
    LineNo,
)
from shared.contracts.customs.events import QuotaMeasure
from shared.contracts.event import (
    CountryCode,
    Currency,
    DecimalText,
    Grams,
    HsCode,
    Moment,
    MoneyWords,
    Quantity,
    ShortText,
    Text,
    Words,
)
from shared.contracts.times import Day

PROOFS_MAX = 5
AGREEMENTS_MAX = 20

Incoterm = Annotated[
    str, Field(pattern=r"^[A-Z]{3}$", description="a term of Incoterms 2020, such as DDP")
]


class ProofOfOrigin(Words):
    """A proof of origin that the importer holds: its agreement (acfta, rcep) and its day.

    Without a day the agreement is claimed without proof, which its law lets small consignments do.
    """

    scheme: ShortText
    issued_on: Day | None = None


class QuotedLine(Words):
    """One kind of good to be priced."""

    hs_code: HsCode
    origin: CountryCode
    quantity: Quantity
    unit_price_minor: Amount
    net_weight_g: Grams | None = None
    proofs: Annotated[tuple[ProofOfOrigin, ...], Field(max_length=PROOFS_MAX)] = ()


class QuoteLandedCost(Words):
    """What would these goods cost in a country by a channel, on a day (today if none is given)?"""

    destination: CountryCode
    channel: ShortText
    currency: Currency
    lines: Annotated[tuple[QuotedLine, ...], Field(min_length=1, max_length=LINES_MAX)]
    freight_minor: Amount = 0
    insurance_minor: Amount = 0
    discount_minor: Amount = 0
    annual_used_minor: Amount | None = None
    on: Day | None = None
    incoterm: Incoterm | None = None


class ChargeView(Words):
    """One tax on one line: base times rate, rounded; every rule that had a part in it."""

    line_no: LineNo
    tax: ShortText
    base: MoneyWords
    rate: DecimalText
    rounding: ShortText
    amount: MoneyWords
    explanation: Text
    basis: Annotated[tuple[BasisView, ...], Field(max_length=10)]


class TermsView(Words):
    """Who owes what under a term of Incoterms 2020."""

    incoterm: Incoterm
    freight: Literal["seller", "buyer"]
    insurance: Literal["seller", "buyer"]
    export_clearance: Literal["seller", "buyer"]
    import_taxes: Literal["seller", "buyer"]
    buyer_pays: MoneyWords
    seller_pays: MoneyWords


class PreferenceView(Words):
    """What became of one agreement on one line: why its tariff is taken or not, and its duty."""

    line_no: LineNo
    scheme: ShortText
    outcome: Literal[
        "applied",
        "not-cheaper",
        "no-proof",
        "proof-expired",
        "proof-of-later-day",
        "origin-not-covered",
        "goods-not-covered",
    ]
    duty: MoneyWords | None
    basis: BasisView


class QuotaUseView(Words):
    """What became of a quota on one line: what it takes, of which balance at which moment."""

    line_no: LineNo
    order_number: ShortText
    opens: date
    closes: date
    unit: Literal["KGM", "C62"]
    quantity: QuotaMeasure
    left: QuotaMeasure | None
    as_of: Moment
    outcome: Literal[
        "applied", "not-cheaper", "too-little-left", "weight-unknown", "balance-kept-elsewhere"
    ]
    duty: MoneyWords
    basis: BasisView


class LandedCostView(Words):
    """A landed cost, reproducible by the hash of the rules; with findings nothing is charged."""

    destination: CountryCode
    channel: ShortText
    on: date
    pack_hash: ShortText
    confidence: Confidence
    regime: ShortText | None
    basis: Annotated[tuple[BasisView, ...], Field(max_length=10)]
    goods: MoneyWords
    dutiable: MoneyWords
    charges: Annotated[tuple[ChargeView, ...], Field(max_length=4 * LINES_MAX)]
    tax: MoneyWords
    total: MoneyWords
    findings: Findings
    terms: TermsView | None = None
    preferences: Annotated[
        tuple[PreferenceView, ...], Field(max_length=AGREEMENTS_MAX * LINES_MAX)
    ] = ()
    quotas: Annotated[tuple[QuotaUseView, ...], Field(max_length=LINES_MAX)] = ()


class AskOriginAdvice(Words):
    """Is a certificate of origin worth it for these goods by this channel?"""

    destination: CountryCode
    channel: ShortText
    currency: Currency
    lines: Annotated[tuple[QuotedLine, ...], Field(min_length=1, max_length=LINES_MAX)]
    freight_minor: Amount = 0
    insurance_minor: Amount = 0
    on: Day | None = None


class OriginOptionView(Words):
    """One agreement: its certificate, what it costs and takes, and what it would save."""

    scheme: ShortText
    certificate: ShortText
    tax_without: MoneyWords
    tax_with: MoneyWords
    saving: MoneyWords
    fee: MoneyWords | None
    days: Annotated[int, Field(ge=0, le=1_000)]
    is_worth_it: bool
    basis: BasisView


class OriginAdviceView(Words):
    """The agreements that fit where the goods come from, the best first."""

    destination: CountryCode
    channel: ShortText
    on: date
    pack_hash: ShortText
    options: Annotated[tuple[OriginOptionView, ...], Field(max_length=AGREEMENTS_MAX)]
