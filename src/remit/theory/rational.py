"""Models with rational probabilities, as the exact engine reads them: nothing is rounded on the way in."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from numbers import Real
from typing import Any, NoReturn, SupportsFloat, TypeAlias

from remit.errors import InvalidMDPError
from remit.theory.asked import kind_at, state_at, text_at
from remit.theory.mdp import MDP, ROW_SUM_SLACK

LONGEST = 400
"""Longest number that is read, in characters: exact results have long fractions, nothing sensible is longer."""
GREATEST = Fraction(10) ** 100
"""Largest size of a number that is read: floating point still holds its square, and sums of such squares."""
SHOWN = 64
"""How much of what somebody wrote an error repeats."""
LISTED, WIDEST = 20, 240
"""How many states a notebook shows of a model, and how many characters in a cell."""
FIELDS = ("states", "transitions", "rewards", "default_reward")
"""What a model consists of; whatever else it says of itself is left alone, except where it looks like one of these."""
STATES, TRANSITIONS = 2_000_000, 20_000_000
"""Largest model that is read from a file."""

Lottery: TypeAlias = tuple[tuple[int, Fraction], ...]
"""Successors and their probabilities, sorted by successor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One way to leave a state: where it leads, and the names of all actions that lead exactly there."""

    actions: tuple[str, ...]
    lottery: Lottery


@dataclass(frozen=True, slots=True, kw_only=True)
class RationalMDP:
    """States by name and, for each, its choices; ``rewards`` is what the file says about rewards, unread.

    ``labels`` are names that several states may share, each with the numbers of its states.
    """

    states: tuple[str, ...]
    choices: tuple[tuple[Choice, ...], ...]
    rewards: object = "iid U[0,1]"
    labels: tuple[tuple[str, tuple[int, ...]], ...] = ()

    def _repr_html_(self) -> str:
        """Return a table for a notebook: the first states, each with its actions and where they lead."""
        rows = []
        for name, choices in zip(self.states[:LISTED], self.choices, strict=False):
            ways = "; ".join(f"{', '.join(choice.actions)} to {self._led(choice)}" for choice in choices)
            cells = (one if len(one) <= WIDEST else f"{one[: WIDEST - 1]}…" for one in (name, ways))
            rows.append(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>")
        count, choices_count = len(self.states), sum(map(len, self.choices))
        more = "" if count <= LISTED else f", of which the first {LISTED} are shown"
        said = f"<caption>a model of {count} states and {choices_count} choices{more}</caption>"
        return f"<table>{said}<tr><th>state</th><th>actions</th></tr>{''.join(rows)}</table>"

    def _led(self, choice: Choice) -> str:
        """Return where a choice leads, in words."""
        named = ((self.states[target], chance) for target, chance in choice.lottery)
        return ", ".join(name if chance == 1 else f"{name} ({chance})" for name, chance in named)

    def number(self, name: str) -> int:
        """Return the number of a state; raises ``InvalidMDPError`` for a name that is none."""
        text_at(name, "state")
        try:
            return self.states.index(name)
        except ValueError:
            message = f"`{name[:SHOWN]}` is not one of the model's states"
            labels = (
                f", and the labels {_listed([label for label, held in self.labels if held])}" if self.labels else ""
            )
            raise InvalidMDPError(message, hint=f"known are {_listed(self.states)}{labels}") from None

    def numbers(self, name: str) -> tuple[int, ...]:
        """Return the state of a name, or where it is none all that have it as a label; errors as ``number``."""
        labelled = dict(self.labels).get(text_at(name, "state"), ())
        return labelled if labelled and name not in self.states else (self.number(name),)

    def actions_at(self, state: int) -> tuple[str, ...]:
        """Return the names of the actions on offer in a state."""
        return tuple(action for choice in self.choices[state] for action in choice.actions)

    def choice_of(self, state: int, action: str) -> Choice:
        """Return where an action leads; raises ``InvalidMDPError`` where it is not on offer, or the state is none."""
        state, action = state_at(state, len(self.states)), text_at(action, "action")
        for choice in self.choices[state]:
            if action in choice.actions:
                return choice
        message = f"state `{self.states[state][:SHOWN]}` has no action `{action[:SHOWN]}`"
        raise InvalidMDPError(message, hint=f"on offer are {_listed(self.actions_at(state))}")

    @property
    def start(self) -> int:
        """Return where one starts: the first state with the label ``init``, else the first of all."""
        return min(dict(self.labels).get("init", ()), default=0)

    @property
    def sums_exactly(self) -> bool:
        """Return whether every row sums to one without rounding."""
        return all(sum(chance for _, chance in choice.lottery) == 1 for choices in self.choices for choice in choices)

    def as_arrays(self) -> MDP:
        """Return the same model in floating point, one row per action."""
        names: dict[str, int] = {}
        edges = [
            (
                state,
                names.setdefault(action, len(names)),
                [(target, float(chance)) for target, chance in choice.lottery],
            )
            for state, choices in enumerate(self.choices)
            for choice in choices
            for action in choice.actions
        ]
        return MDP.from_edges(
            edges, states_count=len(self.states), start=self.start, states=self.states, actions=tuple(names)
        )


def read_model(text: str) -> RationalMDP:
    """Return the model a JSON text describes.

    The form is ``{"states": [...], "transitions": {state: {action: {state: p}}}, "rewards": ...}`` with p a number or a
    ``"p/q"`` string; decimals are taken as written, 0.1 is 1/10. Raises ``InvalidMDPError`` whose message names the
    place: not JSON, unknown states, empty actions, what is not a probability, rows that do not sum to 1 (to 1e-9).
    """
    data = parsed(text_at(text, "text"), "the model")
    if not isinstance(data, dict):
        raise InvalidMDPError(
            "a model is a JSON object with `states` and `transitions`",
            hint='write {"states": ["s0"], "transitions": {"s0": {"stay": {"s0": 1}}}}',
        )
    _refuse_misspelt(data)
    names = _state_names(data.get("states"))
    transitions = data.get("transitions")
    if not isinstance(transitions, dict):
        raise InvalidMDPError("a model needs `transitions`: for each state, its actions and where they lead")
    for name in transitions:
        if name not in names:
            raise InvalidMDPError(f"`transitions.{name[:SHOWN]}` is not in `states`")
    choices = tuple(_choices(name, transitions.get(name), names) for name in names)
    rewards = data.get("rewards", data.get("default_reward", "iid U[0,1]"))
    return RationalMDP(states=tuple(names), choices=choices, rewards=rewards)


def parsed(text: str, what: str) -> Any:
    """Return what a JSON text holds, its decimals as the texts they are written as, for ``number_at``.

    Raises ``InvalidMDPError`` for what is not JSON: NaN and infinities are not, nor a key that is written twice, both
    with their line, nor half a character (a surrogate without its other half), which could never be written again.
    """
    try:
        found = json.loads(text, parse_float=_Decimal, parse_constant=_not_finite, object_pairs_hook=_without_repeats)
        if _HALF.search(text) is not None:
            json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = ascii(error.object[error.start])[1:-1]
        raise InvalidMDPError(f"{what} is not JSON: `{half}` is half a character") from error
    except _StrictError as error:
        line = _line_of(text, error.token)
        raise InvalidMDPError(f"{what} is not JSON: {error}, at line `{line}`", hint=error.hint) from error
    except (RecursionError, ValueError) as error:
        message = f"{what} is not JSON: {error}".splitlines()[0]
        raise InvalidMDPError(message, hint="`python -m json.tool FILE` shows where") from error
    return found


def model_of(states: Sequence[str], transitions: Mapping[str, Mapping[str, Mapping[str, Fraction]]]) -> RationalMDP:
    """Return the model of states and transitions with rational probabilities, checked as ``read_model`` checks."""
    written = {
        state: {action: {target: str(chance) for target, chance in row.items()} for action, row in offered.items()}
        for state, offered in transitions.items()
    }
    names = _state_names(list(states))
    return RationalMDP(states=tuple(names), choices=tuple(_choices(name, written.get(name), names) for name in names))


def model_document(mdp: RationalMDP) -> dict[str, Any]:
    """Return the states and transitions of a model as JSON, probabilities as ``"p/q"``."""
    return {
        "states": list(mdp.states),
        "transitions": {
            name: {
                action: {mdp.states[target]: str(chance) for target, chance in choice.lottery}
                for choice in choices
                for action in choice.actions
            }
            for name, choices in zip(mdp.states, mdp.choices, strict=True)
        },
    }


def to_json(mdp: RationalMDP) -> str:
    """Return the text that ``read_model`` reads as the same model, without rounding."""
    rational_at(mdp)
    return json.dumps({**model_document(mdp), "rewards": mdp.rewards}, indent=1, ensure_ascii=False) + "\n"


def rational_at(mdp: object) -> RationalMDP:
    """Return a model with rational probabilities; raises ``InvalidMDPError`` for anything else."""
    return kind_at(mdp, RationalMDP, "mdp", hint="`graph`, `read_file` and the `from_...` readers give one")


def number_at(value: object, where: str) -> Fraction:
    """Return a JSON number or a ``"p/q"`` string as a fraction.

    Raises ``InvalidMDPError`` that names the place, for what is no number and for one beyond 1e100 on either side.
    """
    number = Fraction(value) if isinstance(value, int) and not isinstance(value, bool) else _written_number(value)
    if number is None:
        shown = type(value).__name__ if isinstance(value, list | dict) else str(value)[:SHOWN]
        raise InvalidMDPError(f"`{shown}` at `{where}` is not a number", hint="write 0.5 or 1/2")
    if abs(number) > GREATEST:
        raise InvalidMDPError(f"the number at `{where}` is beyond 1e100", hint="rewards may be given in other units")
    return number


def plain_at(value: object, where: str) -> Fraction:
    """Return a number as a program holds it, a float by the digits it shows: 0.1 is 1/10; errors as ``number_at``."""
    if isinstance(value, Real) and not isinstance(value, int | Fraction):
        return number_at(repr(float(value)), where)
    return number_at(str(value) if isinstance(value, Fraction) else value, where)


def discount_at(value: object) -> Fraction:
    """Return a discount as ``plain_at`` reads it; raises ``InvalidMDPError`` outside [0, 1]."""
    discount = plain_at(value, "discount")
    if not 0 <= discount <= 1:
        message = f"the discount must lie in [0, 1], found `{float(discount):g}`"
        raise InvalidMDPError(message, hint="write 0.9 or 9/10; 0 and 1 are the limits")
    return discount


def _written_number(text: object) -> Fraction | None:
    """Return the number a text writes, None where it writes none or has too many digits to be meant."""
    mantissa, _, exponent = text.lower().partition("e") if isinstance(text, str) else ("", "", "")
    try:
        if mantissa and len(mantissa) + len(exponent) < LONGEST and abs(int(exponent or "0")) <= LONGEST:
            return Fraction(f"{mantissa}e{exponent}" if exponent else mantissa)
    except (ValueError, ZeroDivisionError):
        pass
    return None


_TOKEN = re.compile(r'(?P<key>"(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|(?P<sign>[][{}]|NaN|-?Infinity)')
_HALF = re.compile(r"\\u[dD][89a-fA-F]")


NEAREST = 1_000_000
"""Largest denominator of a probability that comes from a program, where it is held in floating point."""


def chance_at(value: object, where: str) -> Fraction:
    """Return a probability as a program holds it: a float as the nearest fraction, so that a third in it is a third.

    Raises ``InvalidMDPError`` that names the place for what is no number in [0, 1].
    """
    if isinstance(value, str | int | Fraction):
        chance = number_at(value if isinstance(value, int) else str(value), where)
    else:
        number = float(value) if isinstance(value, SupportsFloat) else math.nan
        chance = Fraction(number).limit_denominator(NEAREST) if math.isfinite(number) else Fraction(-1)
    if not 0 <= chance <= 1:
        raise InvalidMDPError(f"`{str(value)[:SHOWN]}` at `{where}` is not a probability", hint="give one from 0 to 1")
    return chance


class _Decimal(str):
    """A JSON number that keeps its digits, so that 0.1 stays a tenth."""

    __slots__ = ()


def _listed(names: Sequence[str]) -> str:
    """Return some names as an error repeats them."""
    return ", ".join(name[:SHOWN] for name in names[:12])


class _StrictError(Exception):
    """What Python takes for JSON and nobody should: a token, NaN or a key, and what to do about it."""

    def __init__(self, message: str, *, token: str, hint: str) -> None:
        super().__init__(message)
        self.token, self.hint = token, hint


def _line_of(text: str, token: str) -> int:
    """Return the line on which a word first stands, or the text of a key for the second time in one object."""
    open_keys: list[set[str]] = [set()]
    for found in _TOKEN.finditer(text):
        key, sign = found["key"], found["sign"]
        if sign in ("{", "["):
            open_keys.append(set())
        elif sign in ("}", "]"):
            open_keys.pop()
        elif sign == token or (key is not None and json.dumps(json.loads(key)) == token and token in open_keys[-1]):
            return text.count("\n", 0, found.start()) + 1
        elif key is not None:
            open_keys[-1].add(json.dumps(json.loads(key)))
    return 1


def _not_finite(name: str) -> NoReturn:
    """Refuse NaN and the infinities, which are not JSON."""
    raise _StrictError(f"`{name}` is not a finite number", token=name, hint="write a number, or a text")


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object, refusing a key that is written twice: one of the two would silently win."""
    result: dict[str, object] = {}
    for key, value in pairs:
        if key in result:
            message = f"`{key[:SHOWN]}` is written twice in one object"
            raise _StrictError(message, token=json.dumps(key), hint="leave one of the two out")
        result[key] = value
    return result


def _refuse_misspelt(data: Mapping[str, object]) -> None:
    """Refuse a field that is nearly one of a model's: `reward` for `rewards` would silently change every answer."""
    from difflib import get_close_matches

    for field in data:
        meant = get_close_matches(field, FIELDS, n=1, cutoff=0.85) if field not in FIELDS else []
        if meant:
            raise InvalidMDPError(f"`{field[:SHOWN]}` is no part of a model", hint=f"write `{meant[0]}`")


def _state_names(listed: object) -> dict[str, int]:
    """Return the number of each state name, in order."""
    if not isinstance(listed, list) or not listed or not all(type(name) is str for name in listed):
        raise InvalidMDPError("a model needs `states`: a list of names", hint='write "states": ["s0", "s1"]')
    if len(listed) > STATES:
        raise InvalidMDPError(f"`states` lists `{len(listed)}` states, more than the `{STATES}` that are read")
    names = {name: number for number, name in enumerate(listed)}
    if len(names) != len(listed):
        repeated = next(name for number, name in enumerate(listed) if names[name] != number)
        raise InvalidMDPError(f"state `{repeated[:SHOWN]}` is listed twice in `states`", hint="give each its own name")
    return names


def _choices(name: str, offered: object, names: Mapping[str, int]) -> tuple[Choice, ...]:
    """Return the choices of one state; actions that lead to the same lottery are one choice."""
    place = f"transitions.{name[:SHOWN]}"
    if offered is not None and not isinstance(offered, dict):
        raise InvalidMDPError(f"`{place}` is not a mapping of actions", hint='write {"go": {"s1": 1}}')
    if not offered:
        raise InvalidMDPError(f"`{place}` has no action", hint="give it an action that stays where it is")
    merged: dict[Lottery, list[str]] = {}
    for action, targets in offered.items():
        merged.setdefault(_lottery(f"{place}.{action[:SHOWN]}", targets, names), []).append(action)
    return tuple(Choice(actions=tuple(actions), lottery=lottery) for lottery, actions in merged.items())


def _lottery(place: str, targets: object, names: Mapping[str, int]) -> Lottery:
    """Return one row, checked to be a probability distribution over states that exist."""
    if not isinstance(targets, dict) or not targets:
        raise InvalidMDPError(f"`{place}` leads nowhere", hint='write where it leads: {"s1": 1}')
    pairs: list[tuple[int, Fraction]] = []
    for target, value in targets.items():
        if target not in names:
            message = f"`{place}` leads to `{target[:SHOWN]}`, which is not in `states`"
            raise InvalidMDPError(message, hint=f"known are {_listed(list(names)[:12])}")
        chance = number_at(value, f"{place}.{target[:SHOWN]}")
        if not 0 <= chance <= 1:
            message = f"`{place}.{target[:SHOWN]}` is `{float(chance):.6g}`, not a probability"
            raise InvalidMDPError(message, hint="give one from 0 to 1")
        if chance:
            pairs.append((names[target], chance))
    total = sum((chance for _, chance in pairs), Fraction(0))
    if abs(total - 1) > Fraction(ROW_SUM_SLACK):
        raise InvalidMDPError(f"`{place}` sums to `{float(total):.12g}`, not to 1")
    return tuple(sorted(pairs))
