"""A good in a member's catalogue: described and classified once, for a time.

A version is in force from its first day until the day before the next version's. It never changes:
what was ordered under it can always be explained by it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from services.orders.domain.descriptions import is_vague
from services.orders.domain.draft import Line
from services.orders.domain.intake import DescriptionVague
from shared.kernel.codes import check_gtin, check_hs
from shared.kernel.errors import Conflict, Rejected
from shared.kernel.money import Money
from shared.reference.currencies import check_currency


class ItemVersionOld(Conflict):
    """A version begins after the one before it; what is past is not classified anew."""

    code = "orders.item-version-old"
    help = "Give a later valid_from, or leave it out: the version then begins today."


class ItemPriceNegative(Rejected):
    """A price is not below zero."""

    code = "orders.item-price-negative"


class ItemNotClassified(Rejected):
    """The item has no tariff code of that country; register a version that has one."""

    code = "orders.item-not-classified"


class ItemInOtherCurrency(Rejected):
    """The item's price is in another currency than the cart."""

    code = "orders.item-in-other-currency"


class CartLineRepeated(Rejected):
    """Each item stands in a cart once, with all its pieces."""

    code = "orders.cart-line-repeated"


@dataclass(frozen=True, kw_only=True)
class Item:
    """One version of one item; `codes` are tariff codes by country, `valid_until` is exclusive."""

    id: str
    owner_id: str
    sku: str
    gtin: str | None
    description: str
    codes: Mapping[str, str]
    origin: str
    unit_price: Money
    net_weight_g: int
    valid_from: date
    registered_at: datetime
    valid_until: date | None = None

    def ended_by(self, following: "Item") -> "Item":
        """Return this version ending where the next begins, or raise ItemVersionOld."""
        if following.valid_from <= self.valid_from:
            raise ItemVersionOld(
                f"a version of this item is in force from {self.valid_from} on",
                field="valid_from",
            )
        return replace(self, valid_until=following.valid_from)

    def line(self, number: int, *, quantity: int, country: str, currency: str) -> Line:
        """Return so many pieces as a line of an order to `country`, or raise what is missing."""
        field = f"lines[{number - 1}].sku"
        code = self.codes.get(country)
        if code is None:
            raise ItemNotClassified(f"no code of {country} for this item", field=field)
        if self.unit_price.currency != currency:
            raise ItemInOtherCurrency(f"is priced in {self.unit_price.currency}", field=field)
        return Line(
            line_no=number,
            sku=self.sku,
            gtin=self.gtin,
            description=self.description,
            hs_code=code,
            origin=self.origin,
            quantity=quantity,
            unit_price=self.unit_price,
            total_price=self.unit_price * quantity,
            net_weight_g=self.net_weight_g * quantity,
        )


def checked_item(item: Item, *, hs_digits: Mapping[str, int]) -> Item:
    """Return the item with its codes cleaned, or raise the first thing that is wrong.

    `hs_digits` says how long tariff codes are where the rules of a country are known; codes of
    other countries need the shape of one.
    """
    if is_vague(item.description):
        raise DescriptionVague("does not say what the good is", field="description")
    check_currency(item.unit_price.currency, field="unit_price")
    if item.unit_price.minor < 0:
        raise ItemPriceNegative("is below zero", field="unit_price")
    codes = {
        country: check_hs(code, digits=hs_digits.get(country), field=f"codes.{country}")
        for country, code in item.codes.items()
    }
    gtin = None if item.gtin is None else check_gtin(item.gtin, field="gtin")
    return replace(item, codes=codes, gtin=gtin)


def check_cart(skus: Sequence[str]) -> None:
    """Raise CartLineRepeated when an item comes twice."""
    repeated = [sku for sku, times in Counter(skus).items() if times > 1]
    if repeated:
        field = f"lines[{len(skus) - 1 - skus[::-1].index(repeated[0])}].sku"
        raise CartLineRepeated("comes twice", field=field)
