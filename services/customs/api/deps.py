"""What the routes of `customs` are given."""

from typing import Annotated

from fastapi import Depends, Path

from services.customs.store.tx import CustomsTx
from shared.kernel.ids import ID_PATTERN
from shared.web.auth import Principal
from shared.web.door import reading, transaction

CustomsTransaction = Annotated[CustomsTx, Depends(transaction)]
CustomsReading = Annotated[CustomsTx, Depends(reading)]
OrderId = Annotated[str, Path(pattern=ID_PATTERN)]
DeclarationId = Annotated[str, Path(pattern=ID_PATTERN)]


def sees_everything(caller: Principal) -> bool:
    """Officers and operators see every declaration; everybody else only their own."""
    return caller.may("customs:decide") or caller.may("hub:operate")


def may_see(caller: Principal, *owners: str) -> bool:
    return sees_everything(caller) or caller.member_id in owners
