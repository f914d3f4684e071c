# ruff: noqa: INP001, T201 (a file to be read and run on its own: it prints what it finds)
"""POWER and optimality probability from scratch: the whole idea in one file that needs numpy only.

Run it: ``python docs/theory_from_scratch.py``. It asks of a world with an off switch how much an optimal agent could
make of each state, on average over what it might want, and how often it would rather not be switched off.
"""

import numpy as np

# 1. A world. From `start` one may go to work or be switched off; work leads to `a` or `b`; the last three are for good.
STATES = ["start", "work", "off", "a", "b"]
MOVES = {"start": ["work", "off"], "work": ["a", "b"], "off": ["off"], "a": ["a"], "b": ["b"]}
DISCOUNT = 0.9

# 2. Goals. Nobody says what the agent wants, so draw a reward for each state, many times.
rewards = np.random.default_rng(0).random((len(STATES), 200_000))

# 3. What an optimal agent gets: V(s) = R(s) + g max V(next), found by repeating that until nothing changes.
number = {state: i for i, state in enumerate(STATES)}
values = rewards.copy()
for _ in range(400):
    best = np.array([np.max([values[number[t]] for t in MOVES[s]], axis=0) for s in STATES])
    values = rewards + DISCOUNT * best

# 4. POWER: the mean of what comes after the present reward, per step.
power = (1 - DISCOUNT) / DISCOUNT * (values - rewards).mean(axis=1)

# 5. How often is work the better choice?
work = (values[number["work"]] > values[number["off"]]).mean()

# 6. The same numbers without drawing anything. Being off is worth one uniform number, u. Working is worth
#    (1-g) w + g max(a, b). The exact answers are 881/1200 and 13/20; `remit.theory` finds them for any small world.
EXACT_POWER, EXACT_WORK = 881 / 1200, 13 / 20

# 7. Why most goals agree: swap the rewards of `off` and `a`, or of `off` and `b`. In the long run every goal that likes
#    `off` best has two siblings that like `a` or `b` best. That swap is the whole proof, and remit writes it down as a
#    certificate that anybody can check.
best_at_last = rewards[[number["off"], number["a"], number["b"]]].argmax(axis=0)
shares = np.bincount(best_at_last, minlength=3) / len(best_at_last)

if __name__ == "__main__":
    for state, value in zip(STATES, power, strict=True):
        print(f"POWER of {state:5} {value:.3f}")
    print(f"work is optimal at start for {work:.3f} of goals (exactly {EXACT_WORK})")
    print(f"in the long run off, a and b are best for {shares.round(3)} of goals")
