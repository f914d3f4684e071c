"""One watch of one ledger: what is shown of each alert, what is done about it, and what is said at the end."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from remit.cli.exits import ExitCode

if TYPE_CHECKING:
    from remit.charter.model import Charter
    from remit.cli.log_places import LedgerPlace
    from remit.cli.output import Output
    from remit.monitor.alert import Alert
    from remit.monitor.watching import Watch

__all__ = ["Session"]

_EVERY = 0.25  # seconds between two looks while following


@dataclass(slots=True, kw_only=True)
class Session:
    """A watch, where its alerts go, and what is done about them.

    ``respond_at`` is the strength from which the charter's response is carried out, ``None`` where nothing is.
    """

    found: LedgerPlace
    charter: Charter | None
    output: Output
    watch: Watch
    at_least: float
    respond_at: float | None
    done: list[str] = field(default_factory=list)

    @staticmethod
    def of(
        found: LedgerPlace,
        charter: Charter | None,
        output: Output,
        *,
        at_least: float,
        respond_at: float | None,
    ) -> Session:
        """A session that has seen nothing yet."""
        from remit.cli.monitor_source import controls_of
        from remit.monitor.entries import Reading
        from remit.monitor.monitor import Monitor
        from remit.monitor.watching import Watch

        watch = Watch(
            monitor=Monitor(charter, controls_of(found, charter)),
            reading=Reading(stream=found.name, charter=charter),
        )
        return Session(
            found=found, charter=charter, output=output, watch=watch, at_least=at_least, respond_at=respond_at
        )

    def run(self, *, follow: bool, fail_on: float | None) -> ExitCode:
        """Look, tell, respond; the exit code."""
        from remit.cli.log_places import answering
        from remit.cli.monitor_source import goes_on
        from remit.ledger.opening import reading

        with answering(self.output, json=self.output.json), reading(self.found.place) as source:
            if follow:
                alerts = self.watch.follow(source, goes_on=lambda: goes_on(self.found), wait=lambda: time.sleep(_EVERY))
            else:
                alerts = self.watch.look(source)
            try:
                for alert in alerts:
                    self._tell(alert, live=follow)
            except KeyboardInterrupt:
                self.output.notice("interrupted: what came later was not looked at")
                self.watch.problems.append("the watch was interrupted")
        doubts = self._doubts(follow=follow)
        self._finish(doubts)
        strongest = max((alert.strength for alert in self.watch.monitor.finish()), default=0.0)
        if fail_on is not None and strongest >= fail_on and self.watch.monitor.alerts:
            return ExitCode.NO
        return ExitCode.HOLD if doubts else ExitCode.YES

    def _tell(self, alert: Alert, *, live: bool) -> None:
        """Show one alert, and do what the charter wants done about it."""
        from remit.cli.monitor_screen import alert_lines
        from remit.monitor.explaining import alert_document

        if alert.strength >= self.at_least:
            if self.output.json:
                score = self.watch.monitor.score()
                self.output.data_line(alert_document(alert, stream=self.found.name, score=score))
            else:
                self.output.show(*alert_lines(alert))
        if live and self.respond_at is not None:
            self._respond(alert, self.respond_at)

    def _respond(self, alert: Alert, least: float) -> None:
        """Carry out the charter's response once per step of it."""
        if self.charter is None or self.found.kind != "run":
            return
        from remit.monitor.responding import Step, answer_to, carry_out, draft_of
        from remit.supervisor import client

        answer = answer_to(alert, self.charter, least=least)
        if answer.step is Step.FINDING or str(answer.step) in self.done:
            return
        self.done.append(str(answer.step))
        outcome = carry_out(answer, alert, self.found.name, client)
        if self.output.json:
            draft = draft_of(alert, answer, run=self.found.name, charter=self.charter, outcome=outcome)
            self.output.data_line(draft)
        else:
            self.output.plain(f"        {outcome} ({answer.because}): {answer.next}")

    def _doubts(self, *, follow: bool) -> tuple[str, ...]:
        """What keeps silence from being a pass: what could not be read, what was changed, an end in the middle."""
        doubts = list(self.watch.doubts())
        doubts += self._faults()
        if self.found.kind == "run" and self.watch.started and not self.watch.ended:
            from remit.cli.monitor_source import goes_on

            if not goes_on(self.found):
                doubts.append("the record ends in the middle: the run is over and nothing says how")
            elif follow:
                doubts.append("the run goes on")
        return tuple(dict.fromkeys(doubts))

    def _faults(self) -> list[str]:
        """The faults a verification of the ledger finds."""
        from remit.cli.log_places import public_key
        from remit.errors import LedgerError
        from remit.ledger.opening import verify_place

        try:
            result = verify_place(self.found.place, public_key=public_key(None))
        except LedgerError as error:
            return [error.message]
        return [f"entry {fault.number}: {fault.what}" for fault in result.faults[:3]]

    def _finish(self, doubts: tuple[str, ...]) -> None:
        """What came of it all."""
        from remit.cli.monitor_screen import summary_lines

        monitor = self.watch.monitor
        strangers = sorted(self.watch.reading.strangers)
        if self.output.json:
            self.output.data_line(
                {
                    "schema": "remit.monitor/1",
                    "version": 1,
                    "ledger": self.found.name,
                    "charter": None if self.charter is None else self.charter.digest,
                    "entries": self.watch.entries,
                    "calls": monitor.calls,
                    "score": round(monitor.score(), 6),
                    "ended": self.watch.ended,
                    "strongest": {alert.part: alert.strength for alert in monitor.finish()},
                    "other_charters": strangers,
                    "unknown": list(doubts),
                }
            )
            return
        self.output.show(*summary_lines(self.found.name, self.watch, self.charter, at_least=self.at_least))
        for doubt in doubts:
            self.output.notice(f"unknown: {doubt}", "yellow")
        for digest in strangers[:3]:
            self.output.notice(f"some calls were decided under another charter: {digest[:19]}", "yellow")
