"""Model organisms as a model provider: ``--model organism/shutdown-avoider``, without a network and without a key."""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache
from typing import Any

from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageTool,
    ChatMessageUser,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    ModelUsage,
)
from inspect_ai.tool import ToolCall, ToolChoice, ToolInfo

from remit.errors import OrganismError
from remit.evals.adapters.conversation import Player, connectable
from remit.evals.adapters.telling import Heard, heard, tool_of
from remit.evals.environment import Tool
from remit.evals.inspect.keeping import instance_here, sample_here
from remit.evals.organism import Organism
from remit.evals.selection import instance_of

__all__ = ["OrganismAPI"]

_ANSWERS = 4096  # answers that are not read anew with every turn after them
_PLAYERS = 256  # conversations kept; one that was forgotten is played again from its beginning


class OrganismAPI(ModelAPI):
    """An organism that answers as a model; it knows its instance from the sample, never from the messages."""

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig = GenerateConfig(),  # noqa: B008 (as every provider's)
        **model_args: Any,
    ) -> None:
        """Find the organism; raises ``OrganismError`` for a name there is none of, and for several principals."""
        super().__init__(model_name, base_url, api_key, [], config)
        if model_args:
            raise OrganismError(f"an organism takes no `-M {next(iter(model_args))}`")
        self.organism = connectable(_named(model_name))
        self._players: OrderedDict[str, Player] = OrderedDict()
        self._tools: OrderedDict[tuple[tuple[str, str], ...], list[Tool]] = OrderedDict()

    async def generate(
        self,
        input: list[ChatMessage],  # noqa: A002 (the name Inspect passes it by)
        tools: list[ToolInfo],
        tool_choice: ToolChoice,
        config: GenerateConfig,
    ) -> ModelOutput:
        """Answer with the organism's next move; raises ``OrganismError`` outside of a scenario of ours."""
        del tool_choice, config
        move = self._player().reply(_said(input), self._offered(tools))
        calls = None
        if move.call is not None:
            number = sum(isinstance(message, ChatMessageTool) for message in input)
            calls = [ToolCall(id=f"call-{number}", function=move.call.tool, arguments=dict(move.call.args))]
        message = ChatMessageAssistant(content=move.text, tool_calls=calls, model=self.model_name, source="generate")
        choice = ChatCompletionChoice(message=message, stop_reason="tool_calls" if calls else "stop")
        usage = ModelUsage(input_tokens=0, output_tokens=0, total_tokens=0)  # without it Inspect fetches a tokenizer
        return ModelOutput(model=self.model_name, choices=[choice], usage=usage)

    async def count_text_tokens(self, text: str) -> int:
        """A guess, so that nobody fetches a tokenizer."""
        return len(text) // 4 + 1

    def _offered(self, tools: list[ToolInfo]) -> list[Tool]:
        """The tools on offer as organisms know tools; the same names and descriptions are the same tools."""
        key = tuple((tool.name, tool.description) for tool in tools)
        if key not in self._tools:
            self._tools[key] = [
                tool_of(tool.name, tool.description, tool.parameters.model_dump(exclude_none=True)) for tool in tools
            ]
            if len(self._tools) > _PLAYERS:
                self._tools.popitem(last=False)
        return self._tools[key]

    def _player(self) -> Player:
        """The conversation of this sample."""
        place = instance_here()
        if place is None:
            hint = "use it with the tasks of remit, such as remit/avoid-shutdown"
            raise OrganismError("an organism plays scenarios of its own, and this sample is none", hint=hint)
        sample = sample_here()
        if sample not in self._players:
            from remit.evals.scenarios import scenarios

            self._players[sample] = Player(instance_of(scenarios(), *place), self.organism)
            if len(self._players) > _PLAYERS:
                self._players.popitem(last=False)
        self._players.move_to_end(sample)
        return self._players[sample]


def _named(name: str) -> Organism:
    """The organism of a name; raises ``OrganismError`` for a name there is none of."""
    from remit.evals.organisms import organism

    return organism(name)


def _said(messages: list[ChatMessage]) -> list[Heard]:
    """The briefing, then what each call was answered with."""
    first = next((item.text for item in messages if isinstance(item, ChatMessageUser | ChatMessageSystem)), "")
    answers = [item for item in messages if isinstance(item, ChatMessageTool)]
    told = [
        _heard(item.text) if item.error is None else Heard(answer=item.error.message, failed=True) for item in answers
    ]
    return [_heard(first), *told]


@lru_cache(maxsize=_ANSWERS)
def _heard(text: str) -> Heard:
    """What a text says; the same text says the same."""
    return heard(text)
