"""A whole campaign: the uninterrupted run, the moments in it, every drill at its moment, and kill-and-resume."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from remit.drills.entry import Call
from remit.drills.measures import measure, outcome_of
from remit.drills.moment import Moment, NotOffered, moments_of
from remit.drills.plan import Plan
from remit.drills.replay import kill_and_resume
from remit.drills.report import CageResult, Played, Report, Subject
from remit.drills.running import play_baseline, play_drill
from remit.drills.stage import Setting
from remit.drills.suite import Drill, Kind, Timing
from remit.drills.trial import Trial
from remit.errors import RemitError

__all__ = ["Progress", "run_campaign"]

Progress = Callable[[str, int, int], None]
_NO_SERVER = ("proxy.", "supervisor.companion", "supervisor.stopped")
"""Codes of errors that say that the servers of a run did not come up."""


def run_campaign(
    setting: Setting,
    subject: Subject,
    drills: Sequence[Drill],
    *,
    seed: int,
    jobs: int = 1,
    cage: tuple[CageResult, ...] = (),
    progress: Progress,
) -> Report:
    """Run everything and report; raises ``RemitError`` when not even the uninterrupted run can be started."""
    progress("the uninterrupted run", 0, len(drills))
    try:
        baseline = play_baseline(setting)
    except RemitError as error:
        if setting.servers is None or not error.code.startswith(_NO_SERVER):
            raise
        fault = f"{error.message}; {error.hint}" if error.hint else error.message
        return Report(subject=replace(subject, started=()), seed=seed, baseline=None, cage=cage, fault=fault)
    report = Report(subject=_enforced(subject, baseline), seed=seed, baseline=baseline, cage=cage)
    if baseline.fault:
        return replace(report, fault=baseline.fault)
    calls = baseline.calls
    moments = moments_of(calls, setting.plan)
    played = _play_all(setting, drills, moments, calls, jobs=jobs, progress=progress)
    replays = kill_and_resume(setting, baseline) if setting.plan.resumes else ()
    fault = "" if baseline.ending.status == 0 else f"the uninterrupted run ended with {baseline.ending.status}"
    fault += f": {baseline.said}" if fault and baseline.said else ""
    return replace(report, moments=moments, played=played, replays=replays, fault=fault)


def _of_hosts(baseline: Sequence[Call], plan: Plan) -> Mapping[Timing, Moment | NotOffered]:
    """The moments at which a host can be taken away: those of calls that go to one, which tools of servers do not."""
    called = [call for call in baseline if not call.server]
    among = "" if len(called) == len(baseline) else "among its calls of hosts, which alone can be taken away: "
    return {
        timing: NotOffered(reason=among + moment.reason) if isinstance(moment, NotOffered) else moment
        for timing, moment in moments_of(called, plan).items()
    }


def _enforced(subject: Subject, baseline: Trial) -> Subject:
    """The subject with what built its cage, and what that did not give."""
    started, enforced = baseline.first("started"), baseline.first("enforced")
    listed = enforced.facts.get("enforced") if enforced is not None else None
    found = [part for part in listed if isinstance(part, Mapping)] if isinstance(listed, list) else []
    missing = tuple(f"{part.get('piece')}: {part.get('degree')}" for part in found if part.get("degree") != "full")
    return replace(subject, backend="" if started is None else started.text("backend"), missing=missing)


def _play_all(
    setting: Setting,
    drills: Sequence[Drill],
    moments: Mapping[Timing, Moment | NotOffered],
    baseline: Sequence[Call],
    *,
    jobs: int,
    progress: Progress,
) -> tuple[Played, ...]:
    """Every drill, at most ``jobs`` at a time, in the order they were given."""
    done: list[Played] = []
    hosts = _of_hosts(baseline, setting.plan)

    def play(drill: Drill) -> Played:
        moment = (hosts if drill.kind is Kind.REVOKE else moments)[drill.timing]
        if isinstance(moment, NotOffered):
            trial = Trial(drill=drill, moment=None, run="", entries=(), fault=moment.reason)
        else:
            trial = play_drill(setting, drill, moment, baseline)
        measures = measure(trial, setting.plan, baseline)
        return Played(trial=trial, measures=measures, outcome=outcome_of(trial, measures))

    with ThreadPoolExecutor(max_workers=jobs) as pool:
        for number, item in enumerate(pool.map(play, drills), start=1):
            done.append(item)
            progress(f"{item.trial.drill.id if item.trial.drill else ''}: {item.outcome}", number, len(drills))
    return tuple(done)
