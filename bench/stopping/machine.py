"""The machine a stop was measured on, in one sentence."""

from __future__ import annotations

import os
import platform
from pathlib import Path

__all__ = ["machine"]


def machine() -> str:
    """Cores, kernel, Python, and how busy it was."""
    release = platform.release().partition("-")[0]
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return (
        f"{os.cpu_count()} cores ({names[0] if names else platform.machine()}), Linux {release},"
        f" Python {platform.python_version()}; load average {os.getloadavg()[0]:.1f} when it began."
    )
