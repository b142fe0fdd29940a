"""The people of a story: fictional, each with a number of a form that their country uses.

Everybody in one telling has the same birthday, and another telling has another: what a hub knows of
a person, an allowance used up for one, never meets a later story.
"""

import zlib
from datetime import date, timedelta

from stdnum.cn import ric

CN_REGION = "330106"
BORN_FROM = date(1900, 1, 1)
"""Birthdays of nobody alive: the buyers are fictional."""
BIRTHDAYS = 3_650
MY_PLACE = "14"


def birthday_of(run: str) -> date:
    """Return the birthday of everybody in one telling of a story."""
    return BORN_FROM + timedelta(days=zlib.crc32(run.encode()) % BIRTHDAYS)


def person(country: str, number: int, *, born: date) -> dict[str, str]:
    """Return the person of that number and birthday, who lives in that country."""
    return {"name": f"Buyer Number {number}", **_LIVES[country](number, born)}


def _in_china(number: int, born: date) -> dict[str, str]:
    body = f"{CN_REGION}{born:%Y%m%d}{number:03d}"
    return {
        "id_number": body + ric.calc_check_digit(body + "0"),
        "phone": f"1380000{number:04d}",
        "address": f"{number} Example Road, Xihu District, Hangzhou",
    }


def _in_malaysia(number: int, born: date) -> dict[str, str]:
    return {
        "id_number": f"{born:%y%m%d}{MY_PLACE}{number:04d}",
        "phone": f"012000{number:04d}",
        "address": f"{number} Jalan Contoh, 50450 Kuala Lumpur",
    }


_LIVES = {"CN": _in_china, "MY": _in_malaysia}
