"""What stands on a parcel, and the words a label printer understands (ZPL II).

One barcode: the post's S10 number in Code 128, or a logistic unit's SSCC in GS1-128 under the
application identifier (00). A label printed at the hub that sends names the hub that delivers, not
the buyer, whom only that hub knows.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from shared.kernel.codes import check_s10, check_sscc
from shared.kernel.errors import EroadError

DOTS_PER_MM = 8
WIDTH_DOTS = 100 * DOTS_PER_MM
HEIGHT_DOTS = 150 * DOTS_PER_MM
LINE_LENGTH_MAX = 40
LINES_MAX = 6


class Symbology(StrEnum):
    """Which scheme the number follows, and so which symbol it is printed in."""

    S10 = "s10"
    SSCC = "sscc"
    PLAIN = "plain"


@dataclass(frozen=True, kw_only=True)
class Label:
    """A label of 100 by 150 mm."""

    number: str
    sender: tuple[str, ...]
    recipient: tuple[str, ...]
    route: str
    gross_g: int
    pieces: int
    service: str
    simulated: bool

    @property
    def symbology(self) -> Symbology:
        """The scheme whose check digit the number satisfies; any other number is plain."""
        for check, symbology in ((check_s10, Symbology.S10), (check_sscc, Symbology.SSCC)):
            try:
                check(self.number)
            except EroadError:
                continue
            return symbology
        return Symbology.PLAIN

    @property
    def human_readable(self) -> str:
        """The number as it stands below the bars."""
        if self.symbology is Symbology.SSCC:
            return f"(00) {self.number}"
        if self.symbology is Symbology.S10:
            return f"{self.number[:2]} {self.number[2:5]} {self.number[5:8]} {self.number[8:]}"
        return self.number


def zpl(label: Label) -> str:
    """Return the label in ZPL II, UTF-8; text can't contain commands."""
    data = f">;>800{label.number}" if label.symbology is Symbology.SSCC else f">:{label.number}"
    fields = [
        "^XA^CI28",
        f"^PW{WIDTH_DOTS}^LL{HEIGHT_DOTS}",
        *_block(label.sender, at_y=40, height=28),
        *_block(label.recipient, at_y=280, height=44),
        f"^FO40,620^A0N,60,60^FH^FD{_text(label.route)}^FS",
        f"^FO40,700^A0N,30,30^FH^FD{_text(label.service)}^FS",
        f"^FO500,700^A0N,30,30^FD{label.gross_g} g  {label.pieces} pc^FS",
        f"^FO60,780^BY3^BCN,220,N,N,N,N^FD{data}^FS",
        f"^FO60,1020^A0N,40,40^FD{label.human_readable}^FS",
    ]
    if label.simulated:
        fields.append("^FO40,1110^A0N,30,30^FDSIMULATED: NOT FOR CARRIAGE^FS")
    return "\n".join([*fields, "^XZ", ""])


def _block(lines: tuple[str, ...], *, at_y: int, height: int) -> list[str]:
    return [
        f"^FO40,{at_y + number * (height + 8)}^A0N,{height},{height}^FH^FD{_text(line)}^FS"
        for number, line in enumerate(lines[:LINES_MAX])
    ]


def _text(line: str) -> str:
    """Escape what ZPL reads as a command, so that no name can print another label."""
    clean = re.sub(r"[\x00-\x1f\x7f]", " ", line)[:LINE_LENGTH_MAX]
    return "".join(f"_{ord(c):02x}" if c in "^~_" else c for c in clean)
