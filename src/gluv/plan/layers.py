"""The variables of a pipeline in GitLab's order of precedence, lowest first.

Predefined < top-level `variables` < job `variables` < `rules:variables` < `GITLAB_USER_*` <
instance < group < project settings < pipeline variables. (A job that runs also gets what only
then exists, below everything, and dotenv variables, between the user's and the settings':
`gluv.plan.environment`.)
"""

from collections.abc import Iterable

from gluv.config.keywords.cache import CacheKeyFiles
from gluv.config.keywords.inherit import Inherit
from gluv.config.keywords.variables import Variable
from gluv.plan.context import Context, SettingVariable
from gluv.plan.predefined import pipeline_predefined, user_variables
from gluv.plan.variable import EnvVar, Layer, Variables, named, scope_matches, yaml_variables

_SCOPES = ("instance", "group", "project")


class Layers:
    """What the jobs of one pipeline share. `top` are top-level variables, workflow's included.

    `asked` keeps what conditions found in the repository, `digests` those of `cache:key:files`:
    many jobs ask the same.
    """

    def __init__(self, context: Context, top: dict[str, Variable], name: str | None = None) -> None:
        self.context = context
        self.top = top
        self.predefined = Layer(named(pipeline_predefined(context, name), "GitLab"))
        self.user = Layer(named(user_variables(context.user), "GitLab"))
        self.pipeline = Layer(named(context.variables, "pipeline variable"))
        self.asked: dict[tuple[object, ...], bool] = {}
        self.digests: dict[CacheKeyFiles, str] = {}
        self._top = Layer(yaml_variables(top))
        self._settings: dict[str | None, Layer] = {}
        self._scoped = any(variable.environment_scope != "*" for variable in context.settings)

    def settings(self, environment: str | None) -> Layer:
        """Settings variables that reach a job of this environment; protected ones as the ref is."""
        key = environment if self._scoped else None
        if key not in self._settings:
            self._settings[key] = Layer(
                settings_variables(
                    self.context.settings, environment, protected=self.context.protected
                )
            )
        return self._settings[key]

    def inherited(self, inherit: Inherit) -> dict[str, Variable]:
        """The top-level variables that a job takes (`inherit:variables`)."""
        match inherit.variables:
            case True:
                return self.top
            case False:
                return {}
            case names:
                return {key: self.top[key] for key in self.top if key in names}

    def combine(
        self,
        job: dict[str, str],
        yaml: dict[str, Variable],
        environment: str | None,
    ) -> tuple[Layer, ...]:
        """The layers of a job at plan time: `job` its predefined ones, `yaml` after precedence.

        A YAML variable that is a top-level one unchanged is not built a second time.
        """
        predefined = Layer(named(job, "GitLab"))
        settings = self.settings(environment)
        written = self._written(yaml)
        return (predefined, self.predefined, written, self.user, settings, self.pipeline)

    def _written(self, yaml: dict[str, Variable]) -> Layer:
        shared, top = self._top, self.top
        if yaml is top:
            return shared
        written: Variables = {}
        own: dict[str, Variable] = {}
        for key, variable in yaml.items():
            if top.get(key) is variable:
                written[key] = shared[key]
            else:
                own[key] = variable
        written.update(yaml_variables(own))
        return Layer(written)


def settings_variables(
    settings: Iterable[SettingVariable], environment: str | None, *, protected: bool
) -> Variables:
    """Instance, group and project variables: an inner group beats an outer one.

    Within one of them, the environment scope that is narrower wins.
    """
    found: Variables = {}
    reached = [
        variable
        for variable in settings
        if scope_matches(variable.environment_scope, environment)
        and (protected or not variable.protected)
    ]
    reached.sort(
        key=lambda variable: (
            _SCOPES.index(variable.scope),
            variable.group.count("/") if variable.group else -1,
            _narrowness(variable, environment),
        )
    )
    for variable in reached:
        found[variable.key] = EnvVar(
            key=variable.key,
            value=variable.value,
            origin=f"{variable.scope} settings",
            masked=variable.masked,
            file=variable.file,
            raw=variable.raw,
        )
    return found


def _narrowness(variable: SettingVariable, environment: str | None) -> tuple[bool, int]:
    scope = variable.environment_scope
    return scope == environment, len(scope) if scope != "*" else 0
