"""What was probably meant by a name that does not exist."""

from collections.abc import Iterable
from difflib import get_close_matches

MOST = 3


def near(name: object, known: Iterable[str]) -> str:
    """`did you mean sec-19, sec-20?`, or all there are where nothing is near."""
    there_are = sorted(known)
    found = get_close_matches(str(name), there_are, n=MOST)
    return f"did you mean {', '.join(found)}?" if found else f"there are {', '.join(there_are) or 'none'}"
