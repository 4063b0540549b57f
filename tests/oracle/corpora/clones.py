"""Clones of other tools' repositories, which the user has beside the project: nothing of theirs is kept here.

`MERIDIAN_CORPORA` names a folder of clones, bare or not: `<owner>/<name>`, `<owner>+<name>/repo` or `<name>`.
"""

import hashlib
import io
import os
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "MERIDIAN_CORPORA"


class NoClone(Exception):
    """A repository is not at hand; the message says how to get it."""


@dataclass(frozen=True)
class Clone:
    """The newest commit of one repository."""

    repository: str
    """`owner/name`."""
    folder: Path
    """Its git directory, or a work tree."""

    @classmethod
    def of(cls, repository: str) -> "Clone":
        """The clone of this repository.

        Raises:
            NoClone: there is none.
        """
        root = os.environ.get(VARIABLE)
        if not root:
            raise NoClone(f"{VARIABLE} is not set: name a folder of clones, with {repository} among them")
        owner, name = repository.split("/")
        for folder in (Path(root, owner, name), Path(root, f"{owner}+{name}", "repo"), Path(root, name)):
            if folder.is_dir():
                return cls(repository, folder)
        raise NoClone(f"{VARIABLE}={root} has no {repository}: clone it there")

    @property
    def commit(self) -> str:
        """The newest."""
        return self._git("rev-parse", "HEAD").decode().strip()

    def texts(self, *prefixes: str) -> Mapping[str, str]:
        """Text files under these folders, by path."""
        packed = self._git("archive", "--format=tar", "HEAD", *prefixes)
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            found = {member.name: archive.extractfile(member) for member in archive if member.isfile()}
            return {path: file.read().decode(errors="replace") for path, file in found.items() if file}

    def ours(self, directory: str) -> bool:
        """Whether a directory of fixtures is in the half that is used here; the odd half is kept for judging."""
        return is_even(digest(self.repository, directory))

    def _git(self, *arguments: str) -> bytes:
        return subprocess.run(["git", "-C", str(self.folder), *arguments], check=True, capture_output=True).stdout


def digest(repository: str, directory: str) -> str:
    """What decides between the halves."""
    return hashlib.sha256(f"{repository}:{directory}".encode()).hexdigest()


def is_even(digest: str) -> bool:
    """Whether the last hexadecimal digit is."""
    return int(digest[-1], 16) % 2 == 0
