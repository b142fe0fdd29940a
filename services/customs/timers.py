"""What `customs` does because time passed."""

from services.customs.usecases.file_form import end_overdue_forms
from shared.runtime.service import every

DEADLINES_S = 60.0

TIMERS = (every(DEADLINES_S, end_overdue_forms),)
