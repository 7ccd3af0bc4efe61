"""The golden cases of an artifact can fail: the mistakes they are said to catch do change their detections.

Why: a picture of one large person looks much the same with red and blue swapped. A golden test that cannot fail proves
nothing, so every mistake in `must_fail` is made on purpose and has to be noticed under the case's own tolerance, or by
what the lists show of clipping and suppression (`golden-selection`). Mistakes that no case of the artifact notices are
listed in a note.
How to fix: remove the mutation from `must_fail`, or add a golden case on a picture that shows the difference.
"""

from collections.abc import Iterator
from functools import cache, partial

from zoo_tools.checks.base import Check, Level, Skip
from zoo_tools.checks.context import Context, pinned_artifacts
from zoo_tools.checks.observation import Observation
from zoo_tools.checks.subjects import ArtifactSubject, GoldenSubject
from zoo_tools.domain.findings import Finding
from zoo_tools.errors import ModelRunError
from zoo_tools.evaluation.agreement import differences, disagreements
from zoo_tools.evaluation.selection import breaches
from zoo_tools.inference.detections import from_golden
from zoo_tools.inference.mutations import MUTATIONS
from zoo_tools.inference.pipeline import Recipe


def is_noticed(mutation: str, case: GoldenSubject, *, seen: Observation, context: Context) -> bool | None:
    """Tell whether a golden case notices a mistake; None where the mistake cannot be made on this contract."""
    right = Recipe(seen.sight.contract)
    wrong = MUTATIONS[mutation](right)
    if wrong == right:
        return None
    try:
        found = seen.detections(case.case.image, wrong)
    except ModelRunError:
        return True  # the mistake does not even fit the model
    golden, image = context.golden(case), case.case.image
    recorded = from_golden(golden.detections)
    return (
        bool(disagreements(recorded, found, case.case.tolerance))
        or any(breaches(recorded, wrong.contract, seen.prepared(image, wrong.contract).placement))
        or any(breaches(found, golden.contract, seen.prepared(image, golden.contract).placement))
    )


def run(subject: ArtifactSubject, context: Context) -> Iterator[Finding]:
    """Make every mistake on every golden case of the artifact."""
    cases = context.golden_of(subject)
    if not cases:
        raise Skip("the artifact has no golden case")
    seen = context.observation(subject)
    unnoticed = set(MUTATIONS)
    for case in cases:
        noticed = cache(partial(is_noticed, case=case, seen=seen, context=context))
        for i, mutation in enumerate(case.case.must_fail):
            if mutation not in MUTATIONS:
                message = f"there is no mutation `{mutation}`; known are {', '.join(MUTATIONS)}"
                yield CHECK.error(subject, message, fix="mend the name", at=case.at("must_fail", i))
            elif not noticed(mutation):
                message = (
                    f"`{mutation}` should be noticed on {case.case.image}, and the detections stay within tolerance"
                )
                fix = "remove it from `must_fail`, or add a case on a picture that shows it"
                yield CHECK.error(subject, message, fix=fix, at=case.at("must_fail", i))
        unnoticed -= {name for name in unnoticed if noticed(name) is not False}
    if unnoticed:
        yield CHECK.note(
            subject,
            f"within tolerance no golden case of this artifact notices: {_listed(unnoticed, cases, seen, context)}",
            fix="add a case on a picture that shows them, if there is one",
            at=cases[0].at(),
        )


def _listed(unnoticed: set[str], cases: list[GoldenSubject], seen: Observation, context: Context) -> str:
    """Name the mistakes, and what else notices them: the input's digest, or a run in the recorded environment."""
    right = Recipe(seen.sight.contract)
    words = []
    for name in MUTATIONS:
        if name not in unnoticed:
            continue
        wrong = MUTATIONS[name](right)
        if not wrong.same_input(right):
            words.append(f"{name} (the input's digest does)")
        elif any(
            differences(from_golden(context.golden(case).detections), seen.detections(case.case.image, wrong))
            for case in cases
        ):
            words.append(f"{name} (an equal environment does)")
        else:
            words.append(name)
    return ", ".join(words)


CHECK = Check("golden-sensitive", Level.RUN, pinned_artifacts, run)
