"""The model files that the registry holds itself, delivered with the site: their folder is laid out as a mirror is.

So `zoo_tools fetch --mirror https://SITE/files` works on them, and a reader without the tool has a link.
"""

from zoo_tools.domain.manifest import Artifact, Manifest
from zoo_tools.errors import BrokenFileError
from zoo_tools.registry.load import Entry

FOLDER = "files"


def held_file(artifact: Artifact) -> str:
    """Return the place of an artifact's file in the site."""
    return f"{FOLDER}/{artifact.sha256}/{artifact.filename}"


def files(entry: Entry[Manifest]) -> dict[str, bytes]:
    """Return the content of every file held for a model by its place in the site.

    Raises:
        BrokenFileError: a file that the manifest speaks of is not there.
    """
    found = {}
    for artifact in (artifact for variant in entry.value.variants for artifact in variant.artifacts):
        if artifact.path is None or artifact.sha256 is None:
            continue
        try:
            found[held_file(artifact)] = (entry.path.parent / artifact.path).read_bytes()
        except OSError as error:
            raise BrokenFileError(
                f"{artifact.path} of {entry.id} cannot be read: {error.strerror}", fix="commit the file"
            ) from error
    return found
