"""python -m services.logistics [all|api|worker|migrate]"""

from services.logistics.service import NAME, create_service
from services.logistics.settings import LogisticsSettings
from shared.runtime.main import main

main(NAME, LogisticsSettings, create_service)
