"""A plan as SVG: every layer seen from above, boxes numbered in loading order."""

from html import escape

from services.logistics.domain.packing.pictures.layers import (
    Layer,
    colour_of,
    layers_of,
    skus_of,
)
from services.logistics.domain.packing.plan import LoadPlan, Placement
from services.logistics.domain.packing.request import LoadRequest

WIDTH = 1000
MARGIN = 20
HEAD = 34
STYLE = (
    "text{font-family:sans-serif;fill:#1b2430}"
    ".wall{fill:#fff;stroke:#1b2430;stroke-width:2}"
    ".door{stroke:#c0392b;stroke-width:5}"
    ".box{stroke:#1b2430;stroke-width:1}"
    ".through{fill:#e4e7eb;stroke:#b8bfc9;stroke-width:1}"
)


def svg_of(plan: LoadPlan, request: LoadRequest) -> str:
    """Return one SVG with all layers under each other, the floor first."""
    sheets = [_Sheet(plan, request, layer) for layer in layers_of(plan)]
    height = sum(sheet.height for sheet in sheets) + MARGIN
    top, drawn = MARGIN, []
    for sheet in sheets:
        drawn.append(f'<g transform="translate({MARGIN} {top})">{sheet.body()}</g>')
        top += sheet.height
    return _document("".join(drawn), height)


def layer_svgs(plan: LoadPlan, request: LoadRequest) -> tuple[str, ...]:
    """Return an SVG of its own for each layer."""
    sheets = [_Sheet(plan, request, layer) for layer in layers_of(plan)]
    return tuple(
        _document(
            f'<g transform="translate({MARGIN} {MARGIN})">{sheet.body()}</g>',
            sheet.height + MARGIN,
        )
        for sheet in sheets
    )


def _document(body: str, height: int) -> str:
    width = WIDTH + 2 * MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}"><style>{STYLE}</style>{body}</svg>\n'
    )


class _Sheet:
    """One layer: the back wall at the left, the door at the right."""

    def __init__(self, plan: LoadPlan, request: LoadRequest, layer: Layer) -> None:
        self._layer = layer
        self._skus = skus_of(plan)
        self._container = request.container
        self._scale = WIDTH / request.container.length_mm
        self._depth = round(request.container.width_mm * self._scale)
        self.height = HEAD + self._depth + MARGIN

    def body(self) -> str:
        layer = self._layer
        title = f"{layer.z_mm} mm above the floor, {len(layer.boxes)} boxes"
        parts = [
            f'<text x="0" y="20" font-size="18">{title}</text>',
            f'<g transform="translate(0 {HEAD})">',
            f'<rect class="wall" width="{WIDTH}" height="{self._depth}"/>',
            *(self._rect(at, "through") for at in layer.through),
            *(self._box(step, at) for step, at in layer.boxes),
            f'<line class="door" x1="{WIDTH}" y1="0" x2="{WIDTH}" y2="{self._depth}"/></g>',
        ]
        return "".join(parts)

    def _rect(self, at: Placement, kind: str, fill: str = "") -> str:
        x, y = at.x_mm * self._scale, at.y_mm * self._scale
        width, depth = at.dx_mm * self._scale, at.dy_mm * self._scale
        paint = f' fill="{fill}"' if fill else ""
        return (
            f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" '
            f'height="{depth:.1f}"{paint}/>'
        )

    def _box(self, step: int, at: Placement) -> str:
        """Draw a box with its step and name; the title names all, for whoever points at it."""
        width, depth = at.dx_mm * self._scale, at.dy_mm * self._scale
        size = max(6, min(16, round(min(depth / 2.6, width / 4))))
        x, y = at.x_mm * self._scale + width / 2, at.y_mm * self._scale + depth / 2
        name = escape(at.sku)
        room = max(int(width / (size * 0.62)), 1)
        short = escape(at.sku if len(at.sku) <= room else at.sku[: room - 1] + "…")
        return (
            f"<g><title>{step}: {name}, {at.dx_mm} x {at.dy_mm} x {at.dz_mm} mm</title>"
            f"{self._rect(at, 'box', colour_of(at.sku, self._skus))}"
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="middle">{step}'
            f'<tspan x="{x:.1f}" dy="{size}">{short}</tspan></text></g>'
        )
