"""Kubernetes' quantities as whole numbers."""

_SUFFIXES = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
"""Suffix -> factor (Kubernetes API reference, Quantity)."""


def quantity(text: object, *, thousandths: bool = False) -> int:
    """A quantity as a whole number: bytes, pieces, or thousandths of a vCPU. `250m` -> 250, `4` -> 4000, `8Gi` -> 8589934592."""
    written = str(text)
    if written.endswith("m"):
        return int(float(written[:-1]) if thousandths else float(written[:-1]) / 1000)
    suffix = next((suffix for suffix in _SUFFIXES if written.endswith(suffix)), "")
    value = float(written.removesuffix(suffix)) * _SUFFIXES.get(suffix, 1)
    return round(value * 1000 if thousandths else value)
