"""A registry file as the events of a YAML parser: whatever is unusual in it is read, and whatever is wrong is said.

Nothing recurses, and anchors, aliases, tags and the like are refused before anything is built of them.
"""

import unicodedata

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StreamMark, YAMLError, YAMLStreamError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from zoo_tools.registry.tree import (
    INVISIBLE,
    MAX_DEPTH,
    MAX_PROBLEMS,
    NOTHING,
    Mapping,
    Mark,
    Node,
    NotStrictYaml,
    Scalar,
    Sequence,
)


def read_events(text: str) -> tuple[Node | None, list[NotStrictYaml]]:
    """Read a file as the events of a YAML parser, with which `fast_source` agrees wherever that answers.

    Returns:
        The tree (None where it cannot be read to its end) and everything that keeps it from being strict YAML.
    """
    builder = _Builder()
    try:
        _feed(builder, text)
    except NotStrictYaml as problem:
        builder.problems.append(problem)
    return builder.root if builder.complete else None, builder.problems


def _mark(event_mark: StreamMark) -> Mark:
    return Mark(event_mark.line + 1, event_mark.column + 1)


def _refuse_features(event: Event) -> None:
    mark = _mark(event.start_mark)
    anchor = getattr(event, "anchor", None)
    tag = getattr(event, "tag", None)
    if isinstance(event, AliasEvent):
        raise NotStrictYaml(f"`*{anchor}` is an alias", "write the value out", mark)
    if anchor:
        raise NotStrictYaml(f"`&{anchor}` is an anchor", "remove it and write values out", mark)
    if tag:
        raise NotStrictYaml(f"`{str(tag)[:40]}` is a tag", "remove it", mark)
    if isinstance(event, DocumentStartEvent) and (event.version or event.tags):
        raise NotStrictYaml("the file has a % directive", "remove it", mark)


class _Builder:
    """Builds the tree from events with a stack of its own, so depth never reaches the interpreter's."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.complete = False
        self.problems: list[NotStrictYaml] = []
        self.documents = 0
        self.open: list[Sequence | Mapping] = []
        self.pending: list[Scalar | None] = []

    def take(self, event: Event) -> None:
        _refuse_features(event)
        match event:
            case DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    raise NotStrictYaml("a second document begins", "keep one document a file", _mark(event.start_mark))
            case ScalarEvent():
                self._scalar(event)
            case SequenceStartEvent():
                self._begin(Sequence(_mark(event.start_mark)))
            case MappingStartEvent():
                self._begin(Mapping(_mark(event.start_mark)))
            case SequenceEndEvent() | MappingEndEvent():
                self.open.pop()
                self.pending.pop()

    def _scalar(self, event: ScalarEvent) -> None:
        scalar = Scalar(event.value, _mark(event.start_mark))
        if event.style is None and event.value in NOTHING:
            owner = self.pending[-1] if self.pending else None
            if owner and not event.value:
                scalar = Scalar("", owner.mark)  # the parser says that nothing stands where the next key does
            what = f"`{event.value}` says nothing" if event.value else "the value is blank"
            fix = "write the value, or `unknown` with a reason, or remove the key"
            self._note(NotStrictYaml(what, fix, scalar.mark))
        for character in event.value:
            if character != "\n" and unicodedata.category(character) in INVISIBLE:
                message = f"the value holds U+{ord(character):04X}, a control or invisible character"
                raise NotStrictYaml(message, "remove it", scalar.mark)
        parent = self.open[-1] if self.open else None
        if isinstance(parent, Mapping) and self.pending[-1] is None:
            self._key(parent, scalar)
        else:
            self._place(scalar)

    def _note(self, problem: NotStrictYaml) -> None:
        """Keep a problem that reading can go on after."""
        self.problems.append(problem)
        if len(self.problems) >= MAX_PROBLEMS:
            message = f"the file has {MAX_PROBLEMS} problems up to here; the rest of it was not read"
            raise NotStrictYaml(message, "mend these first", problem.mark)

    def _key(self, parent: Mapping, key: Scalar) -> None:
        if key.text == "<<":
            raise NotStrictYaml("`<<` is a merge key", "write the keys out", key.mark)
        if key.text in parent.entries:
            first = parent.key_marks[key.text].line
            message = f"key `{key.text}` stands here a second time (first in line {first})"
            self._note(NotStrictYaml(message, "remove one of the two", key.mark))
        self.pending[-1] = key

    def _begin(self, node: Sequence | Mapping) -> None:
        parent = self.open[-1] if self.open else None
        if isinstance(parent, Mapping) and self.pending[-1] is None:
            raise NotStrictYaml("a key is a list or mapping", "use a plain text as key", node.mark)
        if len(self.open) >= MAX_DEPTH:
            raise NotStrictYaml(f"nesting is deeper than {MAX_DEPTH}", "flatten it", node.mark)
        self._place(node)
        self.open.append(node)
        self.pending.append(None)

    def _place(self, node: Node) -> None:
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        if isinstance(parent, Sequence):
            parent.items.append(node)
            return
        key = self.pending[-1]
        assert key is not None  # _scalar and _begin set it before a value is placed
        parent.entries[key.text] = node
        parent.key_marks[key.text] = key.mark
        self.pending[-1] = None


def _feed(builder: _Builder, text: str) -> None:
    yaml = YAML(typ="safe", pure=True)
    try:
        for event in yaml.parse(text):
            builder.take(event)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = (error.problem or error.context or "it cannot be parsed").strip()
        raise NotStrictYaml(f"not YAML: {said}", "mend the notation", _mark(mark) if mark else Mark(1, 1)) from None
    except (YAMLError, YAMLStreamError, RecursionError, ValueError) as error:
        raise NotStrictYaml(f"not YAML: {str(error).splitlines()[0][:120]}", "mend the notation", Mark(1, 1)) from None
    if builder.root is None:
        raise NotStrictYaml("the file is empty", "write its content or remove it", Mark(1, 1))
    builder.complete = True
