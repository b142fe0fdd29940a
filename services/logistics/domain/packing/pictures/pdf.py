"""A plan as PDF for the warehouse: a summary, then a page for each layer."""

from services.logistics.domain.packing.pictures.svg import layer_svgs
from services.logistics.domain.packing.plan import LoadPlan
from services.logistics.domain.packing.request import LoadRequest

FRONT = """#set page(paper: "a4", flipped: true, margin: 12mm, numbering: "1 / 1")
#set text(size: 11pt)
= Load plan
{boxes} boxes, {filled} % of the container filled, {left} left out. Boxes carry the number of their
step; the back wall is at the left, the door (red) at the right.
"""
PAGE = '#pagebreak()\n#image("layer{number}.svg", width: 100%, height: 100%, fit: "contain")\n'


def pdf_of(plan: LoadPlan, request: LoadRequest) -> bytes:
    """Return the sheets; the typesetter is brought in only here."""
    import tempfile
    from pathlib import Path

    import typst

    sheets = layer_svgs(plan, request)
    text = FRONT.format(
        boxes=len(plan.placements),
        filled=f"{100 * float(plan.utilisation):.1f}",
        left=sum(plan.left_out.values()),
    )
    with tempfile.TemporaryDirectory(prefix="load-plan-") as folder:
        place = Path(folder)
        for number, sheet in enumerate(sheets):
            (place / f"layer{number}.svg").write_text(sheet, encoding="utf-8")
            text += PAGE.format(number=number)
        source = place / "plan.typ"
        source.write_text(text, encoding="utf-8")
        return bytes(typst.compile(str(source)))
