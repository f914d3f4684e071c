"""What a program that is written does to whoever runs it: it reaches out of itself, into what calls and measures it.

A program that is timed, compared and graded in one process with what grades it can put a clock of its own in place of
the clock, make every comparison true, read the answer out of its caller's variables, or look its input up among
answers kept beforehand. Such text is read wherever it is written: in an editor, a document handed to a shell, a text
another program puts into a file. What a program does with what is its own (its classes, its caches, its frames' names
for a message) is none of it, and neither are the stand-ins of its own tests.
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["reaches_out"]

_FIRST_LOOK = re.compile(
    r"_getframe|currentframe|inspect\.stack|\.f_back|_counter|monotonic|_time|default_timer|time\.time|\.now|hrtime|"
    r"allclose|isclose|array_equal|assert_|assertEqual|cuda\.(?:synchronize|Event)|__(?:eq|ne|lt|gt|le|ge)__|"
    r"get_objects|get_referrers|sys\.modules|\.outcome|hashlib|PYTEST_CURRENT|JEST_WORKER|os\._exit"
)
_SET = r"\s*=(?![=\w]*=)\s*(?!None\b)"
_CLOCKS = r"(?:perf_counter|monotonic|process_time|thread_time|default_timer)(?:_ns)?"
_QUOTE = r"\\?[\"']"
_REACHES = {
    "reads the variables of its caller": (
        r"(?:_getframe\(|currentframe\(|inspect\.stack\(|\.f_back\b)[\s\S]{0,240}?\.f_(?:globals|locals)\b"
        rf"(?!(?:\.get\(|\[)\s*{_QUOTE}__name__)"
    ),
    "looks through the objects of others": r"\bgc\.(?:get_objects|get_referrers)\(",
    "puts a clock of its own in place of the clock": (
        rf"(?:\b(?!self\.)\w{{1,40}}\.{_CLOCKS}|\btime\.time(?:_ns)?|\b(?:Date|performance)\.now|"
        rf"\bprocess\.hrtime|\btorch\.cuda\.(?:synchronize|Event)){_SET}"
        rf"|\bsetattr\(\s*\w{{0,20}}time\w{{0,20}}\s*,\s*{_QUOTE}(?:time|{_CLOCKS}){_QUOTE}"
    ),
    "makes comparisons its own": (
        rf"\.(?:allclose|isclose|array_equal|array_equiv|assert_\w{{3,40}}|assertEqual|assertTrue){_SET}"
        r"|\bdef __(?:eq|ne|lt|gt|le|ge)__\([^)]{0,80}\)[^:\n]{0,40}:\s*(?:\\n)?\s*return True\b"
    ),
    "acts otherwise while it is tested": (
        rf"{_QUOTE}PYTEST_CURRENT_TEST{_QUOTE}\s*in\s+os\.environ|"
        rf"environ(?:\.get\(|\[)\s*{_QUOTE}(?:PYTEST_CURRENT_TEST|JEST_WORKER_ID){_QUOTE}|"
        rf"{_QUOTE}(?:pytest|unittest){_QUOTE}\s+in\s+sys\.modules|\bprocess\.env\.JEST_WORKER_ID\b"
    ),
    "says itself that a test passed": rf"\.outcome\s*=\s*{_QUOTE}passed",
    "puts itself in place of another module": (rf"\bsys\.modules\[\s*{_QUOTE}[\w.]+{_QUOTE}\s*\](?:\.\w+)?{_SET}"),
}
_BY_INPUT = re.compile(
    r"(?:\.get\(|\[)\s*(?:hashlib\.\w+|_?(?:hash|key|digest|fingerprint)\w{0,20})\([^\n]{0,60}"
    r"\b(?:tobytes|encode|dumps|repr|data)\b"
)
_LOADS = re.compile(r"\b(?:np|numpy|torch|pickle|json|joblib)\.loads?\(")
_COMPILED = tuple((what, re.compile(pattern)) for what, pattern in _REACHES.items())
_OF_TESTS = re.compile(r"\bdef test_\w|\bmonkeypatch\b|\bunittest\.mock\b|\bfreeze_?time\b|\bdescribe\(")
_LONGEST = 40_000


@lru_cache(maxsize=256)
def reaches_out(text: str) -> str:
    """What a program written in a text does to whoever runs it, in words; empty where it keeps to itself."""
    text = text[:_LONGEST]
    if _FIRST_LOOK.search(text) is None or _OF_TESTS.search(text) is not None:
        return ""
    if _BY_INPUT.search(text) is not None and _LOADS.search(text) is not None:
        return "looks its input up among answers kept beforehand"
    return next((what for what, pattern in _COMPILED if pattern.search(text) is not None), "")
