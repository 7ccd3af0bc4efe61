"""Writes the tiny models anew: `python -m tests.tiny_models.make`. A test holds the files to what this would write."""

from collections.abc import Callable

from tests.make_tflite import tiny_ssd
from tests.tiny_models import (
    make_detection_output,
    make_frozen_graph,
    make_levels,
    make_mmdeploy,
    make_postprocess,
    make_qdq,
)
from tests.tiny_models.catalogue import FOLDER

BUILDERS: dict[str, Callable[[], dict[str, bytes]]] = {
    "detection_output": make_detection_output.build,
    "frozen_graph": make_frozen_graph.build,
    "postprocess": make_postprocess.build,
    "mmdeploy": make_mmdeploy.build,
    "levels": make_levels.build,
    "qdq_int8": make_qdq.build,
    "tiny_ssd": lambda: {"tiny_ssd.tflite": tiny_ssd(size=32, cell=8)},
}
"""Each returns its files by name."""


def main() -> None:
    """Write all files."""
    FOLDER.mkdir(exist_ok=True)
    for build in BUILDERS.values():
        for name, content in build().items():
            (FOLDER / name).write_bytes(content)


if __name__ == "__main__":
    main()
