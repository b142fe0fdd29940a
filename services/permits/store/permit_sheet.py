"""A permit on paper: one A4 page that says what the signed document says, and holds it as a code.

Whoever scans the code has the whole signed document and can check it without asking anyone.
typst is heavy, so it is imported when the first page is made.
"""

import json
from collections.abc import Mapping
from typing import Any

import segno

QR_LENGTH_MAX = 2_300
"""Longer documents don't fit a code that a telephone still reads; they are checked as text."""
_TEMPLATE = """
#let permit = json(bytes(sys.inputs.permit))
#set document(title: permit.permit_no, date: none)
#set page(paper: "a4", margin: 20mm)
#set text(font: ("Noto Sans SC",), size: 10pt)
#text(size: 18pt)[#permit.title.en]
#linebreak()
#text(size: 11pt)[#permit.title.ms #h(1em) #permit.title.at("zh-Hans")]
#v(6mm)
#table(columns: (45mm, 1fr), stroke: 0.4pt,
  ..permit.rows.flatten().map(it => [#it]))
#v(4mm)
#table(columns: (15mm, 35mm, 1fr, 25mm), stroke: 0.4pt,
  ..("No.", "HS", "Quantity", "Unit").map(it => [#it]),
  ..permit.lines.flatten().map(it => [#it]))
#v(6mm)
#if permit.qr != "" [
  #align(center)[#image(bytes(permit.qr), format: "svg", width: 80mm)]
  #align(center)[Scan for the signed document; check it with: eroad permit verify]
]
"""


def permit_sheet(claims: Mapping[str, Any], document: str, *, titles: Mapping[str, str]) -> bytes:
    """Return the permit as a PDF; the same permit always gives the same page."""
    import pylopdf_fonts_zh_cn
    import typst

    rows = (
        ("Permit no.", claims["permit_no"]),
        ("Document code (UN/EDIFACT 1001)", claims["document_code"]),
        ("Agency", claims["agency"]),
        ("Issued by hub", claims["iss"]),
        ("Holder", claims["holder_id"]),
        ("Destination", claims["destination"]),
        ("Issued at", claims["issued_at"]),
        ("Valid until", claims["valid_until"]),
        *(("Condition", condition) for condition in claims.get("conditions", ())),
    )
    shown = {
        "permit_no": claims["permit_no"],
        "title": dict(titles),
        "rows": [list(row) for row in rows],
        "lines": [
            [str(line[name]) for name in ("line_no", "hs_code", "quantity", "unit")]
            for line in claims["lines"]
        ],
        "qr": _qr(document) if len(document) <= QR_LENGTH_MAX else "",
    }
    page: bytes = typst.compile(  # type: ignore[misc]
        _TEMPLATE.encode(),
        sys_inputs={"permit": json.dumps(shown)},
        font_paths=[str(pylopdf_fonts_zh_cn.sans_path().parent)],
        ignore_system_fonts=True,
    )
    return page


def _qr(document: str) -> str:
    return segno.make_qr(document, error="l").svg_inline(scale=4, border=4)
