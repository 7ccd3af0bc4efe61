"""How long runs of a model take: counted in the worker around each bare run, summed up on our side of the pipe."""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_STATUS = Path("/proc/self/status")


@dataclass(frozen=True, slots=True, eq=False)
class Times:
    """How long runs took.

    Args:
        seconds: (runs,) float64, one after the other.
        peak_bytes: the most memory the worker has held until then, with Python and the runtime; 0 where no one says.
    """

    seconds: NDArray[np.float64]
    peak_bytes: int

    @property
    def median_ms(self) -> float:
        """The run in the middle, or between the two in the middle."""
        return 1000 * float(np.median(self.seconds))

    @property
    def p90_ms(self) -> float:
        """Nine of ten runs are at most so long; between two runs by straight line."""
        return 1000 * float(np.percentile(self.seconds, 90))

    @property
    def least_ms(self) -> float:
        """The shortest run."""
        return 1000 * float(self.seconds.min())


def peak_bytes() -> int:
    """Return the most memory this process has held, 0 where the system does not say."""
    # Not ru_maxrss on Linux: it begins with what the process that started this one held.
    try:
        status = _STATUS.read_text(encoding="ascii", errors="replace")
    except OSError:
        return _peak_of_usage()
    line = next((line for line in status.splitlines() if line.startswith("VmHWM:")), "VmHWM: 0 kB")
    return int(line.split()[1]) << 10


def _peak_of_usage() -> int:
    if sys.platform == "win32":
        return 0
    import resource  # noqa: PLC0415  (there is none on Windows)

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
