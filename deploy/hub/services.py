"""Every service of a hub, in the order in which they are mounted and shown."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from services.customs.service import create_service as create_customs
from services.customs.settings import CustomsSettings
from services.exchange.service import create_service as create_exchange
from services.exchange.settings import ExchangeSettings
from services.logistics.service import create_service as create_logistics
from services.logistics.settings import LogisticsSettings
from services.members.service import create_service as create_members
from services.members.settings import MembersSettings
from services.orders.service import create_service as create_orders
from services.orders.settings import OrdersSettings
from services.payments.service import create_service as create_payments
from services.payments.settings import PaymentsSettings
from services.permits.service import create_service as create_permits
from services.permits.settings import PermitsSettings
from shared.runtime.service import Service
from shared.runtime.settings import Settings


class Parts(NamedTuple):
    """What it takes to build one service."""

    settings: type[Settings]
    create: Callable[..., Service]


SERVICES: Mapping[str, Parts] = {
    "members": Parts(MembersSettings, create_members),
    "orders": Parts(OrdersSettings, create_orders),
    "permits": Parts(PermitsSettings, create_permits),
    "customs": Parts(CustomsSettings, create_customs),
    "logistics": Parts(LogisticsSettings, create_logistics),
    "payments": Parts(PaymentsSettings, create_payments),
    "exchange": Parts(ExchangeSettings, create_exchange),
}
