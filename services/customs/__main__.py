"""python -m services.customs [all|api|worker|migrate]"""

from services.customs.service import NAME, create_service
from services.customs.settings import CustomsSettings
from shared.runtime.main import main

main(NAME, CustomsSettings, create_service)
