"""What `permits` does because time passed."""

from services.permits.usecases.expire_licences import expire_licences
from shared.runtime.service import every

EXPIRY_S = 60.0

TIMERS = [every(EXPIRY_S, expire_licences)]
