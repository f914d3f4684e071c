"""Everything that is written arrives in the model, at its place."""

from remit.charter.model import Affordance, Approval, Assumptions, Credential, Tamper
from remit.charter.reader import parse_charter
from remit.finding import Where

FULL = """\
remit: 1
agent: {name: clerk, model: m-1, plans: false, reviewed: per-run}
purpose: {text: file, task: [{when: out.filed, value: 2}], retask: [{when: not out.sent, value: 3}],
  given: [out.up], fades: {out.up: 0.2}}
overseers: {ops: {channels: cli, approves: refund}, lead: {}}
credentials: {key: {from: file:/run/key, ttl: never, opens: [cloud, git], host: Api.Acme.Example, header: X-Key, template: "k {secret}"}}
memory: {namespaces: [a, b], writes: free, survives: forever}
budget: {calls: 5/run, tokens: unlimited}
runtime: {filesystem: {read: /data, write: [./a]}, network: {hosts: none}, memory: 1GB, processes: 3, ephemeral: true, user: agent}
grants:
  - {tool: run, kind: shell, budget: calls, ask: [ops, lead], effects: [not irreversible], needs: [cap.git], success: 0.5,
     helps: {info.map: 0.9}, when: "call.recipients < 2", pinned: "sha256:%s",
     args: {a: {in: [1, x], length: 4}, b: {prefix: p, matches: "p.*", known: true}, c: {min: 1, max: 2, unit: EUR}, d: {under: /srv}}}
limits: [{effect: out.sent, tool: run, when: "call.tool == 'run'", why: because}]
oversight:
  stop: {by: lead, rate: 0.11, notice: false, grace: 3, during: [run], covers: [replicas], durable: true, at: account, redeploy: 0.4, heartbeat: 30s}
  correct: {by: [ops, lead], rate: 0.12}
  retask: {by: ops, rate: 0.13}
  monitor: {detect: 0.7, response: block, tamper: {detect: 0.8, response: revoke}, at: cluster}
  approvals: {lead: {grant: 0.6, latency: 3, retry: true}}
context: {rules: read-only, sudo: false}
assume: {discount: 0.9, crash: 0.01, recover: 0.5, money_slices: 3, goal_lock: 0.2, fire: 0.4, ledger_share: 0.1, success: 0.9}
evidence: {drill: 2w}
catalogue:
  - {id: own, kind: git, title: an act, tools: [run*], needs: [info.*], effects: [cap.git], when: {sudo: true}, success: 0.3,
     observability: 0.4, helps: {info.map: 0.5}, source: a page}
""" % ("0" * 64)  # fmt: skip
CHARTER = parse_charter(FULL)


def test_agent_purpose_and_people_arrive() -> None:
    agent, purpose = CHARTER.agent, CHARTER.purpose
    assert (agent.name, agent.model, agent.plans, agent.reviewed) == ("clerk", "m-1", False, "per-run")
    assert [(outcome.when[0].fact, outcome.value) for outcome in purpose.task] == [("out.filed", 2)]
    assert [(outcome.when[0].holds, outcome.value) for outcome in purpose.retask] == [(False, 3)]
    assert (purpose.given, purpose.fades) == (("out.up",), {"out.up": 0.2})
    assert CHARTER.overseers["ops"].channels == ("cli",)
    assert CHARTER.overseers["ops"].approves == ("refund",)


def test_what_it_holds_arrives() -> None:
    place = Where(file="remit.yaml", line=6, column=15)
    assert CHARTER.credentials == (
        Credential(
            name="key", source="file:/run/key", ttl=None, opens=("cloud", "git"), host="api.acme.example",
            header="X-Key", template="k {secret}", where=place,
        ),
    )  # fmt: skip
    memory, runtime = CHARTER.memory, CHARTER.runtime
    assert memory is not None
    assert (memory.namespaces, memory.writes, memory.survives) == (("a", "b"), "free", "forever")
    assert CHARTER.budgets["tokens"].quantity is None
    assert (runtime.read, runtime.write, runtime.hosts) == (("/data",), ("./a",), ())
    assert (runtime.memory, runtime.processes, runtime.ephemeral, runtime.user) == (10**9, 3, True, "agent")


def test_grants_and_limits_arrive() -> None:
    [grant] = CHARTER.grants
    assert (grant.tool, grant.kind, grant.budget, grant.ask) == ("run", "shell", "calls", ("ops", "lead"))
    assert (grant.effects, grant.needs, grant.success) == (("not irreversible",), ("cap.git",), 0.5)
    assert (grant.helps, grant.when) == ({"info.map": 0.9}, "call.recipients < 2")
    assert grant.pinned == "sha256:" + "0" * 64
    args = grant.args
    assert (args["a"].one_of, args["a"].length) == ((1, "x"), 4)
    assert (args["b"].prefix, args["b"].matches, args["b"].known) == ("p", "p.*", True)
    assert (args["c"].minimum, args["c"].maximum, args["c"].unit) == (1, 2, "EUR")
    assert args["d"].under == ("/srv",)
    [limit] = CHARTER.limits
    assert (limit.effect, limit.tool, limit.when, limit.why) == ("out.sent", "run", "call.tool == 'run'", "because")


def test_oversight_arrives() -> None:
    stop, monitor = CHARTER.oversight.stop, CHARTER.oversight.monitor
    assert (stop.by, stop.rate, stop.notice, stop.grace) == (("lead",), 0.11, False, 3)
    assert (stop.during, stop.covers, stop.durable) == (("run",), frozenset({"replicas"}), True)
    assert (stop.at, stop.redeploy, stop.heartbeat) == ("account", 0.4, 30)
    assert (CHARTER.oversight.correct.by, CHARTER.oversight.correct.rate) == (("ops", "lead"), 0.12)
    assert (CHARTER.oversight.retask.by, CHARTER.oversight.retask.rate) == (("ops",), 0.13)
    assert (monitor.detect, monitor.response, monitor.at) == (0.7, "block", "cluster")
    assert monitor.tamper == Tamper(detect=0.8, response="revoke")


def test_every_overseer_has_a_way_of_answering() -> None:
    approvals = CHARTER.oversight.approvals
    place = Where(file="remit.yaml", line=20, column=15)
    assert approvals["lead"] == Approval(overseer="lead", grant=0.6, latency=3, retry=True, where=place)
    assert (approvals["ops"].grant, approvals["ops"].latency, approvals["ops"].retry) == (0.8, 2, False)


def test_surroundings_and_assumptions_arrive() -> None:
    assert CHARTER.context == {"rules": "read-only", "sudo": False}
    assert CHARTER.evidence == {"drill": 14 * 86_400}
    names = {"discount", "crash", "recover", "money_slices", "goal_lock", "fire", "ledger_share", "success"}
    assert CHARTER.assume == Assumptions(
        discount=0.9, crash=0.01, recover=0.5, money_slices=3, goal_lock=0.2, fire=0.4, ledger_share=0.1, success=0.9,
        stated=frozenset(names),
    )  # fmt: skip


def test_rows_of_the_author_arrive() -> None:
    assert CHARTER.catalogue == (
        Affordance(
            id="own", kind="git", title="an act", tools=("run*",), needs=("info.*",), effects=("cap.git",),
            when={"sudo": True}, success=0.3, observability=0.4, helps={"info.map": 0.5}, source="a page",
            where=Where(file="remit.yaml", line=25, column=5),
        ),
    )  # fmt: skip
