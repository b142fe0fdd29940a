"""One order of a story: what the marketplace sends, and what becomes of it."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from deploy.scenario.person import birthday_of, person
from deploy.scenario.story import (
    REFUSED_BEFORE_PACKING,
    GoesWrong,
    OrderGroup,
    Sku,
    Story,
    Trouble,
    minor,
)

PAYS_FOR_OTHERS = 999
"""The number of a person who orders nothing and pays for somebody else."""


@dataclass
class StoryOrder:
    """One order and its traces through both hubs."""

    name: str
    number: int
    order_no: str
    group: OrderGroup
    sku: Sku
    currency: str
    country: str
    """Where the buyer lives."""
    born: date
    """The birthday of everybody in this telling."""
    trouble: Trouble | None = None
    tax_minor: int = 0
    order_id: str = ""
    parcel_id: str = ""
    logistics_no: str = ""
    waybill_id: str = ""
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def goods_minor(self) -> int:
        return minor(self.sku.price) * self.group.quantity

    @property
    def freight_minor(self) -> int:
        return minor(self.group.freight)

    @property
    def net_weight_g(self) -> int:
        """Grams without wrapping; 0 where the goods are counted and state no weight."""
        return self.sku.net_weight_g * self.group.quantity

    @property
    def paid_minor(self) -> int:
        return self.goods_minor + self.freight_minor + self.tax_minor

    @property
    def refused(self) -> bool:
        """Whether the destination's rules stop it before anything is packed."""
        return self.trouble in REFUSED_BEFORE_PACKING

    @property
    def charged(self) -> bool:
        """Whether the buyer pays: goods that can't pass at all are never charged."""
        return self.trouble != "pre-clearance-refuses"

    def money(self, amount_minor: int) -> dict[str, Any]:
        return {"amount_minor": amount_minor, "currency": self.currency}

    def payer(self) -> dict[str, str]:
        """Who pays: the buyer, or somebody else where the story says so."""
        return self.buyer(PAYS_FOR_OTHERS if self.trouble == "payer-differs" else None)

    def buyer(self, number: int | None = None) -> dict[str, str]:
        """A fictional person with a number that checks out."""
        return person(self.country, number or self.number, born=self.born)

    def line(self) -> dict[str, Any]:
        return {
            "line_no": 1,
            "sku": self.group.sku,
            "gtin": self.sku.gtin,
            "description": self.sku.description,
            "hs_code": self.sku.hs_code,
            "origin": self.sku.origin,
            "quantity": self.group.quantity,
            "unit_price": self.money(minor(self.sku.price)),
            "total_price": self.money(self.goods_minor),
            "net_weight_g": self.net_weight_g,
        }

    def waybill(self, story: Story) -> dict[str, Any]:
        """The carrier's waybill; its phone differs where the story says so."""
        buyer = self.buyer()
        phone = "13899999999" if self.trouble == "waybill-phone-differs" else buyer["phone"]
        return {
            "order_no": self.order_no,
            "carrier_code": story.lane.carrier_code,
            "master_waybill": story.lane.master_waybill,
            "freight": self.money(self.freight_minor),
            "insured": self.money(0),
            "gross_weight_g": self.group.gross_weight_g,
            "packages": 1,
            "consignee_name": buyer["name"],
            "consignee_phone": phone,
            "consignee_address": buyer["address"],
        }


def _ending(trouble: GoesWrong | None) -> str:
    """Return the magic ending by which test mode sends a parcel to inspection."""
    return "-RED" if trouble is not None and trouble.what in {"inspected", "sent-back"} else ""


def orders_of(story: Story, *, run: str) -> list[StoryOrder]:
    """Return every order of the story, numbered; `run` makes their numbers this run's own."""
    made: list[StoryOrder] = []
    for group in story.orders:
        for index in range(1, group.count + 1):
            name = f"{group.group}-{index:03d}"
            trouble = story.trouble(name)
            made.append(
                StoryOrder(
                    name=name,
                    number=len(made) + 1,
                    order_no=f"TASIK-{run}-{name}{_ending(trouble)}",
                    group=group,
                    sku=story.skus[group.sku],
                    currency=story.currency,
                    country=story.buyer_hub[:2].upper(),
                    born=birthday_of(run),
                    trouble=trouble.what if trouble else None,
                )
            )
    return made
