"""A rendered tree that follows its sources: after an edit only the models that changed are read and made again.

The pages of the changed models come first, and those of the zoo as a whole afterwards: who edits a manifest looks at
its card. What goes wrong leaves the tree as it was.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from zoo_tools.domain.manifest import Manifest
from zoo_tools.errors import BrokenFileError
from zoo_tools.registry.load import Entry, FileResult, Registry, load_model, load_registry, model_folders
from zoo_tools.site.checked import Checked, read_report
from zoo_tools.site.render import Tree, add_files, add_models, add_pages, refuse_unreadable
from zoo_tools.site.write import Changes, update_tree, write_tree
from zoo_tools.site.zoo import Zoo

Stamps = dict[str, tuple[int, int]]
"""Time of change and size by path: what tells an edited file."""


@dataclass(frozen=True, slots=True)
class _Look:
    """All sources at one moment."""

    shared: Stamps = field(default_factory=dict)
    report: Stamps = field(default_factory=dict)
    docs: Stamps = field(default_factory=dict)
    models: dict[str, Stamps] = field(default_factory=dict)


class Watched:
    """Renders a registry again and again.

    Args:
        root: folder of the registry.
        out: folder of the pages.
        docs: folder of hand-written pages.
        report: JSON report of the checks.
    """

    def __init__(self, root: Path, out: Path, *, docs: Path | None, report: Path | None) -> None:
        self._root, self._out, self._docs, self._report = root, out, docs, report
        self._now, self._read_at = _Look(), _Look()
        self._shared = Registry(root)
        self._checked: Checked | None = None
        self._models: dict[str, tuple[Entry[Manifest] | None, FileResult]] = {}
        self._zoo: Zoo | None = None
        self._whole: dict[str, bytes] = {}
        """Pages and files of the zoo as a whole."""
        self._is_whole_current = False
        self._written: dict[str, bytes] | None = None

    def look(self) -> bool:
        """Tell whether any source was edited since the last look."""
        before, self._now = self._now, _Look(
            shared=dict(_stamps(self._root, leaving_out="models")),
            report=_stamp(self._report) if self._report is not None else {},
            docs=dict(_stamps(self._docs)) if self._docs is not None else {},
            models={model: dict(_stamps(self._root / "models" / model)) for model in model_folders(self._root)},
        )  # fmt: skip
        return self._now != before

    def follow(self) -> Changes:
        """Write the pages of the models that were edited, and what was written by hand.

        Raises:
            BrokenFileError: a file cannot be read; nothing was written.
            ZooToolsError: the pages cannot be made or written.
        """
        zoo = self._read()
        is_first = not self._whole
        if is_first:
            self._whole = _whole(zoo)
        changes = self._write(zoo)
        self._zoo, self._is_whole_current = zoo, is_first
        return changes

    def catch_up(self) -> Changes | None:
        """Write the pages of the zoo as a whole, where they are behind; return None where they are not."""
        if self._zoo is None or self._is_whole_current:
            return None
        self._whole = _whole(self._zoo)
        self._is_whole_current = True
        return self._write(self._zoo)

    def _read(self) -> Zoo:
        now, before = self._now, self._read_at
        if now.shared != before.shared:
            self._shared = load_registry(self._root, left_out=now.models)
        if now.report != before.report:
            self._checked = read_report(self._report) if now.report and self._report is not None else None
        self._models = {
            model: self._models[model]
            if model in self._models and stamps == before.models.get(model)
            else load_model(self._root, model)
            for model, stamps in now.models.items()
        }
        self._read_at = now
        results = [result for _, result in self._models.values()]
        refuse_unreadable(replace(self._shared, files=[*self._shared.files, *results]))
        models = {model: entry for model, (entry, _) in self._models.items() if entry is not None}
        if self._zoo is None or (now.shared, now.report) != (before.shared, before.report):
            return Zoo(replace(self._shared, models=models), self._checked)
        return self._zoo.with_models(models)

    def _write(self, zoo: Zoo) -> Changes:
        tree = Tree(directory_urls=zoo.directory_urls)
        for path, content in self._whole.items():
            tree.add_file(path, content)
        add_models(tree, zoo)
        if self._docs is not None:
            tree.add_by_hand(self._docs)
        before, self._written = self._written, None  # what is half written is compared byte by byte the next time
        if before is None:
            changes = write_tree(tree.files, self._out)
        else:
            changes = update_tree(tree.files, self._out, before=before)
        self._written = tree.files
        return changes


def _whole(zoo: Zoo) -> dict[str, bytes]:
    tree = Tree(directory_urls=zoo.directory_urls)
    add_pages(tree, zoo)
    add_files(tree, zoo)
    return tree.files


def _stamps(folder: Path, *, leaving_out: str | None = None) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the stamps of all files below a folder; links are not followed."""
    try:
        with os.scandir(folder) as entries:
            found = list(entries)
    except OSError as error:
        raise BrokenFileError(f"{folder} cannot be read: {error.strerror}", fix="put it back") from None
    for entry in found:
        if not entry.is_dir(follow_symlinks=False):
            said = entry.stat(follow_symlinks=False)
            yield entry.path, (said.st_mtime_ns, said.st_size)
        elif entry.name != leaving_out:
            yield from _stamps(Path(entry.path))


def _stamp(path: Path) -> Stamps:
    """Return the stamp of a file, or nothing where there is none."""
    try:
        said = path.stat()
    except OSError:
        return {}
    return {str(path): (said.st_mtime_ns, said.st_size)}
