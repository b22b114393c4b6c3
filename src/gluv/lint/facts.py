"""Everything the rules look at, gathered once: jobs with their legs, images and commands."""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from gluv.config.defaults import apply_defaults
from gluv.config.keywords.job import Job
from gluv.config.model import Loaded
from gluv.errors import Mark
from gluv.expr.expand import expand
from gluv.expr.nested_variables import expand_variables
from gluv.lint.commands import Command, read_commands
from gluv.lint.images import ImageFacts, Images
from gluv.lint.project import ProjectFiles
from gluv.plan.parallel import legs
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode, Source

SECTIONS = ("before_script", "script", "after_script")
_NO_NODE = MapNode(Source("", ""), 1, 1, {}, {})


class LegFacts:
    """One job to come: `variables` are those of the YAML and the matrix, expanded in each other.

    References to what only GitLab knows stay as written. `image` is None where it is not known.
    """

    def __init__(self, name: str, variables: dict[str, str], images: Images, image: str | None):
        self.name = name
        self.variables = variables
        self.image_text = None if image is None else expand(image, variables)
        known = self.image_text is not None and "$" not in self.image_text
        self.image: ImageFacts | None = images.read(self.image_text or "") if known else None

    @property
    def uv(self) -> tuple[int, ...] | None:
        """The uv of its image as numbers, two for a series; None where it is not known."""
        return self.image.release if self.image else None

    def uv_before(self, *release: int) -> bool | None:
        """Whether its uv is older than a release; None where that is not known."""
        uv = self.uv
        if uv is None:
            return None
        if len(uv) < 3 and uv == release[: len(uv)] and any(release[len(uv) :]):
            return None
        return uv < release


class JobFacts:
    """A job with its node (defaults included), legs and commands."""

    def __init__(self, job: Job, node: MapNode, top: MapNode | None, facts: "LintFacts") -> None:
        self.job = job
        self.node = node
        self.name = job.name
        own = node.get("variables")
        self.own_variables = own if isinstance(own, MapNode) else None
        self.top_variables = top
        self.inherits = job.inherit.variables
        self.facts = facts

    @cached_property
    def legs(self) -> tuple[LegFacts, ...]:
        """The jobs that `parallel` makes of it, or itself."""
        return tuple(self._leg(leg.name, leg.matrix) for leg in legs(self.job))

    @cached_property
    def image_texts(self) -> frozenset[str | None]:
        """The images of its legs."""
        return frozenset(leg.image_text for leg in self.legs)

    def _leg(self, name: str, matrix: dict[str, str]) -> LegFacts:
        config = self.facts.config
        entries = [
            (key, value.value, not value.expand)
            for key, value in config.variables.items()
            if self._inherited(key)
        ]
        entries += [(key, var.value, not var.expand) for key, var in self.job.variables.items()]
        entries += [(key, value, False) for key, value in matrix.items()]
        image = self.job.image
        return LegFacts(
            name,
            expand_variables(entries).mapping(),
            self.facts.images,
            image.name if image else None,
        )

    def _inherited(self, name: str) -> bool:
        return self.inherits if isinstance(self.inherits, bool) else name in self.inherits

    @cached_property
    def commands(self) -> tuple[Command, ...]:
        """The commands of all sections in the order in which they run."""
        found: list[Command] = []
        for section in SECTIONS:
            for item in self.items(section):
                found += read_commands(item, section, len(found))
        return tuple(found)

    def items(self, section: str) -> Iterator[ScalarNode]:
        """The script items of a section as nodes."""
        node = self.node.get(section)
        yield from _scalars(node) if node is not None else ()

    def uv(self, *subs: str) -> Iterator[Command]:
        """Its uv commands, all or those of some subcommands."""
        for command in self.commands:
            if command.program == "uv" and (not subs or command.sub in subs):
                yield command

    def calls(self, *programs: str) -> Iterator[Command]:
        """Its commands of some programs, those that uv runs too."""
        return (command for command in self.commands if command.program in programs)

    def variable(self, name: str) -> Node | None:
        """The value of a variable where the job's strongest `variables` has it."""
        if self.own_variables is not None and name in self.own_variables.items:
            return self.own_variables.items[name]
        if self.top_variables is not None and self._inherited(name):
            return self.top_variables.items.get(name)
        return None

    def variable_map(self, name: str) -> MapNode | None:
        """The `variables` that `variable` comes from."""
        if self.own_variables is not None and name in self.own_variables.items:
            return self.own_variables
        top = self.top_variables
        return top if top is not None and name in top.items and self._inherited(name) else None

    def variable_mark(self, name: str) -> Mark | None:
        """Where a variable's name stands."""
        where = self.variable_map(name)
        return where.key_mark(name) if where is not None else None

    @cached_property
    def elsewhere(self) -> frozenset[str]:
        """Variables that a rule or a script may set: nobody knows their value here."""
        names = {name for rule in self.job.rules or () for name in rule.variables}
        names |= {
            name for rule in self.facts.config.workflow.rules or () for name in rule.variables
        }
        for command in self.commands:
            if command.program == "":
                names |= set(command.call.env)
            elif command.program in ("export", "declare"):
                names |= {word.text.partition("=")[0] for word in command.arguments}
        sourced = any(command.program in ("source", ".", "eval") for command in self.commands)
        return frozenset(names | ({"*"} if sourced else set()))

    def sets(self, name: str) -> bool:
        """Whether a variable is set in some way: in YAML, in a rule, by the script, or perhaps."""
        return (
            any(name in leg.variables for leg in self.legs)
            or name in self.elsewhere
            or "*" in self.elsewhere
        )

    def truthy(self, name: str) -> bool:
        """Whether uv takes a boolean variable as set in every leg, or a script may set it."""
        if name in self.elsewhere or "*" in self.elsewhere:
            return True
        values = [leg.variables.get(name, "") for leg in self.legs]
        return all(truthy(value) for value in values)

    def mark(self, *keywords: str) -> Mark | None:
        """Where the first of some keywords stands that the job has; otherwise the job's name."""
        for keyword in keywords:
            if keyword in self.node.items:
                return self.node.key_mark(keyword)
        return self.job.mark

    @property
    def runs(self) -> bool:
        """Whether it runs a script here, and is no trigger of another pipeline."""
        return bool(self.job.script or self.job.run)


class LintFacts:
    """A configuration, the project around it, and who knows the images."""

    def __init__(self, loaded: Loaded, project: ProjectFiles, images: Images) -> None:
        assert loaded.config is not None
        self.config = loaded.config
        self.sources = loaded.sources
        self.project = project
        self.images = images
        self.merged, _ = apply_defaults(loaded.config.merged)

    @cached_property
    def top_variables(self) -> MapNode | None:
        """The top-level `variables`."""
        found = self.merged.get("variables")
        return found if isinstance(found, MapNode) else None

    @cached_property
    def jobs(self) -> tuple[JobFacts, ...]:
        """The visible jobs that run a script, in file order."""
        found = []
        for name, job in self.config.jobs.items():
            node = self.merged.get(name)
            node = node if isinstance(node, MapNode) else _NO_NODE
            found.append(JobFacts(job, node, self.top_variables, self))
        return tuple(job for job in found if job.runs)

    @cached_property
    def uv_jobs(self) -> tuple[JobFacts, ...]:
        """The jobs with a uv command."""
        return tuple(job for job in self.jobs if any(job.uv()))

    @property
    def locked(self) -> bool:
        """Whether a uv.lock is surely committed."""
        return self.project.has("uv.lock") is True and not self.project.ignored("uv.lock")


def truthy(value: str) -> bool:
    """Whether uv reads the value of a boolean variable as true."""
    return value.strip().lower() in ("1", "true", "yes", "on", "y", "t")


def scalar(node: Node | None) -> ScalarNode | None:
    """A variable's value as a scalar, that of the map form too."""
    if isinstance(node, MapNode):
        node = node.get("value")
    return node if isinstance(node, ScalarNode) else None


def references(text: str) -> set[str]:
    """The names that a text refers to as `$NAME` or `${NAME}`."""
    return set(re.findall(r"\$\{?([A-Za-z_]\w*)", text))


def every(values: Iterable[bool | None]) -> bool:
    """Whether there are values and all are true; what is not known counts as false."""
    found = list(values)
    return bool(found) and all(value is True for value in found)


def _scalars(node: Node) -> Iterator[ScalarNode]:
    if isinstance(node, ScalarNode):
        yield node
    elif isinstance(node, SeqNode):
        for item in node.items:
            yield from _scalars(item)
