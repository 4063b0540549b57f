"""What the stack files say of their place in a roll-out."""

from collections.abc import Collection

from components import catalog
from meridian.analysis.waves import CannotOrder, Groups, Member
from meridian.engine.project import Project
from stacks.neighbours import neighbours


def members(project: Project, chosen: Collection[str] = ()) -> tuple[Member, ...]:
    """The chosen stacks of the project, or all, as their files describe them.

    Raises:
        WrongProject: there is no such stack.
        CannotOrder: a file does not parse, or holds neither a region nor the global stack.
    """
    found = {
        name: Member(
            stack=name,
            region=said.region,
            environment=said.environment,
            role=said.role,
            partner=said.partner,
            sessions=said.capacity_sessions,
        )
        for name, said in neighbours("", project.stack_directory).items()
    }
    wanted = sorted(chosen) or project.stacks
    keys = {stack: project.config(stack).values for stack in wanted}
    if unread := [stack for stack in wanted if stack not in found and "meridian:global" not in keys[stack]]:
        raise CannotOrder("\n".join(f"{stack}: `meridian:region` names no region and index: mend the stack file" for stack in unread))
    return tuple(found.get(stack, Member(stack=stack)) for stack in wanted)


def groups() -> Groups:
    """Regions that serve the same users when one of them is lost."""
    return {name: group.regions for name, group in catalog.routing().groups.items()}
