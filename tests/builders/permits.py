"""Applications, licences and exports for the permits service, with defaults that fit together."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.permits.domain.actor import Actor
from services.permits.domain.application import Application, WantedLine, Wish
from services.permits.domain.licence import Licence, LicenceLine, StateSince
from services.permits.domain.permit_type import PermitType
from services.permits.domain.states import LicenceState
from services.permits.domain.write_off import GoodsThatLeft
from shared.contracts.customs.events import (
    ExportGoods,
    ExportLine,
    ExportParcel,
    ExportReleased,
)
from shared.contracts.event import MoneyWords
from shared.kernel.ids import derived_id

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
SELLER = derived_id("mbr", "my-kul", "kinta")
OTHER_SELLER = derived_id("mbr", "my-kul", "other")
COFFEE = "2101120000"
ZERO_HASH = "sha256:" + "0" * 64


def an_actor(name: str = "kinta") -> Actor:
    return Actor(
        member_id=derived_id("mbr", "my-kul", name), client_id=derived_id("cli", "my-kul", name)
    )


def a_permit_type(**changes: Any) -> PermitType:
    return replace(
        PermitType(
            key="health-certificate",
            country="MY",
            names={"en": "Health certificate"},
            document_code="636",
            agency="MOH",
            goods=("21",),
            valid_days=180,
            decide_within=5,
            appeal_within_days=30,
            needs_countersign=True,
            facts=(),
            rule_id="M6 permit-type.health-certificate",
            pack_hash=ZERO_HASH,
        ),
        **changes,
    )


def a_wish(*, quantity: int = 128, unit: str = "NMP", **changes: Any) -> Wish:
    line = WantedLine(
        line_no=1, hs_code=COFFEE, description="white coffee", quantity=quantity, unit=unit
    )
    return replace(Wish(destination="CN", lines=(line,)), **changes)


def an_application(**changes: Any) -> Application:
    return replace(
        Application(
            id=derived_id("app", "my-kul", "1"),
            permit_type="health-certificate",
            agency="MOH",
            applicant_id=SELLER,
            country="MY",
            wish=a_wish(),
            pack_hash=ZERO_HASH,
            created_at=NOON,
        ),
        **changes,
    )


def a_line(**changes: Any) -> LicenceLine:
    return replace(LicenceLine(line_no=1, hs_code=COFFEE, quantity=128, unit="NMP"), **changes)


def a_licence(name: str = "1", *lines: LicenceLine, **changes: Any) -> Licence:
    return replace(
        Licence(
            id=derived_id("lic", "my-kul", name),
            permit_no=f"MOH-2026-{name}",
            permit_type="health-certificate",
            document_code="636",
            agency="MOH",
            application_id=derived_id("app", "my-kul", name),
            holder_id=SELLER,
            country="MY",
            destination="CN",
            lines=lines or (a_line(),),
            issued_at=NOON,
            valid_until=NOON + timedelta(days=180),
            history=(StateSince(state=LicenceState.ISSUED, since=NOON),),
        ),
        **changes,
    )


def some_goods(**changes: Any) -> GoodsThatLeft:
    return replace(
        GoodsThatLeft(holder_id=SELLER, hs_code=COFFEE, quantity=128, net_weight_g=72_960),
        **changes,
    )


def export_goods(**changes: Any) -> ExportGoods:
    values: dict[str, Any] = {
        "seller_id": SELLER,
        "hs_code": COFFEE,
        "quantity": 128,
        "net_weight_g": 72_960,
    }
    return ExportGoods(**(values | changes))


def an_export(name: str = "1", *goods: ExportGoods, hub: str = "my-kul", **changes: Any) -> Any:
    """A released export declaration of some hub's customs."""
    money = MoneyWords(amount_minor=742_400, currency="CNY")
    buyer_hub = changes.pop("buyer_hub", "cn-hgh")
    values: dict[str, Any] = {
        "declaration_id": derived_id("exp", hub, name),
        "form": "K2",
        "consolidation_id": derived_id("con", hub, name),
        "master_waybill": "232-12345675",
        "lines": (ExportLine(hs_code="210112", quantity=128, net_weight_g=72_960, fob=money),),
        "parcels": (
            ExportParcel(
                parcel_id=derived_id("pcl", hub, name),
                logistics_no="KV26090100001",
                order_id=derived_id("ord", buyer_hub, name),
                order_no="TASIK-20260901-A001",
                gross_weight_g=92_160,
                net_weight_g=72_960,
                fob=money,
            ),
        ),
        "goods": goods or (export_goods(),),
        "fob_total": money,
        "released_at": NOON + timedelta(hours=1),
    }
    return ExportReleased(**(values | changes))
