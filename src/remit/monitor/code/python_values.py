"""What names and expressions of a Python program stand for, as far as that is plain from the text."""

from __future__ import annotations

import ast
import binascii
import codecs
from urllib.parse import unquote, unquote_plus

from remit.monitor.edits.edited import Edit, halves
from remit.monitor.edits.editing import carried
from remit.monitor.encoded.filters import from_base64, from_hex, inflated
from remit.monitor.scene import Scene, is_known, unknown

__all__ = ["Names", "Value"]

Value = str | int | list["Value"] | None
"""A text, a number, a list of them, or not known."""

_DUMPS = frozenset(("json.dumps", "yaml.dump", "yaml.safe_dump", "toml.dumps", "tomli_w.dumps"))
_ASKS = frozenset(("subprocess.check_output", "subprocess.getoutput", "os.popen"))
_UNDOES = frozenset("b64decode urlsafe_b64decode unhexlify fromhex a2b_hex unquote unquote_plus decompress".split())
_DEEPEST = 24
_LONGEST = 20_000
_JOINS = frozenset(("os.path.join", "posixpath.join", "pathlib.Path", "Path", "pathlib.PurePath", "PurePath"))
_AS_IT_IS = frozenset(
    """
    os.path.expanduser os.path.abspath os.path.realpath os.path.normpath os.fspath str bytes shlex.quote
    textwrap.dedent os.path.expandvars bytearray int Path.resolve
    """.split()
)
_KEEPS = frozenset(
    """
    decode encode strip rstrip lstrip expanduser resolve absolute as_posix lower format read_text read readline
    read_bytes
    """.split()
)


class Names:
    """The names of a program: modules they were imported from, values they were given."""

    def __init__(self, scene: Scene) -> None:
        """Start without any names."""
        self.scene = scene
        self.modules: dict[str, str] = {}
        self.values: dict[str, Value] = {}
        self.calls: dict[str, ast.Call] = {}
        self.idle: set[str] = set()
        self.functions: dict[str, ast.FunctionDef] = {}
        self.depth = 0

    def bind(self, name: str, module: str) -> None:
        """A name is imported."""
        if module:
            self.modules[name] = module
        else:
            self.modules.pop(name, None)

    def hold(self, name: str, value: Value) -> None:
        """A name holds a value."""
        self.values[name] = value

    def define(self, node: ast.FunctionDef) -> None:
        """A function is defined; one that does nothing is remembered as that."""
        self.functions[node.name] = node
        if all(
            isinstance(each, ast.Pass | ast.Return)
            or (
                isinstance(each, ast.Expr)
                and isinstance(each.value, ast.Constant | ast.Call)
                and (isinstance(each.value, ast.Constant) or self.dotted(each.value.func) == "print")
            )
            for each in node.body
        ):
            self.idle.add(node.name)

    def assign(self, name: str, node: ast.expr) -> None:
        """A name is given the value of an expression, or stands for a function."""
        self.values[name] = self.value(node)
        if isinstance(node, ast.Call):
            self.calls[name] = node
        dotted = self.dotted(node)
        if "." in dotted and not isinstance(node, ast.Call):
            self.modules[name] = dotted
        elif isinstance(node, ast.Call) and (module := self._imported(node)):
            self.modules[name] = module

    def dotted(self, node: ast.expr) -> str:
        """The name of a function as its module would write it; empty where that is not known."""
        match node:
            case ast.Name(id=name):
                return self.modules.get(name, name)
            case ast.Attribute(value=inner, attr=attr):
                before = self.dotted(inner)
                return f"{before}.{attr}" if before else f".{attr}"
            case ast.Call():
                return self._imported(node)
            case ast.Constant() | ast.BinOp() | ast.Subscript() | ast.JoinedStr():
                return ""
            case _:
                return ""

    def _imported(self, node: ast.Call) -> str:
        """The module or attribute a call like ``__import__`` or ``getattr`` gives."""
        name = self.dotted(node.func) if not isinstance(node.func, ast.Call) else ""
        if name in ("__import__", "importlib.import_module") and node.args:
            return self.text(node.args[0])
        if name == "getattr" and len(node.args) > 1:
            return f"{self.dotted(node.args[0])}.{self.text(node.args[1])}"
        return ""

    def text(self, node: ast.expr | None) -> str:
        """An expression as a text, with stand-ins for what is not known."""
        value = None if node is None else self.value(node)
        if isinstance(value, list):
            return " ".join(str(each) for each in value)
        return unknown("code") if value is None else str(value)

    def words(self, node: ast.expr | None) -> list[str]:
        """An expression as a list of words; a text is one word."""
        if isinstance(node, ast.List | ast.Tuple):
            return [self.text(each) for each in node.elts]
        value = None if node is None else self.value(node)
        return [str(each) for each in value] if isinstance(value, list) else [self.text(node)]

    def value(self, node: ast.expr) -> Value:
        """The value of an expression, or ``None``."""
        if self.depth > _DEEPEST or not self.scene.spend():
            return None
        self.depth += 1
        try:
            return self._value(node)
        finally:
            self.depth -= 1

    def _value(self, node: ast.expr) -> Value:  # noqa: C901, PLR0911, PLR0912 - one case for each kind of expression
        match node:
            case ast.Constant(value=bool() | None):
                return None
            case ast.Constant(value=str() | int() as value):
                return value
            case ast.Constant(value=bytes() as raw):
                return raw.decode("utf-8", "replace")
            case ast.Name(id="__file__"):
                return unknown("own:script")
            case ast.Name(id=name):
                return self.values.get(name)
            case ast.JoinedStr(values=parts):
                return "".join(
                    self.text(part.value if isinstance(part, ast.FormattedValue) else part) for part in parts
                )
            case ast.List(elts=parts) | ast.Tuple(elts=parts):
                return [self.value(part) for part in parts]
            case ast.BinOp(left=left, op=operator, right=right):
                return self._combined(left, operator, right)
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                number = self.value(inner)
                return -number if isinstance(number, int) else None
            case ast.Call():
                return self._result(node)
            case ast.Subscript(value=inner, slice=at):
                return self._part(inner, at)
            case ast.Attribute():
                return self._constant(self.dotted(node))
            case ast.IfExp(body=body):
                return self.value(body)
            case ast.ListComp() | ast.GeneratorExp():
                return self._comprehended(node)
            case _:
                return None

    def _combined(self, left: ast.expr, operator: ast.operator, right: ast.expr) -> Value:
        """``a + b``, ``path / name``, ``format % values``."""
        one, other = self.value(left), self.value(right)
        if isinstance(operator, ast.Add) and isinstance(one, list) and isinstance(other, list):
            return [*one, *other][:200]
        if isinstance(operator, ast.Add) and isinstance(one, int) and isinstance(other, int):
            return one + other if abs(one) + abs(other) < 1 << 40 else None
        if isinstance(operator, ast.Add) and (isinstance(one, str) or isinstance(other, str)):
            return f"{unknown('code') if one is None else one}{unknown('code') if other is None else other}"[:_LONGEST]
        if isinstance(operator, ast.Div) and isinstance(one, str):
            return f"{one}/{other}" if other is not None else f"{one}/{unknown('code')}"
        if isinstance(operator, ast.Mod) and isinstance(one, str):
            given = other if isinstance(other, list) else [other]
            for each in given[:20]:
                for form in ("%s", "%d", "%r"):
                    if form in one:
                        one = one.replace(form, unknown("code") if each is None else str(each), 1)
                        break
            return one
        if isinstance(operator, ast.Mult) and isinstance(one, str) and isinstance(other, int):
            return one * other if len(one) * max(other, 0) < _LONGEST else None
        return None

    def _result(self, node: ast.Call) -> Value:  # noqa: C901, PLR0911 - one line for each function
        """What a plain function gives."""
        name = self.dotted(node.func)
        last = name.rpartition(".")[2]
        if name in _JOINS:
            return "/".join(self.text(each) for each in node.args) or "."
        if name in _AS_IT_IS and node.args:
            return self.value(node.args[0])
        if name in _ASKS and node.args and (words := self.words(node.args[0])):
            words = words if len(words) > 1 else words[0].split()
            return unknown(f"pid:{' '.join(words[1:])}") if words[:1] and words[0] in ("pgrep", "pidof") else None
        if name == "open" and node.args:
            path = self.text(node.args[0])
            return (
                self.scene.memory.files.get(self.scene.path(path), unknown(f"file:{path}")) if is_known(path) else path
            )
        if name in ("chr", "ord", "len") and node.args:
            return self._letter(name, node.args[0])
        if last in _UNDOES and node.args:
            return _undone(last, self.text(node.args[0]))
        if (name in _DUMPS and node.args) or (name == "re.sub" and len(node.args) > 2):
            return self._rewritten(name, node.args)
        if name == "codecs.decode" and len(node.args) > 1:
            return _decoded(self.text(node.args[0]), self.text(node.args[1]))
        if name in ("os.getpid", "os.getppid"):
            return unknown("self" if name == "os.getpid" else "parent:")
        if name in ("os.getenv", "os.environ.get") and node.args:
            return unknown(f"variable:{self.text(node.args[0])}")
        if name in ("glob.glob", "glob.iglob", "iglob") and node.args:
            return [self.text(node.args[0])]
        if name in ("os.listdir", "os.scandir") and node.args:
            return [self.text(node.args[0]).rstrip("/") + "/*"]
        if name in ("Path.home", "pathlib.Path.home"):
            return "~"
        if isinstance(node.func, ast.Attribute):
            return self._method(node, node.func)
        return None

    def _method(self, node: ast.Call, func: ast.Attribute) -> Value:  # noqa: PLR0911 - one case for each method
        """What a method of a text or list gives."""
        inner = self.value(func.value)
        given = [self.value(each) for each in node.args]
        match func.attr, inner, given:
            case "join", str(), [list() as parts]:
                return inner.join(unknown("code") if part is None else str(part) for part in parts)[:_LONGEST]
            case "replace", str() | None, [str() as old, str() as new, *_] if inner is None or not is_known(inner):
                return (inner or unknown("code")) + carried((Edit(old, new),)) if len(inner or "") < _LONGEST else inner
            case "replace", str(), [str() as old, str() as new, *_]:
                return inner.replace(old, new)[:_LONGEST] if len(inner) < 2000 else inner
            case "split", str(), []:
                return list(inner.split())
            case "split", str(), [str() as sign, *_] if sign:
                return list(inner.split(sign))
            case "format", str(), _:
                for each in given[:20]:
                    inner = inner.replace("{}", unknown("code") if each is None else str(each), 1)
                return inner
            case "glob" | "rglob", str(), [str() as pattern, *_]:
                return [f"{inner.rstrip('/')}/{pattern}"]
            case "iterdir", str(), []:
                return [f"{inner.rstrip('/')}/*"]
            case "joinpath", str(), _:
                return "/".join([inner, *(str(each) for each in given)])
            case _ if func.attr in _KEEPS:
                return inner.strip() if isinstance(inner, str) and func.attr == "strip" else inner
            case _:
                return None

    def _rewritten(self, name: str, args: list[ast.expr]) -> str:
        """What is written of a value, or a text with something put in the place of something."""
        if name != "re.sub":
            return self.dumped(args[0])
        text, (old, new) = self.text(args[2]), halves(self.text(args[0]), self.text(args[1]))
        return text if is_known(text) else text + carried((Edit(old, new),))

    def dumped(self, node: ast.expr) -> str:
        """An expression as it is written to a file: what a name carries, or the keys and values that stand there."""
        if isinstance(node, ast.Dict | ast.List):
            return ast.unparse(node)[:_LONGEST]
        return self.text(node)

    def _part(self, inner: ast.expr, at: ast.expr) -> Value:
        """``value[i]``, ``value[::-1]``, ``os.environ['X']``."""
        if self.dotted(inner) == "os.environ":
            return unknown(f"variable:{self.text(at)}")
        value = self.value(inner)
        if not isinstance(value, str | list):
            return None
        if isinstance(at, ast.Slice):
            low, high, step = (self.value(each) if each is not None else None for each in (at.lower, at.upper, at.step))
            numbers = [each if isinstance(each, int) and each else None for each in (low, high, step)]
            return value[slice(*numbers)]
        index = self.value(at)
        if isinstance(index, int) and -len(value) <= index < len(value):
            return value[index]
        return None

    def _letter(self, name: str, node: ast.expr) -> Value:
        """``chr``, ``ord`` and ``len`` of what is known."""
        value = self.value(node)
        if name == "chr":
            return chr(value) if isinstance(value, int) and 0 < value < 0xD800 else None
        if name == "ord":
            return ord(value) if isinstance(value, str) and len(value) == 1 else None
        return len(value) if isinstance(value, str | list) else None

    def _comprehended(self, node: ast.ListComp | ast.GeneratorExp) -> Value:
        """A list made of another by one plain loop."""
        loop = node.generators[0]
        values = self.value(loop.iter)
        if isinstance(values, str):
            values = list(values)
        if len(node.generators) > 1 or not isinstance(values, list) or not isinstance(loop.target, ast.Name):
            return None
        made: list[Value] = []
        for each in values[:200]:
            self.values[loop.target.id] = each
            made.append(self.value(node.elt))
        return made

    def _constant(self, name: str) -> Value:
        """A constant of a module."""
        if name == "sys.executable":
            return "python3"
        if name.startswith("signal.SIG"):
            return name.removeprefix("signal.")
        return unknown("self") if name in ("sys.argv", "self.pid") else None


def _undone(name: str, text: str) -> Value:
    """What was written in base64, hexadecimal digits or percent signs, or packed by gzip or zlib (a sign a byte)."""
    if not is_known(text):
        return None
    if "64" in name:
        return from_base64(text)
    if name[:7] == "unquote":
        return unquote_plus(text) if name == "unquote_plus" else unquote(text)
    if name != "decompress":
        return from_hex(text)
    try:
        return inflated(text.encode("latin-1")).decode("utf-8", "replace")
    except ValueError:
        return None


def _decoded(text: str, codec: str) -> Value:
    """A text decoded by one of the codecs that hide rather than pack."""
    plain = codec.lower().replace("-", "_")
    if plain in ("rot13", "rot_13"):
        return codecs.encode(text, "rot13")
    if plain in ("hex", "hex_codec"):
        return from_hex(text)
    try:
        return from_base64(text) if plain in ("base64", "base64_codec") else None
    except (ValueError, binascii.Error):
        return None
