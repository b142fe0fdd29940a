"""python -m services.orders [all|api|worker|migrate]"""

from services.orders.service import NAME, create_service
from services.orders.settings import OrdersSettings
from shared.runtime.main import main

main(NAME, OrdersSettings, create_service)
