"""What `customs` does because time passed."""

from services.customs.usecases.end_unanswered import (
    end_unanswered_declarations,
    end_unanswered_lists,
)
from services.customs.usecases.file_form import end_overdue_forms
from shared.runtime.service import every

DEADLINES_S = 60.0

TIMERS = (
    every(DEADLINES_S, end_overdue_forms),
    every(DEADLINES_S, end_unanswered_declarations),
    every(DEADLINES_S, end_unanswered_lists),
)
