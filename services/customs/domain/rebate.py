"""Tax given back on an export: a case that assembles its own evidence, and may be clawed back.

China's export rebate needs four things: the release, the departure, the proceeds and the purchase
invoice. Each comes when it comes; the case is evidenced with the last of them. Goods that come
back repay their pieces' share first (C14).
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from shared.kernel.errors import Conflict, Rejected
from shared.kernel.money import Money, Rounding, total


class Scheme(StrEnum):
    """Whose law gives tax back."""

    CN_REBATE = "cn-export-rebate"
    MY_AS_IS = "my-drawback-s93"
    MY_MANUFACTURE = "my-drawback-s99"


class RebateStepNotAllowed(Conflict):
    """The case does not allow this step."""

    code = "customs.rebate-step-not-allowed"


class InvoiceDoesNotFit(Rejected):
    """An invoice must cover each line of the order, and nothing else."""

    code = "customs.invoice-does-not-fit"


@dataclass(frozen=True, kw_only=True)
class RebateLine:
    """One line of the exported order: pieces, and the rate of its goods; then its purchase."""

    line_no: int
    hs_code: str
    quantity: int
    rate: Decimal
    net_purchase: Money | None = None
    came_back: int = 0


@dataclass(frozen=True, kw_only=True)
class RebateCase:
    """One order's rebate: what is known, what is evidenced, what came back."""

    case_id: str
    scheme: Scheme
    seller_id: str
    order_id: str
    order_no: str
    declaration_id: str
    lines: tuple[RebateLine, ...]
    rounding: Rounding
    channel: str = ""
    released_at: datetime | None = None
    departed_at: datetime | None = None
    proceeds: Money | None = None
    invoice_no: str = ""
    evidenced_at: datetime | None = None
    amount: Money | None = None
    repaid: Money | None = None
    version: int = 1

    @property
    def missing(self) -> tuple[str, ...]:
        """Return what the case still waits for."""
        known = {
            "release": self.released_at is not None,
            "departure": self.departed_at is not None,
            "proceeds": self.proceeds is not None,
            "invoice": bool(self.invoice_no),
        }
        return tuple(name for name, is_there in known.items() if not is_there)

    def invoiced(self, number: str, purchases: dict[int, Money]) -> "RebateCase":
        """Take in the purchase invoice, without VAT, line by line; the first one stays."""
        if self.invoice_no:
            if self.invoice_no == number:
                return self
            raise RebateStepNotAllowed(f"the case has invoice {self.invoice_no}")
        if set(purchases) != {line.line_no for line in self.lines}:
            raise InvoiceDoesNotFit("the invoice must name each line of the order", field="lines")
        if len({money.currency for money in purchases.values()}) != 1:
            raise InvoiceDoesNotFit("an invoice is in one currency", field="lines")
        lines = (replace(line, net_purchase=purchases[line.line_no]) for line in self.lines)
        return replace(self, invoice_no=number, lines=tuple(lines), version=self.version + 1)

    def evidenced(self, *, at: datetime) -> "RebateCase":
        """Compute what is given back, once nothing is missing."""
        if self.missing or self.evidenced_at is not None:
            raise RebateStepNotAllowed(f"case {self.case_id} can't be evidenced")
        amounts = [self._rebate(line) for line in self.lines]
        amount = total(amounts, amounts[0].currency)
        nothing = Money(0, amount.currency)
        return replace(
            self, evidenced_at=at, amount=amount, repaid=nothing, version=self.version + 1
        )

    def came_back(self, pieces: dict[int, int]) -> tuple["RebateCase", Money]:
        """Return the case after pieces came back, and what is to be repaid of its rebate.

        All pieces' shares sum exactly. Before the case is evidenced nothing was paid.
        """
        unknown = set(pieces) - {line.line_no for line in self.lines}
        if unknown:
            raise RebateStepNotAllowed(f"the order has no line {min(unknown)}")
        shares, lines = [], []
        for line in self.lines:
            after = line.came_back + pieces.get(line.line_no, 0)
            if after > line.quantity:
                raise RebateStepNotAllowed(f"line {line.line_no} has {line.quantity} pieces")
            if self.amount is not None:
                rebate = self._rebate(line)
                upto = [rebate.minor * n // line.quantity for n in (after, line.came_back)]
                shares.append(Money(upto[0] - upto[1], rebate.currency))
            lines.append(replace(line, came_back=after))
        changed = replace(self, lines=tuple(lines), version=self.version + 1)
        if self.amount is None or self.repaid is None:
            return changed, Money(0, "CNY")
        share = total(shares, self.amount.currency)
        return replace(changed, repaid=self.repaid + share), share

    def _rebate(self, line: RebateLine) -> Money:
        assert line.net_purchase is not None, "an invoiced case knows its purchases"
        return line.net_purchase.times_rate(line.rate, self.rounding)


@dataclass(frozen=True, kw_only=True)
class ReimportRules:
    """When exported goods may come back without import tax: the rule of the day of export."""

    months: int
    channels: frozenset[str]
    original_only: bool
    food_prefixes: tuple[str, ...]
    rule: str


def reimport_refusal(
    rules: ReimportRules,
    *,
    exported_on: date,
    last_day: date,
    arrived_on: date,
    channel: str,
    hs_codes: tuple[str, ...],
    is_original: bool,
) -> str | None:
    """Return why import tax is levied on goods that come back; None waives it."""
    if arrived_on < exported_on:
        return "arrived-before-export"
    if channel not in rules.channels:
        return "channel"
    if any(code.startswith(rules.food_prefixes) for code in hs_codes):
        return "food"
    if last_day < arrived_on:
        return "arrived-late"
    if rules.original_only and not is_original:
        return "not-original"
    return None
