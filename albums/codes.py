"""The codes that identify a recording, a work and a product: ISRC, ISWC, UPC and EAN.

Codes come from spreadsheets, mails and web pages. What such a journey adds is taken off again: blanks, hyphens of every
kind, characters that cannot be seen, quotation marks around, the name of the code before it, full-width letters and
digits. What it takes away, or changes, is told: which character at which place, which digit, which leading zero.

Sources: ISO 3901 and the International ISRC Agency's bulletin 2015/01 (form); ISO 15707 (ISWC and its check digit); GS1
General Specifications, check digit calculation.
"""

import re
import unicodedata

_HYPHENS = "-‐‑‒–—―−﹘﹣－_"
_QUOTES = "'\"‘’“”`´"
_ISRC_NAME = re.compile(r"ISRC(CODE)?[:.#=]*")
_UPC_NAME = re.compile(
    r"(UPC|EAN|GTIN|JAN|BARCODE)([/:.#=]*(UPC|EAN|GTIN|JAN|CODE|A|8|12|13|14)?[:.#=]+)?", re.IGNORECASE
)
_OF_A_SPREADSHEET = re.compile(r"[0-9]([.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)
_LETTER, _DIGIT, _EITHER = "a letter, A to Z", "a digit", "a letter, A to Z, or a digit"
_ISRC_FORM = (
    (2, re.compile("[A-Z]"), _LETTER),
    (5, re.compile("[A-Z0-9]"), _EITHER),
    (12, re.compile("[0-9]"), _DIGIT),
)
_ISWC_NAME = re.compile(r"ISWC[:.#=]*(?=T)", re.IGNORECASE)
_LOOKALIKES = {"O": "0", "I": "1", "L": "1", "S": "5", "B": "8", "Z": "2"}


def bare_isrc(text: str) -> str:
    """`text` as an ISRC is compared: in capitals, without what parts, surrounds or names a code."""
    code = "".join(c.upper() if c.isascii() else c for c in _bare(text))
    return _ISRC_NAME.sub("", code, count=1) if len(code) > 12 and _ISRC_NAME.match(code) else code


def checked_isrc(text: str) -> str:
    """`text` as the 12 characters of an ISRC, without dashes and in capitals; an ISRC has no check digit.

    Raises ValueError saying what was found and what was wanted.
    """
    code = bare_isrc(text)
    if not any(letter.isdigit() for letter in code):
        raise ValueError(f"{_shown(text)} is no code; leave the key out where there is none")
    for place, letter in enumerate(code, start=1):
        _, allowed, wanted = next((part for part in _ISRC_FORM if place <= part[0]), _ISRC_FORM[-1])
        if not (letter.isascii() and letter.isalnum()) or (len(code) == 12 and not allowed.fullmatch(letter)):
            wanted = wanted if len(code) == 12 else _EITHER
            raise ValueError(f"{_read_as(text, code)} {_wrong(letter, place, wanted)}")
    if len(code) != 12:
        words = f"has {len(code)} characters, expected 12: two letters, three letters or digits, seven digits"
        raise ValueError(f"{_read_as(text, code)} {words}")
    return code


def checked_iswc(text: str) -> str:
    """`text` as the 11 characters of an ISWC, T and ten digits without dots and dashes, the last one its check digit.

    Raises ValueError saying what was found and what was wanted.
    """
    code = _ISWC_NAME.sub("", _bare(text).replace(".", "").upper(), count=1)
    if not re.fullmatch("T[0-9]{10}", code):
        raise ValueError(f'{_shown(text)} is no ISWC; wanted T and ten digits, as in "T-034.524.680-1"')
    wanted = -sum([1, *(place * int(digit) for place, digit in enumerate(code[1:10], start=1))]) % 10
    if int(code[-1]) != wanted:
        words = f"ends in check digit {code[-1]}, expected {wanted}: a digit is wrong, or two are exchanged"
        raise ValueError(f"{_read_as(text, code)} {words}")
    return code


def check_digit(digits: str) -> int:
    """The GS1 check digit that follows `digits` (11 of a UPC, 12 of an EAN): weights 3, 1, 3, ... from the right."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return -total % 10


def checked_upc(text: str) -> str:
    """`text` as the digits of a UPC-A (12) or an EAN (13) with the right check digit.

    Raises ValueError saying what was found and what was wanted.
    """
    code = _UPC_NAME.sub("", _bare(text), count=1)
    if not any(letter.isdigit() for letter in code):
        raise ValueError(f"{_shown(text)} is no code; leave the key out where there is none")
    if _OF_A_SPREADSHEET.fullmatch(code):
        raise ValueError(
            f"{_shown(text)} is what a spreadsheet shows of a long number; its column wants the format Text"
        )
    code = re.sub(r"[.,]0+$", "", code)  # the same, of a column of decimal numbers
    for place, letter in enumerate(code, start=1):
        if not (letter.isascii() and letter.isdigit()):
            raise ValueError(f"{_read_as(text, code)} {_wrong(letter, place, _DIGIT)}")
    if not code.strip("0"):
        raise ValueError("is all zeros; leave the key out when there is no code")
    if len(code) not in (12, 13):
        raise ValueError(f"{_read_as(text, code)} {_of_wrong_length(code)}")
    wanted = check_digit(code[:-1])
    if int(code[-1]) != wanted:
        words = f"ends in check digit {code[-1]}, expected {wanted}: a digit is wrong, or two are exchanged"
        raise ValueError(f"{_read_as(text, code)} {words}")
    return code


def quoted_upc(found: object) -> object:
    """`found`, unless it is a number, from which leading zeros are lost: then ValueError says what to write."""
    if not isinstance(found, int) or isinstance(found, bool) or not 10**8 <= found < 10**14:
        return found
    digits = str(found)
    whole = digits.zfill(12) if len(digits) < 12 and _holds(digits) else digits
    zeros = "its leading zeros and " if whole != digits else ""
    raise ValueError(f'{digits} is a number; a code is written with {zeros}quotation marks: "{whole}"')


def ean(upc: str) -> str:
    """`upc` as the 13 digits of an EAN, a UPC-A after a leading zero; "" when there is no code."""
    return upc.zfill(13) if upc else ""


def _bare(text: str) -> str:
    """`text` without blanks, hyphens, characters that cannot be seen, and quotation marks around it."""
    ascii_form = (chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in text)
    seen = (c for c in ascii_form if unicodedata.category(c) not in ("Cc", "Cf", "Zs", "Zl", "Zp"))
    return "".join(c for c in seen if c not in _HYPHENS).strip(_QUOTES)


def _holds(digits: str) -> bool:
    return int(digits[-1]) == check_digit(digits[:-1])


def _of_wrong_length(code: str) -> str:
    words = f"has {len(code)} digits, expected 12 (UPC) or 13 (EAN)"
    if 9 <= len(code) < 12 and _holds(code):
        lost = "a leading zero seems" if len(code) == 11 else "leading zeros seem"
        return f"{words}; {lost} lost: '{code.zfill(12)}'"
    if len(code) == 14 and code[0] == "0" and _holds(code):
        return f"{words}; without its first zero it is an EAN: '{code[1:]}'"
    return f"{words}; if the check digit is missing, it is {check_digit(code)}" if len(code) == 11 else words


def _wrong(letter: str, place: int, wanted: str) -> str:
    name = unicodedata.name(letter, f"U+{ord(letter):04X}").lower()
    meant = f" (is it {_LOOKALIKES[letter.upper()]}?)" if wanted == _DIGIT and letter.upper() in _LOOKALIKES else ""
    meant = " (is it O?)" if wanted == _LETTER and letter == "0" else meant
    kind = f", {name}," if not letter.isascii() or not letter.isalnum() else ""
    return f"has {_shown(letter)}{kind} at place {place}, expected {wanted}{meant}"


def _read_as(text: str, code: str) -> str:
    """What was found; and what was read from it, where places are counted in that."""
    return _shown(text) if text.upper() == code.upper() else f"{_shown(text)}, read as {_shown(code)},"


def _shown(text: str) -> str:
    return repr(text) if len(text) <= 60 else repr(text[:60]) + "..."
