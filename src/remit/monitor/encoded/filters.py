"""What filters make of a text: base64, hex, compression, rot13 and the like, so that what is hidden can be read.

Pure: from the text that goes in and the arguments to the text that comes out, or ``None`` where that is not known.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
import zlib
from collections.abc import Callable
from urllib.parse import unquote

from remit.monitor.encoded.letters import unescape
from remit.monitor.scene import Invocation, is_known

__all__ = ["FILTERS", "decoded_in", "filtered", "from_base64", "from_hex", "inflated"]

_MOST = 64_000
_FORMAT = re.compile(r"%(-?\d*(?:\.\d+)?)([sdbqcx%iu])")
_TRANSLATION = re.compile(r"(.)-(.)", re.DOTALL)
_MOST_LAYERS = 8
_DECODES = re.compile(r"(?i)base64|atob|hex|decodeuri|unescape|urldecode|decode64|\bpack|[\"'`]\s*\+\s*[\"'`]")
_PLAIN_TEXT = r"[\"'`](?:[^\"'`\\\n]|\\.){0,20000}[\"'`]"
_CALLED = re.compile(
    r"(?P<name>[\w.:]{2,60})\s*\(?\s*(?:(?P<quote>[\"'`])(?P<text>(?:[^\"'`\\]|\\.){1,20000})(?P=quote)"
    r"(?:\s*,\s*[\"'](?P<kind>base64|base64url|hex)[\"'])?|[\"'](?P<pack>[Hm][*0]?)[\"']\s*,\s*(?P<other>[\"'])"
    r"(?P<packed>(?:[^\"'`\\]|\\.){1,20000})(?P=other))\s*\)?(?:\.toString\(\s*(?:[\"'][\w-]*[\"'])?\s*\))?"
)
_ADDED = re.compile(r"([\"'`])((?:[^\"'`\\]|\\.){0,20000})\1\s*\+\s*([\"'`])((?:[^\"'`\\]|\\.){0,20000})\3")
_NAMED_TEXT = re.compile(rf"\b(?:const|let|var|my|our)\s+([$]?\w+)\s*=\s*({_PLAIN_TEXT})")
_ECHO_FLAG = re.compile(r"-[neE]+")
_GIVEN = re.compile(r"([(,]\s*)([$]?\w+)(\s*[,)])")
_CLASSES = {
    "[:upper:]": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "[:lower:]": "abcdefghijklmnopqrstuvwxyz", "[:digit:]": "0123456789",
    "[:space:]": " \t\n\r\v\f", "[:alpha:]": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
}  # fmt: skip


def filtered(call: Invocation, text: str) -> str | None:
    """What a filter prints for a known text, or ``None``."""
    known = FILTERS.get(call.name)
    if known is None or not is_known(text):
        return None
    try:
        return known(call, text[:_MOST])
    except (ValueError, IndexError, LookupError, OverflowError):
        return None


def from_base64(text: str, *, url: bool = False) -> str | None:
    """The text behind base64, or ``None`` where it is none; letters that do not belong are left out."""
    plain = re.sub(r"[^A-Za-z0-9+/_-]", "", text[: 2 * _MOST])
    if url or "-" in plain or "_" in plain:
        plain = plain.replace("-", "+").replace("_", "/")
    try:
        raw = base64.b64decode(plain + "=" * (-len(plain) % 4))
    except (ValueError, binascii.Error):
        return None
    return _text_of(raw)


def from_hex(text: str) -> str | None:
    """The text behind hexadecimal digits, or ``None``."""
    plain = re.sub(r"\\x|0x|[^0-9A-Fa-f]", "", text[: 4 * _MOST])
    try:
        return _text_of(bytes.fromhex(plain))
    except ValueError:
        return None


def decoded_in(code: str) -> str:
    """A program in JavaScript, Perl, Ruby or PHP with its decoded constants in the place of what decodes them.

    Texts that are put together by ``+`` and names that are given one text once are constants too.
    """
    if _DECODES.search(code) is None and not _NAMED_TEXT.search(code):
        return code
    for _ in range(_MOST_LAYERS):
        before, code = code, _CALLED.sub(_constant, _ADDED.sub(_together, code))
        if code == before:
            break
    names = {match[1]: match[2] for match in list(_NAMED_TEXT.finditer(code))[:64]}
    return _GIVEN.sub(lambda match: match[1] + names.get(match[2], match[2]) + match[3], code) if names else code


def _constant(match: re.Match[str]) -> str:
    """The text a call that decodes one gives, as it stands in a program; the call where it is none."""
    name, kind = match["name"].lower(), (match["kind"] or match["pack"] or "").lower()
    text = unescape(match["text"] or match["packed"] or "")
    if name.endswith(("decodeuricomponent", "decodeuri", "unescape", "urldecode", "rawurldecode", "uri_unescape")):
        return quoted(unquote(text))
    if kind in ("hex", "h*") or name.endswith("hex2bin"):
        plain = from_hex(text)
    elif kind in ("base64", "base64url", "m", "m0") or name.endswith(("atob", "base64", "base64_decode", "decode64")):
        plain = from_base64(text)
    else:
        return match[0]
    return match[0] if plain is None else quoted(plain)


def _together(match: re.Match[str]) -> str:
    """Two texts that are put together, as one."""
    return quoted(unescape(match[2]) + unescape(match[4]))


def quoted(text: str) -> str:
    """A text as most languages write it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def inflated(raw: bytes) -> bytes:
    """What was packed by gzip or zlib, at most 64 kB of it; raises ``ValueError`` where it was not."""
    try:
        return zlib.decompressobj(47).decompress(raw, _MOST)
    except zlib.error as error:
        raise ValueError("this is not packed") from error


def _text_of(raw: bytes) -> str:
    """Bytes as text: UTF-8, else one sign a byte (what is packed is then unpacked by the next filter)."""
    if raw[:2] == b"\x1f\x8b":
        return raw.decode("latin-1")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _base64(call: Invocation, text: str) -> str | None:
    if call.has("-d", "-D", "--decode", "--ignore-garbage"):
        return from_base64(text)
    return base64.b64encode(text.encode("utf-8", "replace")).decode() + "\n"


def _base32(call: Invocation, text: str) -> str | None:
    if call.has("-d", "--decode"):
        plain = re.sub(r"[^A-Z2-7]", "", text.upper())
        return _text_of(base64.b32decode(plain + "=" * (-len(plain) % 8)))
    return base64.b32encode(text.encode()).decode() + "\n"


def _xxd(call: Invocation, text: str) -> str | None:
    if not call.has("-r", "--reverse"):
        return text.encode("utf-8", "replace").hex() + "\n" if call.has("-p", "-ps") else None
    if call.has("-p", "-ps", "--plain"):
        return from_hex(text)
    return from_hex("".join(re.findall(r"^[0-9a-fA-F]+:((?: [0-9a-fA-F]{2,4})+)", text, re.MULTILINE)))


def _gunzip(call: Invocation, text: str) -> str | None:
    if call.name in ("gzip", "zlib-flate", "pigz") and not call.has("-d", "--decompress", "-uncompress", "-c"):
        return None
    return inflated(text.encode("latin-1")).decode("utf-8", "replace")


def _openssl(call: Invocation, text: str) -> str | None:
    words = call.args
    if "-d" in words and ("base64" in words or "-base64" in words or "-a" in words):
        return from_base64(text)
    return None


def _translate(call: Invocation, text: str) -> str | None:
    words = call.plain()
    delete = call.has("-d")
    first = _signs(words[0]) if words else ""
    if delete:
        return "".join(sign for sign in text if sign not in first)
    second = _signs(words[1]) if len(words) > 1 else ""
    if not second:
        return text
    second += second[-1] * max(0, len(first) - len(second))
    return text.translate(str.maketrans(first, second[: len(first)]))


def _signs(text: str) -> str:
    """The signs a set of ``tr`` stands for."""
    for name, signs in _CLASSES.items():
        text = text.replace(name, signs)
    text = unescape(text)
    return _TRANSLATION.sub(
        lambda match: "".join(map(chr, range(ord(match[1]), min(ord(match[2]), ord(match[1]) + 300) + 1))), text
    )


def _rot13(call: Invocation, text: str) -> str | None:
    del call
    return codecs.encode(text, "rot13")


def _reverse(call: Invocation, text: str) -> str | None:
    del call
    return "\n".join(line[::-1] for line in text.split("\n"))


def _tac(call: Invocation, text: str) -> str | None:
    del call
    return "\n".join(reversed(text.rstrip("\n").split("\n"))) + "\n"


def _cut(call: Invocation, text: str) -> str | None:
    field, sign = call.value("-f", "--fields"), call.value("-d", "--delimiter") or "\t"
    letters = call.value("-c", "-b", "--characters")
    spec = field or letters
    numbers = [part.partition("-") for part in spec.split(",")] if spec else []
    lines = []
    for line in text.rstrip("\n").split("\n"):
        parts = line.split(sign) if field else list(line)
        chosen: list[str] = []
        for low, dash, high in numbers:
            start = int(low or 1) - 1
            chosen += parts[start : (int(high) if high else None) if dash else start + 1]
        lines.append((sign if field else "").join(chosen))
    return "\n".join(lines) + "\n"


def _head(call: Invocation, text: str) -> str | None:
    count = next((word[1:] for word in call.args if re.fullmatch(r"-\d+", word)), call.value("-n", "--lines") or "10")
    if call.has("-c"):
        size = call.value("-c")
        return text[: int(size)] if call.name == "head" else text[-int(size.lstrip("+-")) :]
    lines = text.splitlines(keepends=True)
    if call.name == "head":
        return "".join(lines[: int(count)])
    return "".join(lines[int(count) - 1 :] if count.startswith("+") else lines[-int(count) :])


def _paste(call: Invocation, text: str) -> str | None:
    if not call.has("-s", "--serial"):
        return None
    sign = next((word.partition("d")[2] for word in call.args if re.match(r"-s?d.", word)), call.value("-d"))
    return (unescape(sign)[:1] or "\t").join(text.rstrip("\n").split("\n")) + "\n"


def _same(call: Invocation, text: str) -> str | None:
    del call
    return text


def _sed(call: Invocation, text: str) -> str | None:
    """Plain substitutions only."""
    scripts = [word for word in call.plain(("-e",)) if word[:1] == "s"] + [call.value("-e")] * bool(call.value("-e"))
    for script in scripts[:4]:
        for part in map(str.strip, script.split(";")[:8]):
            if len(part) < 4 or part[0] != "s":
                return None
            pieces = part[2:].split(part[1])
            if len(pieces) != 3 or re.search(r"[\[\](){}*+?|\\^$]", pieces[0]) or "\\" in pieces[1]:
                return None
            text = text.replace(pieces[0], pieces[1], -1 if "g" in pieces[2] else 1) if pieces[0] else text
    return text if scripts else None


def _echo(call: Invocation, text: str) -> str | None:
    del text
    words = list(call.args)
    flags = ""
    while words and _ECHO_FLAG.fullmatch(words[0]):
        flags += words.pop(0)
    line = " ".join(words)
    return (unescape(line) if "e" in flags else line) + ("" if "n" in flags else "\n")


def printed(words: tuple[str, ...]) -> str:
    """What ``printf`` prints for its words."""
    if words[:1] == ("--",):
        words = words[1:]
    if not words:
        return ""
    form, rest = unescape(words[0]), list(words[1:])
    result = ""
    for _ in range(64):
        before = len(rest)
        result += _FORMAT.sub(lambda match: _one(match, rest), form)
        if not rest or len(rest) == before:
            break
    return result[:_MOST]


def _printf(call: Invocation, text: str) -> str | None:
    del text
    return printed(call.args)


def _one(match: re.Match[str], rest: list[str]) -> str:
    """What one conversion of ``printf`` gives, taking its word."""
    if match[2] == "%":
        return "%"
    word = rest.pop(0) if rest else ""
    if match[2] == "b":
        return unescape(word)
    if match[2] == "x":
        return format(int(word), "x") if word.isdigit() else word
    return word[:1] if match[2] == "c" else word


FILTERS: dict[str, Callable[[Invocation, str], str | None]] = {
    "echo": _echo,
    "printf": _printf,
    "base64": _base64,
    "base32": _base32,
    "xxd": _xxd,
    "gunzip": _gunzip,
    "zcat": _gunzip,
    "gzip": _gunzip,
    "pigz": _gunzip,
    "openssl": _openssl,
    "tr": _translate,
    "rot13": _rot13,
    "caesar": _rot13,
    "rev": _reverse,
    "tac": _tac,
    "cut": _cut,
    "head": _head,
    "tail": _head,
    "sort": _same,
    "uniq": _same,
    "paste": _paste,
    "tee": _same,
    "cat": _same,
    "sed": _sed,
    "fold": _same,
    "column": _same,
    "pv": _same,
    "nl": _same,
    "dos2unix": _same,
    "envsubst": _same,
}
