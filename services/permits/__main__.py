"""python -m services.permits [all|api|worker|migrate]"""

from services.permits.service import NAME, create_service
from services.permits.settings import PermitsSettings
from shared.runtime.main import main

main(NAME, PermitsSettings, create_service)
