"""`python -m tests.oracle.corpora`: judge the corpora anew, write the table of verdicts and docs/SCORES.md."""

import sys

from tests.oracle.corpora.page import PAGE, page
from tests.oracle.corpora.score import READERS, executable, read, rows, write

if __name__ == "__main__":
    checkov = executable()
    if not checkov:
        sys.exit("checkov is not on PATH: pip install checkov==3.3.30 in an environment of its own")
    if sys.argv[1:] != ["--page"]:
        write([row for corpus in READERS for row in rows(corpus, checkov)])
    PAGE.write_text(page(read()))
