"""The numpy array types this pillar speaks of, under one-word names."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.int64]
SmallIntegers: TypeAlias = npt.NDArray[np.int32]
Booleans: TypeAlias = npt.NDArray[np.bool_]
Singles: TypeAlias = npt.NDArray[np.float32]
Bytes: TypeAlias = npt.NDArray[np.uint8]
Blocks: TypeAlias = npt.NDArray[np.void]
"""Blocks of numbers of single precision; how many, the type of an entry says (``kernels.wide.blocked``)."""
