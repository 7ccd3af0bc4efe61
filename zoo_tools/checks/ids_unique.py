"""Every id names one thing, also where upper and lower case count as the same.

Why: reports, addresses and urls name things by id; two models that differ in case are one folder on some systems.
How to fix: rename one of the two.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.context import Context, models
from zoo_tools.checks.subjects import Subject
from zoo_tools.domain.address import Path, names_of
from zoo_tools.domain.findings import Finding


def _lists(subject: Subject) -> Iterator[tuple[str, Path, Sequence[object]]]:
    manifest = subject.manifest
    yield "variant", ("variants",), manifest.variants
    yield "anomaly", ("anomalies",), manifest.anomalies
    yield "correction", ("corrections",), manifest.corrections
    for v, variant in enumerate(manifest.variants):
        yield "artifact", ("variants", v, "artifacts"), variant.artifacts
        for a, artifact in enumerate(variant.artifacts):
            if artifact.tensors is not None:
                tensors = ("variants", v, "artifacts", a, "tensors")
                yield "input", (*tensors, "inputs"), artifact.tensors.inputs
                yield "output", (*tensors, "outputs"), artifact.tensors.outputs
        yield "golden case", ("variants", v, "golden"), variant.golden
        yield "latency", ("variants", v, "latencies"), variant.latencies
        yield "footprint", ("variants", v, "footprints"), variant.footprints
        yield "AP", ("variants", v, "accuracy"), variant.accuracy


def run(subject: Subject, context: Context) -> Iterator[Finding]:
    """Look for two elements of one list with the same names."""
    for kind, path, elements in _lists(subject):
        names = [",".join(names_of(element)).casefold() for element in elements]
        if len(set(names)) == len(names):
            continue
        seen: Counter[str] = Counter()
        for i, name in enumerate(names):
            seen[name] += 1
            if seen[name] > 1:
                message = f"a second {kind} is named {', '.join(names_of(elements[i]))}; names are unique in a list"
                yield CHECK.error(subject, message, fix="rename or remove one of them", at=subject.at(*path, i))


CHECK = Check("ids-unique", Level.STATIC, models, run)
