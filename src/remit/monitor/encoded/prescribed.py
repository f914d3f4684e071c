"""The form of a call that a prompt prescribes: text of the agent in just that form is an act, not prose.

Scaffolds without calls of their own tell the agent how to write one: a label (``COMMAND: <command>``), a tag
(``<move>...</move>``), an object (``{"thought": ..., "action": ...}``), a function (``send_message(to, text)``). What
the prompt shows is learned here, and read out of what the agent says afterwards. A form nobody prescribed stays prose.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from typing import Self

from remit.monitor.encoded.embedded import Act, fields_in, loose_arguments, named_in

__all__ = ["Prescribed"]

_MOST = 64  # calls of one message, names of one kind
_LONGEST = 64_000
_SHELLS = frozenset("command cmd execute run bash shell".split())
_ACTS = _SHELLS | frozenset("action tool call move order function act do use operation".split())
_THOUGHTS = re.compile(
    r"(?i)(?:inner_|private_|final_)?(?:thought|thinking|think|reason|scratchpad|analysis|plan|answer|response|output"
    r"|result|summary|reflection|note|observation|explanation|rationale|monolog|comment|example|rule|context|document"
    r"|instruction|task|system|user|goal|background|email|file)\w*"
)
_THINKS = re.compile(r"(?i)thoughts?|think(?:ing)?|reason(?:ing)?|scratchpad|plan|reflect(?:ion)?")
_LABEL = re.compile(
    r"(?:^|[\s`*\"'(])([A-Z][A-Za-z]{1,15}(?:[ _][A-Za-z]{2,12})?)[`*]{0,2}:[`*]{0,2}[ \t]*`?(?=[<\[{(…])", re.MULTILINE
)
_LINE = re.compile(r"^[ \t>]*[`*]{0,2}([A-Za-z]{2,16}(?:[ _][A-Za-z]{2,12})?)[`*]{0,2}:[`*]{0,2}[ \t]*(.*)$")
_TAG = re.compile(r"<([A-Za-z][\w-]{1,40})(?:\s[^<>]{0,80})?>")
_CALLED_BY = re.compile(r"\s(?:name|tool|tool_name|function|command|action)=[\"']([^\"'<>]{1,120})[\"']")
"""Where a tag of an act says which tool it means (``<call name="crm.search">``)."""
_KEY = re.compile(r"[\"'](action|tool|tool_name|function|command|move|call)[\"']\s*:")
_FIRST_KEY = re.compile(r"\{\s*[\"'](\w{1,20})[\"']\s*:\s*[\"'](\w{1,40})[\"']")
"""The key an object of a prompt begins with, and its value: one that begins several with other values names the act."""
_EMPTY_TAG = re.compile(
    r"<([A-Za-z][\w-]{1,40})((?:\s+[\w-]{1,40}=(?:\"[^\"<>]{0,2000}\"|'[^'<>]{0,2000}'|[^\s<>\"'/]{1,200}))*)\s*/>"
)
_ATTRIBUTE = re.compile(r"([\w-]{1,40})=(?:\"([^\"]*)\"|'([^']*)'|([^\s\"']+))")
_FUNCTION = re.compile(r"(?:^|[\s`*(-])([a-z]\w{2,40})\(([\w\s,:=|\[\]\"'.]{0,200})\)", re.MULTILINE)
_CALLED = re.compile(r"^[ \t>*`-]*(?:\w{1,20}:[ \t]*)?`?([a-z][\w.]{2,60}\(.*\))`?[ \t;.]*$", re.MULTILINE)
_OBJECT = re.compile(r"^[ \t>]*(?=\{|\[\s*\{)", re.MULTILINE)
_NAMED = re.compile(r"([A-Za-z][\w.-]{1,60})\s*[\[(](.*)[\])]", re.DOTALL)
_GIVEN = ("args", "arguments", "parameters", "params", "input", "action_input", "tool_input", "action_args", "kwargs")


class Prescribed:
    """What prompts so far showed of how a call is to be written."""

    __slots__ = ("_functions", "_keys", "_labels", "_tags")

    def __init__(self) -> None:
        """Nothing is prescribed yet."""
        self._labels: set[str] = set()
        self._tags: set[str] = set()
        self._keys: set[str] = set()
        self._functions: dict[str, tuple[str, ...]] = {}

    def learn(self, text: str) -> Self:
        """Take the forms from a text that tells the agent what to do."""
        text = text[:_LONGEST]
        self._labels.update(_plain(found) for found in _LABEL.findall(text)[:_MOST])
        if "</" in text:
            tags = {found for found in _TAG.findall(text)[: 4 * _MOST] if f"</{found}>" in text}
            self._tags.update(tag for tag in tags if not _THOUGHTS.fullmatch(tag))
        self._tags.update(found for found, _ in _EMPTY_TAG.findall(text)[:_MOST] if not _THOUGHTS.fullmatch(found))
        self._keys.update(_KEY.findall(text)[:_MOST])
        begun: dict[str, set[str]] = {}
        for key, value in _FIRST_KEY.findall(text)[:_MOST]:
            begun.setdefault(key, set()).add(value)
        self._keys.update(key for key, values in begun.items() if len(values) > 1 and not _THOUGHTS.fullmatch(key))
        for name, signature in _FUNCTION.findall(text)[:_MOST]:
            self._functions.setdefault(name, tuple(_parameters(signature)))
        return self

    def acts_in(self, text: str) -> tuple[Act, ...]:
        """The calls a message of the agent holds in a prescribed form, of the first form that holds any."""
        for form in (self._objects, self._tagged, self._labelled, self._called):
            if found := tuple(form(text)):
                return found[:_MOST]
        return ()

    def _objects(self, text: str) -> Iterator[Act]:
        """Objects with one of the keys that the prompt's own object has."""
        if not self._keys:
            return
        reader = json.JSONDecoder(strict=False)
        after = 0
        for place in _OBJECT.finditer(text):
            if place.end() < after:
                continue
            try:
                value, after = reader.raw_decode(text, place.end())
            except (ValueError, RecursionError):
                continue
            for item in value if isinstance(value, list) else (value,):
                if isinstance(item, Mapping):
                    yield from self._of_object(item)

    def _of_object(self, value: Mapping[str, object]) -> Iterator[Act]:
        """The call one object spells: under its key a name or the whole call, the arguments beside or inside."""
        key = next((key for key in value if key in self._keys and value[key]), "")
        named = value.get(key)
        if isinstance(named, Mapping):
            yield from named_in(named)
        elif isinstance(named, str) and not _THINKS.fullmatch(named):
            given = _arguments(value, key)
            if given or key not in _SHELLS:
                yield _one(named, given)
            else:
                yield "bash", {"command": named}

    def _tagged(self, text: str) -> Iterator[Act]:
        """Tags the prompt shows opened and closed."""
        position = 0
        for tag, attributes in _EMPTY_TAG.findall(text):
            if tag in self._tags:
                yield tag, {name: a or b or c for name, a, b, c in _ATTRIBUTE.findall(attributes)}
        while (opener := _TAG.search(text, position)) is not None:
            position = opener.end()
            tag = opener.group(1)
            end = text.find(f"</{tag}>", position) if tag in self._tags else -1
            if end < 0:
                continue
            body, position = text[position:end].strip(), end
            given = fields_in(body)
            called = _CALLED_BY.search(opener.group(0)) if _words(tag) & _ACTS else None
            if called is not None:
                yield called.group(1), {} if given == {"input": ""} else given
            elif _words(tag) & _ACTS and (named := named_in(given)):
                yield from named
            elif tag.lower() in _SHELLS and "input" in given:
                yield "bash", {"command": body}
            elif tag.lower() in _ACTS and "input" in given:
                yield _one(body, {})
            else:
                yield tag, given

    def _labelled(self, text: str) -> Iterator[Act]:
        """Lines that begin with a label of an act, and the labelled lines that follow as its arguments."""
        label, value, given = "", "", dict[str, object]()
        last = ""
        for line in text.splitlines():
            found = _LINE.match(line)
            name = _plain(found.group(1)) if found else ""
            if found and name in self._labels and set(name.split()) & _ACTS and not name.endswith(_GIVEN):
                yield from _of_label(label, value, given)
                label, value, given, last = name, found.group(2).strip(" `*"), {}, ""
            elif found and label and name in self._labels and not _THOUGHTS.fullmatch(name):
                last = name.replace(" ", "_")
                given[last] = found.group(2).strip(" `")
            elif found and name in self._labels:
                yield from _of_label(label, value, given)
                label, value, given, last = "", "", {}, ""
            elif last and line.strip():
                given[last] = f"{given[last]}\n{line}".strip()
        yield from _of_label(label, value, given)

    def _called(self, text: str) -> Iterator[Act]:
        """Lines that are a call of a function the prompt names."""
        for line in _CALLED.findall(text) if self._functions else ():
            try:
                call = ast.parse(line, mode="eval").body
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
            if isinstance(call, ast.Call) and (name := ast.unparse(call.func)) in self._functions:
                names = (*self._functions[name], *(f"input{number}" for number in range(len(call.args))))
                given = {key: _literal(arg) for key, arg in zip(names, call.args, strict=False)}
                yield name, {**given, **{word.arg: _literal(word.value) for word in call.keywords if word.arg}}


def _of_label(label: str, value: str, given: Mapping[str, object]) -> Iterator[Act]:
    """The call that a label, what stands behind it and the labelled lines below spell."""
    if not label or not value:
        return
    if given:
        only = next(iter(given.values()))
        under = len(given) == 1 and next(iter(given)).endswith(_GIVEN)
        yield _one(value, loose_arguments(str(only)) if under else given)
    elif set(label.split()) & _SHELLS:
        yield "bash", {"command": value}
    else:
        yield _one(value, {})


def _one(text: str, given: Mapping[str, object]) -> Act:
    """A call written as a name with or without arguments: ``name``, ``name(...)``, ``name rest``."""
    if given:
        return text[:120], given
    typed = _NAMED.fullmatch(text)
    if typed is not None:
        return typed.group(1), loose_arguments(typed.group(2))
    name, _, rest = text.partition(" ")
    if rest and "_" in name:
        return name[:120], {"input": rest}
    return ("action", {"input": text}) if rest else (text[:120], {})


def _arguments(value: Mapping[str, object], key: str) -> dict[str, object]:
    """The arguments of an object: those under a key of their own, else all that is neither the name nor a thought."""
    for name in _GIVEN:
        inner = value.get(name)
        if isinstance(inner, Mapping):
            return {str(one): said for one, said in inner.items()}
        if isinstance(inner, str) and name != key:
            return dict(loose_arguments(inner))
    return {str(one): said for one, said in value.items() if one != key and not _THOUGHTS.fullmatch(str(one))}


def _literal(node: ast.expr) -> object:
    """The value of an argument, or its text where it is no literal."""
    try:
        value: object = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return ast.unparse(node)
    return value


def _parameters(signature: str) -> Iterator[str]:
    """The names of parameters in a signature a prompt shows."""
    for part in signature.split(","):
        name = part.split(":")[0].split("=")[0].strip()
        if name.isidentifier():
            yield name


def _plain(label: str) -> str:
    """A label in small letters, its words parted by single spaces."""
    return " ".join(label.lower().replace("_", " ").split())


def _words(name: str) -> set[str]:
    """The words a name is made of."""
    return set(re.split(r"[_-]", name.lower()))
