"""What is evaluated once: a schedule, with or without a component's overrides.

A unit is evaluated for the first time by a thread that belongs to no request
(evaluator.py), and after that by the threads that take snapshots. It needs no lock of
its own, because at any time only one thread may change it:

- until its Evaluation is done, the thread of the evaluator. Snapshots ask `is_done`
  first, and use another unit as long as it is false.
- from then on, the thread that has the lock of LastGood, under which all snapshots are
  made. The evaluator never looks at an evaluation again that is done.

Units with overrides of their own count from the schedule below them, and that changes
its count. So those that share the count are one Evaluation, and are done together.
Units that are made later, and that of the schedule alone, have another count: otherwise
two threads could change it at once.

What `definition` returns is never changed, so anybody may evaluate that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..database.consistent_read import DatabaseRow
from ..database.failures import is_of_the_process
from ..schedule import Schedule as ScheduleDefinition
from ..schedule import State
from ..schedule.running_totals import Figures, RunningTotals

Define = Callable[[], ScheduleDefinition]


class Evaluation:
    """The first evaluation of some units.

    `below` makes the schedule from which they count, if there is one. `since` is when
    rows that are not evaluated yet were first read, in seconds of a monotonic clock.
    """

    def __init__(self, since: float = 0.0, below: Define | None = None) -> None:
        self.since = since
        self.units: list[Unit] = []
        self.is_done = False
        self._define_below = below
        self._below: RunningTotals | None = None
        self._next = 0

    def below(self) -> RunningTotals | None:
        """Return the totals from which the units count.

        Raises whatever reading an invalid row raises.
        """
        if self._below is None and self._define_below:
            self._below = RunningTotals(self._define_below())
        return self._below

    def step(self, moment: int) -> None:
        """Evaluate the next unit, for the moment in Unix seconds.

        The first snapshot meets the fault of an invalid row again, and reports it.
        Raises an error that is the process's own: then the step is to be repeated.
        """
        try:
            self.units[self._next].evaluate(moment)
        except Exception as error:
            if is_of_the_process(error):
                raise
        self._next += 1
        if self._next == len(self.units):
            # They would keep all the rows of that reading in memory: a unit that is
            # replaced later would, as long as another of these is not.
            self.units.clear()
            self._define_below = None
            self.is_done = True


class Unit:
    """A schedule, with or without a component's overrides, and its figures.

    `source` is all that it is made of, as one comparable value, and `define` makes it.
    `periods` are those of its agreements.
    """

    def __init__(
        self,
        source: DatabaseRow,
        define: Define,
        periods: Iterable[str] = (),
        evaluation: Evaluation | None = None,
    ) -> None:
        self.source = source
        self.define = define
        self.evaluation = evaluation or Evaluation()
        self.evaluation.units.append(self)
        self._periods = periods
        # Not cached properties: before Python 3.12 those of all units share a lock, and
        # a scrape would wait for what a page evaluates.
        self._definition: ScheduleDefinition | None = None
        self._state: State | None = None
        self._totals: RunningTotals | None = None

    def evaluate(self, moment: int) -> None:
        """Evaluate all that a snapshot asks for. Raises as state() does."""
        self.state(moment)
        for period in self._periods:
            self.figures(moment, period)

    def state(self, moment: int) -> State:
        """Return the state at the moment, the kept one while it holds.

        Raises whatever evaluating an invalid row raises.
        """
        if self._state is None or not self._state.holds_at(moment):
            self._state = self.definition.state(moment)
        return self._state

    def figures(self, moment: int, period: str) -> Figures:
        """Return what is counted at the moment, for agreements of the period.

        Raises whatever evaluating an invalid row raises.
        """
        if self._totals is None:
            self._totals = RunningTotals(self.definition, self.evaluation.below())
        return self._totals.figures(moment, period, self.state(moment))

    @property
    def definition(self) -> ScheduleDefinition:
        """What is evaluated, also at other moments than the one whose state is kept.

        Raises whatever reading an invalid row raises.
        """
        if self._definition is None:
            self._definition = self.define()
        return self._definition
