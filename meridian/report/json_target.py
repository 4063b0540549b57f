"""Where a JSON document goes: a file, standard output, or nowhere."""

import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from meridian.preview import Preview
from meridian.report.document import document

STDOUT = "-"


class CannotWrite(Exception):
    """The document cannot be written where it was asked for; the message says why."""


@dataclass(frozen=True)
class JsonTarget:
    """A place that was checked before any work was done for it."""

    path: Path | None
    takes_stdout: bool

    @classmethod
    def checked(cls, name: str | None) -> Self:
        """The target that `--json NAME` means.

        Raises:
            CannotWrite: the folder is missing or may not be written to, or the name is a folder's.
        """
        if name is None or name == STDOUT:
            return cls(None, takes_stdout=name == STDOUT)
        path = Path(name)
        if path.is_dir():
            raise CannotWrite(f"{path}: is a folder; name a file, or - for standard output")
        if not path.parent.is_dir():
            raise CannotWrite(f"{path}: there is no folder {path.parent}; make it first")
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            raise CannotWrite(f"{path}: not writable for this user; name another file")
        return cls(path, takes_stdout=False)

    @property
    def is_wanted(self) -> bool:
        """Whether anything is to be written."""
        return self.takes_stdout or self.path is not None

    def write(self, preview: Preview) -> None:
        """Write the preview's document.

        Raises:
            CannotWrite: the system refused.
        """
        if self.is_wanted:
            self.write_text(_text(preview))

    def write_text(self, text: str) -> None:
        """Write a text; a file is replaced in one step, so a reader never sees half of it.

        Raises:
            CannotWrite: the system refused.
        """
        if self.takes_stdout:
            sys.stdout.write(text)
        elif self.path is not None:
            try:
                with tempfile.NamedTemporaryFile("w", dir=self.path.parent, prefix=f".{self.path.name}.", delete=False) as file:
                    file.write(text)
                Path(file.name).replace(self.path)
            except OSError as error:
                raise CannotWrite(f"{self.path}: {error.strerror}") from error


def _text(preview: Preview) -> str:
    return json.dumps(document(preview), indent=2) + "\n"
