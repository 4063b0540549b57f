"""Which resources a rehearsed cloud refuses or leaves half-made."""

from meridian.plan import Plan, Planned


def troubled(plan: Plan) -> tuple[Planned, Planned]:
    """Two resources, the second of which cannot be made before the first: from the middle of the Plan, where half of it stands already.

    Raises:
        LookupError: no resource needs another.
    """
    middle = len(plan.made) // 2
    for half in (*plan.made[middle:], *plan.made[:middle]):
        needed = plan.depends(half)
        if first := next((resource for resource in reversed(plan.made) if resource.urn in needed), None):
            return first, half
    raise LookupError(f"{plan.stack}: no resource needs another, so there is no failure to be rehearsed")
