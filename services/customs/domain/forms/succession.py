"""Forms that follow others: goods leave a warehouse by K9 as they came by K8, K1A explains a K1."""

from collections.abc import Iterable, Mapping

from services.customs.domain.basis import Finding
from services.customs.domain.forms.catalogue import Form
from services.customs.domain.forms.dossier import FormDossier
from services.customs.domain.forms.examination import fault
from services.customs.domain.forms.filing import Filing, FilingState

PREVIOUS = "previous_document_id"
VALUE_FORM = "K1A"


def succession_faults(
    form: Form,
    dossier: FormDossier,
    *,
    previous: Filing | None,
    said_before: FormDossier,
    moved: Mapping[str, int],
) -> tuple[Finding, ...]:
    """Return what is wrong with the form that this one says it follows.

    `said_before` is that form's dossier, `moved` how much of each code other forms took out of it.
    """
    if not form.after or PREVIOUS not in dossier.header:
        return ()
    at = f"boxes.{PREVIOUS}"
    if previous is None or previous.form not in form.after:
        remedy = f"Name a form of yours that this one can follow: {', '.join(form.after)}."
        return (fault(form, "previous-form-unknown", at, remedy),)
    if form.name == VALUE_FORM:
        return tuple(_value_faults(form, dossier, said_before))
    if not previous.counts:
        remedy = f"The form before is {previous.state.value}: it must be accepted first."
        return (fault(form, "previous-form-not-accepted", at, remedy),)
    return tuple(_stock_faults(form, dossier, said_before, moved))


def value_declaration_faults(
    form: Form, *, forms_needed: tuple[str, ...], companions: Iterable[Filing]
) -> tuple[Finding, ...]:
    """Return what is missing where the value asks for another form beside this one."""
    there = {
        one.form
        for one in companions
        if one.state not in {FilingState.CANCELLED, FilingState.RETURNED}
    }
    return tuple(
        fault(
            form,
            "value-declaration-missing",
            "boxes.customs_value_amount",
            f"Goods of this value need form {name} as well, naming this form's number.",
        )
        for name in forms_needed
        if name != form.name and name not in there
    )


def quantities(dossier: FormDossier) -> dict[str, int]:
    """Return how much there is of each tariff code."""
    sums: dict[str, int] = {}
    for line in dossier.lines:
        quantity = line.get("item_quantity")
        if isinstance(quantity, int):
            code = str(line.get("classification_id"))
            sums[code] = sums.get(code, 0) + quantity
    return sums


def _value_faults(form: Form, dossier: FormDossier, said_before: FormDossier) -> Iterable[Finding]:
    mine, theirs = (d.header.get("customs_value_amount") for d in (dossier, said_before))
    if theirs is not None and mine != theirs:
        remedy = "Price, additions and deductions must come to the value for customs of the K1."
        yield fault(form, "value-declared-differs", "boxes.price_paid_amount", remedy)


def _stock_faults(
    form: Form, dossier: FormDossier, said_before: FormDossier, moved: Mapping[str, int]
) -> Iterable[Finding]:
    stored = quantities(said_before)
    for code, quantity in quantities(dossier).items():
        if quantity + moved.get(code, 0) > stored.get(code, 0):
            number = next(
                n for n, line in enumerate(dossier.lines) if line["classification_id"] == code
            )
            remedy = "More would leave than came in under the form before: lower the quantity."
            yield fault(form, "more-than-stored", f"lines[{number}].item_quantity", remedy)
