"""The codes that identify a recording and a product: ISRC, UPC and EAN.

Sources: ISO 3901 and the International ISRC Agency's bulletin 2015/01 (form); GS1 General Specifications, check digit
calculation.
"""

import re

_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")


def checked_isrc(text: str) -> str:
    """`text` as the 12 characters of an ISRC, without dashes and in capitals; an ISRC has no check digit.

    Raises ValueError saying what was found and what was wanted.
    """
    code = text.replace("-", "").upper()
    if len(code) != 12:
        raise ValueError(f"{text!r} has {len(code)} characters, expected 12")
    if not text.isascii() or not _ISRC.fullmatch(code):
        raise ValueError(f"{text!r} is no ISRC: two letters, three letters or digits, seven digits, as in GBXXX2600001")
    return code


def check_digit(digits: str) -> int:
    """The GS1 check digit that follows `digits` (11 of a UPC, 12 of an EAN): weights 3, 1, 3, ... from the right."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return -total % 10


def checked_upc(text: str) -> str:
    """`text` if it is a UPC-A of 12 digits or an EAN of 13 with the right check digit.

    Raises ValueError saying what was found and what was wanted.
    """
    if not re.fullmatch(r"[0-9]{12,13}", text):
        raise ValueError(f"{text!r} has {len(text)} characters, expected 12 digits (UPC) or 13 (EAN)")
    wanted = check_digit(text[:-1])
    if int(text[-1]) != wanted:
        raise ValueError(f"{text!r} ends in check digit {text[-1]}, expected {wanted}: a digit is wrong")
    if not text.strip("0"):
        raise ValueError("is all zeros; leave the key out when there is no code")
    return text


def ean(upc: str) -> str:
    """`upc` as the 13 digits of an EAN, a UPC-A after a leading zero; "" when there is no code."""
    return upc.zfill(13) if upc else ""
