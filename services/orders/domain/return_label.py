"""The label of a return: where to, and a number that the returns desk scans."""

import re

_COMMANDS = re.compile(r"[\^~\\\x00-\x1f]")
"""What a ZPL printer would take for a command."""

ADDRESS_LINE_LENGTH = 40


def zpl_of(*, return_id: str, order_no: str, address: str) -> str:
    """Return a label of 100 x 75 mm at 203 dpi for a ZPL printer: Code 128 and plain text."""
    lines = _wrapped(_COMMANDS.sub(" ", address))
    text = "".join(
        f"^FO40,{150 + 36 * index}^A0N,30,30^FD{line}^FS" for index, line in enumerate(lines)
    )
    return (
        "^XA^CI28^PW800^LL600"
        "^FO40,40^A0N,40,40^FDRETURN^FS"
        f"^FO40,95^A0N,28,28^FDorder {_COMMANDS.sub(' ', order_no)}^FS"
        f"{text}"
        f"^FO40,400^BY2^BCN,110,Y,N,N^FD{return_id}^FS"
        "^XZ"
    )


def _wrapped(address: str) -> list[str]:
    """Break at spaces where there are some; Chinese addresses have none and break anywhere."""
    lines: list[str] = []
    for word in address.split():
        if lines and len(lines[-1]) + 1 + len(word) <= ADDRESS_LINE_LENGTH:
            lines[-1] += f" {word}"
        else:
            lines += [
                word[start : start + ADDRESS_LINE_LENGTH]
                for start in range(0, len(word), ADDRESS_LINE_LENGTH)
            ]
    return lines[:6]
