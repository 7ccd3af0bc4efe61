"""A measured AP as JSON, and as YAML that a manifest takes as it is but for the name of who measured it."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from zoo_tools.checks.subjects import ArtifactSubject
from zoo_tools.domain.golden import RunEnvironment
from zoo_tools.domain.references import Protocol
from zoo_tools.evaluation.average_precision import Interval, Score


@dataclass(frozen=True, slots=True)
class Result:
    """AP of an artifact by one protocol, with what ran it."""

    subject: ArtifactSubject
    protocol: Protocol
    found: Score
    interval: Interval | None
    environment: RunEnvironment

    def to_json(self) -> dict[str, object]:
        """Return it as a JSON object; AP in percent."""
        interval = self.interval
        return {
            "subject": self.subject.name,
            "artifact_sha256": self.subject.artifact.sha256,
            "protocol": self.protocol.id,
            "environment": self.environment.model_dump(),
            "pictures": self.found.pictures,
            "objects": self.found.objects,
            "ap": self.found.ap,
            "interval": interval and {
                "low": interval.low, "high": interval.high, "confidence": interval.confidence,
            },
            "by_class": self.found.by_class,
            "by_iou": {f"{iou:g}": value for iou, value in self.found.by_iou.items()},
        }  # fmt: skip


def as_yaml(subject: ArtifactSubject, results: Sequence[Result]) -> str:
    """Return rows for `accuracy` of the variant, and their evidence."""
    artifact, id_ = subject.artifact, f"ap-{subject.variant.id}-{subject.artifact.id}"
    environment = results[0].environment
    rows = [f"  - {{artifact: {artifact.id}, {_figure(one)}, evidence: {id_}}}" for one in results]
    sets = "".join(f" --data {name}=PATH" for name in dict.fromkeys(one.protocol.dataset for one in results))
    delegate = "" if environment.delegate == "none" else f" --delegate {environment.delegate}"
    return "\n".join(
        [
            "  accuracy:",
            *rows,
            "evidence:",
            f"  {id_}:",
            "    kind: measured",
            "    by: TODO",
            f"    date: {date.today()}",
            f"    tools: [{environment.engine} {environment.version}]",
            f'    host: "{processor()}, {platform.system()}"',
            f'    artifact_sha256: "{artifact.sha256}"',
            f"    command: zoo_tools evaluate {subject.name}{sets}{delegate}",
            f"    environment: {{{', '.join(f'{key}: {_word(value)}' for key, value in environment)}}}",
        ]
    )


def processor() -> str:
    """Return what the processor of this machine calls itself, or its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next((name for name in names if name and '"' not in name and "\\" not in name), platform.machine())


def _figure(result: Result) -> str:
    interval = result.interval
    ends = f", interval: [{interval.low:.1f}, {interval.high:.1f}]" if interval else ""
    return f"protocol: {result.protocol.id}, ap: {result.found.ap:.2f}{ends}"


def _word(value: object) -> str:
    """Quote what YAML would read as a number."""
    return f'"{value}"' if str(value)[:1].isdigit() else str(value)
