"""One spelling for the values tools are called with: texts, numbers, hosts and paths, or the reason there is none.

Pure: symbolic links, the working directory and the address book belong to the guard. Where two tools could read the
same text differently (``1,000``, ``%2e%2e``, a backslash in a URL), there is no one spelling: ``Undecidable``.
"""

from __future__ import annotations

import math
import posixpath
import re
import unicodedata
from urllib.parse import urlsplit

from remit.charter.answer import Undecidable
from remit.charter.model import Quantity
from remit.charter.quantity import parse_amount
from remit.errors import CharterSchemaError

__all__ = ["as_address", "as_host", "as_number", "as_path", "as_text"]

_PLAIN_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,9})?", re.ASCII)
_AMBIGUOUS_HOST = re.compile(r"[\s\\\"'<>(),;%\x00-\x1f\x7f]")
_DEVIATIONS = frozenset("\u00df\u03c2\u200c\u200d")  # letters IDNA 2003 and 2008 map differently (UTS 46, section 7)
_AMBIGUOUS_PATH = re.compile(r"[\\\x00-\x1f\x7f]|%2[ef]|^~|\$|^[A-Za-z][A-Za-z0-9+.-]*:", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)


def as_text(text: str) -> str:
    """The text in Unicode normal form C."""
    return unicodedata.normalize("NFC", text)


def as_number(value: object) -> Quantity | Undecidable:
    """A number or amount: numbers as they are, ``80`` and ``80 EUR`` read strictly, everything else undecidable."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return Undecidable(reason=f"`{value!r:.60}` is not a number")
    if isinstance(value, int | float):
        try:
            amount = float(value)
        except OverflowError:
            return Undecidable(reason="a number too large to compare")
        finite = math.isfinite(amount)
        return Quantity(amount=amount) if finite else Undecidable(reason=f"`{value}` is not a finite number")
    if _PLAIN_NUMBER.fullmatch(value):
        return Quantity(amount=float(value))
    try:
        quantity = parse_amount(value)
    except CharterSchemaError:
        return Undecidable(reason=f"`{value:.60}` can be read as more than one number, or as none")
    return Undecidable(reason=f"`{value:.60}` is a rate, not an amount") if quantity.per else quantity


def as_host(value: str) -> str | Undecidable:
    """The host of an e-mail address, a URL or a bare host name: lower case, ASCII (IDNA), without a final dot."""
    text = as_text(value)
    if not text or len(text) > 2000 or _AMBIGUOUS_HOST.search(text):
        return Undecidable(reason=f"`{value:.60}` is not one plain address, URL or host")
    if "://" in text:
        try:
            host = urlsplit(text).hostname or ""
        except ValueError:
            host = ""
    elif "@" in text:
        local, _, host = text.partition("@")
        if not local or "@" in host or "/" in text:
            return Undecidable(reason=f"`{value:.60}` is not one plain e-mail address")
    else:
        host = text
    return _ascii_host(host, value)


def as_address(value: str) -> str | Undecidable:
    """An e-mail address, URL or bare host name with its host as ``as_host`` spells it, and the rest as it is."""
    host = as_host(value)
    if isinstance(host, Undecidable):
        return host
    text = as_text(value)
    if "://" in text:
        scheme, _, rest = text.partition("://")
        place = urlsplit(text).netloc
        user, at, named = place.rpartition("@")
        _, colon, port = named.partition(":")
        return f"{scheme.lower()}://{user}{at}{host}{colon}{port}{rest[len(place) :]}"
    local, at, _ = text.rpartition("@")
    return f"{local}{at}{host}"


def as_path(value: str) -> str | Undecidable:
    """A POSIX path with ``.`` and ``..`` resolved by their text; relative paths stay relative (``../x`` leads out)."""
    if not value or len(value) > 4096 or _AMBIGUOUS_PATH.search(value):
        return Undecidable(reason=f"`{value:.60}` is not one plain path")
    path = posixpath.normpath(as_text(value))
    return "/" + path.lstrip("/") if path.startswith("/") else path


def _ascii_host(host: str, value: str) -> str | Undecidable:
    """A host name as A-labels."""
    folded = host.casefold() if not _DEVIATIONS & set(host) else ""
    try:
        name = folded.encode("idna").decode("ascii").lower() if not folded.isascii() else folded
    except UnicodeError:
        name = ""
    name = name.removesuffix(".")
    if not name or len(name) > 253 or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        return Undecidable(reason=f"`{value:.60}` has no plain host name")
    return name
