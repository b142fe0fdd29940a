"""What an order must satisfy before it is taken: its sums, its codes, its words, its people.

The first thing that is wrong is raised, with the field it is about. Values are never repeated in
the message: some of them are personal.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from services.orders.domain.descriptions import is_vague
from services.orders.domain.draft import Amounts, Buyer, Draft, Line
from shared.kernel.codes import check_cn_resident_id, check_gtin, check_hs
from shared.kernel.errors import Rejected
from shared.kernel.ids import parse_id
from shared.kernel.money import Money, total
from shared.reference.currencies import check_currency

AMOUNT_NAMES = ("goods", "freight", "tax", "discount", "paid")

ID_CHECKS: Mapping[str, Callable[..., str]] = {"cn-resident-id": check_cn_resident_id}
"""How a person's number is checked, by the scheme that the country's pack names."""

ANY_SCHEME = "any"


class AmountsDoNotAddUp(Rejected):
    """paid = goods + freight + tax - discount, goods = the lines, line = unit price x quantity."""

    code = "orders.amounts-do-not-add-up"
    help = "Send the amounts as charged; they are whole minor units and are compared exactly."


class CurrenciesDiffer(Rejected):
    """All amounts of an order are in one currency."""

    code = "orders.currencies-differ"


class AmountNegative(Rejected):
    """No amount of an order is below zero; a discount is written as a positive amount."""

    code = "orders.amount-negative"


class DescriptionVague(Rejected):
    """Customs must be able to tell from the description what the good is."""

    code = "orders.description-vague"
    help = "Say what it is, what it is made of and what it is for, such as 'instant white coffee'."


class LineNumbersRepeated(Rejected):
    """Each line has a number of its own."""

    code = "orders.line-numbers-repeated"


class SellerHubUnknown(Rejected):
    """The seller's hub is neither this one nor a peer of it."""

    code = "orders.seller-hub-unknown"


class SellerNotOfHub(Rejected):
    """The seller is registered at another hub than the one named."""

    code = "orders.seller-not-of-hub"


class IdSchemeUnknown(Rejected):
    """The country's rules name a scheme of personal numbers that can't be checked here."""

    code = "orders.id-scheme-unknown"


@dataclass(frozen=True, kw_only=True)
class IntakeRules:
    """What the destination asks of an order on the day it is placed."""

    hs_digits: int
    id_scheme: str
    hubs: Collection[str]
    """This hub and its peers: where a seller may be."""


def checked(draft: Draft, rules: IntakeRules) -> Draft:
    """Return the draft with its codes cleaned, or raise the first thing that is wrong."""
    _check_seller(draft, rules)
    _check_currency(draft)
    _check_signs(draft)
    _check_sums(draft.amounts, draft.lines)
    return replace(
        draft,
        buyer=_checked_buyer(draft.buyer, rules.id_scheme),
        lines=_checked_lines(draft.lines, rules),
    )


def _check_seller(draft: Draft, rules: IntakeRules) -> None:
    if draft.seller_hub not in rules.hubs:
        raise SellerHubUnknown(
            f"{draft.seller_hub} is no hub that this one exchanges with", field="seller_hub"
        )
    if parse_id(draft.seller_id, field="seller_id").hub != draft.seller_hub:
        raise SellerNotOfHub(f"the seller is not a member of {draft.seller_hub}", field="seller_id")


def _check_currency(draft: Draft) -> None:
    currency = draft.amounts.paid.currency
    check_currency(currency, field="paid")
    for field, amount in _amounts(draft):
        if amount.currency != currency:
            raise CurrenciesDiffer(f"is not in {currency}, as paid is", field=field)


def _check_signs(draft: Draft) -> None:
    for field, amount in _amounts(draft):
        if amount.minor < 0:
            raise AmountNegative("is below zero", field=field)


def _check_sums(amounts: Amounts, lines: Sequence[Line]) -> None:
    for index, line in enumerate(lines):
        _check_sum(f"lines[{index}].total_price", line.total_price, line.unit_price * line.quantity)
    goods = total([line.total_price for line in lines], amounts.goods.currency)
    _check_sum("goods", amounts.goods, goods)
    paid = amounts.goods + amounts.freight + amounts.tax - amounts.discount
    _check_sum("paid", amounts.paid, paid)


def _check_sum(field: str, said: Money, reckoned: Money) -> None:
    if said != reckoned:
        raise AmountsDoNotAddUp(
            f"is {said.minor} and should be {reckoned.minor} minor units",
            field=field,
            expected_minor=reckoned.minor,
        )


def _checked_buyer(buyer: Buyer, scheme: str) -> Buyer:
    if scheme == ANY_SCHEME:
        return buyer
    check = ID_CHECKS.get(scheme)
    if check is None:
        raise IdSchemeUnknown(f"numbers of the scheme {scheme} can't be checked", scheme=scheme)
    return replace(buyer, id_number=check(buyer.id_number, field="buyer.id_number"))


def _checked_lines(lines: Sequence[Line], rules: IntakeRules) -> tuple[Line, ...]:
    repeated = [no for no, times in Counter(line.line_no for line in lines).items() if times > 1]
    if repeated:
        raise LineNumbersRepeated(f"line {repeated[0]} comes twice", field="lines")
    return tuple(_checked_line(line, f"lines[{i}]", rules) for i, line in enumerate(lines))


def _checked_line(line: Line, field: str, rules: IntakeRules) -> Line:
    if is_vague(line.description):
        raise DescriptionVague("does not say what the good is", field=f"{field}.description")
    return replace(
        line,
        hs_code=check_hs(line.hs_code, digits=rules.hs_digits, field=f"{field}.hs_code"),
        gtin=None if line.gtin is None else check_gtin(line.gtin, field=f"{field}.gtin"),
    )


def _amounts(draft: Draft) -> "chain[tuple[str, Money]]":
    """Every amount of a draft with its field, those of the order first."""
    of_order = ((name, getattr(draft.amounts, name)) for name in AMOUNT_NAMES)
    of_lines = (
        (f"lines[{index}].{name}", getattr(line, name))
        for index, line in enumerate(draft.lines)
        for name in ("unit_price", "total_price")
    )
    return chain(of_order, of_lines)
