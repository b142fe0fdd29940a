"""The scenario file as values: who trades what with whom, what goes wrong, what must come out."""

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

Amount = Annotated[str, Field(pattern=r"^[0-9]{1,9}\.[0-9]{2}$")]
"""An amount as people write it, 58.00; two decimals, because CNY and MYR have two."""
HubName = Annotated[str, Field(pattern=r"^[a-z]{2}-[a-z]{3}$")]
Trouble = Literal[
    "waybill-phone-differs",
    "pre-clearance-refuses",
    "allowance-used",
    "payer-differs",
    "inspected",
    "sent-back",
    "lost",
]
REFUSED_BEFORE_PACKING = {"pre-clearance-refuses", "allowance-used", "payer-differs"}


class StoryMalformed(Exception):
    """The scenario file does not say what a scenario must say."""


class Part(BaseModel):
    """A closed, immutable piece of a story."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Party(Part):
    """A business as it registers at its hub."""

    name: str
    country: str
    identifiers: dict[str, str] = Field(default_factory=dict)


class Marketplace(Party):
    platform_code: str


class Sku(Part):
    """A kind of good, classified once."""

    gtin: str
    hs_code: str
    description: str
    origin: str
    price: Amount
    net_weight_g: int
    """0: the goods are sold by the piece and state no weight."""


class OrderGroup(Part):
    """Several orders alike; the numbers are <group>-001, <group>-002, ..."""

    group: str
    count: int
    sku: str
    quantity: int
    freight: Amount
    gross_weight_g: int
    size_mm: tuple[int, int, int]


class GoesWrong(Part):
    """One thing that does not go as planned."""

    order: str
    what: Trouble
    code: str
    """The code with which it is refused or returned."""
    field: str = ""
    """The field that the refusal names."""


class Returned(Part):
    """An order whose goods come back in time and as new."""

    order: str
    reason: str = "changed-mind"


class Complaint(Part):
    """An order whose buyer asks for a return too late, and complains when that is refused."""

    order: str
    after_days: int
    """How far both hubs' clocks are moved before the buyer asks."""
    goodwill: Amount
    """What the buyer claims, and the seller offers."""


class Rebate(Part):
    """A group of orders whose exported goods earn VAT back, and one that comes home again."""

    group: str
    purchase: Amount
    """What the seller paid for an order's goods without VAT, in its home currency."""
    comes_back: str
    after_days: int
    """How far both hubs' clocks are moved before the goods are home."""


class Permit(Part):
    """One permit that the seller applies for at home, and how it is decided."""

    permit_type: str
    hs_code: str
    description: str
    quantity: int
    unit: str
    facts: dict[str, str] = Field(default_factory=dict)
    answered: dict[str, str] = Field(default_factory=dict)
    """What the seller adds when the first check asks for it."""
    decided: Literal["issue", "refuse", "withdraw"]
    """What the officers decide, unless the seller withdraws."""
    reason: str
    appealed: str = ""
    """Why the seller appeals; blank: it does not. The appeal is dismissed."""


class OriginAdvice(Part):
    """A group of orders for which the seller asks what a certificate of origin would save."""

    group: str
    channel: str


class Lane(Part):
    """How the parcels travel together."""

    origin: str
    destination: str
    master_waybill: str
    unit_no: str
    seals: tuple[str, ...]
    price_per_kg: Amount
    price_currency: str
    carrier_code: str


class Story(Part):
    """One scenario."""

    name: str
    tells: str
    seller_hub: HubName
    buyer_hub: HubName
    currency: str
    home_currency: str
    channel: str
    seller: Party
    marketplace: Marketplace
    forwarder: Party
    carrier: Party
    skus: dict[str, Sku]
    orders: tuple[OrderGroup, ...]
    lane: Lane
    asks: tuple[str, ...] = ()
    """Goods codes for which the seller asks whether and how they may go."""
    origin_advice: tuple[OriginAdvice, ...] = ()
    permits: tuple[Permit, ...] = ()
    goes_wrong: tuple[GoesWrong, ...] = ()
    sent_again: str = ""
    """The order that the marketplace posts three times, the last time under a new key."""
    allowance_used: Amount = "0.00"
    """What the buyer of the order with `allowance-used` imported elsewhere this year."""
    advance_share_bp: int | None = None
    """Basis points of the escrowed goods that the seller asks to be advanced."""
    drawback_duty: Amount | None = None
    """Duty paid on an imported part of the goods, for which the maker asks drawback."""
    insured: dict[str, Amount] = Field(default_factory=dict)
    """What the seller insures the parcel of an order for, in the orders' currency."""
    returned: tuple[Returned, ...] = ()
    complaint: Complaint | None = None
    rebate: Rebate | None = None
    first_quote_expires: bool = False
    """Whether the seller lets the first offer of an exchange go by, and takes a second."""
    not_told: dict[str, str] = Field(default_factory=dict)
    """Steps of the lane that nothing here drives yet, and why; they never count as passed."""
    expected: dict[str, str | int]

    def trouble(self, order: str) -> GoesWrong | None:
        """Return what goes wrong with an order, None when nothing does."""
        return next((each for each in self.goes_wrong if each.order == order), None)


def read_story(path: Path) -> Story:
    """Read a scenario file, or raise StoryMalformed naming the place."""
    try:
        return Story.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError) as error:
        raise StoryMalformed(f"{path}: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise StoryMalformed(f"{path}: {place}: {first['msg']}") from error


def minor(amount: str) -> int:
    """Return an amount with two decimals in minor units."""
    whole, _, cents = amount.partition(".")
    return int(whole) * 100 + int(cents)


def written(amount_minor: int) -> str:
    """Return minor units the way people write them."""
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{abs(amount_minor) // 100}.{abs(amount_minor) % 100:02d}"
