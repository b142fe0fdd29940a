"""What happens in logistics because time passed."""

from services.logistics.usecases.cut_off_pools import cut_off_pools
from shared.runtime.service import every

CUT_OFF_S = 15
CARRIERS_S = 60
"""How often carriers are asked about their bookings; service.py knows the carriers."""

TIMERS = [every(CUT_OFF_S, cut_off_pools)]
