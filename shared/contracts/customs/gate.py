"""What one may ask `customs` about what its gate of China was told, over HTTP."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.customs.api import LineNo
from shared.contracts.event import Id, Moment, MoneyWords, Quantity, ShortText, Words

RETURN_LINES_MAX = 99


class ReturnedLineView(Words):
    """How many pieces of one line go back."""

    line_no: LineNo
    quantity: Quantity


class GoodsReturnView(Words):
    """Imported goods that go back: applied for, come back, decided."""

    return_id: Id
    order_no: ShortText
    logistics_no: ShortText
    lines: Annotated[tuple[ReturnedLineView, ...], Field(max_length=RETURN_LINES_MAX)]
    applied_at: Moment | None
    arrived_at: Moment | None
    decided_at: Moment | None
    refusal: Annotated[str, Field(max_length=60)] | None
    rule: Annotated[str, Field(max_length=100)]
    tax_returned: MoneyWords | None
    allowance_returned: MoneyWords | None


class NoteArrival(Words):
    """Goods are back at the supervised site, in this condition."""

    condition: Literal["original", "damaged", "wrong-goods"]
