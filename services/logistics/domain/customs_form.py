"""The customs declaration on a postal item: CN 22 up to 300 SDR, CN 23 above.

The special drawing right's rate is dated data; where none is known for the currency the fuller
form is taken, which is never wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from shared.kernel.errors import Rejected
from shared.kernel.money import Money, total

CN22_SDR_MAX = 300
LINES_MAX = 20
MINOR_PER_UNIT = 100


class ContentsInconsistent(Rejected):
    """The lines weigh more than the item, or are priced in different currencies."""

    code = "logistics.customs-contents-inconsistent"


class Nature(StrEnum):
    """What the item is sent as."""

    GIFT = "gift"
    DOCUMENTS = "documents"
    SALE = "sale-of-goods"
    SAMPLE = "commercial-sample"
    RETURNED = "returned-goods"
    OTHER = "other"


class Form(StrEnum):
    """Which declaration goes on the item."""

    CN22 = "CN 22"
    CN23 = "CN 23"


@dataclass(frozen=True, kw_only=True)
class ContentLine:
    """One kind of goods inside."""

    description: str
    quantity: int
    net_g: int
    value: Money
    hs_code: str
    origin: str


@dataclass(frozen=True, kw_only=True)
class CustomsForm:
    """A declaration; totals are sums of the lines, never entered."""

    number: str
    nature: Nature
    sender: tuple[str, ...]
    recipient: tuple[str, ...]
    lines: tuple[ContentLine, ...]
    gross_g: int
    minor_per_sdr: Decimal | None

    def __post_init__(self) -> None:
        if not 1 <= len(self.lines) <= LINES_MAX:
            raise ContentsInconsistent(f"a form has 1 to {LINES_MAX} lines", field="lines")
        if len({line.value.currency for line in self.lines}) > 1:
            raise ContentsInconsistent("the lines are in different currencies", field="lines")
        if self.net_g > self.gross_g:
            raise ContentsInconsistent(
                f"the lines weigh {self.net_g} g, the item {self.gross_g} g", field="lines"
            )

    @property
    def net_g(self) -> int:
        return sum(line.net_g for line in self.lines)

    @property
    def value(self) -> Money:
        return total([line.value for line in self.lines], self.lines[0].value.currency)

    @property
    def form(self) -> Form:
        if self.minor_per_sdr is None or self.value.minor > CN22_SDR_MAX * self.minor_per_sdr:
            return Form.CN23
        return Form.CN22


def shown_amount(money: Money, *, exponent: int = 2) -> str:
    """Return an amount as it stands on a form, without ever becoming a float."""
    whole, part = divmod(abs(money.minor), 10**exponent)
    sign = "-" if money.minor < 0 else ""
    return f"{sign}{whole}.{part:0{exponent}d} {money.currency}"


def shown_kg(grams: int) -> str:
    """Return a weight in kilograms to the gram."""
    return f"{grams // 1_000}.{grams % 1_000:03d}"


def shown_lines(lines: Sequence[ContentLine]) -> list[list[str]]:
    """Return the lines as they stand on the form."""
    return [
        [
            line.description,
            str(line.quantity),
            shown_kg(line.net_g),
            shown_amount(line.value),
            line.hs_code,
            line.origin,
        ]
        for line in lines
    ]
