"""python -m services.payments [all|api|worker|migrate]"""

from services.payments.service import NAME, create_service
from services.payments.settings import PaymentsSettings
from shared.runtime.main import main

main(NAME, PaymentsSettings, create_service)
