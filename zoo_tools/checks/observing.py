"""From an artifact of the registry to its observation: its files, its pictures, its runtime, and what a lack means."""

from zoo_tools.checks.context import Context
from zoo_tools.checks.engines import is_installed
from zoo_tools.checks.observation import Observation, Sight, observe
from zoo_tools.checks.subjects import ArtifactSubject, NotHere
from zoo_tools.domain.settings import Setting
from zoo_tools.errors import UnavailableError
from zoo_tools.inference.engines import INSTALL
from zoo_tools.inference.mutations import MUTATIONS
from zoo_tools.inference.worker import CompanionFile


def observe_artifact(
    context: Context, subject: ArtifactSubject, setting: Setting, *, is_reference: bool
) -> Observation:
    """Run an artifact in a setting on its golden pictures and the probes.

    The reference, and an engine that was asked for by name, has to be there; of other engines it is enough to say that
    they are not.

    Raises:
        NotHere: another engine than those is not installed, or does not work here.
        ModelRunError: the model cannot be run.
        WrongBytesError: other bytes than the stated ones were found.
        BrokenFileError: a picture cannot be read.
        UnavailableError: a file, a picture or the runtime is not there.
    """
    sight = _sight(context, subject)
    has_to_be = is_reference or setting.engine in context.engines
    if not has_to_be and not is_installed(setting.engine):
        raise NotHere(f"{setting.engine} is not installed: {INSTALL[setting.engine]}")
    mutations = tuple(MUTATIONS) if is_reference else ()
    try:
        return observe(sight, setting, mutations=mutations, running=context.running)
    except UnavailableError as error:
        if has_to_be:
            raise
        raise NotHere(f"{setting.engine} does not work here: {error.message} {error.fix or ''}".rstrip()) from error


def _sight(context: Context, subject: ArtifactSubject) -> Sight:
    artifact = subject.artifact
    assert artifact.sha256 is not None  # of an unpinned artifact nobody asks for an observation
    assert artifact.tensors is not None
    pictures = {case.case.image: context.picture(case.case.image) for case in context.goldens_beside(subject)}
    cases = [case.case.image for case in context.golden_of(subject)]
    companions = [CompanionFile(one.name, context.companion(one), one.sha256) for one in artifact.companions]
    return Sight(
        context.file(subject), artifact.sha256, artifact.format, subject.contract, artifact.tensors,
        subject.variant.resolution, pictures, cases, companions, artifact.reference_network,
    )  # fmt: skip
