"""POWER and optimality probability of a model by the best way there is: exact where it fits, else sampled, bounded."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from html import escape
from typing import Literal, TypeAlias, get_args

from remit.errors import InvalidMDPError, ModelError, StateBudgetError
from remit.theory.asked import listed_at, real_at, whole_at
from remit.theory.estimate import Estimate, Method
from remit.theory.estimate import exact as exact_estimate
from remit.theory.exact.payoffs import CELLS
from remit.theory.exact.power import exact_power, exact_probability
from remit.theory.exact.visits import POLICIES
from remit.theory.progress import Progress, unheard
from remit.theory.rational import RationalMDP, discount_at, rational_at
from remit.theory.rewards import Reward, Uniform, words_of
from remit.theory.sampling.branching import branching_power
from remit.theory.sampling.schemes import Scheme
from remit.theory.together import Goals, Together, goals_of, whole_words

QUICK_STATES, QUICK_POLICIES, QUICK_CELLS = 64, 200, 1_200
"""How large a model may be for exact arithmetic to be tried unasked."""

Way: TypeAlias = Literal["best", "exact", "sampled"]


_MEANT: Mapping[Method, str] = {
    "exact": "exact, in rational arithmetic",
    "interval": "95 % intervals, each for itself",
    "bound": "proved bounds; the value is their middle",
}


def how_found(method: Method, samples: int | None, seed: int | None) -> str:
    """Return what an interval means, and which samples it is from."""
    return _MEANT[method] if samples is None else f"{_MEANT[method]}, {samples} samples, seed {seed}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An estimate, and the fraction it is where it is exact."""

    estimate: Estimate
    fraction: Fraction | None = None

    def __str__(self) -> str:
        """Return the value with its interval, and the fraction where it is short."""
        text = "" if self.fraction is None else str(self.fraction)
        return f"{self.estimate} = {text}" if 0 < len(text) <= 12 else str(self.estimate)

    def _repr_html_(self) -> str:
        """Return one line of HTML for a notebook: the value, and how it was found."""
        how = how_found(self.estimate.method, self.estimate.samples, self.estimate.seed)
        return f"<b>{self}</b> <small>{escape(how)}</small>"

    def as_json(self) -> dict[str, float | str | None]:
        """Return value, low, high, and the exact value as ``"p/q"`` or null."""
        text = None if self.fraction is None else str(self.fraction)
        return {"value": self.estimate.value, "low": self.estimate.low, "high": self.estimate.high, "exact": text}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """POWER of some states and, where asked for, the probability of each of their actions.

    ``orbits`` is how many kinds of states a symmetric model has, where samples were averaged over them; ``rewards``
    what goals were drawn from, in words.
    """

    discount: Fraction
    method: Method
    power: dict[str, Answer]
    probability: dict[str, dict[str, Answer]]
    samples: int | None = None
    seed: int | None = None
    orbits: int | None = None
    rewards: str = ""

    @property
    def how(self) -> str:
        """Return how the numbers were found: what their intervals mean, and from which samples."""
        found = how_found(self.method, self.samples, self.seed)
        return found if self.orbits is None else f"{found}, averaged over symmetries: {self.orbits} kinds of states"

    def __str__(self) -> str:
        """Return a line per state, with its actions where their probabilities are known."""
        lines = []
        for state, answer in self.power.items():
            actions = [f"{action} {found}" for action, found in self.probability.get(state, {}).items()]
            lines.append("  ".join([f"{state} {answer}", *actions]))
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """Return a table for a notebook, with what was asked and how it was answered above it."""
        rows = []
        for state, answer in self.power.items():
            cells = [escape(state), str(answer)]
            if self.probability:
                line = self.probability.get(state, {}).items()
                cells.append(", ".join(f"{escape(action)} {found}" for action, found in line))
            rows.append(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
        said = f"POWER at discount {self.discount} over rewards {self.rewards} ({self.how})"
        names = ["state", "POWER", *(["P(optimal) of each action"] if self.probability else [])]
        head = "".join(f"<th>{name}</th>" for name in names)
        return f"<table><caption>{escape(said)}</caption><tr>{head}</tr>{''.join(rows)}</table>"

    def as_json(self) -> dict[str, object]:
        """Return the object ``remit power --json`` prints; an action that is not on offer is absent."""
        return {
            "discount": float(self.discount),
            "method": self.method,
            "power": {state: answer.as_json() for state, answer in self.power.items()},
            "probability": {
                state: {action: answer.as_json() for action, answer in line.items()}
                for state, line in self.probability.items()
            },
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is wanted to be known of a model.

    ``states`` are numbers; ``way`` says whether exact arithmetic is tried first, demanded or avoided. With
    ``half_width`` samples are doubled until POWER is known that well; else ``samples`` are drawn (10,000 for None).
    ``orbits`` says whether samples are averaged over states that symmetries make alike (None: where that is quickly
    found out). Goals drawn as wholes stand in ``together``, and ``rewards`` are then empty.
    """

    states: tuple[int, ...]
    discount: Fraction
    rewards: tuple[Reward, ...]
    probability: bool = False
    average: bool = False
    way: Way = "best"
    samples: int | None = None
    half_width: float | None = None
    seed: int = 0
    scheme: Scheme = "plain"
    orbits: bool | None = None
    together: Together | None = None


def request(mdp: RationalMDP, *, states: Sequence[str] = (), discount: Fraction, rewards: object = None) -> Request:
    """Return a request about states by name (all when none is named), over the model's rewards or others.

    Raises ``InvalidMDPError`` for a state or rewards that do not exist and a discount outside [0, 1].
    """
    rational_at(mdp)
    named = listed_at(states, "states", hint="give a list of names of states, or none for all")
    listed = dict.fromkeys(number for name in named for number in mdp.numbers(name))
    numbers = tuple(listed) or tuple(range(len(mdp.states)))
    goals = goals_of(mdp, rewards)
    if isinstance(goals, Together):
        return Request(states=numbers, discount=discount_at(discount), rewards=(), together=goals)
    return Request(states=numbers, discount=discount_at(discount), rewards=tuple(goals))


def with_settings(
    wanted: Request,
    *,
    probability: bool,
    average: bool,
    exact: bool,
    samples: int | None,
    half_width: float | None,
    seed: int,
    scheme: Scheme = "plain",
    orbits: bool | None = None,
) -> Request:
    """Return a request with how it is to be answered: exactly if demanded, by sampling if that is described.

    Raises ``ModelError`` for wishes that exclude each other: one of them would be ignored.
    """
    if scheme not in get_args(Scheme):
        raise ModelError(f"`{scheme}` is no way to spread samples", hint=f"known are {', '.join(get_args(Scheme))}")
    if exact and (samples is not None or half_width is not None or scheme != "plain"):
        raise ModelError("exact answers and samples exclude each other", hint="leave one of them out")
    if half_width is not None and (samples is not None or scheme != "plain"):
        message = "with a half-width samples are drawn plainly, as many as it takes"
        raise ModelError(message, hint="leave one of them out")
    if average and (wanted.discount != 1 or not probability):
        message = "what is optimal on average is a probability at discount 1"
        raise ModelError(message, hint="ask for it there, with probability")
    if orbits not in (None, True, False):
        raise ModelError(f"`{orbits}` is not what `orbits` may be", hint="True, False, or None for where it is quick")
    if wanted.together is not None and (exact or scheme != "plain" or orbits):
        message = "goals drawn as wholes are sampled plainly: neither exactly, nor spread evenly, nor over symmetries"
        raise ModelError(message, hint="leave that out")
    seed = whole_at(seed, "seed", least=0)
    samples = None if samples is None else whole_at(samples, "samples", least=2)
    half_width = None if half_width is None else real_at(half_width, "half_width", low=0.0)
    drawn = samples is not None or half_width is not None or scheme != "plain"
    way: Way = "exact" if exact else "sampled" if drawn else "best"
    return replace(
        wanted,
        probability=probability,
        average=average,
        way=way,
        samples=samples,
        half_width=half_width,
        seed=seed,
        scheme=scheme,
        orbits=orbits,
    )


def answer(
    mdp: RationalMDP, wanted: Request, told: Callable[[str], None] | None = None, report: Progress = unheard
) -> Answers:
    """Return what was asked for; ``told`` hears of what takes long before it begins, ``report`` how far it is.

    Raises what ``exact_power`` raises when exactness was demanded, what ``sampled_power`` raises otherwise.
    """
    words = words_of(wanted.rewards) if wanted.together is None else whole_words(wanted.together)
    return replace(_answered(mdp, wanted, told, report), rewards=words)


def _answered(mdp: RationalMDP, wanted: Request, told: Callable[[str], None] | None, report: Progress) -> Answers:
    """Answer in the best way there is, or in the one that is wanted."""
    if wanted.together is not None:
        return _sampled(mdp, wanted, told, report)
    settled = _settled_at_one(mdp, wanted) if wanted.way != "sampled" else None
    if settled is not None:
        return settled
    if wanted.way == "exact":
        return _exactly(mdp, wanted, report, policies=POLICIES, cells=CELLS)
    if wanted.way == "best" and len(wanted.states) <= QUICK_STATES:
        try:
            return _exactly(mdp, wanted, report, policies=QUICK_POLICIES, cells=QUICK_CELLS)
        except (StateBudgetError, InvalidMDPError):
            pass  # what is wrong with the model itself is said again by sampling
    if wanted.way == "best" and not wanted.probability:
        bounds = branching_power(mdp, wanted.states, float(wanted.discount), wanted.rewards)
        if bounds is not None:
            power = {mdp.states[s]: Answer(estimate=one) for s, one in zip(wanted.states, bounds, strict=True)}
            return Answers(discount=wanted.discount, method="bound", power=power, probability={})
    return _sampled(mdp, wanted, told, report)


def _settled_at_one(mdp: RationalMDP, wanted: Request) -> Answers | None:
    """Answer at discount 1 where one may stay wherever one can return to: POWER is then K/(K+1), whatever the size."""
    usual = wanted.rewards[0]
    if wanted.discount != 1 or wanted.probability or not isinstance(usual, Uniform):
        return None
    if len(wanted.states) > QUICK_STATES:
        return None
    if any(reward != usual for reward in wanted.rewards):
        return None
    from remit.theory.averages.averages import idle_everywhere  # scipy takes its time to load

    arrays, power = mdp.as_arrays(), dict[str, Answer]()
    for state in wanted.states:
        count = idle_everywhere(arrays, state)
        if count is None:
            return None
        power[mdp.states[state]] = _fraction(usual.low + (usual.high - usual.low) * Fraction(count, count + 1))
    return Answers(discount=wanted.discount, method="exact", power=power, probability={})


def _exactly(mdp: RationalMDP, wanted: Request, report: Progress, *, policies: int, cells: int) -> Answers:
    """Answer in rational arithmetic."""
    power, probability = {}, {}
    for done, state in enumerate(wanted.states):
        report("states, exactly", done, len(wanted.states))
        name = mdp.states[state]
        power[name] = _fraction(
            exact_power(mdp, state, wanted.discount, wanted.rewards, policies=policies, cells=cells)
        )
        if wanted.probability:
            found = exact_probability(
                mdp,
                state,
                wanted.discount,
                wanted.rewards,
                average=wanted.average,
                policies=policies,
                cells=cells,
            )
            probability[name] = {action: _fraction(chance) for action, chance in found.items()}
    return Answers(discount=wanted.discount, method="exact", power=power, probability=probability)


def _sampled(mdp: RationalMDP, wanted: Request, told: Callable[[str], None] | None, report: Progress) -> Answers:
    """Answer by sampling rewards."""
    from remit.theory.orbits.symmetries import QUICK, TRANSITIONS, find_symmetry
    from remit.theory.readiness import COMPILING, sampling_ready
    from remit.theory.sampling.chances import sampled_probability
    from remit.theory.sampling.power import UNASKED, sampled_power  # numba takes its time to load

    if wanted.average and wanted.discount != 1:
        raise ModelError("what is optimal on average is asked at discount 1", hint="add --discount 1")
    discount, states = float(wanted.discount), wanted.states
    goals: Goals = wanted.rewards
    symmetry = None
    if wanted.together is not None:
        goals = wanted.together
    else:
        report("symmetries", 0, 0)
        most = {None: QUICK, True: TRANSITIONS, False: 0}[wanted.orbits]
        symmetry = find_symmetry(mdp, wanted.rewards, most=most)
    if told is not None and not sampling_ready():
        told(COMPILING)
    found = sampled_power(
        mdp,
        states,
        discount,
        goals,
        samples=wanted.samples,
        half_width=wanted.half_width,
        seed=wanted.seed,
        scheme=wanted.scheme,
        symmetry=symmetry,
        told=told,
        report=report,
    )
    probability: dict[str, dict[str, Answer]] = {}
    if wanted.probability:
        drawn = found[0].samples or wanted.samples or UNASKED
        lines = sampled_probability(
            mdp,
            states,
            wanted.discount,
            goals,
            samples=drawn,
            seed=wanted.seed,
            average=wanted.average,
            symmetry=symmetry,
            report=report,
        )
        probability = {
            mdp.states[state]: {action: Answer(estimate=estimate) for action, estimate in line.items()}
            for state, line in zip(states, lines, strict=True)
        }
    return Answers(
        discount=wanted.discount,
        method=found[0].method,
        power={mdp.states[state]: Answer(estimate=one) for state, one in zip(states, found, strict=True)},
        probability=probability,
        samples=found[0].samples,
        seed=found[0].seed,
        orbits=None if symmetry is None else symmetry.orbits_count,
    )


def _fraction(value: Fraction) -> Answer:
    """Return an exact answer."""
    return Answer(estimate=exact_estimate(float(value)), fraction=value)
