"""The tiny detector at other input sizes, which the registry alone knows: rows for checks that compare siblings."""

from collections.abc import Mapping, Sequence

from tests.checks.tiny_zoo import Zoo

Row = Mapping[str, object]

_VARIANT = """
- id: "{side}"
  resolution: [{side}, {side}, 3]
  dataset: red-squares
  labels: squares
  contract: three-outputs
  artifacts:
  - id: int8
    release: v2
    format: tflite
    precision: {{weights: int8, activations: int8, granularity: per-channel}}
    urls: ["https://models.example.org/v2/tiny_{side}x{side}_int8.tflite"]
    unpinned: {{reason: its bytes were not seen, since: 2026-11-20}}
    macs: {macs}
{float}  latencies:
  - {{artifact: int8, board: acme-disco, engine: cpu, ms: {ms}, tools: [acme-ai 2.0.0], evidence: guess}}
  footprints:
  - artifact: int8
    target: {target}
    unit: KiB
    ram: {{{ram}}}
    flash: {{weights: {weights}}}
    tools: [acme-ai 2.0.0]
    evidence: guess
"""

_FLOAT = """\
  - id: float
    release: v2
    format: keras-h5
    precision: {{weights: float32, activations: float32}}
    urls: ["https://models.example.org/v2/tiny_{side}x{side}.h5"]
    unpinned: {{reason: its bytes were not seen, since: 2026-11-20}}
"""
_PAIR = """\
  accuracy:
  - {{artifact: int8, protocol: ap50-squares, ap: {int8}, evidence: guess}}
  - {{artifact: float, protocol: ap50-squares, ap: {of_float}, evidence: guess}}
"""

_DEFAULTS: Row = {"macs": 1000000, "ms": "9.00", "target": "acme-m4", "ram": "activation: 1.20", "weights": "0.40"}


def add_inputs(zoo: Zoo, rows: Sequence[Row]) -> None:
    """Add a variant for each row: its `side`, and what is not as in `_DEFAULTS`.

    A row with `aps` has a float file too, and an AP of either: first that of the quantised one.
    """
    variants = "".join(_variant(row) for row in rows)
    evidence = "evidence:\n  guess: {kind: derived, sources: [card], how: by eye}\n  card:\n    kind: published"
    zoo.edit("\nevidence:\n  card:\n    kind: published", f"{variants}\n{evidence}")


def _variant(row: Row) -> str:
    aps = row.get("aps")
    if not isinstance(aps, list):
        return _VARIANT.format(**{**_DEFAULTS, **row, "float": ""})
    int8, of_float = aps
    text = _VARIANT.format(**{**_DEFAULTS, **row, "float": _FLOAT.format(**row)})
    return text + _PAIR.format(int8=int8, of_float=of_float)
