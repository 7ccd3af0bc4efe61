"""What is looked for in an OpenVINO IR before the runtime sees it: operators that are not OpenVINO's own.

A layer of another set (`extension`, or whatever a converter wrote) needs somebody's library, which is native code.
"""

import re
from xml.parsers import expat

from zoo_tools.inference.engines import RefusedError

_OWN = re.compile(r"opset[0-9]{1,3}")


def check_ir(content: bytes) -> None:
    """Refuse what is no IR of OpenVINO's own operators.

    Args:
        content: the XML file.

    Raises:
        RefusedError: it is something else, declares entities, or has a layer that only an extension runs.
    """
    reader = _Reader()
    try:
        reader.parser.Parse(content, True)  # noqa: FBT003 (the signature is Python's)
    except expat.ExpatError as error:
        raise RefusedError(f"it is no XML file, or it is cut short or damaged: {error}") from error
    if reader.root != "net":
        raise RefusedError(f"it is no OpenVINO IR: its first element is `{reader.root}`; it should be `net`")


class _Reader:
    """Takes the elements as they come; keeps nothing but the first one's name."""

    def __init__(self) -> None:
        self.root: str | None = None
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._element

    def _doctype(self, *_declared: object) -> None:
        # Entities are how a small XML file becomes a large one, or reads another.
        raise RefusedError("it declares a document type, which no IR does")

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        self.root = self.root or name
        operators = attributes.get("version", "")
        if name == "layer" and not _OWN.fullmatch(operators):
            layer, kind = attributes.get("name", ""), attributes.get("type", "")
            raise RefusedError(
                f"its layer `{layer}` is a {kind} of `{operators}`; only operators of OpenVINO's own sets are run"
            )
