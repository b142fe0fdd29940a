"""What one may ask `customs` over HTTP about the tax on low-value goods: sellers and returns.

The total of a quarter is the contract with `payments`: `collected` equals the bills and the ledger
of that quarter's tax return there, to the sen.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.customs.api import BasisView
from shared.contracts.event import Id, MoneyWords, ShortText, Words
from shared.contracts.times import Day

EDITIONS_MAX = 100
Quarter = Annotated[str, Field(pattern=r"^[0-9]{4}-Q[1-4]$")]
Count = Annotated[int, Field(ge=0, le=10**12)]


class RegisterLvgSeller(Words):
    """A seller's registration for the tax, as the authority gave it."""

    number: Annotated[str, Field(pattern=r"^[A-Z0-9-]{1,40}$")]
    registered_on: Day


class LvgSellerView(Words):
    """A seller's registration, and whether what it sold obliges it to have one."""

    seller_id: Id
    number: ShortText | None
    registered_on: date | None
    since: date
    sales: MoneyWords
    must_register: bool
    basis: BasisView


class LvgFiguresView(Words):
    """What some parcels come to: low-value sales, their tax, and other import tax on them."""

    parcels: Count
    sales: MoneyWords
    low_value_tax: MoneyWords
    other_import_tax: MoneyWords


class LvgEditionView(Words):
    """One filing of a return."""

    figures: LvgFiguresView
    filed_on: date
    filed_by: Id


class FileLvgReturn(Words):
    """File a quarter's return with the figures of today, or amend it by what changed."""


class LvgReturnView(Words):
    """A seller's return of one quarter: the figures of today, and every edition filed."""

    return_id: Id
    seller_id: Id
    number: ShortText | None
    period: Quarter
    state: Literal["open", "due", "overdue", "filed", "changed"]
    due_on: date
    is_late: bool
    is_nil: bool
    figures: LvgFiguresView
    editions: Annotated[tuple[LvgEditionView, ...], Field(max_length=EDITIONS_MAX)]


class LvgTotalView(Words):
    """A quarter over all sellers; `collected` is all import tax on its parcels together."""

    period: Quarter
    due_on: date
    figures: LvgFiguresView
    collected: MoneyWords
