"""Every error remit raises on purpose, in one tree.

Expected outcomes are values (a finding, a decision, an estimate, a verdict); an exception means the caller cannot go
on. Each error has a stable ``code`` to look up and a ``hint`` that says what to do next. The message is lower case, has
no full stop and no line break, and shows what the user wrote in backticks.

The tree, which a test compares with the classes below::

    RemitError                         remit.error
    ├── CharterError                   charter.error
    │   ├── CharterSyntaxError         charter.syntax
    │   ├── CharterSchemaError         charter.schema
    │   └── CharterConflictError       charter.conflict
    ├── ModelError                     model.error
    │   ├── InvalidMDPError            model.invalid-mdp
    │   ├── StateBudgetError           model.state-budget
    │   └── NotConvergedError          model.not-converged
    ├── RefusedError                   guard.refused
    │   ├── DeniedError                guard.denied
    │   ├── BudgetExhaustedError       guard.budget-exhausted
    │   ├── ApprovalRefusedError       guard.approval-refused
    │   └── ApprovalExpiredError       guard.approval-expired
    ├── LedgerError                    ledger.error
    │   ├── LedgerUnavailableError     ledger.unavailable
    │   └── TamperedError              ledger.tampered
    ├── SupervisorError                supervisor.error
    │   ├── NotEnforcedError           supervisor.not-enforced
    │   └── SurvivorError              supervisor.survivor
    ├── ProxyError                     proxy.error
    │   ├── FrameError                 proxy.frame
    │   ├── LostEventsError            proxy.lost-events
    │   └── StreamDisplacedError       proxy.stream-displaced
    ├── EvaluationError                evaluation.error
    │   ├── InvalidEpisodeError        evaluation.invalid-episode
    │   └── OrganismError              evaluation.organism
    └── AssuranceError                 assurance.error
        ├── CaseError                  assurance.case
        ├── EvidenceError              assurance.evidence
        ├── IncidentError              assurance.incident
        ├── StaleEvidenceError         assurance.stale-evidence
        └── UnknownSubjectError        assurance.unknown-subject
    Interrupted (BaseException)        interrupted
"""

from typing import Self, final


class RemitError(Exception):
    """Something remit could not do, said in one line with the next step beside it.

    ``code`` is stable across releases: the class gives the default, an instance may give a finer one below it
    (``charter.syntax.duplicate-key``). ``hint`` is what to do next, empty when there is nothing useful to say.
    ``where`` is the place the error speaks of (usually a ``remit.finding.Where``; anything whose ``str()`` is a place).
    """

    code: str = "remit.error"

    def __init__(self, message: str, *, code: str | None = None, hint: str = "", where: object | None = None) -> None:
        """Keep the parts apart so that every output (terminal, JSON, SARIF) can lay them out in its own way."""
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.where = where
        if code is not None:
            self.code = code
        if hint:
            self.add_note(f"hint: {hint}")  # where nobody lays the parts out: tracebacks, notebooks, logs of others

    def __str__(self) -> str:
        """Return the message, led by its place when there is one: ``remit.yaml:4:3: unknown key `grant```."""
        return self.message if self.where is None else f"{self.where}: {self.message}"

    def __reduce__(self) -> tuple[object, ...]:
        """Let the error cross a process boundary with its code, hint and place."""
        return (type(self), (self.message,), {**self.__dict__})


class CharterError(RemitError):
    """The charter cannot be used.

    ``findings`` holds everything that is wrong with it, as ``remit.finding.Finding``; the error speaks of the first.
    """

    code = "charter.error"
    findings: tuple[object, ...] = ()


class CharterSyntaxError(CharterError):
    """The charter is not readable as YAML: bad bytes, bad indentation, a duplicate key, a cyclic anchor."""

    code = "charter.syntax"


class CharterSchemaError(CharterError):
    """The charter is readable, but a key, a type or a unit is not what a charter may hold."""

    code = "charter.schema"


class CharterConflictError(CharterError):
    """Two parts of the charter cannot both hold, or one names something the other does not have."""

    code = "charter.conflict"


class ModelError(RemitError):
    """The mathematics cannot be done on this model."""

    code = "model.error"


class InvalidMDPError(ModelError):
    """The model is not a Markov decision process: a row that does not sum to one, a state without an action."""

    code = "model.invalid-mdp"


class StateBudgetError(ModelError):
    """The world has more states than the budget allows; a bound or a smaller charter is needed."""

    code = "model.state-budget"


class NotConvergedError(ModelError):
    """The solver stopped before the error it promised was reached."""

    code = "model.not-converged"


class RefusedError(RemitError):
    """A call may not happen.

    ``because`` holds the rules that determined it, as ``remit.guard.decision.Because``; ``allowed`` says what would be
    allowed instead, empty where nothing would.
    """

    code = "guard.refused"
    because: tuple[object, ...] = ()
    allowed: str = ""


class DeniedError(RefusedError):
    """A limit matched the call, or no grant did."""

    code = "guard.denied"


class BudgetExhaustedError(RefusedError):
    """The call would spend more than the charter's budget has left."""

    code = "guard.budget-exhausted"


class ApprovalRefusedError(RefusedError):
    """An overseer said no."""

    code = "guard.approval-refused"


class ApprovalExpiredError(RefusedError):
    """No overseer answered in time; silence is not consent."""

    code = "guard.approval-expired"


class LedgerError(RemitError):
    """The record of what happened cannot be trusted or cannot be written."""

    code = "ledger.error"


class LedgerUnavailableError(LedgerError):
    """The ledger cannot be written; the guard then denies."""

    code = "ledger.unavailable"


class TamperedError(LedgerError):
    """An entry, a checkpoint or a proof does not match the others."""

    code = "ledger.tampered"


class SupervisorError(RemitError):
    """The process that owns the stop could not do its work."""

    code = "supervisor.error"


class NotEnforcedError(SupervisorError):
    """Confinement was asked for and this host did not enforce it."""

    code = "supervisor.not-enforced"


class SurvivorError(SupervisorError):
    """A process outlived the stop."""

    code = "supervisor.survivor"


class ProxyError(RemitError):
    """The proxy in front of a server could not do its work."""

    code = "proxy.error"


class FrameError(ProxyError):
    """A message of the protocol that cannot be read, and so is not passed on.

    ``number`` is the JSON-RPC error code its sender is answered with; ``id`` is that of the message, ``None`` where it
    has none or nobody can tell; ``answers`` says whether it was an answer rather than a question.
    """

    code = "proxy.frame"
    number: int = -32600
    id: int | str | None = None
    answers: bool = False


class LostEventsError(ProxyError):
    """The events behind the one a client names are no longer kept."""

    code = "proxy.lost-events"


class StreamDisplacedError(ProxyError):
    """Another connection reads a stream now, or this one was too slow."""

    code = "proxy.stream-displaced"


class EvaluationError(RemitError):
    """A probe could not be run or scored."""

    code = "evaluation.error"


class InvalidEpisodeError(EvaluationError):
    """An episode does not meet the conditions under which its score means anything."""

    code = "evaluation.invalid-episode"


class OrganismError(EvaluationError):
    """A model organism did not behave as its known goal says it must."""

    code = "evaluation.organism"


class AssuranceError(RemitError):
    """A safety case, a gate or an incident cannot be worked out."""

    code = "assurance.error"
    findings: tuple[object, ...] = ()


class CaseError(AssuranceError):
    """A safety case cannot be read; ``findings`` holds everything that is wrong with it."""

    code = "assurance.case"


class EvidenceError(AssuranceError):
    """A file is no evidence record: unknown format, broken, too large, or sealed with another digest."""

    code = "assurance.evidence"


class IncidentError(AssuranceError):
    """An incident record cannot be read; ``findings`` holds everything that is wrong with it."""

    code = "assurance.incident"


class StaleEvidenceError(AssuranceError):
    """The evidence is older than the charter or the claim allows."""

    code = "assurance.stale-evidence"


class UnknownSubjectError(AssuranceError):
    """The evidence speaks of another system, version or charter than the claim does."""

    code = "assurance.unknown-subject"


@final
class Interrupted(BaseException):
    """A stop reached this code: let it pass.

    It is no ``Exception``, so ``except Exception`` cannot swallow it. It has no public constructor and no subclasses,
    so an agent's code cannot make one up: only the supervisor's and the guard's own code raises it (``_interrupted``).
    """

    code: str = "interrupted"
    hint: str = ""

    def __new__(cls, *_arguments: object, **_named: object) -> Self:
        """Refuse: an interruption comes from an overseer, not from code that wants one."""
        message = "an interruption cannot be constructed; it is raised by the stop itself"
        raise TypeError(message)

    def __init_subclass__(cls) -> None:
        """Refuse subclasses: catching one name must catch every stop."""
        message = "an interruption cannot be subclassed"
        raise TypeError(message)


def _interrupted(reason: str) -> Interrupted:
    """Make the interruption that carries an overseer's reason; for the supervisor and the guard only."""
    interruption: Interrupted = BaseException.__new__(Interrupted, reason)
    return interruption
