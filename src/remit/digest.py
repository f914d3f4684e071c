"""One spelling for every value, and the digest of that spelling.

Two charters that say the same thing have the same digest on every machine, because the digest is taken over canonical
JSON (RFC 8785, "JSON Canonicalization Scheme"), never over the bytes somebody typed.
"""

import hashlib
import json
import math
from collections.abc import Mapping

_LARGEST_EXACT_INTEGER = 2**53 - 1  # RFC 8785 section 3.2.2.3: numbers are IEEE 754 doubles
_encode = json.JSONEncoder(ensure_ascii=False).encode  # `json.dumps` would make an encoder for each text


def canonical_json(value: object) -> bytes:
    """The RFC 8785 spelling of ``value`` as UTF-8 bytes: keys sorted, no spaces, numbers as ECMAScript prints them.

    ``value`` is made of mappings with text keys, lists, tuples, text, integers up to 2**53 - 1 in size, finite floats,
    booleans and ``None``. Raises ``ValueError`` for any other number and for text that is not Unicode (a lone
    surrogate), ``TypeError`` for any other type: a digest over something that was quietly converted proves nothing.
    """
    return _spell(value).encode("utf-8")


def sha256_digest(value: object) -> str:
    """The SHA-256 of the canonical JSON of ``value``, as ``sha256:`` and 64 hexadecimal digits."""
    return f"sha256:{hashlib.sha256(canonical_json(value)).hexdigest()}"


def _spell(value: object) -> str:
    """Spell one value; containers spell their parts."""
    match value:
        case None | bool() | str():
            return _encode(value)
        case int():
            return _spell_integer(value)
        case float():
            return _spell_float(value)
        case Mapping():
            return _spell_object(value)
        case list() | tuple():
            return f"[{','.join(_spell(item) for item in value)}]"
        case _:
            raise TypeError(f"`{type(value).__name__}` has no canonical JSON spelling")


def _spell_object(value: Mapping[object, object]) -> str:
    """Sort by the UTF-16 code units of the keys (RFC 8785 section 3.2.3), not in Python's order."""
    keys: list[str] = []
    for key in value:
        if not isinstance(key, str):
            raise TypeError(f"the key `{key!r}` is not text")
        keys.append(key)
    keys.sort(key=None if all(map(str.isascii, keys)) else _utf16)
    return "{" + ",".join([f"{_encode(key)}:{_spell(value[key])}" for key in keys]) + "}"


def _utf16(key: str) -> bytes:
    """The code units a key is sorted by."""
    return key.encode("utf-16-be")


def _spell_integer(value: int) -> str:
    """Spell an integer a double can hold exactly."""
    if abs(value) > _LARGEST_EXACT_INTEGER:
        raise ValueError(f"`{value}` is too large to be an exact JSON number")
    return str(int(value))


def _spell_float(value: float) -> str:
    """Spell a finite float as ECMAScript's ``Number::toString`` does (ECMA-262 section 6.1.6.1.20).

    Python's ``repr`` gives the same shortest digits; only where the point and the exponent stand differs.
    """
    if not math.isfinite(value):
        raise ValueError(f"`{value}` is not a finite number")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    point = int(exponent or 0) + len(whole) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    return sign + _place_point(digits, point)


def _place_point(digits: str, point: int) -> str:
    """Write ``0.digits * 10**point`` the ECMAScript way: plain from 1e-6 up to 1e21, else with an exponent."""
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    exponent = point - 1
    mantissa = digits if count == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{mantissa}e{'+' if exponent > 0 else '-'}{abs(exponent)}"
