"""Data to YAML that reads well: groups of figures one to a line, their columns aligned; quoting is ruamel.yaml's.

No text of a stranger is ever pasted into YAML: the emitter quotes, and aligning only adds spaces between entries.
"""

import io
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from zoo_tools.registry.columns import aligned

Scalar = str | int | Decimal | date
Tree = Scalar | Mapping[str, "Tree"] | Sequence["Tree"]


class Flow(dict[str, Tree]):
    """A mapping that is written on one line."""


class FlowList(list[Tree]):
    """A list that is written on one line."""


class Quoted(str):
    """A text that is written in quotes, for readers who would take it for something else."""

    __slots__ = ()


class _Representer(RoundTripRepresenter):
    """Numbers keep the digits they are printed with, and what stands twice is written twice (no anchors)."""

    def ignore_aliases(self, _data: object) -> bool:
        return True

    def represent_decimal(self, data: Decimal) -> ScalarNode:
        digits = format(data, "f")
        kind = "float" if "." in digits else "int"
        node: ScalarNode = self.represent_scalar(f"tag:yaml.org,2002:{kind}", digits)
        return node


_Representer.add_representer(Decimal, _Representer.represent_decimal)


def _commented(tree: Tree) -> object:
    match tree:
        case Quoted():
            return DoubleQuotedScalarString(tree)
        case str() if "\n" in tree or tree.startswith("?"):
            # On one line with escapes: aligning must never meet a line that is the inside of a text. And the emitter
            # leaves `?x` bare inside brackets, where its own parser takes the mark for that of a key.
            return DoubleQuotedScalarString(tree)
        case Mapping():
            mapping = CommentedMap((key, _commented(value)) for key, value in tree.items())
            if isinstance(tree, Flow):
                mapping.fa.set_flow_style()
            return mapping
        case str() | int() | Decimal() | date():
            return tree
        case _:
            sequence = CommentedSeq([_commented(value) for value in tree])
            if isinstance(tree, FlowList):
                sequence.fa.set_flow_style()
            return sequence


def yaml_text(tree: Mapping[str, Tree]) -> str:
    """Return a tree as YAML 1.2 text, the same for the same tree."""
    yaml = YAML()
    yaml.Representer = _Representer
    yaml.width = 1_000_000
    yaml.allow_unicode = True
    yaml.indent(mapping=2, sequence=2, offset=0)
    out = io.StringIO()
    yaml.dump(_commented(tree), out)
    return aligned(out.getvalue())
