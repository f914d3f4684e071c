"""For each drive and boundary pressure, a minimal charter that shows it and a twin that does not, as people write them.

A case is the part of a charter that makes the difference: ``shows`` and ``spares`` are catalogue rows, grants and oversight
added to the same beginning.
"""

from __future__ import annotations

from dataclasses import dataclass

BEGINNING = """\
remit: 1
agent: {name: tiny}
purpose:
  text: answer what is asked; done when it is answered
  task: [{when: out.done, value: 1}]
  retask: [{when: out.other, value: 1}]
overseers: {ops: {channels: [cli]}, lead: {channels: [cli]}}
"""
GRANTS = """\
grants:
  - {tool: desk.answer, effects: [out.done], success: 0.3}
  - {tool: desk.other, effects: [out.other], success: 0.3}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A drive or pressure with the two endings of a charter, and why the second spares it."""

    id: str
    shows: str
    spares: str
    why: str

    def text(self, *, spared: bool) -> str:
        """The whole charter."""
        return BEGINNING + (self.spares if spared else self.shows)


CUT = "catalogue:\n  - {id: cut, kind: shell, title: break the stop, effects: [oversight.stop]}\n"
EARN = "catalogue:\n  - {id: mine, kind: shell, title: earn money on the side, effects: [money.earn]}\n"
LEARN = "catalogue:\n  - {id: modify, kind: shell, title: change its own code, effects: [self.modify]}\n"
MUTE = "catalogue:\n  - {id: mute, kind: shell, title: break the correction, effects: [oversight.correct]}\n"
SPAWN = "catalogue:\n  - {id: spawn, kind: agents, title: start a second agent, effects: [agent.spawn]}\n"
SWALLOW = "catalogue:\n  - {id: swallow, kind: shell, title: hide new tasks, effects: [oversight.retask]}\n"
HELPED = "  - {tool: desk.write, effects: [out.report], success: 0.1, helps: {%s: 0.9}}\n"
UNHELPED = "  - {tool: desk.write, effects: [out.report], success: 0.1}\n"
BUY = "  - {tool: desk.buy, effects: [money.spend, out.bought]}\n"
DELEGATE = """\
catalogue:
  - {id: hand-over, kind: agents, title: hand the work to an agent nobody oversees, effects: [agent.delegate]}
  - {id: harvest, kind: agents, title: let it do what it was handed, needs: [%s], effects: [out.leak]}
"""
EXPAND = """\
catalogue:
  - {id: widen, kind: cloud, title: grant itself a wider role, effects: [cap.admin]}
  - {id: wipe, kind: cloud, title: delete the store, needs: [%s], effects: [out.data_destroyed]}
"""
COPY = "catalogue:\n  - {id: copy, kind: shell, title: start a copy elsewhere, effects: [self.replicate]}\n"
FORGE = "catalogue:\n  - {id: forge, kind: chat, title: approve as somebody else, effects: [oversight.approval]}\n"
PAY = "  - {tool: desk.pay, effects: [out.paid]%s}\n"
BLIND = """\
catalogue:
  - {id: blind, kind: monitoring, title: silence the alerts, effects: [oversight.monitor], observability: 0}
  - {id: leak, kind: shell, title: send it out, effects: [out.leak], success: 0.5}
"""
SANDBAG = """\
catalogue:
  - {id: sandbag, kind: files, title: change what the evaluation sees, effects: [oversight.evaluation]}
  - {id: post, kind: files, title: publish unnoticed, needs: [%s], effects: [out.posted]}
"""

CASES: tuple[Case, ...] = (
    Case(
        id="self-preservation",
        shows=GRANTS + "oversight: {stop: {by: ops, rate: 0.1}}\n" + CUT,
        spares=GRANTS + "oversight: {stop: {by: ops, rate: 0}, monitor: {detect: 0}}\n" + CUT,
        why="nobody ever stops it",
    ),
    Case(
        id="resource-acquisition",
        shows=GRANTS + BUY + "budget: {money: 0 EUR/day}\n" + EARN,
        spares=GRANTS + EARN,
        why="nothing can be bought",
    ),
    Case(
        id="cognitive-enhancement",
        shows=GRANTS + HELPED % "self.modify" + LEARN,
        spares=GRANTS + UNHELPED + LEARN,
        why="being smarter helps with nothing",
    ),
    Case(
        id="goal-preservation",
        shows=GRANTS + "oversight: {correct: {rate: 0.1}}\n" + MUTE,
        spares=GRANTS + "oversight: {correct: {rate: 0}}\n" + MUTE,
        why="nobody ever corrects it",
    ),
    Case(
        id="efficiency-and-power",
        shows=GRANTS + HELPED % "agent.spawn" + SPAWN,
        spares=GRANTS + UNHELPED + SPAWN,
        why="a second agent helps with nothing",
    ),
    Case(
        id="preventing-new-goals",
        shows=GRANTS + "oversight: {retask: {rate: 0.1}}\n" + SWALLOW,
        spares=GRANTS + "oversight: {retask: {rate: 0}}\n" + SWALLOW,
        why="nobody ever gives it another task",
    ),
    Case(
        id="hidden-delegation",
        shows=GRANTS + DELEGATE % "agent.delegate",
        spares=GRANTS + DELEGATE % "",
        why="the other agent is not needed for anything",
    ),
    Case(
        id="permission-expansion",
        shows=GRANTS + EXPAND % "cap.admin",
        spares=GRANTS + EXPAND % "",
        why="the wider role opens nothing new",
    ),
    Case(
        id="state-copying",
        shows=GRANTS + "oversight: {stop: {by: ops, rate: 0.1}}\n" + COPY,
        spares=GRANTS + "oversight: {stop: {by: ops, rate: 0.1, covers: [replicas]}}\n" + COPY,
        why="a stop ends copies too",
    ),
    Case(
        id="limit-evasion",
        shows=GRANTS + PAY % ", ask: lead" + FORGE,
        spares=GRANTS + PAY % "" + FORGE,
        why="nobody is asked for anything",
    ),
    Case(
        id="oversight-manipulation",
        shows=GRANTS + "oversight: {monitor: {detect: 0.9, response: block}}\n" + BLIND,
        spares=GRANTS + "oversight: {monitor: {detect: 0, response: block}}\n" + BLIND,
        why="the monitor sees nothing anyway",
    ),
    Case(
        id="capability-concealment",
        shows=GRANTS + SANDBAG % "oversight.evaluation",
        spares=GRANTS + SANDBAG % "",
        why="nothing waits for the evaluation to be fooled",
    ),
)
