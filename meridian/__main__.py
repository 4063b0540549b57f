"""`python -m meridian`."""

from meridian.cli import main

main()
