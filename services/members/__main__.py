"""python -m services.members [all|api|worker|migrate]"""

from services.members.service import NAME, create_service
from services.members.settings import MembersSettings
from shared.runtime.main import main

main(NAME, MembersSettings, create_service)
