"""What a worker may use; beyond any of these it ends, and the model is reported."""

from dataclasses import dataclass

OUT_OF_MEMORY = 86
"""Exit code of a worker whose memory watchdog fired (platforms without RLIMIT_AS)."""

GRACE_SECONDS = 2.0
"""How long after its time is up a worker ends by itself, should nobody be left to end it."""


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """Limits of one worker process."""

    memory_bytes: int = 4 << 30
    """Address space (RLIMIT_AS); where the system has no such limit, resident memory."""
    cpu_seconds: int = 600
    """Processor time over the worker's whole life."""
    start_seconds: float = 60.0
    """Wall clock from the start of the process until the model is open."""
    run_seconds: float = 60.0
    """Wall clock of one run."""
    file_bytes: int = 1 << 20
    """Largest file it may write."""
    answer_bytes: int = 256 << 20
    """Largest answer, all output tensors together."""


DEFAULT_LIMITS = WorkerLimits()
