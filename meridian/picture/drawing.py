"""Which picture a stack has: of its edge, of its region, or of what its parts stand on."""

from meridian.picture.dependencies import dependencies_picture
from meridian.picture.edge import BALANCER, edge_picture
from meridian.picture.model import Picture
from meridian.picture.region import region_picture
from meridian.plan import Plan


def overview(plan: Plan) -> Picture:
    """The edge, where the stack has one, or the region."""
    return edge_picture(plan) if plan.of_type(BALANCER) else region_picture(plan)


def pictures(plan: Plan) -> tuple[Picture, ...]:
    """What there is to see, the overview first."""
    return tuple(picture for picture in (overview(plan), dependencies_picture(plan)) if picture.boxes)
