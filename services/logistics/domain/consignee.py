"""The carrier's waybill at the destination: the only place here that knows who the buyer is."""

from dataclasses import dataclass, field, replace

from shared.kernel.errors import Conflict
from shared.kernel.money import Money


class WaybillUnchanged(Conflict):
    """The correction says what the waybill says already."""

    code = "logistics.waybill-unchanged"


@dataclass(frozen=True, kw_only=True)
class Consignee:
    """Whom the carrier delivers to. Personal: kept out of logs, and out of what leaves the hub."""

    name: str = field(repr=False)
    phone: str = field(repr=False)
    address: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class CarrierWaybill:
    """One parcel's waybill as its carrier wrote it; a correction raises `version`."""

    id: str
    logistics_no: str
    order_no: str
    recorded_by: str
    carrier_code: str
    master_waybill: str | None
    freight: Money
    insured: Money
    gross_g: int
    packages: int
    consignee: Consignee
    version: int = 1

    def corrected(self, new: "CarrierWaybill") -> "CarrierWaybill":
        """Return it as `new` says, one version on; it keeps its id, number and recorder."""
        kept = replace(
            new,
            id=self.id,
            logistics_no=self.logistics_no,
            recorded_by=self.recorded_by,
            version=self.version,
        )
        if kept == self:
            raise WaybillUnchanged("the waybill says this already", version=self.version)
        return replace(kept, version=self.version + 1)
