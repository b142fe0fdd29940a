"""What one may file at Malaysia's gate over HTTP: customs forms, described as data."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.customs.api import AuthorityView, Findings, Version
from shared.contracts.customs.events import EXPORT_LINES_MAX
from shared.contracts.event import Id, Moment, ShortText, Text, Words

FILED_LINES_MAX = 99
HISTORY_MAX = 200

BoxName = Annotated[str, Field(pattern=r"^[a-z_]{1,60}$")]
BoxText = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]
Boxes = Annotated[dict[BoxName, BoxText], Field(max_length=60)]
FormName = Annotated[str, Field(pattern=r"^K[0-9]{1,2}[A-Z]?$")]
FilingStateName = Literal[
    "lodged",
    "returned",
    "accepted",
    "documentary-check",
    "physical-check",
    "released",
    "completed",
    "cancelled",
    "undischarged",
]


class BoxView(Words):
    """One box of a form: its name here, what is printed beside it, and what its text holds."""

    name: BoxName
    label: ShortText
    kind: ShortText
    choices: Annotated[tuple[ShortText, ...], Field(max_length=20)]
    needed: bool


class FormView(Words):
    """One form: its boxes, those of each line, and the forms that it follows."""

    form: FormName
    title: Text
    drawn_up: bool
    after: Annotated[tuple[FormName, ...], Field(max_length=10)]
    boxes: Annotated[tuple[BoxView, ...], Field(max_length=60)]
    line_boxes: Annotated[tuple[BoxView, ...], Field(max_length=60)]
    source: Text


class FormList(Words):
    """Every form of this gate."""

    forms: Annotated[tuple[FormView, ...], Field(max_length=20)]


class DraftView(Words):
    """A form as far as the hub can fill it; `missing` names the boxes that are left to fill."""

    form: FormName
    about: Id
    boxes: Boxes
    lines: Annotated[tuple[Boxes, ...], Field(max_length=EXPORT_LINES_MAX)]
    missing: Annotated[tuple[ShortText, ...], Field(max_length=60)]
    authority: AuthorityView


class FileForm(Words):
    """A form to file under a reference of one's own, about something known here or about nothing.

    Boxes that the hub knows from `about`, or can work out, are left out.
    """

    form: FormName
    member_id: Id
    reference: ShortText
    about: Id | None = None
    boxes: Boxes = Field(default_factory=dict)
    lines: Annotated[tuple[Boxes, ...], Field(max_length=FILED_LINES_MAX)] = ()


class AmendForm(Words):
    """Boxes to change (blank: to clear) and, if any are given, lines in place of those before."""

    boxes: Boxes = Field(default_factory=dict)
    lines: Annotated[tuple[Boxes, ...], Field(max_length=FILED_LINES_MAX)] = ()


class FilingStepView(Words):
    """One change of a filed form."""

    state: FilingStateName
    at: Moment
    by: ShortText
    reason: Annotated[str, Field(max_length=2_000)]


class FilingView(Words):
    """A filed form as it stands; `edition` counts what was filed under its number.

    By its `deadline` a returned form is answered, and goods in transit arrive. One that is not
    returned and has findings is held until it is amended, cancelled or resolved.
    """

    number: Id
    form: FormName
    member_id: Id
    reference: ShortText
    about: Id | None
    state: FilingStateName
    edition: Version
    version: Version
    lane: Literal["green", "blue", "yellow", "red"] | None
    boxes: Boxes
    lines: Annotated[tuple[Boxes, ...], Field(max_length=EXPORT_LINES_MAX)]
    findings: Findings
    history: Annotated[tuple[FilingStepView, ...], Field(max_length=HISTORY_MAX)]
    tax_bill_no: Id | None = None
    deadline: Moment | None = None
    authority: AuthorityView
