"""A tiny zoo that runs: the registry of `base`, a detector of red squares, a picture of some.

Digests are filled in and the golden case is recorded, by the product's own command, when the zoo is built.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.checks.model_bytes import BYTES
from tests.cli.invoke import Called, call
from tests.make_tflite import tiny_ssd

BASE = Path(__file__).parent / "base"
MANIFEST = "models/tiny_ssd/manifest.yaml"
MODEL_FILE, PICTURE_FILE = "tiny_int8.tflite", "squares.png"
SUBJECT = "tiny_ssd/16/int8"

RED, BLUE, GREY = (255, 0, 0), (0, 0, 255), (128, 128, 128)


def squares() -> bytes:
    """Draw the picture as PNG: 48 x 32 pixels for a network of 16 x 16, so that three columns become one.

    A cell of the network is 12 x 8 pixels. Two cells are red (one in a corner, where clipping matters), one is blue. A
    fourth is red in the middle column of every three: only who samples pixel centres sees it red.
    """
    picture = np.full((32, 48, 3), GREY, np.uint8)
    picture[0:8, 0:12] = RED
    picture[16:24, 12:24] = RED
    picture[8:16, 24:36] = BLUE
    picture[16:24, 37:48:3] = RED
    content = BytesIO()
    Image.fromarray(picture).save(content, "PNG")
    return content.getvalue()


@dataclass(frozen=True)
class Zoo:
    """A zoo on the disk: `registry` and, beside it, `mirror`."""

    folder: Path

    @property
    def registry(self) -> Path:
        """The registry folder."""
        return self.folder / "registry"

    @property
    def mirror(self) -> Path:
        """The files the registry speaks of."""
        return self.folder / "mirror"

    @property
    def manifest(self) -> Path:
        """The manifest of the one model."""
        return self.registry / MANIFEST

    def copy(self, folder: Path) -> "Zoo":
        """Copy the zoo to an empty or missing folder."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Zoo(folder)

    def edit(self, old: str, new: str, *, file: str = MANIFEST) -> None:
        """Replace a text that stands exactly once in a registry file."""
        path = self.registry / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def swap(self, name: str, content: bytes) -> None:
        """Put other bytes under a file name, and their digest and size into the registry."""
        for old in self.mirror.glob(f"*/{name}"):
            was = old.read_bytes()
            for path in self.registry.rglob("*.yaml"):
                text = path.read_text(encoding="utf-8")
                if old.parent.name in text:
                    text = text.replace(f"size: {len(was)}\n", f"size: {len(content)}\n")
                    path.write_text(text.replace(old.parent.name, sha256(content).hexdigest()), encoding="utf-8")
            shutil.rmtree(old.parent)
        self.store(name, content)

    def store(self, name: str, content: bytes) -> None:
        """Put a file into the mirror."""
        path = self.mirror / sha256(content).hexdigest() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def record(self) -> Called:
        """Record the golden case again."""
        return self.call("golden", "record", "tiny_ssd")

    def validate(self, *arguments: str, level: str = "run") -> Called:
        """Validate with a JSON report."""
        return self.call("validate", "--level", level, "--format", "json", *arguments)

    def call(self, command: str, *arguments: str | Path) -> Called:
        """Call a command on this registry, with its mirror and no network."""
        return call(command, *arguments, "--registry", self.registry, "--mirror", self.mirror, "--offline")


def build(folder: Path) -> Zoo:
    """Build the zoo and record its golden case."""
    zoo = Zoo(folder)
    shutil.copytree(BASE, zoo.registry)
    zoo.mirror.mkdir()
    for name, content in ((MODEL_FILE, tiny_ssd()), (PICTURE_FILE, squares())):
        zoo.store(name, content)
        for path in zoo.registry.rglob("*.yaml"):
            text = path.read_text(encoding="utf-8")
            text = text.replace(f"{{{name} sha256}}", sha256(content).hexdigest())
            path.write_text(text.replace(f"{{{name} size}}", str(len(content))), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZOO_TOOLS_CACHE", str(folder / "cache"))
        recorded = zoo.record()
    assert recorded.code == 0, recorded.err
    return zoo


def swapped(kind: str) -> bytes:
    """Return the bytes that a case calls by name."""
    make: Callable[[], bytes] = BYTES[kind]
    return make()


def built_zoo(tmp_path_factory: pytest.TempPathFactory) -> Zoo:
    """Return the zoo of this test session, built when it is asked for first."""
    folder = tmp_path_factory.getbasetemp() / "tiny-zoo"
    return Zoo(folder) if folder.exists() else build(folder)
