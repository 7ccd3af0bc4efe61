"""What became of each hostile file, in one word or two, and a table of it.

`python -m tests.crash_corpus.verdicts 300 100` runs so many changes of bytes and structures, and prints the table.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.cli.invoke import Report
from tests.crash_corpus.corpus_zoo import SOUND, build, record
from tests.crash_corpus.onnx_structures import structures_changed as onnx_structures
from tests.crash_corpus.sample import Sample, bytes_changed, cut_short
from tests.crash_corpus.tflite_structures import structures_changed as tflite_structures
from zoo_tools.domain.findings import Finding, Outcome, Status

ENGINES = ("--engine", "litert", "--engine", "onnxruntime")
_STRUCTURES = {"tflite": tflite_structures, "onnx": onnx_structures}


def corpus(format: str, count_bytes: int, count_structures: int) -> list[Sample]:
    """Return the sound file of a format, so many with changed bytes and structures, and 20 that are cut short."""
    content = SOUND[format]
    return [
        Sample("sound", "nothing", format, content),
        *bytes_changed(content, format, count=count_bytes, seed=4),
        *_STRUCTURES[format](content, count=count_structures, seed=4),
        *cut_short(content, format, count=20),
    ]


def verdicts(report: Report, samples: Mapping[str, Sample]) -> dict[str, str]:
    """Return what became of each file.

    Returns:
        By the name of its artifact: what found fault with it, or `passed: …`.
    """
    own: dict[str, list[Outcome]] = {name: [] for name in samples}
    for outcome in report.outcomes:
        name = outcome.subject.partition("@")[0]
        if name in own and outcome.level != "static":
            own[name].append(outcome)
    return {name: _verdict(outcomes) for name, outcomes in own.items()}


def _verdict(outcomes: Sequence[Outcome]) -> str:
    for status in (Status.CRASHED, Status.UNAVAILABLE):
        if any(one.status is status for one in outcomes):
            return status.value
    failed = [one.check for one in outcomes if one.status is Status.FAILED]
    if failed == ["golden-raw"]:
        return "other bits, seen by golden-raw alone"
    if failed and set(failed) <= {"golden-raw", "golden-detections", "golden-stable", "golden-sensitive"}:
        return "other detections, seen by golden cases alone"
    if "io-after-invoke" in failed:
        return _ending(next(one for one in outcomes if one.check == "io-after-invoke").findings)
    if failed:
        return failed[0]
    ran = any(one.check == "io-after-invoke" and one.status is Status.PASSED for one in outcomes)
    return "passed: the same bits" if ran else "passed: never run"


def _ending(findings: Sequence[Finding]) -> str:
    said = findings[0].message
    for mark in (" died of ", "no answer within", "of memory", "of processor time", "is refused by", " fails in "):
        if mark in said:
            after = said.partition(mark)[2].split(" ")[0] if mark == " died of " else ""
            return f"io-after-invoke: {mark.strip()} {after}".rstrip()
    return "io-after-invoke"


def table(found: Mapping[str, str], samples: Mapping[str, Sample]) -> str:
    """Return how many files of each format and family ended how, as Markdown."""
    columns = list(dict.fromkeys(f"{one.format} {one.family}" for one in samples.values() if one.family != "sound"))
    counts = Counter((found[name], f"{one.format} {one.family}") for name, one in samples.items())
    rows = sorted({word for word, column in counts if column in columns})
    lines = [f"| outcome | {' | '.join(columns)} |", f"|---|{'--:|' * len(columns)}"]
    lines += [f"| {row} | {' | '.join(str(counts[row, column]) for column in columns)} |" for row in rows]
    return "\n".join(lines)


def main() -> None:
    """Run the whole corpus, with the limits that users get."""
    samples = [one for format in SOUND for one in corpus(format, int(sys.argv[1]), int(sys.argv[2]))]
    with TemporaryDirectory() as folder:
        os.environ["ZOO_TOOLS_CACHE"] = f"{folder}/cache"
        zoo = build(Path(folder) / "zoo", samples, record(Path(folder) / "sound"))
        began = time.monotonic()
        called = zoo.validate(*(sys.argv[3:] or ENGINES))
        said = f"{len(samples)} files, {time.monotonic() - began:.0f} s, exit code {called.code}{called.err}\n\n"
        sys.stdout.write(f"{said}{table(verdicts(called.report, zoo.samples), zoo.samples)}\n")


if __name__ == "__main__":
    main()
