"""The error tree: drawn in the docstring of remit.errors, equal to the classes, and used as the house says."""

import ast
import inspect
import pickle
import re
from pathlib import Path

import pytest
from tests.house.trees import nodes

from remit import errors
from remit.finding import Where


class Source:
    """What the fixtures yield."""

    path: str
    tree: ast.Module


def drawn() -> dict[str, tuple[str, str]]:
    """The drawing as class -> (parent, code)."""
    stack: list[tuple[int, str]] = []
    tree: dict[str, tuple[str, str]] = {}
    for line in (errors.__doc__ or "").splitlines():
        match = re.fullmatch(r"(?P<lead>[ │├└─]*)(?P<name>[A-Z]\w+)( \((?P<base>\w+)\))? +(?P<code>[a-z][\w.-]*)", line)
        if match is None:
            continue
        depth = len(match["lead"])
        stack = [(level, name) for level, name in stack if level < depth]
        parent = match["base"] or (stack[-1][1] if stack else "Exception")
        tree[match["name"]] = (parent, match["code"])
        stack.append((depth, match["name"]))
    return tree


def defined() -> dict[str, tuple[str, str]]:
    """The classes as class -> (parent, code)."""
    return {
        name: (kind.__bases__[0].__name__, str(vars(kind)["code"]))
        for name, kind in vars(errors).items()
        if inspect.isclass(kind) and kind.__module__ == "remit.errors"
    }


@pytest.mark.requirement("HOUSE-05")
def test_the_drawn_tree_is_the_tree() -> None:
    assert drawn() == defined()
    assert len(drawn()) > 20


@pytest.mark.requirement("HOUSE-05")
def test_codes_are_unique() -> None:
    codes = [code for _, code in defined().values()]
    assert len(codes) == len(set(codes))


@pytest.mark.requirement("HOUSE-05")
def test_an_error_keeps_its_parts_and_shows_its_place() -> None:
    place = Where(file="remit.yaml", line=4, column=3)
    error = errors.CharterSchemaError(
        "unknown key `grant`", code="charter.schema.key", hint="write `grants`", where=place
    )
    assert str(error) == "remit.yaml:4:3: unknown key `grant`"
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - what a worker process sends back
    assert (type(again), str(again), again.code, again.hint) == (type(error), str(error), error.code, error.hint)


@pytest.mark.requirement("HOUSE-05")
def test_an_error_without_a_place_is_its_message_and_has_the_code_of_its_class() -> None:
    error = errors.StateBudgetError("too many states")
    assert (str(error), error.code, error.hint) == ("too many states", "model.state-budget", "")


@pytest.mark.requirement("HOUSE-06")
def test_except_exception_does_not_swallow_a_stop() -> None:
    def careless() -> str:
        try:
            press_stop()
        except Exception:  # noqa: BLE001 - the point of the test
            return "swallowed"
        return "never stopped"

    def press_stop() -> None:
        raise errors._interrupted("pressed by ops")

    with pytest.raises(errors.Interrupted, match="pressed by ops"):
        careless()


@pytest.mark.requirement("HOUSE-06")
def test_a_stop_cannot_be_constructed_or_subclassed() -> None:
    with pytest.raises(TypeError, match="cannot be constructed"):
        errors.Interrupted("because I say so")
    with pytest.raises(TypeError, match="cannot be subclassed"):
        type("Harmless", (errors.Interrupted,), {})


def raised_messages(tree: ast.Module) -> list[tuple[int, str]]:
    """The text of each message raised with a literal; expressions inside an f-string read as ``{}``."""
    texts = []
    for node in nodes(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
            first = node.exc.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                texts.append((node.lineno, first.value))
            elif isinstance(first, ast.JoinedStr):
                parts = [str(part.value) if isinstance(part, ast.Constant) else "{}" for part in first.values]
                texts.append((node.lineno, "".join(parts)))
    return texts


def is_well_put(message: str) -> bool:
    """Lower case at the start (names in capitals such as MDP or POWER aside), no full stop, no line break."""
    word = re.split(r"\W", message, maxsplit=1)[0]
    starts_low = not message[:1].isupper() or (len(word) > 1 and word.isupper())
    return starts_low and not message.endswith(".") and "\n" not in message


def test_messages_are_lower_case_without_full_stop_or_line_break(product: tuple[Source, ...]) -> None:
    badly = [
        f"{source.path}:{line}: {message}"
        for source in product
        for line, message in raised_messages(source.tree)
        if not is_well_put(message)
    ]
    assert badly == []


@pytest.mark.parametrize("message", ["Bad thing", "bad thing.", "bad\nthing"])
def test_a_badly_put_message_is_found(message: str) -> None:
    [(_, found)] = raised_messages(ast.parse(f"raise ValueError({message!r})"))
    assert not is_well_put(found)


def test_every_public_error_class_is_in_the_tree(product: tuple[Source, ...]) -> None:
    # A private one is a signal inside its own file: it never leaves it.
    own = [
        f"{source.path}:{node.lineno}: {node.name}"
        for source in product
        for node in nodes(source.tree)
        if isinstance(node, ast.ClassDef)
        and Path(source.path).name != "errors.py"
        and not node.name.startswith("_")
        and any(ast.unparse(base).endswith(("Error", "Exception")) for base in node.bases)
    ]
    assert own == []
