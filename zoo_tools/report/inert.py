"""Text of strangers on its way out: made harmless for terminals, for logs of a CI service, for one line.

A runner of GitHub Actions reads every line a step prints. It obeys `::command::` at the beginning of a line, whatever
blanks stand before it, and the older `##[command]` anywhere in it (Runner.Common/ActionCommand.cs of actions/runner).
"""

CUT = "…"


def inert(text: str) -> str:
    """Return a text without what would move a terminal's cursor, colour it or turn its direction."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def not_a_command(line: str) -> str:
    """Return a line of a log that no runner takes for a command."""
    if "##[" in line:
        line = line.replace("##[", "##\\[")
    if line.lstrip().startswith("::"):
        line = line.replace("::", "\\::", 1)
    return line


def cut(text: str, most: int) -> str:
    """Return a text of at most so many characters, with an ellipsis where some are left out."""
    return text if len(text) <= most else text[: most - 1] + CUT


def sentence(text: str) -> str:
    """Return an inert text that begins with a capital and ends with a full stop."""
    text = inert(text)
    is_word = text.partition(" ")[0].isalpha()  # a file name keeps its case
    return (text[:1].upper() if is_word else text[:1]) + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
