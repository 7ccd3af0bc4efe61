"""What a change of this tool's own source may change: every verdict, those of some models, or none.

A part that a level does not reach decides nothing there. A decoder concerns the models that are decoded by it, an
engine those that it runs; a check that is asked concerns every model.
"""

from collections.abc import Collection, Iterator, Sequence
from functools import partial

from zoo_tools.checks.base import AnyCheck, Level
from zoo_tools.checks.engines import settings_or_none
from zoo_tools.checks.selection import Concerns
from zoo_tools.checks.waivers import known_checks
from zoo_tools.domain.manifest import Manifest
from zoo_tools.registry.differing import Difference

_NO_VERDICT = frozenset(["cli", "exchange", "report", "site", "__main__.py"])
_FIRST_LEVEL = {
    "modelfile": Level.FILES,
    "confinement": Level.FILES,
    "inference": Level.RUN,
    "evaluation": Level.RUN,
}
"""The first level at which a part decides something; of all others it is the registry's own."""
_SHARED_PARTS = frozenset(["__init__", "outputs", "onnx_file", "torch_fit", "openvino_ir"])


def tool_reasons(
    differences: Sequence[Difference], checks: Sequence[AnyCheck], level: Level
) -> tuple[list[str], list[tuple[str, Concerns]]]:
    """Return why everything is checked, and why some models are.

    Args:
        differences: of the tool's source, by path from the folder it lies in.
        checks: all that may be asked.
        level: the last level that will be.
    """
    asked = {check.id for check in checks if check.level.rank <= level.rank}
    paths = {path for one in differences for path in (one.path, one.was) if path is not None}
    everywhere, concerned = [], []
    for path in sorted(paths):
        parts = path.split("/")
        sort = _sort(parts)
        if not _counts(parts, level, asked):
            continue
        if sort is not None:
            concerned.append((f"{path} changed, by which it is run", sort))
        else:
            everywhere.append(_said(path, parts))
    if len(everywhere) > 3:
        everywhere = [f"{everywhere[0]}, and so did {len(everywhere) - 1} more files of the tool"]
    return everywhere, concerned


def _counts(parts: Sequence[str], level: Level, asked: Collection[str]) -> bool:
    """Tell whether a file can change a verdict of some level."""
    match parts:
        case [_]:  # the versions that are pinned beside the tool
            return True
        case [_, part, *_] if part in _NO_VERDICT or not parts[-1].endswith(".py"):
            return False
        case [_, "checks", name]:
            check = name.removesuffix(".py").replace("_", "-")
            return check in asked or check not in known_checks()
        case [_, part, *_]:
            first = _FIRST_LEVEL.get(part, Level.STATIC)
            return level.rank >= first.rank
        case _:
            return False


def _said(path: str, parts: Sequence[str]) -> str:
    name = parts[-1].removesuffix(".py").replace("_", "-")
    return f"check `{name}` changed" if parts[1:2] == ["checks"] and name in known_checks() else f"{path} changed"


def _sort(parts: Sequence[str]) -> Concerns | None:
    """Return the sort of models that a file concerns; None of one that concerns all."""
    match parts:
        case [_, "inference", "decoders", name] if name.removesuffix(".py") not in _SHARED_PARTS:
            return partial(_is_decoded_by, name.removesuffix(".py").replace("_", "-"))
        case [_, "inference", "engines", "networks", _]:
            return partial(_is_run_by, "torch")
        case [_, "inference", "engines", name] if name.removesuffix(".py") not in _SHARED_PARTS:
            return partial(_is_run_by, name.removesuffix(".py"))
        case _:
            return None


def _is_decoded_by(decoder: str, manifest: Manifest) -> bool:
    return any(contract.decode.type == decoder for contract in manifest.contracts.values())


def _is_run_by(engine: str, manifest: Manifest) -> bool:
    return any(engine in engines for engines in _engines(manifest))


def _engines(manifest: Manifest) -> Iterator[set[str]]:
    for variant in manifest.variants:
        for artifact in variant.artifacts:
            yield {setting.engine for setting in settings_or_none(artifact)}
