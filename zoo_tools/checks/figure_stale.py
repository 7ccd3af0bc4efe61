"""A figure was published about the very bytes its artifact has.

Why: files are replaced under their names, and the figures of the old ones stay in the tables. Only a digest tells.
Where nobody said which bytes a document speaks of, that is noted once for the document, and its figures carry the mark
"not bound to these bytes".
How to fix: find figures about the artifact's bytes, or name the artifact they are about.
"""

from collections import Counter
from collections.abc import Iterator

from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.context import Context, models
from zoo_tools.checks.subjects import Subject
from zoo_tools.domain.evidence import Published
from zoo_tools.domain.findings import Finding


def run(subject: Subject, context: Context) -> Iterator[Finding]:
    """Compare the bytes a document speaks of with those of the artifacts its figures are said of."""
    unbound: Counter[str] = Counter()
    for ref in context.groups:
        evidence = ref.evidence
        if not isinstance(evidence, Published) or ref.artifact is None:
            continue
        spoken_of, pinned = evidence.artifact_sha256, ref.artifact.sha256
        if spoken_of == "unknown" or (spoken_of == "same-revision" and pinned is None):
            unbound[ref.group.evidence] += 1
        elif spoken_of not in ("same-revision", pinned):
            held = f"{pinned[:12]}…" if pinned else "unpinned"
            message = (
                f"`{ref.group.evidence}` is about bytes {spoken_of[:12]}…, the artifact `{ref.artifact.id}` is {held}"
            )
            at = subject.at(*ref.path, "artifact")
            yield CHECK.warning(subject, message, fix="find figures about these bytes, or name their artifact", at=at)
    for id_, count in unbound.items():
        rows = "one group of figures" if count == 1 else f"{count} groups of figures"
        message = f"{rows} of `{id_}` cannot be bound to bytes: nobody said which files they were measured on"
        yield CHECK.note(subject, message, fix="pin the files it speaks of", at=subject.at("evidence", id_, key=True))


CHECK = Check("figure-stale", Level.STATIC, models, run)
