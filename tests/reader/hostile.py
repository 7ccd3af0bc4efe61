"""Attacks on a registry: what somebody may send in a pull request, and what has to be said of it."""

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

MODEL = "generated_0000"
MANIFEST = f"models/{MODEL}/manifest.yaml"

Spoil = Callable[[Path], None]


@dataclass(frozen=True)
class Attack:
    """What is done to a sound registry, and what is said of it then."""

    name: str
    spoil: Spoil
    says: str
    """Part of the message of one error."""
    at: str | None
    """How the text at its place begins; None where nothing in a file is to blame, or it cannot be shown."""


def _edit(old: str, new: str) -> Spoil:
    def spoil(registry: Path) -> None:
        path = registry / MANIFEST
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_bytes(text.replace(old, new, 1).encode("utf-8", "surrogatepass"))

    return spoil


def _write(data: str | bytes) -> Spoil:
    def spoil(registry: Path) -> None:
        (registry / MANIFEST).write_bytes(data if isinstance(data, bytes) else data.encode())

    return spoil


def _link(file: str) -> Spoil:
    """Move a file or folder of the registry elsewhere, and leave a link in its place."""

    def spoil(registry: Path) -> None:
        elsewhere = registry.parent / "elsewhere"
        shutil.move(registry / file, elsewhere)
        (registry / file).symlink_to(elsewhere)

    return spoil


def _golden(file: str) -> str:
    return f"  golden:\n  - {{artifact: int8, image: cat, file: {file}}}\n  footprints:\n"


def _golden_link(registry: Path) -> None:
    _edit("  footprints:\n", _golden("golden/cat.json"))(registry)
    folder = registry / "models" / MODEL / "golden"
    folder.mkdir()
    (folder / "cat.json").symlink_to("/etc/passwd")


def _pipe(registry: Path) -> None:
    (registry / MANIFEST).unlink()
    os.mkfifo(registry / MANIFEST)


def _transcript_pipe(registry: Path) -> None:
    path = registry / "models" / MODEL / "evidence" / "card.csv"
    path.unlink()
    os.mkfifo(path)


def _golden_pipe(registry: Path) -> None:
    _golden_link(registry)
    path = registry / "models" / MODEL / "golden" / "cat.json"
    path.unlink()
    os.mkfifo(path)


def _folder_for_file(registry: Path) -> None:
    (registry / MANIFEST).unlink()
    (registry / MANIFEST).mkdir()


def _in_capitals(registry: Path) -> None:
    shutil.copytree(registry / "models" / MODEL, registry / "models" / MODEL.upper())


def _value(key: str, value: str) -> Spoil:
    """Write another value behind the first of a key, which may stand in a flow mapping."""

    def spoil(registry: Path) -> None:
        path = registry / MANIFEST
        text = path.read_text(encoding="utf-8")
        spoilt, count = re.subn(rf"(\b{key}: )(?:\"[^\"\n]*\"|[^,}}\n]*)", lambda m: m[1] + value, text, count=1)
        assert count == 1
        path.write_text(spoilt, encoding="utf-8")

    return spoil


_TITLE = "title: Generated detector 0"
_BOMB = "".join(f"b{i}: &b{i} [{', '.join([f'*b{i - 1}'] * 10)}]\n" for i in range(1, 10))

NOTATION = [
    Attack("alias bomb", _write(f"b0: &b0 [lol]\n{_BOMB}"), "is an anchor", "&b0"),
    Attack("alias", _edit(_TITLE, "title: *x"), "is an alias", "*x"),
    Attack("100,000 [", _write("x: " + "[" * 100_000), "nesting is deeper than 20", "["),
    Attack("100,000 {", _write("x: " + "{" * 100_000), "a key is a list or mapping", "{"),
    Attack("nested flow mappings", _write("x: " + "{a: " * 60_000), "nesting is deeper than 20", "{"),
    Attack("100,000 brackets closed", _write("x: " + "[" * 50_000 + "]" * 50_000), "nesting is deeper than 20", "["),
    Attack("nested lists in one line", _write("- " * 100_000 + "x\n"), "nesting is deeper than 20", "- "),
    Attack("keys of keys", _write("? " * 100_000 + "x\n"), "", None),
    Attack("deep blocks", _write("".join(" " * i + "a:\n" for i in range(600))), "nesting is deeper than 20", "a:"),
    Attack("deep block lists", _write("".join(" " * i + "-\n" for i in range(600))), "nesting is deeper than 20", "-"),
    Attack("closing brackets", _write("x: " + "]" * 100_000), "not YAML", "]"),
    Attack("one huge line", _write("x: " + "a: " * 80_000 + "\n"), "not YAML", ": "),
    Attack("one huge quotation", _write('x: "' + "a" * 250_000), "not YAML", None),
    Attack("a hundred thousand colons", _write(": " * 100_000), "", None),
    Attack("a hundred thousand commas", _write("x: [" + "," * 200_000), "not YAML", ","),
    Attack("blank values", _write("".join(f"k{i}:\n" for i in range(20_000))), "the value is blank", None),
    Attack("unknown keys", _write("".join(f"k{i}: v\n" for i in range(15_000))), "more problems", None),
    Attack("comments alone", _write("#" * 200_000 + "\n" + "# x\n" * 10_000), "the file is empty", None),
    Attack("duplicate key", _edit(_TITLE, f"{_TITLE}\nid: other"), "stands here a second time", "id: other"),
    Attack("merge key", _edit(_TITLE, "<<: {title: x}"), "is a merge key", "<<"),
    Attack("tag", _edit(_TITLE, 'title: !!python/object/apply:os.system ["true"]'), "is a tag", "!!python"),
    Attack("second document", _edit(_TITLE, f"{_TITLE}\n---\nid: x"), "a second document", "---"),
    Attack("directive", _write("%YAML 1.1\n---\nid: x\n"), "directive", None),
    Attack("tag directive", _write("%TAG ! tag:x,2000:\n---\nid: x\n"), "directive", None),
    Attack("tab", _edit("  upstream:", "\tupstream:"), "U+0009", "\tupstream"),
    Attack("turned direction", _edit(_TITLE, "title: a\u202eb"), "U+202E", "\u202eb"),
    Attack("isolated direction", _edit(_TITLE, "title: a # \u2066b"), "U+2066", "\u2066b"),
    Attack("zero width", _edit(_TITLE, "title: a\u200bb"), "U+200B", "\u200bb"),
    Attack("line separator", _edit(_TITLE, "title: a\u2028id: b"), "U+2028", "\u2028id"),
    Attack("NUL", _edit(_TITLE, "title: a\0b"), "U+0000", "\0b"),
    Attack("escape sequence", _edit(_TITLE, "title: \x1b[2J"), "U+001B", "\x1b"),
    Attack("next line", _edit(_TITLE, "title: a\x85id: b"), "U+0085", "\x85id"),
    Attack("direction in an escape", _edit(_TITLE, r'title: "a\u202eb"'), "U+202E", '"a'),
    Attack("lone surrogate in an escape", _edit(_TITLE, r'title: "\ud800"'), "", None),
    Attack("lone surrogate", _edit(_TITLE, "title: \ud800"), "is not UTF-8", None),
    Attack("overlong NUL", _write(b"id: \xc0\x80\n"), "byte 0xc0 is not UTF-8", None),
    Attack("UTF-16", _write("id: x\n".encode("utf-16")), "is not UTF-8", None),
    Attack("Latin-1", _write("id: x\ntitle: Gerät\n".encode("latin-1")), "byte 0xe4 is not UTF-8", None),
    Attack("byte order mark", _write(b"\xef\xbb\xbfid: x\n"), "byte order mark", None),
    Attack("300 KiB", _write("# " + "x" * 300 * 1024 + "\n"), "larger than 256 KiB", None),
    Attack("nothing at all", _write(""), "the file is empty", None),
    Attack("a text", _write("just a text\n"), "stands where a mapping should be", "just"),
]

VALUES = [
    Attack("underscores", _value("macs", "40_000_000"), "is not a whole number", "40_000"),
    Attack("octal of YAML 1.1", _value("macs", "0100"), "is not a whole number", "0100"),
    Attack("octal of YAML 1.2", _value("macs", "0o17"), "is not a whole number", "0o17"),
    Attack("hexadecimal", _value("macs", "0x1F"), "is not a whole number", "0x1F"),
    Attack("sexagesimal", _value("macs", "12:30:45"), "is not a whole number", "12:30:45"),
    Attack("exponent for a count", _value("macs", "1e3"), "is not a whole number", "1e3"),
    Attack("plus sign", _value("ms", "+1.5"), "is not a plain number", "+1.5"),
    Attack("no before the point", _value("ms", ".5"), "is not a plain number", ".5"),
    Attack("bool for a number", _value("ms", "true"), "is not a plain number", "true"),
    Attack("bool for a count", _value("macs", "yes"), "is not a whole number", "yes"),
    Attack("yes for a flag", _value("clip", "yes"), "is neither true nor false", "yes"),
    Attack("number for a flag", _value("clip", "1"), "is neither true nor false", "1"),
    Attack("not a number", _value("ms", ".nan"), "is not a plain number", ".nan"),
    Attack("NaN", _value("ms", "NaN"), "is not a plain number", "NaN"),
    Attack("infinity", _value("ms", ".inf"), "is not a plain number", ".inf"),
    Attack("minus infinity", _value("ms", "-.inf"), "is not a plain number", "-.inf"),
    Attack("1e999", _value("ms", "1e999"), "out of bounds", "1e999"),
    Attack("1e-999", _value("ms", "1e-999"), "", "1e-999"),
    Attack("1e9999999", _value("ms", "1e9999999"), "is not a plain number", "1e9999999"),
    Attack("5,000 digits", _value("macs", "9" * 5000), "is not a whole number", "9999"),
    Attack("5,000 digits of a number", _value("ms", "9" * 5000), "out of bounds", "9999"),
    Attack("5,000 digits of a fraction", _value("a", "1/" + "9" * 5000), "", "1/9999"),
    Attack("zero for a denominator", _value("a", "1/0"), "is not a number or a fraction", "1/0"),
    Attack("digits of another script", _value("macs", "\u0664\u0660"), "is not a whole number", "\u0664"),
    Attack("null", _value("title", "~"), "says nothing", "~"),
    Attack("a day that is none", _value("retrieved", "2026-02-30"), "is not a day", "2026-02-30"),
    Attack("a list for a text", _value("title", "[a]"), "is not a text", "[a]"),
    Attack("negative time", _value("ms", "-1"), "the value is -1", "-1"),
    Attack("64 digits without quotes", _value("sha256", "1" * 63), "is not a sha256", "111"),
]

PATHS = [
    Attack("transcript outside", _value("transcript", "../../../boards/x.csv"), "is not a path inside", "../.."),
    Attack("transcript from the root", _value("transcript", "/etc/passwd"), "is not a path inside", "/etc"),
    Attack("backslashes", _value("transcript", r"evidence\card.csv"), "is not a path inside", "evidence\\"),
    Attack("two points inside", _value("transcript", "evidence/../card.csv"), "is not a path inside", "evidence/.."),
    Attack("transcript on a drive", _value("transcript", "c:/card.csv"), "is not a path inside", "c:/"),
    Attack("recording outside", _edit("  footprints:\n", _golden("../x.json")), "", "../x.json"),
    Attack("transcript that is a device", _value("transcript", "evidence/nul.csv"), "device", "evidence/nul"),
    Attack("trailing point", _value("transcript", "evidence/card."), "is not a path inside", "evidence/card."),
    Attack("device name", _edit(f"id: {MODEL}", "id: con"), "is a device name on Windows", "con"),
    Attack("device name with an ending", _edit('- id: "128"', '- id: "aux.v1"'), "is a device name", '"aux.v1"'),
    Attack("case clash of ids", _edit("  - id: float\n", "  - id: INT8\n"), "is not an id", "INT8"),
    Attack("case clash of folders", _in_capitals, MODEL.upper(), None),
    Attack("traversal in an id", _edit(f"id: {MODEL}", "id: ../boards"), "is not an id", "../boards"),
    Attack("plain http", _value("upstream", '"http://x.org/"'), "is not an https url", '"http'),
    Attack("file url", _value("upstream", '"file:///etc/passwd"'), "is not an https url", '"file'),
    Attack("script url", _value("upstream", '"javascript:alert(1)"'), "is not an https url", '"javascript'),
    Attack("url with a password", _value("upstream", '"https://a:b@x.org/"'), "is not an https url", '"https'),
    Attack("url with a newline", _value("upstream", r'"https://x.org/\n"'), "is not an https url", '"https'),
]

LINKS = [
    Attack("manifest is a link", _link(MANIFEST), "symbolic link", None),
    Attack("model folder is a link", _link(f"models/{MODEL}"), "symbolic link", None),
    Attack("board is a link", _link("boards/stm32h747i-disco.yaml"), "symbolic link", None),
    Attack("folder of boards is a link", _link("boards"), "symbolic link", None),
    Attack("transcript is a link", _link(f"models/{MODEL}/evidence/card.csv"), "symbolic link", "evidence/card.csv"),
    Attack("folder of transcripts is a link", _link(f"models/{MODEL}/evidence"), "symbolic link", None),
    Attack("recording is a link", _golden_link, "symbolic link", "golden/cat.json"),
    Attack("manifest is a pipe", _pipe, "a device or pipe", None),
    Attack("folder of models is a link", _link("models"), "symbolic link", None),
    Attack("transcript is a pipe", _transcript_pipe, "device or pipe", "evidence/card.csv"),
    Attack("recording is a pipe", _golden_pipe, "device or pipe", "golden/cat.json"),
    Attack("manifest is a folder", _folder_for_file, "a folder", None),
]

ATTACKS = [*NOTATION, *VALUES, *PATHS, *LINKS]
