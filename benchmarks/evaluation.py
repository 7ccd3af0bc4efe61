"""Evaluation: a model over labelled pictures beside a bare loop, and AP of a large set beside the library alone.

Pictures are the 73 of the folder that ZOO_TOOLS_VAL73 names, or of `../shared/datasets`, else the drawn shapes that the
registry holds. The model is taken from the mirror that ZOO_TOOLS_MIRROR names; without one only AP is timed.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.measure import Benchmark
from zoo_tools.checks.engines import is_installed
from zoo_tools.cli.detecting import ChosenDetector, choose_detector
from zoo_tools.cli.options import make_fetcher
from zoo_tools.domain.references import Protocol
from zoo_tools.errors import ZooToolsError
from zoo_tools.evaluation.average_precision import bootstrap, score
from zoo_tools.evaluation.coco_library import as_library_reads, library_run
from zoo_tools.evaluation.datasets.coco_json import read_coco
from zoo_tools.evaluation.labelled import LabelledPicture, Sighting, truth_of
from zoo_tools.evaluation.running import sightings
from zoo_tools.inference.detector import Detector
from zoo_tools.registry.load import load_registry

_ROOT = Path(__file__).resolve().parent.parent
_MODEL = "st_ssd_mobilenet_v1/025_256/int8-v2.0.1"
_PICTURES, _DETECTIONS, _CLASSES = 5000, 100, 80
_SLOWEST = 1 / 0.7
"""Seven tenths of the rate of the bare loop, as a ratio of times."""
_LIBRARY = 1.2
_BOOTSTRAP_SECONDS = 2.0


def evaluation_benchmarks() -> list[Benchmark]:
    """Return the benchmarks that have what they need here."""
    metric = _Metric()
    found = [
        Benchmark("ap-5000", metric.ours, "the library, given its dictionaries", metric.library, most_ratio=_LIBRARY),
        Benchmark("bootstrap-200", metric.bootstrap, "AP of the same", metric.few, most_seconds=_BOOTSTRAP_SECONDS),
    ]
    mirror = os.environ.get("ZOO_TOOLS_MIRROR")
    with suppress(ZooToolsError):
        found += [] if mirror is None or not is_installed("litert") else list(_evaluate(mirror))
    return found


def _evaluate(mirror: str) -> Iterator[Benchmark]:
    registry = load_registry(_ROOT / "registry")
    fetcher = make_fetcher(registry, [mirror], offline=True, allow_hosts=(), progress=None)
    run = _Run(choose_detector(registry, _MODEL, fetcher, engine=None, delegate="none"), _pictures())
    name = "bare: decode, resize, invoke"
    yield Benchmark("evaluate", run.ours, name, run.bare, count=len(run.pictures), most_ratio=_SLOWEST)


def _pictures() -> list[LabelledPicture]:
    held = Path(os.environ.get("ZOO_TOOLS_VAL73") or _ROOT.parent / "shared" / "datasets" / "coco_person_val73")
    if (held / "instances.json").is_file():
        return list(read_coco(held / "instances.json").pictures)
    return list(read_coco(_ROOT / "registry" / "datasets" / "example-shapes-val" / "instances.json").pictures)[:73]


@dataclass
class _Run:
    chosen: ChosenDetector
    pictures: list[LabelledPicture]

    def ours(self) -> None:
        """Show every picture to the open detector."""
        sightings(self._detector, self.pictures)

    def bare(self) -> None:
        """Do with every picture what has to be done at least."""
        model, size = self._interpreter, self.chosen.input_size
        given, outputs = model.get_input_details()[0], model.get_output_details()
        for picture in self.pictures:
            with Image.open(picture.file) as opened:
                pixels = np.asarray(opened.convert("RGB").resize(size, Image.Resampling.BILINEAR), given["dtype"])
            model.set_tensor(given["index"], pixels[np.newaxis])
            model.invoke()
            for output in outputs:
                model.get_tensor(output["index"])

    @cached_property
    def _detector(self) -> Detector:
        # Open until the end of the program, as the bare model is: what is compared is the work on pictures.
        return Detector(self.chosen.runnable, self.chosen.setting).__enter__()

    @cached_property
    def _interpreter(self) -> Any:  # noqa: ANN401  (the runtime has no types)
        from ai_edge_litert.interpreter import Interpreter, OpResolverType  # noqa: PLC0415

        model = Interpreter(
            model_content=self.chosen.runnable.path.read_bytes(), num_threads=1,
            experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        )  # fmt: skip
        model.allocate_tensors()
        return model


class _Metric:
    """COCO's AP of detections that lie near objects by half."""

    def ours(self) -> None:
        """Compute AP as `zoo_tools evaluate` does."""
        score(self._large, self._names(_CLASSES), self._protocol, input_size=(300, 300))

    def library(self) -> None:
        """Compute the same from dictionaries that are there."""
        truth, found = self._ready
        library_run(truth, found, iou=[float(one) for one in self._protocol.iou], most=_DETECTIONS, area="all")

    def few(self) -> None:
        """Compute AP of a validation set of usual size."""
        score(self._small, self._names(3), self._protocol, input_size=(300, 300))

    def bootstrap(self) -> None:
        """Compute AP of the same and its interval."""
        bootstrap(score(self._small, self._names(3), self._protocol, input_size=(300, 300)).judged)

    @cached_property
    def _large(self) -> list[Sighting]:
        return _random_sightings(_PICTURES, _CLASSES)

    @cached_property
    def _small(self) -> list[Sighting]:
        return _random_sightings(200, 3)

    @cached_property
    def _ready(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return as_library_reads(self._large, self._names(_CLASSES))

    @staticmethod
    def _names(classes: int) -> list[str]:
        return [f"class {i}" for i in range(classes)]

    @cached_property
    def _protocol(self) -> Protocol:
        stated = {
            "id": "p", "title": "t", "short": "s", "metric": "average-precision", "dataset": "d", "split": "all",
            "images": "all", "iou": [f"0.{i}" for i in range(50, 100, 5)], "interpolation": "-", "matching": "-",
            "score_threshold": "0", "nms_iou": "1", "max_detections": _DETECTIONS, "evaluator": {"method": "coco"},
        }  # fmt: skip
        return Protocol.model_validate(stated)


def _random_sightings(pictures: int, classes: int) -> list[Sighting]:
    random = np.random.Generator(np.random.PCG64(pictures))
    seen = []
    for i in range(pictures):
        corners = random.uniform(0, 400, (7, 2))
        objects = np.concatenate([corners, corners + random.uniform(8, 200, (7, 2))], axis=1)
        of_object = random.integers(0, classes, 7)
        near = random.integers(0, 7, _DETECTIONS)
        moved = objects[near] + random.normal(0, 8, (_DETECTIONS, 4))
        boxes = np.sort(moved.reshape(-1, 2, 2), axis=1).reshape(-1, 4)
        is_right = random.random(_DETECTIONS) < 0.5
        class_ids = np.where(is_right, of_object[near], random.integers(0, classes, _DETECTIONS))
        truth = truth_of(objects.tolist(), of_object.tolist())
        scores = np.sort(random.random(_DETECTIONS))[::-1]
        seen.append(Sighting(f"{i}.png", (640, 480), truth, boxes, scores, class_ids))
    return seen
