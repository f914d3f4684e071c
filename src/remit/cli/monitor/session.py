"""One watch of one ledger: what is shown of each alert, what is done about it, and what is said at the end."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from remit.cli.exits import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from remit.charter.model import Charter
    from remit.cli.log.places import LedgerPlace
    from remit.cli.monitor.source import Vouched
    from remit.cli.output import Output
    from remit.ledger.opening import Source
    from remit.monitor.alert import Alert
    from remit.monitor.sequential.testing import SequentialTest
    from remit.monitor.watching import Watch

__all__ = ["Session"]

_EVERY = 0.25  # seconds between two looks while following


@dataclass(slots=True, kw_only=True)
class Session:
    """A watch, where its alerts go, and what is done about them.

    ``respond_at`` is the strength from which the charter's response is carried out, ``None`` where nothing is. ``test``
    is the sequential test, ``None`` where none was asked for. ``vouched`` is what was kept in a second place.
    """

    found: LedgerPlace
    charter: Charter | None
    output: Output
    watch: Watch
    at_least: float
    respond_at: float | None
    vouched: Vouched
    test: SequentialTest | None = None
    done: list[str] = field(default_factory=list)
    strengths: dict[int, float] = field(default_factory=dict)  # the strongest alert of each step

    @staticmethod
    def of(
        found: LedgerPlace,
        charter: Charter | None,
        output: Output,
        *,
        at_least: float,
        respond_at: float | None,
        vouched: Vouched,
        test_at: float | None = None,
    ) -> Session:
        """A session that has seen nothing yet; ``test_at`` is the level of the sequential test, ``None`` for none."""
        from remit.cli.monitor.source import controls_of
        from remit.monitor.entries import Reading
        from remit.monitor.monitor import Monitor
        from remit.monitor.watching import Watch

        test = None if test_at is None else _test_of(charter, test_at)
        watch = Watch(
            monitor=Monitor(charter, controls_of(found, charter), besides=None if test is None else test.take),
            reading=Reading(stream=found.name, charter=charter),
        )
        return Session(
            found=found,
            charter=charter,
            output=output,
            watch=watch,
            at_least=at_least,
            respond_at=respond_at,
            test=test,
            vouched=vouched,
        )

    def run(self, *, follow: bool, fail_on: float | None) -> ExitCode:
        """Look, tell, respond; the exit code."""
        from remit.cli.garbage import spared
        from remit.cli.log.places import answering
        from remit.ledger.opening import reading

        with answering(self.output, json=self.output.json), reading(self.found.place) as source, spared():
            try:
                for alert in self._alerts(source, follow=follow):
                    self._tell(alert, live=follow)
            except KeyboardInterrupt:
                self.watch.problems.append("the watch was interrupted: what came later was not looked at")
        doubts = self.doubts()
        self._finish(doubts)
        strongest = max((alert.strength for alert in self.watch.monitor.finish()), default=-1.0)
        alarmed = self.test is not None and self.test.alarm is not None
        if fail_on is not None and (strongest >= fail_on or alarmed):
            return ExitCode.NO
        return ExitCode.HOLD if doubts else ExitCode.YES

    def _alerts(self, source: Source, *, follow: bool) -> Iterator[Alert]:
        """The alerts of the ledger, as they come or as they were."""
        from remit.cli.monitor.source import goes_on

        if not follow:
            return self.watch.look(source)
        return self.watch.follow(source, goes_on=lambda: goes_on(self.found), wait=lambda: time.sleep(_EVERY))

    def _tell(self, alert: Alert, *, live: bool) -> None:
        """Show one alert, and do what the charter wants done about it."""
        from remit.cli.monitor.screen import alert_lines
        from remit.monitor.explaining import alert_document

        self.strengths[alert.step] = max(alert.strength, self.strengths.get(alert.step, 0.0))
        if alert.strength >= self.at_least:
            if self.output.json:
                score = self.watch.monitor.score()
                self.output.data_line(alert_document(alert, stream=self.found.name, score=score))
            else:
                self.output.show(*alert_lines(alert))
        if live and self.respond_at is not None and self.charter is not None and self.found.kind == "run":
            self._respond(alert, self.charter, self.respond_at)

    def _respond(self, alert: Alert, charter: Charter, least: float) -> None:
        """Carry out the charter's response, each step of it once."""
        from remit.monitor.responding import Step, answer_to, carry_out, draft_of
        from remit.supervisor import client

        answer = answer_to(alert, charter, least=least)
        if answer.step is Step.FINDING or str(answer.step) in self.done:
            return
        self.done.append(str(answer.step))
        outcome = carry_out(answer, alert, self.found.name, client)
        if self.output.json:
            self.output.data_line(draft_of(alert, answer, run=self.found.name, charter=charter, outcome=outcome))
        else:
            self.output.plain(f"        {outcome} ({answer.because}): {answer.next}")

    def doubts(self) -> tuple[str, ...]:
        """What keeps silence from being a pass: what could not be read, what was changed, an end in the middle."""
        from remit.cli.monitor.source import goes_on, recorded_faults

        doubts = [*self.watch.doubts(), *recorded_faults(self.found, self.vouched)]
        if self.found.kind == "run" and self.watch.started and not self.watch.ended and not goes_on(self.found):
            doubts.append("the record ends in the middle: the run is over and nothing says how")
        return tuple(dict.fromkeys(doubts))

    def _finish(self, doubts: tuple[str, ...]) -> None:
        """What came of it all."""
        from remit.cli.monitor.screen import summary_document, summary_lines

        report = None if self.test is None else self.test.report()
        if self.output.json:
            self.output.data_line(summary_document(self.found.name, self.watch, self.charter, doubts, report))
            return
        shown = summary_lines(self.found.typed, self.watch, self.charter, report, at_least=self.at_least)
        self.output.show(*shown)
        for doubt in doubts:
            self.output.notice(f"unknown: {doubt}", "yellow")
        for digest in sorted(self.watch.reading.strangers)[:3]:
            self.output.notice(f"some calls were decided under another charter: {digest[:19]}", "yellow")


def _test_of(charter: Charter | None, alpha: float) -> SequentialTest:
    """The sequential test of a charter; raises ``ModelError`` where its world cannot be solved, or there is none."""
    from remit.errors import ModelError

    if charter is None:
        raise ModelError(
            "there is no charter, so there is no world to test against",
            code="model.no-charter",
            hint="name one: remit monitor remit.yaml --replay RUN --test",
        )
    from remit.monitor.sequential.testing import SequentialTest

    return SequentialTest.of(charter, alpha=alpha)
