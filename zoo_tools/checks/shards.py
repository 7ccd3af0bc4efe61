"""A run of `validate` in shares, one a machine: every model in exactly one, by what it is known to cost.

The shares are the same wherever they are made, so costs come from what the registry says and never from what an earlier
run took on this machine. The files that models share are asked about in the first share.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from zoo_tools.checks.base import Level
from zoo_tools.checks.engines import settings_or_none
from zoo_tools.domain.manifest import Artifact, Manifest, Variant
from zoo_tools.errors import UsageError

MOST = 256
"""Shares of a run."""
_START = 0.2
"""Seconds until a worker has opened a file, and what asks of it is done, for each setting."""
_START_TORCH = 1.4
_CASE = 0.15
"""Seconds a golden case takes, its wrongly made inputs included."""
_MMAC = 0.0015
"""Seconds that a million multiplications take in all the runs of an artifact."""
_MMAC_PER_MB = 60
"""Millions of multiplications of a file that does not say how many, for each MB of it."""
_MB = 0.03
"""Seconds to fetch, hash and read a MB."""
_MANIFEST_KB = 0.0002
"""Seconds of level static for a kB of manifest."""


@dataclass(frozen=True, slots=True)
class Share:
    """One of several shares of a run."""

    number: int
    """From 1."""
    of: int

    @property
    def is_first(self) -> bool:
        """Whether it is the one that asks about what models share."""
        return self.number == 1


def share_named(text: str) -> Share:
    """Read a share written as `2/4`.

    Raises:
        UsageError: it is no share.
    """
    number, _, of = text.partition("/")
    is_number = all(word.isascii() and word.isdecimal() and len(word) < 5 for word in (number, of))
    if not is_number or not 1 <= int(number) <= int(of) <= MOST:
        fix = f"write the share's number and how many there are, such as 1/4; {MOST} at most"
        raise UsageError(f"`--shard {text}` is no share of a run", fix=fix)
    return Share(int(number), int(of))


def shares(costs: Mapping[str, float], of: int) -> list[list[str]]:
    """Divide models into shares of about the same cost, the most costly first to whoever has least.

    Args:
        costs: of each model, in seconds.
        of: how many shares.

    Returns:
        The models of each share, in the order of `costs`; every one in exactly one of them.
    """
    loads, places = [0.0] * of, dict[str, int]()
    for model in sorted(costs, key=lambda one: (-costs[one], one)):
        place = loads.index(min(loads))
        places[model] = place
        loads[place] += costs[model]
    return [[model for model in costs if places[model] == place] for place in range(of)]


def static_cost(size: int) -> float:
    """Return what level static of a manifest of so many bytes costs, in seconds."""
    return _MANIFEST_KB * size / 1000


def cost(manifest: Manifest, size: int, level: Level) -> float:
    """Return what a model is known to cost at a level, in seconds.

    Args:
        manifest: the model.
        size: bytes of its manifest.
        level: the last level that is asked.
    """
    total = static_cost(size)
    if level is not Level.STATIC:
        total += sum(_cost(variant, one, level) for variant in manifest.variants for one in variant.artifacts)
    return total


def _cost(variant: Variant, artifact: Artifact, level: Level) -> float:
    if artifact.sha256 is None or artifact.size is None:
        return 0.0
    megabytes = artifact.size / 1e6
    settings = settings_or_none(artifact) if artifact.tensors is not None else []
    if level is Level.FILES or not settings:
        return _MB * megabytes
    cases = sum(case.artifact == artifact.id for case in variant.golden)
    multiplied = artifact.macs / 1e6 if artifact.macs else _MMAC_PER_MB * megabytes
    starts = sum(_START_TORCH if setting.engine == "torch" else _START for setting in settings)
    return _MB * megabytes + starts + _CASE * cases + _MMAC * multiplied


def digest_of(parts: list[str]) -> str:
    """Return the digest of what all shares of a run must have seen alike."""
    return sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()
