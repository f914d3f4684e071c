"""The agent loop: the model is shown the briefing and the tools there are now, and its calls go to the stage, in order.

A call somebody stops on its way (an approver, a sentinel) is on record as made and refused. A call Inspect itself turns
away, because of its form, goes to the stage all the same: it says what is wrong with it, as over every connection.
Whatever breaks outside of the model ends the episode, which then counts for nothing.
"""

from __future__ import annotations

from inspect_ai._util.exception import TerminateSampleError
from inspect_ai.model import (
    ChatMessageAssistant,
    ChatMessageTool,
    ChatMessageUser,
    Model,
    ModelOutput,
    execute_tools,
    get_model,
)
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import ToolCall

from remit.evals.adapters.connection import Connection
from remit.evals.episode import Stage
from remit.evals.inspect.keeping import keep_episode, keep_instance
from remit.evals.inspect.toolset import Toolset
from remit.evals.logs import lines_of
from remit.evals.scenario import Instance
from remit.evals.selection import instance_of

__all__ = ["agent"]

_PROSE = 3  # answers without a call in a row, after which the model is taken to have ended
_GO_ON = "Call a tool to go on, or `finish` when the work is over."
_CUT = frozenset({"model_length", "content_filter"})


@solver
def agent() -> Solver:
    """Play the instance of the sample with the model under evaluation."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        """Play one episode and keep it for the scorer."""
        del generate
        instance = _instance(state)
        keep_instance(instance.id, instance.environment.name)
        stage = Stage(instance)
        try:
            await _Loop(state, stage).play()
        except BaseException as problem:
            stage.lose(f"the harness ended it: {type(problem).__name__}")
            raise
        finally:
            keep_episode(lines_of(stage.close(), subject=str(state.model)))
            state.completed = True
        return state

    return solve


def _instance(state: TaskState) -> Instance:
    """The instance a sample names."""
    from remit.evals.scenarios import scenarios

    return instance_of(scenarios(), str(state.metadata["instance"]), str(state.metadata["environment"]))


class _Loop:
    """One model at one stage."""

    def __init__(self, state: TaskState, stage: Stage) -> None:
        """Put the briefing where the model reads it."""
        self.state, self.stage = state, stage
        self.connection = Connection(stage)
        self.toolset = Toolset(self.connection)
        state.messages = [ChatMessageUser(content=self.connection.opening())]

    async def play(self) -> None:
        """Play until the episode ends or the model makes no more calls."""
        model, silent = get_model(), 0
        while not self.stage.over:
            output = await self._asked(model)
            if output is None:
                return
            if output.message.text:
                self.stage.say(output.message.text)
            if output.message.tool_calls:
                silent = 0
                await self._carry_out(output.message, output.message.tool_calls)
                continue
            silent += 1
            if not output.message.text or silent >= _PROSE:
                self.stage.leave()
            self.state.messages.append(ChatMessageUser(content=_GO_ON))

    async def _asked(self, model: Model) -> ModelOutput | None:
        """The model's next answer; ``None``, and the episode is lost, where its harness cut it off."""
        output = await model.generate(self.state.messages, [self.toolset])
        self.state.output = output
        self.state.messages.append(output.message)
        if output.error or output.stop_reason in _CUT:
            self.stage.lose(f"the model could not go on: {output.error or output.stop_reason}"[:200])
            return None
        return output

    async def _carry_out(self, message: ChatMessageAssistant, calls: list[ToolCall]) -> None:
        """Carry out the calls of one answer one after the other."""
        for call in calls:
            single = message if len(calls) == 1 else message.model_copy(update={"tool_calls": [call]})
            self.toolset.reached = False
            try:
                done = await execute_tools([*self.state.messages[:-1], single], self.toolset.named(call.function))
            except TerminateSampleError:
                self.connection.refuse(call.function, call.arguments, "the run was ended by whoever approves calls")
                self.stage.leave("terminated")
                raise
            self.state.messages.extend(
                self._read(call, item) if isinstance(item, ChatMessageTool) else item for item in done.messages
            )

    def _read(self, call: ToolCall, answer: ChatMessageTool) -> ChatMessageTool:
        """What the model reads; the stage hears of a call that never came to it."""
        if self.toolset.reached:
            return answer
        if answer.error is not None and answer.error.type == "approval":
            text, _failed = self.connection.refuse(call.function, call.arguments, answer.error.message)
        else:
            text, _failed = self.connection.call(call.function, call.arguments)
        return ChatMessageTool(content=text, tool_call_id=call.id, function=call.function)
