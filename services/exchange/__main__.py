"""python -m services.exchange [all|api|worker|migrate]"""

from services.exchange.service import NAME, create_service
from services.exchange.settings import ExchangeSettings
from shared.runtime.main import main

main(NAME, ExchangeSettings, create_service)
