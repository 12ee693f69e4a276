"""Compare the overrides of one component or schedule with what calendars say."""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from datetime import UTC, datetime, timedelta

from ...language import Sentence, figure
from ...language import gettext_noop as _
from ...models import Component, Override, Schedule
from ...models.overrides import DECISIVE
from ...schedule.timezones import zone
from ...text import one_line
from .effects import Effects, effects
from .ics_text import UnusableCalendar
from .local_time import Untakable, on_schedule_clock
from .occurrences import Occurrence, recurs
from .outcome import Action, Change, Outcome
from .statements import Late, Statement, merged
from .stored import Stored
from .wanted import Refusal, Wishes

MAX_OVERRIDES = 10_000
COLUMNS = (*DECISIVE, "reason")
_REASON = 255
Target = Schedule | Component
Said = dict[str, dict[str, Statement]]


class TooManyOverrides(ValueError):
    """A file asks for more overrides than one schedule can be evaluated with."""

    def __init__(self, target: Target) -> None:
        super().__init__(
            Sentence(
                _(
                    "%(target)s would have more than %(most)s overrides from it. "
                    "Import fewer days ahead (--horizon), or write what repeats as a "
                    "rule."
                ),
                {"target": str(target), "most": figure(MAX_OVERRIDES)},
            )
        )


class TargetImport:
    """An import into one component or schedule, which adds to an outcome."""

    def __init__(
        self,
        target: Target,
        wishes: Wishes,
        moment: int,
        horizon: int,
        outcome: Outcome,
        alias: str,
    ) -> None:
        schedule = target if isinstance(target, Schedule) else target.agreement.schedule
        self._target, self._wishes, self._outcome = target, wishes, outcome
        self._events, self._alias = wishes.events, alias
        # By its id: Django refuses references to rows of another database, and reads
        # those that refer to a row from wherever routers send readers.
        self._owner = {f"{target._meta.model_name}_id": target.pk}
        self._timezone, self._zone = schedule.timezone, zone(schedule.timezone)
        self._now, self._until = (
            datetime.fromtimestamp(at, self._zone).replace(tzinfo=None)
            for at in (moment, horizon)
        )
        self._moment = datetime.fromtimestamp(moment, UTC)
        self._number = 0
        self.stored = Stored(self._owner, wishes.statements, alias)

    def run(self, said: Said, *, prune: bool) -> None:
        """Plan all changes. Raises TooManyOverrides and UnusableCalendar."""
        rows = self._rows()
        for uid, statements in said.items():
            self._event(uid, statements, rows.get(uid, []))
            # At once: all that a hostile file asks for would take minutes.
            if self._number > MAX_OVERRIDES:
                raise TooManyOverrides(self._target)
        named = self._wishes.named | self._wishes.refused
        others = [row for uid in rows if uid not in named for row in rows[uid]]
        if prune:
            for row in others:
                self._note("delete", row)
            self.stored.forget_others(named)
        elif not self._wishes.messages:
            self._outcome.vanished += [self._change("delete", row) for row in others]

    def _rows(self) -> dict[str, list[Override]]:
        """Return the imported overrides that are not over, by UID.

        What is over stays, also of an event that is put off: it was reported on.
        """
        rows = Override.objects.using(self._alias).filter(**self._owner)
        found: dict[str, list[Override]] = defaultdict(list)
        for row in rows.exclude(uid="").order_by("id"):
            if row.end > self._now:
                found[row.uid.partition("#")[0]].append(row)
        return found

    def _event(
        self, uid: str, said: dict[str, Statement], rows: list[Override]
    ) -> None:
        """Change the overrides of an event to what its newest statements say."""
        known = self.stored.about(uid)
        taken = {key: one for key, one in said.items() if self._can_be_taken(one)}
        newest, late = merged(known, taken)
        try:
            found = effects(newest, self._events, self._last(rows))
        except UnusableCalendar:
            raise
        except (ValueError, OverflowError) as error:
            self._outcome.refusals.append(Refusal(uid, "", str(error)))
            return
        self.stored.keep(uid, newest)
        self._outcome.older += map(self._late, late)
        touched = {*taken, *(found.keys.get(key, key) for key in taken)}
        if "" in taken:
            # A file that has the series is about all of its occurrences.
            touched = {*found.placed, *found.kept, *(_occurrence(row) for row in rows)}
        self._compare(uid, found, rows, touched)
        if "" not in newest:
            have = {_occurrence(row) for row in rows}
            self._outcome.noted += sum(
                one.cancelled and key not in known and key not in have
                for key, one in taken.items()
            )

    def _can_be_taken(self, statement: Statement) -> bool:
        """Return whether its time, if it has only one, exists on the schedule's clock.

        If not, what was said before stays true.
        """
        if statement.makes_nothing or recurs(self._events.of(statement)):
            return True
        placed = map(self._times, self._events.occurrences(statement))
        try:
            return all(placed)
        except (ValueError, OverflowError) as error:
            self._refuse(statement, error)
            return False

    def _last(self, rows: list[Override]) -> datetime | None:
        """Return up to when an event has to be known, if that is after the horizon.

        There may be overrides from an import with a later one.
        """
        last = max((row.start for row in rows), default=self._until)
        return last + timedelta(days=1) if last >= self._until else None

    def _compare(
        self, uid: str, found: Effects, rows: list[Override], touched: Container[str]
    ) -> None:
        known = {_occurrence(row): row for row in rows}
        stays = set(found.kept)
        wanted = dict(self._wanted(uid, found, known, touched, stays))
        self._number += len(wanted)
        for key, row in wanted.items():
            self._set(known.get(key), row)
        for row in rows:
            key = _occurrence(row)
            is_right = key in wanted or key in stays
            # A second row of one UID would outlive the event.
            if key in touched and (not is_right or row is not known[key]):
                self._note("delete", row)
            elif key in touched and key in found.kept:
                self._outcome.unchanged += 1

    def _wanted(
        self,
        uid: str,
        found: Effects,
        known: Container[str],
        touched: Container[str],
        stays: set[str],
    ) -> Iterator[tuple[str, Override]]:
        """Yield the overrides that there should be, and add to those that stay."""
        for key, (statement, occurrence) in found.placed.items():
            if key not in touched:
                continue
            try:
                start, end = self._times(occurrence)
            except (ValueError, OverflowError) as error:
                # Untakable, or beyond the years of the schedule's clock.
                self._refuse(statement, error)
                stays.add(key)
                continue
            if end <= self._now:
                self._outcome.past += 1
            elif (
                key in known
                or start < self._until
                # A later import does not have these as new ones.
                or statement.occurrence
                or not key
            ):
                yield key, self._row(uid, key, statement, (start, end))

    def _times(self, occurrence: Occurrence) -> tuple[datetime, datetime]:
        return on_schedule_clock(occurrence.start, occurrence.end, self._zone)

    def _row(
        self,
        uid: str,
        key: str,
        statement: Statement,
        times: tuple[datetime, datetime],
    ) -> Override:
        reason = one_line(self._events.of(statement).reason)
        if len(reason) > _REASON:
            reason = reason[: _REASON - 1] + "…"
        return Override(
            **self._owner,
            start=times[0],
            end=times[1],
            kind=statement.kind,
            reason=reason,
            uid=f"{uid}#{key}" if key else uid,
            created=self._moment,
        )

    def _set(self, known: Override | None, row: Override) -> None:
        if known is None:
            self._note("create", row)
        elif _differ(known, row, COLUMNS):
            row.pk = known.pk
            if not _differ(known, row, DECISIVE):
                row.created = known.created
            self._note("update", row)
        else:
            self._outcome.unchanged += 1

    def _refuse(self, statement: Statement, error: Exception) -> None:
        event = self._events.of(statement)
        self._outcome.refusals.append(Refusal(event.uid, event.summary, str(error)))

    def _late(self, late: Late) -> Refusal:
        said, newer = late
        event = self._events.of(said)
        this, before = said.revision, newer.revision
        if this.order < before.order:
            why = Untakable("older", this=this, newer=before)
        else:
            why = Untakable("as_old", this=this)
        return Refusal(event.uid, event.summary, str(why))

    def _note(self, action: Action, row: Override) -> None:
        self._outcome.changes.append(self._change(action, row))

    def _change(self, action: Action, row: Override) -> Change:
        return Change(action, str(self._target), self._timezone, row)


def _differ(one: Override, other: Override, names: Iterable[str]) -> bool:
    return any(getattr(one, name) != getattr(other, name) for name in names)


def _occurrence(row: Override) -> str:
    """Return the key by which the override's series knows its occurrence."""
    uid: str = row.uid
    return uid.partition("#")[2]
