"""`python -m benchmarks.mutation_run`: says each fact of each LiteRT detector wrongly, and prints which checks see it.

Exit code 1 where less than 90 % are caught by running, or by the file's bytes. The model files come from the mirror
that ZOO_TOOLS_MIRROR names; without one there is nothing to run.
"""

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.mutation_run.judge import Judge, Judged
from benchmarks.mutation_run.report import LEGEND, headline, share_caught, survivors, table

REGISTRY = Path(__file__).resolve().parents[2] / "registry"
TARGET = 0.9


def judged_of(name: str, *, registry: Path, mirror: str) -> list[Judged]:
    """Judge every wrong statement about one artifact, in a process of its own."""
    with TemporaryDirectory(prefix="zoo-mutation-") as folder:
        judge = Judge(registry, mirror, Path(folder))
        (subject,) = (one for one in judge.subjects if one.name == name)
        return list(judge.judge(subject))


def main() -> None:
    """Judge all of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutation_run", description="Mutate contracts.")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="models at the same time")
    chosen = parser.parse_args()
    mirror = os.environ.get("ZOO_TOOLS_MIRROR")
    if mirror is None:
        sys.stdout.write("Level run is left out: ZOO_TOOLS_MIRROR names no folder with the model files.\n")
        return
    with TemporaryDirectory(prefix="zoo-mutation-") as folder:
        names = [subject.name for subject in Judge(REGISTRY, mirror, Path(folder)).subjects]
    with ProcessPoolExecutor(chosen.jobs) as pool:
        judged = list(chain(*pool.map(partial(judged_of, registry=REGISTRY, mirror=mirror), names)))
    lines = [table(judged), "", LEGEND, "", headline(judged), "", "Survivors:", *survivors(judged)]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.exit(0 if share_caught(judged) >= TARGET else 1)


if __name__ == "__main__":
    main()
