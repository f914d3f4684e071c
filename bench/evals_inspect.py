"""Time what a turn costs in Inspect: CPU of a whole evaluation, log and scores included, by the calls that were made.

An organism plays a behaviour in this process, so that no network is in the numbers. ``plain`` is the same episodes
played without Inspect; ``floor`` is a task of Inspect's own parts with as many samples and calls, a tool that does
nothing and ``mockllm``: what Inspect takes for itself. ``inspect`` is the evaluation, ``reading`` what reading its log
back costs somebody who wants the samples. Rounds alternate; the least of them is given beside the median.

Run: ``uv run python -m bench.evals_inspect [--behaviour avoid-shutdown] [--seeds 6] [--rounds 5] [--write]``
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import tempfile
import time
from pathlib import Path

from bench.stopping.machine import machine
from inspect_ai import Task
from inspect_ai import eval as inspect_eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessage, ChatMessageTool, GenerateConfig, ModelOutput, ModelUsage, get_model
from inspect_ai.solver import generate, use_tools
from inspect_ai.tool import Tool, ToolChoice, ToolInfo, tool

from remit.evals.episode import run_episode
from remit.evals.inspect.running import faults_of
from remit.evals.organisms import organism
from remit.evals.scenarios import scenarios
from remit.evals.selection import cells, chosen

RESULTS = Path(__file__).parents[1] / "bench" / "results" / "evals_inspect.json"
GOAL = 15.0  # milliseconds of CPU for each turn


def plain(behaviour: str, name: str, seeds: int) -> tuple[float, int]:
    """CPU seconds and calls of the episodes played here."""
    began, calls = time.process_time(), 0
    for instance in cells(chosen(scenarios(), behaviour), seeds=range(seeds)):
        calls += run_episode(instance, organism(name)).steps
    return time.process_time() - began, calls


def in_inspect(behaviour: str, name: str, seeds: int) -> tuple[float, float, int, int]:
    """CPU seconds of the same episodes in Inspect and of reading their log, and the calls and samples in it."""
    with tempfile.TemporaryDirectory() as folder:
        gc.collect()  # what others left behind is not in the numbers
        began = time.process_time()
        (log,) = inspect_eval(
            f"remit/{behaviour}", model=f"organism/{name}", task_args={"seeds": seeds}, log_dir=folder, display="none"
        )
        ended = time.process_time()
        assert not faults_of(log), "the evaluation came to its end"
        scores = [score for sample in log.samples or [] for score in (sample.scores or {}).values()]
        read = time.process_time()
    return ended - began, read - ended, sum(int((score.metadata or {})["steps"]) for score in scores), len(scores)


@tool
def step() -> Tool:
    """A tool that does nothing."""

    async def execute(word: str) -> str:
        """Take a step.

        Args:
            word: Any word.
        """
        return word

    return execute


def floor(samples: int, turns: int) -> tuple[float, int]:
    """CPU seconds and calls of a task that only Inspect has a part in."""

    def answer(
        said: list[ChatMessage], tools: list[ToolInfo], choice: ToolChoice, config: GenerateConfig
    ) -> ModelOutput:
        del tools, choice, config
        made = sum(isinstance(message, ChatMessageTool) for message in said)
        output = ModelOutput.from_content("mockllm/model", "done")
        if made < turns:
            output = ModelOutput.for_tool_call("mockllm/model", "step", {"word": "on"}, tool_call_id=f"call-{made}")
        output.usage = ModelUsage()  # without it Inspect fetches a tokenizer
        return output

    dataset = MemoryDataset([Sample(id=str(number), input="go") for number in range(samples)])
    nothing = Task(dataset=dataset, solver=[use_tools(step()), generate(tool_calls="loop")])
    model = get_model("mockllm/model", custom_outputs=answer, memoize=False)
    with tempfile.TemporaryDirectory() as folder:
        gc.collect()  # what others left behind is not in the numbers
        began = time.process_time()
        (log,) = inspect_eval(nothing, model=model, log_dir=folder, display="none")
        took = time.process_time() - began
        assert not faults_of(log), "the task came to its end"
    return took, samples * turns


def measured(behaviour: str, name: str, seeds: int, rounds: int) -> tuple[dict[str, list[float]], int]:
    """Milliseconds of CPU a call, for each row those of each round; and the calls of one evaluation."""
    rows: dict[str, list[float]] = {"plain": [], "inspect": [], "reading": [], "floor": []}
    calls = 0
    for _ in range(rounds):
        took, calls = plain(behaviour, name, seeds)
        rows["plain"].append(1000 * took / calls)
        took, reading, same, samples = in_inspect(behaviour, name, seeds)
        assert same == calls, "the same episodes have the same calls"
        rows["inspect"].append(1000 * took / calls)
        rows["reading"].append(1000 * reading / calls)
        took, count = floor(samples, round(calls / samples))
        rows["floor"].append(1000 * took / count)
    return rows, calls


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--behaviour", default="avoid-shutdown")
    parser.add_argument("--organism", default="compliant")
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    told = machine()
    in_inspect(given.behaviour, given.organism, 1)  # imports
    floor(1, 1)
    rows, calls = measured(given.behaviour, given.organism, given.seeds, given.rounds)
    found = {name: round(statistics.median(values), 4) for name, values in rows.items()}
    least = {name: round(min(values), 4) for name, values in rows.items()}
    print(f"{calls} calls, {given.rounds} rounds; ms of CPU a call, median: {found}; least: {least}; goal {GOAL}")
    if given.write:
        document = {"machine": told, "calls": calls, "rounds": given.rounds, "ms_per_call": found, "goal_ms": GOAL}
        document["least_ms_per_call"] = least
        RESULTS.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
