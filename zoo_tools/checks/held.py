"""What was read or run for the checks of one model or variant, and what could not be: one thread's alone."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from zoo_tools.checks.base import Skip
from zoo_tools.checks.subjects import NotHere
from zoo_tools.domain.golden import Golden
from zoo_tools.domain.model_facts import ModelFacts
from zoo_tools.domain.settings import Setting
from zoo_tools.errors import BrokenFileError, ZooToolsError
from zoo_tools.fetch import Wanted

if TYPE_CHECKING:
    from zoo_tools.checks.measuring import Measurements
    from zoo_tools.checks.observation import Observation

Place = tuple[str, str]
"""Ids of a variant and of its artifact."""


@dataclass(slots=True)
class Held:
    """What was read or run for the checks of one model or variant; one thread's alone."""

    files: dict[Wanted, Path | ZooToolsError] = field(default_factory=dict)
    facts: dict[Place, ModelFacts | ZooToolsError] = field(default_factory=dict)
    observations: "dict[tuple[Place, Setting], Observation | ZooToolsError | Skip]" = field(default_factory=dict)
    goldens: dict[Path, Golden | BrokenFileError] = field(default_factory=dict)
    measurements: "Measurements | None" = None

    @property
    def has_faults(self) -> bool:
        """Whether a file could not be had or read, or a model could not be run, for whatever reason."""
        found = (self.files, self.facts, self.observations, self.goldens)
        return any(isinstance(one, (ZooToolsError, NotHere)) for kept in found for one in kept.values())
