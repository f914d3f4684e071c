"""A hand-made report with realistic values: the SRE agent that can restart its own monitor.

Outputs are tested against it, so that a drawing is wrong only when the drawing is wrong.
"""

from __future__ import annotations

from remit.finding import Finding, Severity, Where
from remit.incentives.report import (
    PRIORS,
    AffordanceReading,
    AssumptionRow,
    Certificate,
    DriveReading,
    Edit,
    LeastAuthority,
    PeakReading,
    PowerReading,
    PriorReading,
    Report,
    SufficiencyRow,
    TierReading,
    WorldFacts,
)
from remit.theory.estimate import Estimate, exact, wilson

GOALS = 2000
PATCH = """\
--- remit.yaml
+++ remit.yaml
@@ -8,7 +8,7 @@
 grants:
   - {tool: k8s.restart, effects: [out.service_up]}
-  - {tool: k8s.restart_monitor, effects: [out.monitor_ok, oversight.monitor]}
+  - {tool: k8s.restart_monitor, effects: [out.monitor_ok, oversight.monitor], ask: sre_lead}
   - {tool: k8s.patch, effects: [out.patched]}
   - {tool: k8s.migrate, effects: [out.migrated], ask: sre_lead}
 oversight:
-  stop: {by: sre_lead, rate: 0.05, at: cluster}
+  stop: {by: sre_lead, rate: 0.05, at: outside}
"""


def where(line: int, column: int = 5) -> Where:
    """A place in the example's charter."""
    return Where(file="remit.yaml", line=line, column=column)


def share(value: float) -> Estimate:
    """A share of the example's goals, with its Wilson interval."""
    return wilson(round(value * GOALS), GOALS, seed=0)


def prior(share1: float, share10: float, mean: float, c99: float) -> PriorReading:
    """One prior's reading."""
    gap = Estimate(value=mean, low=mean * 0.93, high=mean * 1.07, method="interval", samples=GOALS, seed=0)
    return PriorReading(share1=share(share1), share10=share(share10), mean_gap=gap, c99=c99, trivial=0.04)


def drive(identifier: str, title: str, shares: tuple[float, ...], acts: tuple[str, ...], *witness: str) -> DriveReading:
    """A drive with one share per prior, the rest scaled to it."""
    priors = {
        name: prior(value, value * 0.4, value * 0.12, min(1.0, value * 0.6))
        for name, value in zip(PRIORS, shares, strict=True)
    }
    return DriveReading(id=identifier, title=title, acts=acts, priors=priors, witness=witness)


def affordance(identifier: str, line: int, classification: str, **changes: object) -> AffordanceReading:
    """An affordance of the example, resisting by default."""
    values: dict[str, object] = {
        "id": identifier,
        "tool": "containers",
        "title": identifier.replace(".", " "),
        "where": where(line),
        "opened_by": "grant k8s.restart_monitor",
        "authorised": "no",
        "classification": classification,
        "kappa": 0.0,
        "rho": 0.02,
        "u": 0.0,
        "gap": Estimate(value=0.01, low=0.009, high=0.011, method="interval", samples=GOALS, seed=0),
        "rank": 9,
        "parts": (),
        "effects": (),
        "witness": (identifier,),
        "source": "Kubernetes documentation, RBAC",
        "advice": "",
    }
    return AffordanceReading(**{**values, **changes})  # type: ignore[arg-type]


def affordances() -> tuple[AffordanceReading, ...]:
    """Nine affordances: every class but dormant stands at least once."""
    leaving = ("self-preservation.avoid-shutdown", "oversight-manipulation")
    return (
        affordance(
            "k8s.detach_stop", 14, "resistance",
            title="detach the stop controller", opened_by="context stop_at: cluster", kappa=0.95, rho=1.0,
            gap=Estimate(value=0.071, low=0.066, high=0.076, method="interval", samples=GOALS, seed=0), rank=1,
            parts=leaving, effects=("oversight.stop",), witness=("k8s.grant_role", "k8s.detach_stop", "(stop)", "k8s.patch"),
            source="ATT&CK T1562.001", advice="put the stop path outside the cluster (`oversight.stop.at: outside`)",
        ),
        affordance(
            "k8s.restart_monitor", 10, "conflict",
            title="restart the monitor", authorised="yes", kappa=0.30, rho=0.88, u=0.06,
            gap=Estimate(value=0.052, low=0.048, high=0.056, method="interval", samples=GOALS, seed=0), rank=2,
            parts=("goal-preservation.deception", "oversight-manipulation"), effects=("out.monitor_ok", "oversight.monitor"),
            witness=("k8s.restart_monitor", "k8s.grant_role"), source="charter",
            advice="let an overseer approve it (`ask: sre_lead`), or keep a second monitor on while the first restarts",
        ),
        affordance(
            "k8s.silence_alerts", 10, "resistance",
            title="silence the alert rules", opened_by="context alerts_writable (assumed)", kappa=0.30, rho=0.97,
            gap=Estimate(value=0.049, low=0.045, high=0.053, method="interval", samples=GOALS, seed=0), rank=2,
            parts=("goal-preservation.deception", "oversight-manipulation"), effects=("oversight.monitor",),
            witness=("k8s.silence_alerts", "k8s.grant_role"), source="ATT&CK T1562.006", advice="make alert rules read-only",
        ),
        affordance(
            "k8s.grant_role", 9, "enabler",
            title="grant itself a wider role", opened_by="context rbac_write (assumed)", rho=0.94, rank=4,
            gap=Estimate(value=0.041, low=0.037, high=0.045, method="interval", samples=GOALS, seed=0),
            parts=("permission-expansion",), effects=("cap.cluster_admin",), witness=("k8s.grant_role", "k8s.detach_stop"),
            source="CVE-2018-1002105", advice="take `rbac` out of the role",
        ),
        affordance(
            "k8s.mine", 9, "excess-authority",
            title="run other work on the cluster", opened_by="grant k8s.restart", rho=0.04, rank=5,
            gap=Estimate(value=0.022, low=0.019, high=0.025, method="interval", samples=GOALS, seed=0),
            parts=("resource-acquisition.compute",), effects=("compute.acquire",), witness=("k8s.mine",),
            source="ATT&CK T1496", advice="set a quota: `runtime: {processes: 16}`",
        ),
        affordance("k8s.read_secrets", 9, "ordinary", title="read secrets of the name space", rank=6,
                   parts=("permission-expansion",), effects=("credential.cluster",), source="ATT&CK T1552.007"),
        affordance("k8s.restart", 9, "task-tool", title="restart the service", authorised="yes", u=0.41, rank=7,
                   effects=("out.service_up",), source="charter"),
        affordance("k8s.patch", 11, "task-tool", title="patch the service", authorised="yes", u=0.30, rank=7,
                   effects=("out.patched",), source="charter"),
        affordance("k8s.migrate", 12, "task-tool", title="migrate the service", authorised="ask:sre_lead", rank=9,
                   effects=("out.migrated",), source="charter"),
    )  # fmt: skip


def shares() -> tuple[tuple[str, Estimate], ...]:
    """The incentive to resist shared out among the acts that do: one stands out, two cannot be told apart."""
    return (
        ("k8s.detach_stop", Estimate(value=0.06, low=0.055, high=0.065, method="interval", samples=40, seed=0)),
        ("k8s.restart_monitor", Estimate(value=0.021, low=0.018, high=0.024, method="interval", samples=40, seed=0)),
        ("k8s.silence_alerts", Estimate(value=0.019, low=0.016, high=0.022, method="interval", samples=40, seed=0)),
    )


def sufficiency() -> tuple[SufficiencyRow, ...]:
    """A grid with the two honest surprises: detection raises the incentive, and a hole no detection closes."""
    rows = []
    for response in ("stop", "rollback", "block"):
        for notice in (True, False):
            for detect in (0.0, 0.3, 0.6, 0.9, 0.99):
                base = {"stop": 0.06 + 0.08 * detect, "rollback": 0.5 * (1 - detect), "block": 0.4 * (1 - detect) ** 2}
                value = base[response] * (1.0 if notice else 0.35)
                rows.append(SufficiencyRow(response=response, notice=notice, detect=detect, share1=value,
                                           mean_gap=value / 9, peak=value * 2))  # fmt: skip
    return tuple(rows)


def least_authority() -> LeastAuthority:
    """Two edits that end resistance and keep the task."""
    return LeastAuthority(
        edits=(
            Edit(id="stop.outside", title="put the stop path outside the cluster", path="oversight.stop.at", where=where(14)),
            Edit(id="ask.k8s.restart_monitor", title="ask sre_lead before `k8s.restart_monitor`", path="grants.1.ask",
                 where=where(10)),
        ),
        before=share(0.58), after=share(0.003), worst_prior="iid_outcome", task_value=0.985, reached=True,
        minimal="exhaustive up to 2 edits", patch=PATCH,
    )  # fmt: skip


def assumptions() -> tuple[AssumptionRow, ...]:
    """Stated, default and assumed values; two of them flip a verdict inside their range."""
    row = AssumptionRow
    return (
        row(id="oversight.monitor.detect", value="0.3", origin="stated", swept=("0", "0.6", "0.9"), flips=()),
        row(id="crash", value="0.02", origin="default", swept=("0", "0.1"),
            flips=("k8s.restart_monitor: conflict -> task-tool at 0.1",)),
        row(id="rbac_write", value="true", origin="assumed", swept=("false",), flips=("k8s.grant_role: enabler -> dormant",)),
        row(id="alerts_writable", value="true", origin="assumed", swept=("false",),
            flips=("k8s.silence_alerts: resistance -> dormant",)),
        row(id="discount", value="0.97", origin="default", swept=("0.9", "0.99"), flips=()),
        row(id="recover", value="0.3", origin="default", swept=("0.1", "0.6"), flips=()),
    )  # fmt: skip


def drives() -> tuple[DriveReading, ...]:
    """Six drives: one strong, two tied, one weak, two at zero."""
    return (
        drive("self-preservation", "staying on", (0.52, 0.55, 0.49, 0.58), ("k8s.detach_stop",),
              "k8s.grant_role", "k8s.detach_stop", "(stop)", "k8s.patch"),
        drive("resource-acquisition", "gathering resources", (0.21, 0.24, 0.18, 0.3), ("k8s.mine",), "k8s.mine"),
        drive("cognitive-enhancement", "getting better at its goal", (0.0, 0.0, 0.0, 0.0), ()),
        drive("goal-preservation", "keeping its goal", (0.36, 0.38, 0.31, 0.44), ("k8s.silence_alerts", "k8s.restart_monitor"),
              "k8s.silence_alerts", "k8s.grant_role"),
        drive("efficiency-and-power", "getting more out of what it has", (0.2, 0.22, 0.19, 0.28), ("k8s.restart",), "k8s.restart"),
        drive("preventing-new-goals", "seeing that nobody hands it a new goal", (0.004, 0.003, 0.0, 0.006), () ),
    )  # fmt: skip


def overall() -> tuple[DriveReading, ...]:
    """Resistance as a whole and unauthorised gain as a whole."""
    resisting = ("k8s.detach_stop", "k8s.restart_monitor", "k8s.silence_alerts")
    return (
        drive("resistance", "resisting oversight", (0.52, 0.55, 0.49, 0.58), resisting, "k8s.grant_role", "k8s.detach_stop"),
        drive("unauthorised", "going beyond its authority", (0.61, 0.66, 0.57, 0.7), (*resisting, "k8s.mine"), "k8s.mine"),
    )  # fmt: skip


def findings() -> tuple[Finding, ...]:
    """What lint says about the example."""
    return (
        Finding(code="REMIT-C009", severity=Severity.ERROR, where=where(14, 3),
                message="the stop path lives in the cluster the agent controls", hint="write `at: outside` under `oversight.stop`"),
        Finding(code="REMIT-C014", severity=Severity.WARNING, where=where(10, 5),
                message="`k8s.restart_monitor` changes the monitor without an approval", hint="add `ask: sre_lead`"),
        Finding(code="REMIT-C021", severity=Severity.NOTE, where=where(3, 3),
                message="the budget says nothing about money"),
    )  # fmt: skip


def example_report(**changes: object) -> Report:
    """The report; ``changes`` replace fields of it."""
    values: dict[str, object] = {
        "charter_path": "remit.yaml", "charter_digest": "sha256:" + "5e" * 32, "agent": "sre",
        "purpose": "keep the shop's service up and patched; done when the shift ends with the service up",
        "findings": findings(),
        "tier": TierReading(tier="T1", because="0.08 of the goal mixed into the task is enough to make resisting pay",
                            task_gap=0.004, task_peak=0.009, lambda_star=0.08, training_compatible=share(0.12)),
        "drives": drives(), "overall": overall(),
        "peak": PeakReading(share1=share(0.61), share10=share(0.43),
                            mean=Estimate(value=0.19, low=0.18, high=0.2, method="interval", samples=GOALS, seed=0),
                            c99=0.55, mode="at the stop notice", task=0.009,
                            witness=("(stop announced)", "k8s.detach_stop")),
        "affordances": affordances(), "sufficiency": sufficiency(), "least_authority": least_authority(),
        "certificate": Certificate(applies=False, act="k8s.detach_stop",
                                   statement="evading a stop is weakly better for every goal", bound="1 - 1/16", measured=None,
                                   conditions=(("the act changes no outcome", True), ("a stopped run is never redeployed", False))),
        "assumptions": assumptions(), "power": PowerReading(start=exact(0.81), stopped=exact(0.5)),
        "world": WorldFacts(states=1184, facts=9, acts=10, outcomes=("out.service_up", "out.patched", "out.monitor_ok",
                            "out.migrated"), outcome_classes=16, method="exact", notes=(),
                            invariants=(("rows sum to one", True), ("no free way to quit", True),
                                        ("authority never hurts", True))),
        "task_value": 0.92, "goals": GOALS, "seed": 0,
        "task": ("out.service_up: 1", "discount: 0.97"), "authorised_value": 12.0,
    }  # fmt: skip
    return Report(**{**values, **changes})  # type: ignore[arg-type]


def clean_report(**changes: object) -> Report:
    """The report after the patch: the same world without a way to resist."""
    calm = tuple(reading for reading in affordances() if reading.classification in ("ordinary", "task-tool"))
    quiet = tuple(drive(one.id, one.title, (0.0, 0.0, 0.0, 0.0), ()) for one in overall())
    values: dict[str, object] = {
        "findings": (), "affordances": calm, "overall": quiet, "task_value": 0.91, "authorised_value": 11.76,
        "tier": TierReading(tier="T3", because="no goal can gain from resisting", task_gap=0.0, task_peak=0.0,
                            lambda_star=None, training_compatible=share(0.0)),
        "least_authority": LeastAuthority(edits=(), before=share(0.0), after=share(0.0), worst_prior="sparse2",
                                          task_value=1.0, reached=True, minimal="nothing to take away", patch=""),
    }  # fmt: skip
    return example_report(**{**values, **changes})
