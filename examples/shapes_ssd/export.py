"""Writes the trained detector as ONNX and TFLite: `python -m examples.shapes_ssd.export --out build/shapes_ssd`.

The same trained weights give the same bytes.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from examples.shapes_ssd.drawing import draw_scene
from examples.shapes_ssd.network import ShapesSsd
from examples.shapes_ssd.quantize import calibrated, quantized
from examples.shapes_ssd.to_onnx import float_onnx, int8_onnx
from examples.shapes_ssd.to_tflite import int8_tflite
from examples.shapes_ssd.train import squeezed

CALIBRATION_SEEDS = range(2_000_000, 2_000_256)
"""Scenes that neither training nor validation sees."""


def main() -> None:
    """Read `trained.pt` and write the three files beside it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/shapes_ssd"))
    out: Path = parser.parse_args().out
    network = ShapesSsd()
    # The file is one that train.py wrote here; weights_only keeps it a matter of numbers all the same.
    network.load_state_dict(torch.load(out / "trained.pt", weights_only=True))  # noqa: TID251
    layers, heads = network.eval().folded()
    pictures = np.stack([squeezed(draw_scene(seed))[0] for seed in CALIBRATION_SEEDS])
    images = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 128 - 1
    whole = quantized(layers, heads, calibrated(layers, torch.split(images, 64)))
    for name, content in (
        ("shapes_ssd_float.onnx", float_onnx(layers, heads)),
        ("shapes_ssd_qdq_int8.onnx", int8_onnx(whole, heads)),
        ("shapes_ssd_int8.tflite", int8_tflite(whole, heads)),
    ):
        (out / name).write_bytes(content)
        print(f"{out / name}: {len(content):,} bytes")


if __name__ == "__main__":
    main()
