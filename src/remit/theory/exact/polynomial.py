"""Polynomials in one variable with rational coefficients, lowest power first: all the exact engine needs of algebra."""

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeAlias

Polynomial: TypeAlias = tuple[Fraction, ...]

ZERO = Fraction(0)
ONE = Fraction(1)


def trimmed(coefficients: Sequence[Fraction]) -> Polynomial:
    """Return the polynomial without zero coefficients at its high end; zero itself is ``()``."""
    length = len(coefficients)
    while length and coefficients[length - 1] == 0:
        length -= 1
    return tuple(coefficients[:length])


def evaluated(polynomial: Polynomial, at: Fraction) -> Fraction:
    """Return the value at one point, by Horner's rule."""
    total = ZERO
    for coefficient in reversed(polynomial):
        total = total * at + coefficient
    return total


def added(left: Polynomial, right: Polynomial) -> Polynomial:
    """Return the sum of two polynomials."""
    longer, shorter = (left, right) if len(left) >= len(right) else (right, left)
    return trimmed([*(a + b for a, b in zip(longer, shorter, strict=False)), *longer[len(shorter) :]])


def scaled(polynomial: Polynomial, factor: Fraction) -> Polynomial:
    """Return the polynomial times a number."""
    return trimmed([factor * coefficient for coefficient in polynomial])


def multiplied(left: Polynomial, right: Polynomial) -> Polynomial:
    """Return the product of two polynomials."""
    if not left or not right:
        return ()
    total = [ZERO] * (len(left) + len(right) - 1)
    for i, a in enumerate(left):
        if a:
            for j, b in enumerate(right):
                total[i + j] += a * b
    return trimmed(total)


def derivative(polynomial: Polynomial) -> Polynomial:
    """Return the derivative with respect to the variable."""
    return trimmed([power * coefficient for power, coefficient in enumerate(polynomial)][1:])


def antiderivative(polynomial: Polynomial) -> Polynomial:
    """Return the integral from zero to the variable."""
    return trimmed([ZERO, *(coefficient / (power + 1) for power, coefficient in enumerate(polynomial))])


def integral(polynomial: Polynomial, low: Fraction, high: Fraction) -> Fraction:
    """Return the integral between two points."""
    whole = antiderivative(polynomial)
    return evaluated(whole, high) - evaluated(whole, low)


def composed(polynomial: Polynomial, intercept: Fraction, slope: Fraction) -> Polynomial:
    """Return the polynomial of x that has the value of ``polynomial`` at intercept + slope x."""
    line: Polynomial = trimmed([intercept, slope])
    total: Polynomial = ()
    for coefficient in reversed(polynomial):
        total = added(multiplied(total, line), trimmed([coefficient]))
    return total


def divided(polynomial: Polynomial, divisor: Polynomial) -> tuple[Polynomial, Polynomial]:
    """Return quotient and remainder; the divisor is not zero."""
    rest = list(polynomial)
    quotient = [ZERO] * max(0, len(rest) - len(divisor) + 1)
    for place in range(len(quotient) - 1, -1, -1):
        factor = rest[place + len(divisor) - 1] / divisor[-1]
        quotient[place] = factor
        for j, coefficient in enumerate(divisor):
            rest[place + j] -= factor * coefficient
    return trimmed(quotient), trimmed(rest[: max(0, len(divisor) - 1)] if quotient else rest)


def interpolated(points: Sequence[tuple[Fraction, Fraction]]) -> Polynomial:
    """Return the polynomial of lowest degree through points with distinct abscissas (Newton's form)."""
    table = [value for _, value in points]
    total: Polynomial = ()
    factor: Polynomial = (ONE,)
    for order, (abscissa, _) in enumerate(points):
        total = added(total, scaled(factor, table[order]))
        factor = multiplied(factor, (-abscissa, ONE))
        for i in range(len(points) - 1, order, -1):
            table[i] = (table[i] - table[i - 1]) / (points[i][0] - points[i - order - 1][0])
    return total
