"""The good and bad examples of checks, as files: what is changed in the tiny zoo, and what must be said of it.

`<check-id>/good*.yaml` passes; `<check-id>/bad-<what>.yaml` gives the stated finding, and nothing else goes wrong with
it but what the example names under `also_fails`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML

from tests.checks.labelled_squares import LABELLED
from tests.checks.more_formats import ADDED
from tests.checks.more_inputs import add_inputs
from tests.checks.tiny_zoo import MANIFEST, Zoo, swapped
from zoo_tools.domain.findings import Severity

FOLDER = Path(__file__).parent

Tree = Mapping[str, object]


@dataclass(frozen=True)
class Expected:
    """The finding of a bad example."""

    message: str
    """The whole message; between slashes, a pattern for it."""
    fix: str
    at: str
    """How the text at the finding's line and column begins."""
    severity: Severity = Severity.ERROR
    file: str = MANIFEST


@dataclass(frozen=True)
class Example:
    """One file of examples."""

    check: str
    name: str
    changes: Sequence[Tree] = ()
    base: Sequence[Tree] | None = None
    """Changes that were committed before; where they are said, the rest is compared with that commit."""
    level: str = ""
    """Level of the run; that of the check where it is not said."""
    passed_on: str = ""
    """Subject the check must have passed on, of a good example."""
    finding: Expected | None = None
    also_fails: frozenset[str] = frozenset()
    engines: Sequence[str] = ("litert",)
    """Runtimes that are asked for; none stands for all that are installed."""
    mirror: bool = field(default=True)

    @property
    def id(self) -> str:
        """Its place, for the names of tests."""
        return f"{self.check}/{self.name}"

    @property
    def is_good(self) -> bool:
        """Whether the check should pass."""
        return self.name.startswith("good")


def examples() -> list[Example]:
    """Return all examples; `base` holds none."""
    return [_read(path) for path in sorted(FOLDER.glob("*/*.yaml")) if path.parent.name != "base"]


def _read(path: Path) -> Example:
    tree = YAML(typ="safe").load(path.read_text(encoding="utf-8")) or {}
    finding = tree.pop("finding", None)
    if finding is not None:
        finding["severity"] = Severity(finding.get("severity", "error"))
        finding = Expected(**finding)
    assert str(tree.pop("about")), f"{path} does not say what it is about"
    also = frozenset(tree.pop("also_fails", ()))
    return Example(path.parent.name, path.stem, finding=finding, also_fails=also, **tree)


def apply(zoo: Zoo, change: Tree) -> None:
    """Make one change to a zoo.

    A change is one of: `old` and `new` (texts; `old` stands once), `next_digit` (the digit behind a text is replaced by
    another), `json` and `to` (the path of a value in a recording, and its new value), `bytes` (a file of the mirror is
    replaced, digests follow), `flip` (a bit of a file of the mirror), `hold` (a file of the mirror becomes one that the
    registry holds itself), `record` (the golden case is recorded again),
    `remove` (a registry file), `write` (a registry file with a text), `inputs` (variants are added, see `add_inputs`),
    `add` (artifacts of other formats, see `more_formats`; a labelled set, see `labelled_squares`).
    `file` names another file than the manifest.
    """
    file = str(change.get("file", MANIFEST))
    match change:
        case {"old": str(old), "new": str(new)}:
            zoo.edit(old, new, file=file)
        case {"next_digit": str(before)}:
            _next_digit(zoo, before, file)
        case {"json": list(steps), "to": value}:
            _set(zoo.registry / file, steps, value)
        case {"bytes": str(name), "are": str(kind)}:
            zoo.swap(name, swapped(kind))
        case {"flip": str(name)}:
            (path,) = zoo.mirror.glob(f"*/{name}")
            content = bytearray(path.read_bytes())
            content[-1] ^= 1
            path.write_bytes(content)
        case {"hold": str(name)}:
            (path,) = zoo.mirror.glob(f"*/{name}")
            held = zoo.registry / "models" / "tiny_ssd" / "files" / name
            held.parent.mkdir(exist_ok=True)
            path.rename(held)
            zoo.edit(f'urls: ["https://models.example.org/v1/{name}"]', f"path: files/{name}")
        case {"record": True}:
            assert zoo.record().code == 0
        case {"add": str(name)}:
            (ADDED | LABELLED)[name](zoo)
        case {"inputs": list(rows)}:
            add_inputs(zoo, rows)
        case {"remove": str(name)}:
            (zoo.registry / name).unlink()
        case {"write": str(name), "text": str(text)}:
            (zoo.registry / name).parent.mkdir(parents=True, exist_ok=True)
            (zoo.registry / name).write_text(text, encoding="utf-8")
        case _:
            raise ValueError(f"{change} is no change")


def _next_digit(zoo: Zoo, before: str, file: str) -> None:
    path = zoo.registry / file
    text = path.read_text(encoding="utf-8")
    found = re.findall(re.escape(before) + "[0-9a-f]", text)
    assert len(found) == 1, f"{before!r} stands {len(found)} times before a digit in {file}"
    zoo.edit(found[0], before + ("1" if found[0][-1] != "1" else "2"), file=file)


def _set(path: Path, steps: Sequence[str | int], value: object) -> None:
    tree = json.loads(path.read_text(encoding="utf-8"))
    at = tree
    for step in steps[:-1]:
        at = at[step]
    at[steps[-1]] = value
    path.write_text(json.dumps(tree, indent=1), encoding="utf-8")
