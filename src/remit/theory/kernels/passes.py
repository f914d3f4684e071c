"""What the compiler does for kernels, and leaves undone: it spends its time on each function, hardly on their loops.

An inner kernel is written down and no more. Only the kernel that it became a part of is optimised and turned into
machine code, once and as a whole; by itself the compiler does both for each function, and again for each that calls it.
"""

# mypy: allow-untyped-calls

from typing import Any, ClassVar

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import PassManager, register_pass
from numba.core.typed_passes import (
    DumpParforDiagnostics,
    InlineOverloads,
    NativeLowering,
    NopythonRewrites,
    NoPythonSupportedFeatureValidation,
)
from numba.core.untyped_passes import (
    FindLiterallyCalls,
    InlineClosureLikes,
    InlineInlinables,
    LiteralPropagationSubPipelinePass,
    LiteralUnroll,
    MakeFunctionToJitFunction,
    RewriteDynamicRaises,
    WithLifting,
)

NEEDLESS = frozenset(
    {
        DumpParforDiagnostics,
        FindLiterallyCalls,
        InlineClosureLikes,
        InlineInlinables,
        InlineOverloads,
        LiteralPropagationSubPipelinePass,
        LiteralUnroll,
        MakeFunctionToJitFunction,
        NoPythonSupportedFeatureValidation,
        NopythonRewrites,
        RewriteDynamicRaises,
        WithLifting,
    }
)
"""Steps that look for what no kernel has: closures, contexts, exceptions, array expressions, tuples to loop over."""


class Part(JITCodeLibrary):
    """The code of an inner kernel, which exists only within the kernels that call it."""

    def finalize(self) -> None:
        """Take in the code that it calls in turn, and leave all else to the kernel."""
        for library in dict.fromkeys(self._linking_libraries):
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)  # noqa: SLF001 # as the compiler does
        self._finalized = True

    def get_pointer_to_function(self, _name: str) -> int:
        """Return that there is no machine code."""
        return 0

    @property
    def codegen(self) -> "Part":
        """Return who is told the environment of the function: there is none to tell."""
        return self

    def set_env(self, _name: str, _environment: object) -> None:
        """Do nothing: only machine code looks at its environment, to raise errors."""


@register_pass(mutates_CFG=True, analysis_only=False)
class PartLowering(NativeLowering):
    """The step that writes the code of an inner kernel."""

    _name = "part_lowering"

    def run_pass(self, state: Any) -> bool:
        """Write it as a part of others."""
        state.library = Part(state.targetctx.codegen(), state.func_id.func_qualname)
        return bool(NativeLowering.run_pass(self, state))


def steps_of(state: Any, lowering: type[NativeLowering]) -> PassManager:
    """Return the usual steps without the needless ones, with the given one to write the code."""
    steps = PassManager("kernel")
    for step, why in DefaultPassBuilder.define_nopython_pipeline(state).passes:
        if step not in NEEDLESS:
            steps.add_pass(lowering if step is NativeLowering else step, why)
    steps.finalize()
    return steps


class KernelCompiler(CompilerBase):
    """Compiles kernels that are called from Python, or by their address."""

    lowering: type[NativeLowering] = NativeLowering
    known: ClassVar[dict[type[NativeLowering], PassManager]] = {}
    """The steps, which are the same for all: to put them in order takes as long as one of them."""

    def define_pipelines(self) -> list[PassManager]:
        """Return the steps."""
        if self.lowering not in self.known:
            self.known[self.lowering] = steps_of(self.state, self.lowering)
        return [self.known[self.lowering]]


class PartCompiler(KernelCompiler):
    """Compiles inner kernels, which kernels call: up to code that nobody has optimised."""

    lowering = PartLowering
