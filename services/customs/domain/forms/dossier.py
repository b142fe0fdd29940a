"""What a form says, apart from the form: values by their neutral names, mapped both ways.

The same dossier is written in one form and read from another, so nobody types anything twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from services.customs.domain.forms.box import BOXES, Value
from services.customs.domain.forms.catalogue import Form
from shared.kernel.errors import Conflict, Rejected

LINES_MAX = 99
"""Lines of one form that somebody files; a form drawn up for a sealed unit may have more."""

OF_THE_WHOLE = frozenset(
    {
        "invoice_amount",
        "freight_amount",
        "insurance_amount",
        "customs_value_amount",
        "duty_amount",
        "sales_tax_amount",
        "gross_mass",
        "package_quantity",
    }
)
"""Boxes that say something of all the goods together."""


class BoxUnknown(Rejected):
    """The form has no such box."""

    code = "customs.form-box-unknown"


class BoxUnreadable(Rejected):
    """A box's text is not what the box holds."""

    code = "customs.form-box-unreadable"


class BoxContradicts(Conflict):
    """A box says something else than what the form is about; correct it there."""

    code = "customs.form-box-contradicts"
    help = "Leave the box blank: it is filled from what the form is about."


@dataclass(frozen=True, kw_only=True)
class FormText:
    """A form as it is written: boxes by name, line after line."""

    boxes: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[Mapping[str, str], ...] = ()

    def amended(self, change: "FormText") -> "FormText":
        """Return the text with boxes changed, blank ones left out, and lines if any are given."""
        boxes = {**self.boxes, **change.boxes}
        return FormText(
            boxes={name: text for name, text in boxes.items() if text},
            lines=change.lines or self.lines,
        )


@dataclass(frozen=True, kw_only=True)
class FormDossier:
    """What a form says: values by name, line after line."""

    header: Mapping[str, Value] = field(default_factory=dict)
    lines: tuple[Mapping[str, Value], ...] = ()

    def stating(self, **more: Value | None) -> "FormDossier":
        """Return the dossier with more said in its header; None says nothing."""
        said = {name: value for name, value in more.items() if value is not None}
        return replace(self, header={**self.header, **said})

    def filled_from(self, source: "FormDossier", form: Form) -> "FormDossier":
        """Return this dossier with what the source knows of a form's boxes.

        Lines left out are the source's. Whoever states lines speaks of a part of the goods, so
        sums and masses are theirs to state too. Raises BoxContradicts where both say something
        different.
        """
        known = {name: source.header[name] for name in form.boxes if name in source.header}
        if self.lines:
            known = {name: value for name, value in known.items() if name not in OF_THE_WHOLE}
        for name, value in self.header.items():
            if name in known and known[name] != value:
                raise BoxContradicts(f"{name} is known to be something else", field=f"boxes.{name}")
        lines = self.lines or tuple(
            {name: line[name] for name in form.line_boxes if name in line} for line in source.lines
        )
        return FormDossier(header={**known, **self.header}, lines=lines)


def read_form(form: Form, text: FormText, *, digits: Mapping[str, int]) -> FormDossier:
    """Return what a form's text says, or raise BoxUnknown or BoxUnreadable."""
    return FormDossier(
        header=_read(form, text.boxes, form.boxes, digits, at="boxes"),
        lines=tuple(
            _read(form, line, form.line_boxes, digits, at=f"lines[{number}]")
            for number, line in enumerate(text.lines)
        ),
    )


def write_form(form: Form, dossier: FormDossier, *, digits: Mapping[str, int]) -> FormText:
    """Return a form's text: of all that the dossier knows, what the form has boxes for."""
    return FormText(
        boxes=_written(dossier.header, form.boxes, digits),
        lines=tuple(_written(line, form.line_boxes, digits) for line in dossier.lines),
    )


def _read(
    form: Form,
    texts: Mapping[str, str],
    boxes: tuple[str, ...],
    digits: Mapping[str, int],
    *,
    at: str,
) -> dict[str, Value]:
    values = {}
    for name, text in texts.items():
        if name not in boxes:
            raise BoxUnknown(f"{form.name} has no box {name}", field=f"{at}.{name}")
        try:
            values[name] = BOXES[name].read(text, digits)
        except ValueError as error:
            raise BoxUnreadable(f"{name} {error}", field=f"{at}.{name}") from error
    return values


def _written(
    values: Mapping[str, Value], boxes: tuple[str, ...], digits: Mapping[str, int]
) -> dict[str, str]:
    return {name: BOXES[name].write(values[name], digits) for name in boxes if name in values}
