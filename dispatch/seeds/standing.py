"""The bundle of a data directory: made or copied there at the first start, used ever after.

The invented bay city and any real one stand in the same place in the same form; nothing after this knows which it is.
"""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from dispatch.seeds.bay.files import write_bay
from dispatch.seeds.bundling import Commission, Progress, build
from geo.atlas import AREAS_FILE, MAP_FILE, Manifest, read_manifest
from geo.errors import BadBundle


def kept_bay(folder: Path, seed: int, progress: Progress) -> Manifest:
    """The bundle in `folder`; where there is none of today's format, the bay city of this seed, or what was drawn there before."""
    try:
        return read_manifest(folder)
    except BadBundle:
        with TemporaryDirectory(prefix=".city.", dir=_made(folder.parent)) as drawing:
            drawn = Path(drawing)
            if (folder / MAP_FILE).is_file() and (folder / AREAS_FILE).is_file():
                for name in (MAP_FILE, AREAS_FILE):
                    shutil.copyfile(folder / name, drawn / name)
            else:
                write_bay(drawn, seed)
            shutil.rmtree(folder, ignore_errors=True)
            commission = Commission(
                source=drawn / MAP_FILE, areas=drawn / AREAS_FILE, out=folder, name="bay", drawn_by=seed
            )
            return build(commission, progress)


def kept_copy(folder: Path, bundle: Path) -> bool:
    """Put a bundle into `folder` as it is; False: another city stands there. Raises BadBundle.

    A newer bundle with the same areas takes the place of the one that stands.
    """
    wanted = read_manifest(bundle)
    if folder.exists():
        standing = read_manifest(folder)
        if standing.checksum == wanted.checksum:
            return True
        if standing.files[AREAS_FILE] != wanted.files[AREAS_FILE]:
            return False
    with TemporaryDirectory(prefix=".city.", dir=_made(folder.parent)) as copying:
        copy = shutil.copytree(bundle, Path(copying) / folder.name)
        shutil.rmtree(folder, ignore_errors=True)
        copy.rename(folder)
    return True


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
