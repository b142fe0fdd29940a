"""The people of a story: fictional, each with a number of a form that their country uses."""

from stdnum.cn import ric

CN_REGION = "330106"
CN_BORN = "19000101"
"""A birthday nobody alive has: the buyers are fictional."""
MY_BORN = "000101"
MY_PLACE = "14"


def person(country: str, number: int) -> dict[str, str]:
    """Return the person of that number, who lives in that country."""
    return {"name": f"Buyer Number {number}", **_LIVES[country](number)}


def _in_china(number: int) -> dict[str, str]:
    body = f"{CN_REGION}{CN_BORN}{number:03d}"
    return {
        "id_number": body + ric.calc_check_digit(body + "0"),
        "phone": f"1380000{number:04d}",
        "address": f"{number} Example Road, Xihu District, Hangzhou",
    }


def _in_malaysia(number: int) -> dict[str, str]:
    return {
        "id_number": f"{MY_BORN}{MY_PLACE}{number:04d}",
        "phone": f"012000{number:04d}",
        "address": f"{number} Jalan Contoh, 50450 Kuala Lumpur",
    }


_LIVES = {"CN": _in_china, "MY": _in_malaysia}
