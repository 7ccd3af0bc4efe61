"""Makes a registry of any number of models: manifests of about 25 kB that pass level static, each with its transcript.

Boards, datasets and the like are those of the zoo itself. The same count gives the same bytes.
"""

import csv
import io
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random

ZOO = Path(__file__).resolve().parent.parent / "registry"
VARIANTS = 4
ANOMALIES = 18
HOST = "https://raw.githubusercontent.com/example/zoo/6f10965e6a40e2a28abd9c181f43cac4de4111c5"

_HEAD = """\
# A generated model.
format: 1
id: {model}
title: Generated detector {number}
status: {{state: active}}
task: object-detection
summary: One-stage detector with a quarter-width backbone for microcontrollers, generated to be timed.
sources:
  upstream: "{host}/{model}"
  papers: ["https://arxiv.org/abs/1704.04861", "https://arxiv.org/abs/1512.02325"]

licences:
  code: {{spdx: Apache-2.0}}
  weights: {{spdx: unknown, reason: nobody said under which licence these weights stand}}
  dataset: {{spdx: CC-BY-4.0, covers: the annotations of COCO}}

platforms: {{stm32h7: recommended, stm32mp1: supported, stm32n6: recommended, stm32l0: no}}

contracts:
  three-outputs:
    input: {{role: image, layout: NHWC, colour: rgb, range: [0, 255]}}
    preprocess:
      resize: {{mode: stretch, filter: nearest, coordinates: half-pixel-floor}}
      normalise: {{formula: x * a + b, a: 1/127.5, b: -1, in: quantisation}}
    decode:
      type: anchor-tensor-corner-offsets
      scores:  {{role: scores, activation: none, background: 0}}
      offsets: {{role: offsets, order: xyxy}}
      anchors: {{role: anchors, order: xyxy, units: normalised}}
      clip: true
    select: {{nms: class-wise, iou: 0.5, score: 0.001, max_detections: 100, ties: lower-anchor-first}}

evidence:
  card:
    kind: published
    by: A publisher of models
    title: Model card of detector {number}
    url: "{host}/{model}/README.md"
    retrieved: 2026-11-20
    document_sha256: "{document}"
    transcript: evidence/card.csv
    artifact_sha256: same-revision

variants:
"""

_VARIANT = """\
# {size} x {size}
- id: "{size}"
  width_multiplier: 0.25
  resolution: [{size}, {size}, 3]
  dataset: coco-2017-person
  labels: person
  contract: three-outputs
  artifacts:
  - id: int8
    release: v{number} (2026)
    format: tflite
    precision: {{weights: int8, activations: int8, granularity: per-channel}}
    urls: ["{host}/object_detection/{model}/public_dataset/coco_2017_person/{model}_{size}/{int8}"]
    sha256: "{int8_sha256}"
    size: {int8_size}
    parameters: {parameters}
    macs: {macs}
    tensors:
      inputs:
      - {{role: image, name: "serving_default_input_1:0", shape: [batch, {size}, {size}, 3], dtype: uint8, \
quantisation: {{scale: 0.007843137718737125, zero_point: 127}}}}
      outputs:
      - {{role: scores,  name: "StatefulPartitionedCall:2", shape: [batch, {anchors}, 2], dtype: float32}}
      - {{role: offsets, name: "StatefulPartitionedCall:1", shape: [batch, {anchors}, 4], dtype: float32}}
      - {{role: anchors, name: "StatefulPartitionedCall:0", shape: [batch, {anchors}, 4], dtype: float32}}
  - id: float
    release: v{number} (2026)
    format: keras-h5
    precision: {{weights: float32, activations: float32}}
    urls: ["{host}/object_detection/{model}/public_dataset/coco_2017_person/{model}_{size}/{float}"]
    sha256: "{float_sha256}"
    size: {float_size}
"""

_ANOMALY = """\
- id: oddity-{step}
  verdict: {verdict}
  published: "{size} MiB, {ms} ms, NA, NA, {ms} ms, {size} MiB: the row of detector {number}"
  reason: >-
    The row stands twice in the card, and the two disagree in their last cells. The figures of the first one add up to
    its total; those of the second one do not, whatever was rounded. It is taken for a row of an earlier file, which
    had the same name and {size} bytes more, and was left in place when the table was made anew.
  instead: the figures of the first row
  at:
  - "variants[{size}].latencies[int8,stm32mp257f-dk2]"
  - "variants[{size}].latencies[int8,stm32mp157f-dk2].ms"
  - "variants[{size}].footprints[int8,stm32h7]"
  evidence: card
  line: {line}
"""

_LATENCIES = (
    ("stm32h747i-disco", "cpu", 1, 400, ("stm32cube-ai 10.0.0",), ()),
    ("stm32mp257f-dk2", "npu+gpu", None, 800, ("x-linux-ai 5.1.0", "openvx unknown"), ("npu", "gpu", "cpu")),
    ("stm32n6570-dk", "npu+mcu", None, None, ("stm32cube-ai 10.0.0", "stedgeai-core 2.0.0"), ()),
    ("stm32mp157f-dk2", "cpu", 2, 800, ("x-linux-ai 5.1.0", "tensorflow-lite 2.11.0"), ()),
    ("stm32mp135f-dk2", "cpu", 1, 1000, ("x-linux-ai 5.1.0", "tensorflow-lite 2.11.0"), ()),
)
"""Board, engine, cores, clock in MHz, tools, and engines that shares are stated of."""
_FRAMEWORKS = {"openvx unknown": "OpenVX", "tensorflow-lite 2.11.0": "TensorFlowLite 2.11.0"}


def make_registry(folder: Path, *, models: int) -> None:
    """Write a registry of so many models into an empty folder."""
    shutil.copytree(ZOO, folder, ignore=shutil.ignore_patterns("models", "schema"))
    for number in range(models):
        model = f"generated_{number:04}"
        manifest, transcript = _Model(model, number).texts()
        (folder / "models" / model / "evidence").mkdir(parents=True)
        (folder / "models" / model / "manifest.yaml").write_text(manifest, encoding="utf-8")
        (folder / "models" / model / "evidence" / "card.csv").write_text(transcript, encoding="utf-8")


@dataclass
class _Model:
    """Writes a manifest and its transcript side by side: a figure of the one is a cell of the other."""

    name: str
    number: int

    def texts(self) -> tuple[str, str]:
        self._random, self._line = Random(self.number), 40  # noqa: S311 - the same numbers every time are what is wanted
        self._cells: list[tuple[int, str, str, str, str]] = []
        head = _HEAD.format(model=self.name, number=self.number, host=HOST, document=_digest(self.name))
        manifest = head + "".join(self._variant(i, 128 + 32 * i) for i in range(VARIANTS))
        manifest += "\nanomalies:\n" + "".join(self._anomaly(step) for step in range(ANOMALIES))
        stream = io.StringIO()
        csv.writer(stream, lineterminator="\n").writerows([("line", "row", "quantity", "kind", "cell"), *self._cells])
        return manifest, stream.getvalue()

    def _anomaly(self, step: int) -> str:
        verdict = ("contradicted", "disputed", "odd", "missing")[step % 4]
        size, ms = 128 + 32 * (step % VARIANTS), self._random.randint(1, 99)
        return _ANOMALY.format(step=step, verdict=verdict, size=size, ms=ms, number=self.number, line=41 + step)

    def _variant(self, step: int, size: int) -> str:
        self._step, self._scale, self._size = step, 100 + 25 * step, size
        int8, float_ = f"{self.name}_{size}_int8.tflite", f"{self.name}_{size}.h5"
        text = _VARIANT.format(
            model=self.name, number=self.number, size=size, host=HOST, int8=int8, float=float_,
            int8_sha256=_digest(int8), int8_size=self._number(6000, 600), parameters=567_188,
            float_sha256=_digest(float_), float_size=self._number(24_000, 2400),
            macs=400_000 * self._scale, anchors=self._number(20, 5),
        )  # fmt: skip
        return "".join([text, self._footprints(int8), self._latencies(int8), self._accuracy(int8, float_)])

    def _number(self, first: int, more: int) -> int:
        """Return a number in hundredths that grows from input size to input size."""
        return 100 * (first + self._step * more) + self._random.randint(1, 50 * more)

    def _end(self, row: str, conditions: dict[str, str], tools: Sequence[str] = (), **figures: int) -> str:
        """Add a line to the transcript, and return how the manifest refers to it; figures are in hundredths."""
        self._line += 1
        self._cells += [
            (self._line, row, "model", "param", f"[Detector 0.25](coco_2017_person/{row})"),
            (self._line, row, "format", "param", "Int8" if "int8" in row else "Float"),
            (self._line, row, "resolution", "param", f"{self._size}x{self._size}x3"),
            *((self._line, row, quantity, "param", text) for quantity, text in conditions.items()),
        ]
        for quantity, value in figures.items():
            self._cells.append((self._line, row, quantity.replace("__", "."), "measure", _printed(value)))
        for tool in tools:
            id_, _, version = tool.partition(" ")
            column, text = ("framework", _FRAMEWORKS[tool]) if tool in _FRAMEWORKS else (id_, f"v{version}")
            self._cells.append((self._line, row, f"tools.{column}", "version", text))
        return f"evidence: card, line: {self._line}}}\n"

    def _footprints(self, row: str) -> str:
        a, r, w, c = (self._number(*range_) for range_ in ((200, 20), (20, 2), (300, 10), (90, 5)))
        end = self._end(
            row, {"target": "STM32H7"}, ["stm32cube-ai 10.0.0"], ram__activation=a, ram__runtime=r, ram__total=a + r,
            flash__weights=w, flash__code=c, flash__total=w + c,
        )  # fmt: skip
        a_, r_, t_, w_, c_, f_ = map(_printed, (a, r, a + r, w, c, w + c))
        return (
            "  footprints:\n"
            f"  - {{artifact: int8, target: stm32h7, unit: KiB, ram: {{activation: {a_}, runtime: {r_}, total: {t_}}}, "
            f"flash: {{weights: {w_}, code: {c_}, total: {f_}}}, tools: [stm32cube-ai 10.0.0], {end}"
        )

    def _latencies(self, row: str) -> str:
        lines = ["  latencies:\n"]
        for board, engine, cores, clock, tools, engines in _LATENCIES:
            ms, npu = 12 * self._scale + self._random.randint(0, 9), self._random.randint(100, 9000)
            shares = dict(zip(engines, (npu, 10000 - npu, 0), strict=False))
            printed = f"{cores} CPU" if cores else engine.upper().replace("+", "/")
            conditions = {"board": board.upper(), "engine": printed} | ({"clock_mhz": f"{clock} MHz"} if clock else {})
            end = self._end(
                row, conditions, tools, ms=ms, **{f"share__{name}": value for name, value in shares.items()}
            )
            share = ", ".join(f"{name}: {_printed(value)}" for name, value in shares.items())
            lines.append(
                f"  - {{artifact: int8, board: {board}, engine: {engine}, {f'cores: {cores}, ' if cores else ''}"
                f"{f'clock_mhz: {clock}, ' if clock else ''}ms: {_printed(ms)}, "
                f"{f'share: {{{share}}}, ' if share else ''}tools: [{', '.join(tools)}], {end}"
            )
        return "".join(lines)

    def _accuracy(self, *rows: str) -> str:
        lines = ["  accuracy:\n"]
        ap = self._number(30, 2)
        for artifact, row in zip(("int8", "float"), rows, strict=True):
            ap += 50 if artifact == "float" else 0
            end = self._end(row, {"dataset": "COCO-Person"}, ap=ap)
            lines.append(f"  - {{artifact: {artifact}, protocol: st-ap40-coco-person, ap: {_printed(ap)}, {end}")
        return "".join(lines)


def _printed(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02}"


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
