"""The tiny models: their files, how their contracts are stated, and where they are run."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pydantic import BaseModel
from ruamel.yaml import YAML

from zoo_tools.domain.decoding import Contract
from zoo_tools.domain.settings import SETTINGS, Setting
from zoo_tools.inference.worker import CompanionFile, Worker

FOLDER = Path(__file__).parent / "files"

# Everything is text, as in a manifest.
_GIVEN: dict[str, object] = YAML(typ="base", pure=True).load(
    (Path(__file__).with_name("models.yaml")).read_text(encoding="utf-8")
)  # fmt: skip
# OpenVINO's reader of TFLite files does not know this operator.
_UNREAD = {("postprocess", Setting("openvino"))}


class _Stated(BaseModel):
    format: str
    file: str
    companions: list[str] = []
    tensors: dict[str, str]
    contract: Contract


@dataclass(frozen=True, slots=True)
class TinyModel:
    """One model: a few kilobytes of file, and what a manifest would say of it."""

    name: str
    format: str
    path: Path
    companions: tuple[Path, ...]
    roles: dict[str, str]
    """The tensor's name for each role, or role and level."""
    contract: Contract

    def worker(self, setting: Setting) -> Worker:
        """Return a worker that runs it."""
        return Worker(
            self.path,
            sha256=digest(self.path),
            format=self.format,
            engine=setting.engine,
            delegate=setting.delegate,
            companions=[CompanionFile(path.name, path, digest(path)) for path in self.companions],
        )


def tiny_models() -> Iterator[TinyModel]:
    """Return all of them."""
    for name, given in _GIVEN.items():
        stated = _Stated.model_validate(given)
        companions = tuple(FOLDER / one for one in stated.companions)
        yield TinyModel(name, stated.format, FOLDER / stated.file, companions, stated.tensors, stated.contract)


TINY = {model.name: model for model in tiny_models()}
RUNS = [(name, setting) for name, model in TINY.items() for setting in SETTINGS[model.format]
        if (name, setting) not in _UNREAD]  # fmt: skip
"""Each model in every setting that reads it."""


def digest(path: Path) -> str:
    """Return the sha256 of a file."""
    return sha256(path.read_bytes()).hexdigest()
