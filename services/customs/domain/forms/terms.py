"""By when something must be done about a form: the pack says in how many days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.customs.domain.drawback import end_of
from services.customs.domain.forms.filing import Filing, FilingState


@dataclass(frozen=True, kw_only=True)
class FormTerms:
    """Days to answer a returned form, and by form the days that goods in transit have to arrive."""

    answer_within: int
    arrive_within: Mapping[str, int]

    def deadline(self, filing: Filing, *, today: date) -> datetime | None:
        """Return by when the form must move on from the state that it has since today, if ever."""
        match filing.state:
            case FilingState.RETURNED:
                days = self.answer_within
            case FilingState.RELEASED if filing.form in self.arrive_within:
                days = self.arrive_within[filing.form]
            case _:
                return None
        return end_of(today + timedelta(days=days))
