"""`when: delayed`: jobs whose time (`start_in`) has not come yet."""

from gluv.plan.model import PlannedJob


class Delays:
    """Times are on the monotonic clock, in seconds. Without `honoured` no job waits."""

    def __init__(self, *, honoured: bool) -> None:
        self._honoured = honoured
        self._waiting: list[tuple[float, PlannedJob]] = []

    def __bool__(self) -> bool:
        """Whether a job waits."""
        return bool(self._waiting)

    def hold(self, job: PlannedJob, now: float) -> bool:
        """Let a job wait from now on, if it is a delayed one; whether it does."""
        if not (self._honoured and job.when == "delayed" and job.start_in):
            return False
        self._waiting.append((now + job.start_in, job))
        return True

    def take(self, now: float) -> list[PlannedJob]:
        """The jobs whose time has come, in the order of their times."""
        ready = sorted((one for one in self._waiting if one[0] <= now), key=lambda one: one[0])
        self._waiting = [one for one in self._waiting if one[0] > now]
        return [job for _, job in ready]

    def left(self, now: float) -> float | None:
        """Seconds until the next one, None if none waits."""
        return max(0.0, min(at for at, _ in self._waiting) - now) if self._waiting else None
