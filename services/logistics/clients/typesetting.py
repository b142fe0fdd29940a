"""Labels and customs forms as PDF, set by typst in a planner's process.

What people wrote travels as data, never as markup, so no name can change a form. The same data
gives the same bytes. Fonts with Chinese are optional; without them latin text still prints.
"""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from services.logistics.domain.customs_form import (
    CustomsForm,
    shown_amount,
    shown_kg,
    shown_lines,
)
from services.logistics.domain.label import Label, Symbology

TEMPLATES = Path(__file__).parent / "templates"
FONTS = "pylopdf_fonts_zh_cn"


def label_pdf(label: Label) -> bytes:
    """Return a label of 100 by 150 mm."""
    return typeset(
        "label",
        {
            "number": label.human_readable,
            "bars": _bars(label),
            "sender": list(label.sender),
            "recipient": list(label.recipient),
            "route": label.route,
            "service": label.service,
            "weight": f"{shown_kg(label.gross_g)} kg",
            "pieces": str(label.pieces),
            "simulated": label.simulated,
        },
    )


def customs_form_pdf(form: CustomsForm, label: Label) -> bytes:
    """Return a CN 22 or CN 23 with the item's barcode."""
    return typeset(
        "customs_form",
        {
            "form": form.form.value,
            "number": label.human_readable,
            "bars": _bars(label),
            "nature": form.nature.value,
            "sender": list(form.sender),
            "recipient": list(form.recipient),
            "lines": shown_lines(form.lines),
            "total": shown_amount(form.value),
            "net": shown_kg(form.net_g),
            "gross": shown_kg(form.gross_g),
        },
    )


def _bars(label: Label) -> str:
    """Return the barcode as SVG without text: the template sets that."""
    import barcode
    from barcode.writer import SVGWriter

    gs1 = label.symbology is Symbology.SSCC
    kind, data = ("gs1_128", f"(00){label.number}") if gs1 else ("code128", label.number)
    svg: bytes = barcode.get(kind, data, writer=SVGWriter()).render(
        {"write_text": False, "module_height": 20.0, "module_width": 0.35, "quiet_zone": 4.0}
    )
    return svg.decode()


def typeset(template: str, data: dict[str, Any]) -> bytes:
    """Return a template filled with data, as PDF."""
    import typst

    spec = find_spec(FONTS)
    fonts = [Path(spec.origin).parent] if spec is not None and spec.origin else []
    return bytes(
        typst.compile(
            TEMPLATES / f"{template}.typ",
            root=TEMPLATES,
            font_paths=fonts,
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        )
    )
