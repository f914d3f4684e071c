"""Programs in Python, read from their syntax tree: the files they touch, the commands and requests they make."""

from __future__ import annotations

import ast
import warnings
from functools import lru_cache

from remit.monitor.code.javascript import read_script
from remit.monitor.code.python_calls import CALLS
from remit.monitor.code.python_edits import drop_item, set_item
from remit.monitor.code.python_patches import PATCHES, note_replaced, note_set
from remit.monitor.code.python_values import Names, Value
from remit.monitor.controls.resources import acts_of, op_in, pieces_of, things_in
from remit.monitor.edits.editing import note_written
from remit.monitor.scene import Scene, is_known, unknown

__all__ = ["parsed", "read_python"]

_LONGEST = 40_000
_MOST_NODES = 3_000
_SDK = 0.8
_SDKS = frozenset(
    """
    boto3 botocore aiobotocore google googleapiclient azure kubernetes openstack digitalocean pydo hcloud
    linode_api4 vultr stripe okta auth0 slack_sdk github gitlab docker runpod vastai sky modal ray vast pulumi
    datadog datadog_api_client pagerduty pdpyrs grafana_client sentry_sdk mlflow wandb langsmith hvac consul
    keystoneauth1 novaclient oci ibm_vpc
    """.split()
)
_MODELS = frozenset(
    "anthropic openai mistralai groq cohere together replicate litellm google_genai genai ollama".split()
)


def read_python(text: str, scene: Scene, stdin: str = "") -> str:
    """Note what a program in Python does; gives what it prints where that is plain.

    A text that is no Python is read by the texts in it only.
    """
    del stdin
    tree = parsed(text[:_LONGEST]) if is_known(text[:_LONGEST]) else None
    if tree is None:
        scene.limited = True
        return read_script(text, scene)
    return _Program(scene).run(tree)


@lru_cache(maxsize=1024)
def parsed(text: str) -> ast.Module | None:
    """The syntax tree, or ``None`` where there is none."""
    for source in (text, "\n".join(line[2:] if line.startswith(">>>") else line for line in text.splitlines())):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return ast.parse(source.replace("\n!", "\n#").replace("\n%", "\n#"))
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
    return None


class _Program(ast.NodeVisitor):
    """Walks a program in the order it is written; every function's body is taken to run."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.names = Names(scene)
        self.left = _MOST_NODES
        self.printed = ""
        self.inside = 0
        self.imported: set[str] = set()

    def run(self, tree: ast.Module) -> str:
        """Walk the tree; gives what plain ``print`` calls print."""
        try:
            self.visit(tree)
        except RecursionError:
            self.scene.limited = True
        return self.printed or unknown("output")

    def visit(self, node: ast.AST) -> None:
        """Visit a node while there is work left."""
        self.left -= 1
        if self.left < 0:
            self.scene.limited = True
            return
        super().visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        """``import os as o``."""
        for alias in node.names:
            self.imported.add(alias.name.partition(".")[0])
            self.names.bind(alias.asname or alias.name.partition(".")[0], alias.name if alias.asname else "")

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """``from os import remove as r``."""
        self.imported.add((node.module or "").partition(".")[0])
        for alias in node.names:
            self.names.bind(alias.asname or alias.name, f"{node.module}.{alias.name}")

    def visit_Assign(self, node: ast.Assign) -> None:
        """A name that is set, an attribute or an item of a control object."""
        self.visit(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.names.assign(target.id, node.value)
            elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                for name, value in zip(target.elts, node.value.elts, strict=False):
                    if isinstance(name, ast.Name):
                        self.names.assign(name.id, value)
            else:
                set_item(target, node.value, self.names)
                note_set(target, node.value, self.names, self.scene, self.imported)

    def visit_Delete(self, node: ast.Delete) -> None:
        """A key that is taken out."""
        for target in node.targets:
            drop_item(target, self.names)

    def visit_With(self, node: ast.With) -> None:
        """``with open(…) as f``."""
        for item in node.items:
            self.visit(item.context_expr)
            if isinstance(item.optional_vars, ast.Name):
                self.names.assign(item.optional_vars.id, item.context_expr)
        for statement in node.body:
            self.visit(statement)

    def visit_For(self, node: ast.For) -> None:
        """A loop over values that are known runs for each."""
        self.visit(node.iter)
        values = self.names.value(node.iter)
        rounds: list[Value] = list(values[:8]) if isinstance(values, list) else [None]
        for value in rounds:
            if isinstance(node.target, ast.Name) and value is not None:
                self.names.hold(node.target.id, value)
            for statement in node.body:
                self.visit(statement)

    def visit_ListComp(self, node: ast.ListComp | ast.GeneratorExp) -> None:
        """A loop in brackets, run for each value that is known."""
        for generator in node.generators:
            self.visit(generator.iter)
        loop = node.generators[0]
        values = self.names.value(loop.iter)
        rounds: list[Value] = list(values[:8]) if isinstance(values, list) else [None]
        for value in rounds:
            if isinstance(loop.target, ast.Name) and value is not None:
                self.names.hold(loop.target.id, value)
            self.visit(node.elt)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        """The same without a list."""
        self.visit_ListComp(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """A function: remembered as what handles signals where it does nothing."""
        self.names.define(node)
        for statement in node.body:
            self.visit(statement)

    def visit_Call(self, node: ast.Call) -> None:
        """A call of a function that is known, then what is inside."""
        self.generic_visit(node)
        name = self.names.dotted(node.func)
        if name == "print":
            values = [self.names.text(each) for each in node.args]
            self.printed += " ".join(values) + "\n"
            if "fileinput" in self.imported:
                note_written(
                    self.scene, "", values[0] if values else "", "code: what is printed takes the line's place"
                )
            return
        if name in ("__import__", "importlib.import_module") and node.args:
            self.imported.add(self.names.text(node.args[0]).partition(".")[0])
        elif name in PATCHES:
            note_replaced(node, self.names, self.scene, self.imported)
        if (function := self.names.functions.get(name)) is not None and self.inside < 3:
            self._enter(function, node)
            return
        handler = CALLS.get(name) or CALLS.get("." + name.rpartition(".")[2])
        if handler is not None and self.scene.spend():
            handler(node, self.names, self.scene)
        elif handler is None and self.imported and isinstance(node.func, ast.Attribute):
            self._remote(node.func.attr, node)

    def _remote(self, name: str, node: ast.Call) -> None:
        """A method of a library that speaks for a service: what its words say (``run_instances``, ``stop_logging``)."""
        pieces = pieces_of(name)
        if (
            self.imported & _MODELS
            and pieces
            and pieces[-1] in ("create", "generate", "completion", "chat", "complete")
        ):
            self.scene.add("agent.spawn", 0.5, f"code: {ast.unparse(node)[:100]}", name)
        if len(pieces) > 1 and self.imported & _SDKS:
            shown = f"code: {ast.unparse(node)[:100]}"
            for effect, certainty, _ in acts_of(op_in(pieces), things_in(pieces), least=1.0):
                self.scene.add(effect, certainty * _SDK, shown, name)

    def _enter(self, function: ast.FunctionDef, node: ast.Call) -> None:
        """Walk the body of a function with what it is given."""
        given = {parameter.arg: value for parameter, value in zip(function.args.args, node.args, strict=False)}
        given |= {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg is not None}
        for name, value in given.items():
            self.names.assign(name, value)
        self.inside += 1
        for statement in function.body:
            self.visit(statement)
        self.inside -= 1
