"""What strangers may write, a run that says it wherever a text can stand, and what a runner would make of a log."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from zoo_tools.domain.findings import Finding, Location, Outcome, Severity, Status
from zoo_tools.report import Run
from zoo_tools.report.changes import (
    Changes,
    Chosen,
    FigureChange,
    GoldenChange,
    ModelChange,
    SeenChange,
    Selection,
    Shard,
    ValueChange,
)

HOSTILE = [
    "::error::pwned", "  ::add-mask::x", "::set-output name=a::b", "::stop-commands::x", "##[add-mask]x",
    "x ##[set-env name=A]b", "###[error]x", "a\n::error::b", "a\r\n::error::b", "a%0A::error::b", "%25", "a,line=7::b",
    "\x1b[31mred\x1b[0m", "\x1b]8;;https://evil.example\x07x", "a\x00b", "a\x85::error::b", "\u2028::error::b",
    "\u202egnp.exe", "\u2066x", "\ufeff", "\u200b", "\x7f\x08", "\ud800",
    "</details>", "</code></details><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!--", "-->", "<b",
    "&lt;b&gt;", "&#64;everyone", "@everyone", "a @octocat b", "@org/team", "#123", "GH-7", "octo/repo#1", ":smile:",
    "[link](https://evil.example)", "![image](https://evil.example/x.png)", "[x]: https://evil.example", "[x][1]",
    "](https://evil.example)", "<https://evil.example>", "https://evil.example", "http://evil.example/x",
    "www.evil.example", "mail@evil.example", "mailto:a@evil.example", "xmpp:a@evil.example", "ftp://evil.example",
    "`", "``` x", "``a`b``", "`a|b`", "`<b>`", "$x$", "a|b|c", "|---|---|", "# heading", "- item", "1. item", "> quote",
    "***", "---", "===", "*a*", "_a_", "__a__", "~~a~~", "\\", "\\[a](b)", "    code", "\tcode", "+", "~~~", "]]>",
    "<![CDATA[x]]>", "&", "\"'<>", "{0}", "{{x}}", "%s %d", "[0](0)", "../../etc/passwd", "/etc/passwd", "a:b,c",
    "C:\\x", "a" * 5000, "\U0001f4a9" * 3000, "漢字", "עברית", "e\u0301" * 50, "9" * 5000, "", " ",
]  # fmt: skip
"""Texts that mean something to a runner, a terminal, Markdown, HTML, XML or JSON."""


def run_of(text: str) -> Run:
    """Return a run that says a text in every place that holds one, of a model and of a file that models share."""
    outcomes = []
    for subject in ("m/v/a", text, "boards/b"):
        error = Finding(text, Severity.ERROR, subject, text, text, Location(text, 1, 1))
        warning = Finding(
            "ram-total", Severity.WARNING, subject, f"x {text} y", text, Location("registry/f.yaml", 2, 3)
        )
        note = Finding("ram-total", Severity.NOTE, subject, text, text, Location(text))
        waived = Finding("ram-total", Severity.ERROR, subject, text, text, Location("f", 4, 5), text, text)
        outcomes += [
            Outcome(text, "static", subject, Status.FAILED, [error, warning, note, waived], text, text),
            Outcome("ram-total", "static", subject, Status.SKIPPED, reason=text),
            Outcome(text, "run", subject, Status.UNAVAILABLE, reason=text),
            Outcome("ram-total", "run", subject, Status.CRASHED, reason=text, engine=text),
        ]
    seen = (SeenChange(text, text, text, text), SeenChange(text, None, text, None))
    value = ValueChange(text, text, text)
    model = ModelChange(
        text, "changed", text,
        (FigureChange(text, text, text, text, text, text), FigureChange(text, text, None, text, None, text)),
        (value, ValueChange(text, None, text)), (GoldenChange(text, text, 1, 2, seen, (value,), text),), text,
    )  # fmt: skip
    plain = ModelChange("m", "added", None, model.figures, model.values, model.goldens)
    return Run(
        "run", outcomes, 1.0, {text: "0" * 64, "m": "1" * 64},
        Selection(text, text, (Chosen(text, (text,)), Chosen("m", (text, text))), 9, (text,)),
        Changes(text, text, (model, plain)), Shard(1, 2, (text, "m"), text), f"zoo_tools {text}",
    )  # fmt: skip


def many(count: int, *, text: str = "the total is {n}, its parts add up to {n}") -> Run:
    """Return a run of so many findings of every severity, each of another subject and place."""
    severities = list(Severity)
    outcomes = []
    for n in range(count):
        name, severity = f"m{n % 400:03}/v{n}/int8", severities[n % 3]
        said = text.replace("{n}", str(n))
        found = Finding("ram-total", severity, name, said, said, Location(f"registry/m{n % 400}.yaml", n + 1, 3))
        status = Status.FAILED if severity is Severity.ERROR else Status.PASSED
        outcomes.append(Outcome("ram-total", "static", name, status, [found]))
    return Run("static", outcomes, 1.0, {f"m{n:03}": "0" * 64 for n in range(400)})


class Command(NamedTuple):
    """What a runner would do."""

    name: str
    properties: dict[str, str]
    data: str


KNOWN = frozenset(
    """
    error warning notice debug group endgroup add-mask add-path add-matcher remove-matcher set-env set-output
    save-state echo stop-commands internal-set-repo-path
    """.split()
)
"""Commands that runners have had."""


def commands_in(log: str) -> Iterator[Command]:
    """Yield the commands that a runner of GitHub Actions finds in a log, by the rules of its source.

    Of a line: without the blanks before it, `::name properties::data`; else anywhere in it, `##[name properties]data`.
    Names are compared without case. What ends a line is any of the characters .NET's or a terminal's reader may take.
    """
    for line in (
        log.replace("\r", "\n").replace("\x85", "\n").replace("\u2028", "\n").replace("\u2029", "\n").split("\n")
    ):
        text = line.strip()
        if text.startswith("::") and (end := text.find("::", 2)) >= 0:
            name, _, properties = text[2:end].partition(" ")
            if name.lower() in KNOWN:
                pairs = [one.partition("=") for one in properties.split(",") if "=" in one]
                yield Command(name, {key: _plain(value) for key, _, value in pairs}, _plain(text[end + 2 :]))
                continue
        start = line.find("##[")
        end = line.find("]", start)
        if start >= 0 and end >= 0 and line[start + 3 : end].partition(" ")[0].lower() in KNOWN:
            yield Command(line[start + 3 : end], {}, line[end + 1 :])


def _plain(value: str) -> str:
    for code, letter in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        value = value.replace(code, letter)
    return value


def is_inert(text: str) -> bool:
    """Tell whether a text holds nothing but letters that show, and line breaks."""
    return all(letter.isprintable() or letter == "\n" for letter in text)


def letters(texts: Sequence[str]) -> str:
    """Return what texts are made of, for messages of failed tests."""
    return " ".join(ascii(text) for text in texts)
