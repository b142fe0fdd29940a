"""JSON read in one way only (RFC 8259 with I-JSON's rules, RFC 7493).

A body that is signed, hashed or compared must mean one thing to everybody. So it is UTF-8 without a
byte order mark, no object has a name twice, and a number is a number.
"""

import json
from typing import Any, NoReturn


def read_json(body: bytes) -> Any:
    """Return what a body says, or raise json.JSONDecodeError, whose message repeats no input."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise json.JSONDecodeError("is not UTF-8", "", 0) from error
    if text.startswith("\ufeff"):
        raise json.JSONDecodeError("begins with a byte order mark", "", 0)
    try:
        return json.loads(text, object_pairs_hook=_named_once, parse_constant=_no_number)
    except RecursionError as error:
        raise json.JSONDecodeError("is nested too deeply", "", 0) from error


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise json.JSONDecodeError("has a name twice in one object", "", 0)
    return made


def _no_number(word: str) -> NoReturn:
    raise json.JSONDecodeError("has a number that is none", "", 0)
