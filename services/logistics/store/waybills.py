"""How carriers' waybills are kept: with `consignee_*` the only personal data of logistics."""

from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.logistics.domain.consignee import CarrierWaybill, Consignee
from services.logistics.store.tables import waybill
from shared.kernel.errors import Conflict, NotFound
from shared.kernel.money import Money


class WaybillNotFound(NotFound):
    """There is no such waybill, or it is not yours to see."""

    code = "logistics.waybill-not-found"


class WaybillExists(Conflict):
    """This carrier's waybill of this number is recorded already; correct it instead."""

    code = "logistics.waybill-exists"


class Waybills:
    """Waybills recorded at this hub."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, waybill_id: str, *, lock: bool = False) -> CarrierWaybill:
        """Return a waybill, locked for changing it if asked to; raises WaybillNotFound."""
        query = select(waybill).where(waybill.c.id == waybill_id)
        row = (
            await self._connection.execute(query.with_for_update() if lock else query)
        ).one_or_none()
        if row is None:
            raise WaybillNotFound(f"no waybill {waybill_id}")
        return _waybill(row)

    async def add(self, new: CarrierWaybill) -> None:
        """Keep a new waybill, or raise WaybillExists."""
        try:
            await self._connection.execute(insert(waybill), _values(new))
        except IntegrityError as error:
            raise WaybillExists(
                f"{new.carrier_code} {new.logistics_no} is recorded", field="logistics_no"
            ) from error

    async def save(self, changed: CarrierWaybill) -> None:
        """Keep a corrected waybill, or raise WaybillExists."""
        try:
            await self._connection.execute(
                update(waybill).where(waybill.c.id == changed.id).values(_values(changed))
            )
        except IntegrityError as error:
            raise WaybillExists(
                f"{changed.carrier_code} {changed.logistics_no} is recorded", field="carrier_code"
            ) from error

    async def page(
        self, *, recorded_by: str | None, after: str, limit: int
    ) -> list[CarrierWaybill]:
        """Return waybills by id, those after `after`; of one member unless that is None."""
        query = select(waybill).where(waybill.c.id > after)
        if recorded_by is not None:
            query = query.where(waybill.c.recorded_by == recorded_by)
        rows = await self._connection.execute(query.order_by(waybill.c.id).limit(limit))
        return [_waybill(row) for row in rows]


def _values(new: CarrierWaybill) -> dict[str, Any]:
    return {
        "id": new.id,
        "logistics_no": new.logistics_no,
        "order_no": new.order_no,
        "recorded_by": new.recorded_by,
        "carrier_code": new.carrier_code,
        "master_waybill": new.master_waybill,
        "freight_minor": new.freight.minor,
        "freight_currency": new.freight.currency,
        "insured_minor": new.insured.minor,
        "insured_currency": new.insured.currency,
        "gross_g": new.gross_g,
        "packages": new.packages,
        "consignee_name": new.consignee.name,
        "consignee_phone": new.consignee.phone,
        "consignee_address": new.consignee.address,
        "version": new.version,
    }


def _waybill(row: Row[*tuple[Any, ...]]) -> CarrierWaybill:
    return CarrierWaybill(
        id=row.id,
        logistics_no=row.logistics_no,
        order_no=row.order_no,
        recorded_by=row.recorded_by,
        carrier_code=row.carrier_code,
        master_waybill=row.master_waybill,
        freight=Money(row.freight_minor, row.freight_currency),
        insured=Money(row.insured_minor, row.insured_currency),
        gross_g=row.gross_g,
        packages=row.packages,
        consignee=Consignee(
            name=row.consignee_name,
            phone=row.consignee_phone,
            address=row.consignee_address,
        ),
        version=row.version,
    )
