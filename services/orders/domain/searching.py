"""What orders are found by: numbers, codes and words of the goods; never by their buyer."""

from dataclasses import dataclass
from datetime import datetime

from services.orders.domain.order import Order, OrderState
from shared.kernel.errors import Rejected

WORDS_MAX = 8


class SearchTooLong(Rejected):
    """A search has a few words; all of them must be in the order."""

    code = "orders.search-too-long"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the orders of a page have in common; `words` must all be found in each."""

    words: tuple[str, ...] = ()
    state: OrderState | None = None
    order_no: str | None = None
    seller_id: str | None = None
    placed_from: datetime | None = None
    placed_until: datetime | None = None


def words_of(text: str) -> tuple[str, ...]:
    """Return the words to look for, whatever their case, or raise SearchTooLong."""
    words = tuple(text.casefold().split())
    if len(words) > WORDS_MAX:
        raise SearchTooLong(f"has more than {WORDS_MAX} words", field="q")
    return words


def searched_text(order: Order) -> str:
    """Return everything that an order is found by, casefolded."""
    parts = [order.order_no, order.platform_code, *order.parcels]
    for line in order.lines:
        parts += [line.sku, line.gtin or "", line.hs_code, line.description]
    return "\n".join(parts).casefold()
