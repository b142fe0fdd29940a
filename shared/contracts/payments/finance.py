"""What one may ask `payments` over HTTP about advances: an offer, its price and its reasons."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import (
    Currency,
    DecimalText,
    Id,
    Moment,
    MoneyWords,
    ShortText,
    Words,
)
from shared.contracts.payments.api import Counter
from shared.contracts.times import AskedMoment

ShareBp = Annotated[int, Field(strict=True, ge=1, le=10_000, description="basis points")]


class RequestAdvance(Words):
    """An advance on a seller's escrowed orders, at most the share its score allows.

    Asking needs the seller's consent to be scored on its own trade, and to nothing else.
    """

    seller_id: Id
    currency: Currency
    escrow_currency: Currency
    share_bp: ShareBp | None = None
    consents_to: Literal["credit-scoring"]


class EaseAdvance(Words):
    """Until when only a share of what arrives is taken."""

    until: AskedMoment


class ReasonView(Words):
    """One factor of a score: what was seen, its points, and the value that would bring more."""

    factor: ShortText
    value: Counter | None = None
    points: Annotated[int, Field(strict=True, ge=-1000, le=1000)]
    better_at: Counter | None = None
    better_points: Annotated[int, Field(strict=True, ge=-1000, le=1000)]
    unit: ShortText


class AdvanceView(Words):
    """An advance: its whole price, what it stands on, and the four reasons that weigh most."""

    id: Id
    seller_id: Id
    state: Literal["offered", "disbursed", "repaid", "lapsed"]
    principal: MoneyWords
    fee: MoneyWords
    repaid: MoneyWords
    owed: MoneyWords
    apr_bp: Annotated[int, Field(strict=True, ge=0, le=10**6)]
    escrowed_goods: MoneyWords
    advanced: MoneyWords
    share_bp: ShareBp
    limit: MoneyWords
    rate: DecimalText
    orders: Annotated[int, Field(strict=True, ge=1, le=1_000)]
    model: ShortText
    score: Annotated[int, Field(strict=True, ge=0, le=2_000)]
    reasons: Annotated[tuple[ReasonView, ...], Field(min_length=1, max_length=4)]
    consented_at: Moment
    expires_at: Moment
    disbursed_at: Moment | None = None
    due_at: Moment | None = None
    eased_until: Moment | None = None
    provision: MoneyWords


class ClaimRebate(Words):
    """Claim a rebate or drawback whose evidence customs has said is complete."""

    case_id: Id


class RebateView(Words):
    """A rebate or drawback: its evidence, its last day, and what of it must be repaid."""

    case_id: Id
    scheme: ShortText
    seller_id: Id
    order_id: Id | None = None
    declaration_id: Id
    amount: MoneyWords
    clawed_back: MoneyWords
    owed_back: MoneyWords
    evidence: Annotated[tuple[ShortText, ...], Field(max_length=40)]
    state: Literal["eligible", "claimed", "paid", "refused", "lapsed"]
    claim_by: Moment
    claimed_at: Moment | None = None
    paid_at: Moment | None = None
