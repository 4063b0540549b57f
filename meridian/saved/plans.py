"""A folder of saved previews, `<stack>.json` each: what `--save` writes and `--against` reads."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from meridian.analysis.volumes import UnreadablePreview
from meridian.preview import Preview
from meridian.report.document import VERSION, document
from meridian.report.json_target import CannotWrite, JsonTarget


def folder_to_write(name: Path) -> Path:
    """The folder, made where it is missing.

    Raises:
        CannotWrite: it cannot be made.
    """
    try:
        name.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(f"{name}: {error.strerror}; name a folder") from None
    return name


def save(preview: Preview, folder: Path) -> None:
    """Write the preview's document.

    Raises:
        CannotWrite: the system refused.
    """
    JsonTarget.checked(str(folder / f"{preview.plan.stack}.json")).write_text(json.dumps(document(preview), indent=2) + "\n")


def saved_resources(stack: str, folder: Path) -> Sequence[Mapping[str, Any]]:
    """Resources of the stack's saved preview; none where it was not saved, as all of the stack is new then.

    Raises:
        UnreadablePreview: there is no such folder, or the file is none of ours.
    """
    if not folder.is_dir():
        raise UnreadablePreview(f"{folder}: no such folder; write one with `meridian preview --all --save {folder}`")
    path = folder / f"{stack}.json"
    if not path.exists():
        return ()
    try:
        saved: Any = json.loads(path.read_text())
        if saved["version"] == VERSION and saved["stack"] == stack:
            return saved["resources"]
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise UnreadablePreview(f"{path}: no document of stack {stack} in version {VERSION}; write the folder anew with --save")
