"""What is kept of samples that are not: how many there were, their means and how much they vary."""

import numpy as np

from remit.theory.arrays import Floats

__all__ = ["Moments"]


class Moments:
    """Running mean and sum of squared deviations of each state (Chan et al. 1983)."""

    def __init__(self, size: int) -> None:
        """Begin with no sample of so many states."""
        self.count = 0
        self.mean = np.zeros(size)
        self.squares = np.zeros(size)

    def add(self, gains: Floats) -> None:
        """Add samples f64[n, k]."""
        more = gains.shape[1]
        mean = gains.mean(axis=1)
        apart = mean - self.mean
        total = self.count + more
        self.squares += ((gains - mean[:, None]) ** 2).sum(axis=1) + apart**2 * self.count * more / total
        self.mean += apart * more / total
        self.count = total

    def deviation(self) -> Floats:
        """Return the standard deviation of one sample, f64[n]."""
        result: Floats = np.sqrt(self.squares / (self.count - 1))
        return result
