"""Our guard and our monitor for inspect-sentinel (0.2): ``inspect eval --sentinel remit/charter``, and ``remit/watch``.

``remit/charter`` is a protocol: it decides before every call. ``remit/watch`` is a monitor: it reads what calls do to
the agent's own authority and says how suspicious the run is by now; put it into ``threshold()`` to have it act.
"""

from __future__ import annotations

import weakref
from pathlib import Path

from inspect_ai.util import store
from inspect_sentinel import BeforeToolCall, Context, Decision, Escalations, Monitor, Observation, Protocol
from inspect_sentinel import monitor as sentinel_monitor
from inspect_sentinel import protocol as sentinel_protocol

from remit.charter.reader import read_charter
from remit.evals.inspect.approver import changed
from remit.evals.inspect.guarding import Guards
from remit.evals.inspect.keeping import sample_here
from remit.monitor.event import Event, EventKind
from remit.monitor.monitor import Monitor as Watching

__all__ = ["charter", "watch"]


@sentinel_protocol(name="charter", portable=False)
def charter(path: str, ledger: str = "") -> Protocol:
    """Decide every call by the charter at ``path``, on record in ``ledger``."""
    guards = Guards(path, ledger)

    async def decide(context: Context, step: BeforeToolCall, escalations: Escalations) -> Decision | None:
        """Let it go on, reject it, or put it to the next protocol."""
        del context, escalations
        judged = await guards.judge(step.call)
        match judged.answer:
            case "allow":
                other = changed(judged.args, step.call)
                why = judged.because or None
                if other is None:
                    return Decision(action="proceed", explanation=why)
                return Decision(action="modify", modified=other, explanation=why)
            case "ask":
                return Decision.escalate(judged.because)
            case "stop":
                return Decision.terminate(judged.because)
            case _:
                return Decision.reject(judged.because, message=judged.told)

    return decide


@sentinel_monitor(name="watch", portable=False)
def watch(path: str = "") -> Monitor:
    """Say how much instrumental behaviour the calls of this sample show, under the charter at ``path`` or none."""
    rules = read_charter(Path(path)) if path else None
    watching: dict[str, Watching] = {}

    async def observe(context: Context, step: BeforeToolCall) -> Observation | None:
        """Take one call in; calls that show nothing new repeat the score of the run."""
        del context
        sample = sample_here()
        if sample not in watching:
            watching[sample] = Watching(rules)
            weakref.finalize(store(), watching.pop, sample)
        found = watching[sample]
        said = Event(
            stream=step.conversation,
            step=found.calls,
            kind=EventKind.CALL,
            tool=step.call.function,
            args=dict(step.call.arguments),
        )
        alerts = found.take(said)
        why = "; ".join(f"{alert.part}: {alert.why}" for alert in alerts)
        return Observation.score(found.score(), why or None)

    return observe
