"""`zoo_tools fetch --for-checks`: all that `validate --level run --offline` will open, of what changed or of the zoo.

For machines where downloading and running are steps of their own, and the second has no network.
"""

from collections.abc import Sequence
from pathlib import Path

import click

from zoo_tools.checks.base import Level
from zoo_tools.cli.fetch_report import print_error
from zoo_tools.cli.validate_changes import tell
from zoo_tools.cli.validate_plan import Asked, make_plan
from zoo_tools.errors import ZooToolsError
from zoo_tools.fetch import Fetcher, Wanted
from zoo_tools.registry.load import Registry


def changed_models(folder: Path, since: str | None) -> tuple[Registry, list[str]]:
    """Return the registry, and the models that `validate` would check; of all of them those that can be read.

    Raises:
        UsageError: there is no such revision.
        UnavailableError: git cannot say what changed.
    """
    from zoo_tools.checks.catalogue import CHECKS

    plan = make_plan(folder, Asked((), Level.RUN, since=since), CHECKS)
    if since is not None:
        tell(plan, since)
    return plan.registry, [one.model for one in plan.chosen if one.model in plan.registry.models]


def fetch_pictures(registry: Registry, models: Sequence[str], fetcher: Fetcher, *, jobs: int) -> list[ZooToolsError]:
    """Fetch the pictures that golden cases of models are recorded on; return what went wrong."""
    ids = {
        case.image: None
        for model in models
        for variant in registry.models[model].value.variants
        for case in variant.golden
        if case.image in registry.images
    }
    pictures = {id_: registry.images[id_].value for id_ in ids}
    wanted = {Wanted(one.filename, one.sha256, one.size, tuple(one.urls)): id_ for id_, one in pictures.items()}
    failures: list[ZooToolsError] = []
    for one, outcome in fetcher.fetch_many(list(wanted), jobs=jobs):
        if isinstance(outcome, ZooToolsError):
            print_error(f"picture {wanted[one]}", outcome)
            failures.append(outcome)
        else:
            click.echo(f"picture {wanted[one]}", err=True)
    return failures
