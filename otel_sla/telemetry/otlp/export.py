"""Send the requests of an export, and count what becomes of their points."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Event

from ...bridge.self_metrics import DROPPED, REJECTED, points_lost
from .encoder import Request
from .transport import NotSent, Sender


@dataclass(slots=True)
class Export:
    """What has become of an export: its points, and those that the collector has taken.

    `reason` says why a request was not taken, "" if all were; `gone` is whether the
    rest was dropped then. `ends_arrived` is whether all requests with ends were taken,
    `values_arrived` whether any other was.
    """

    points: int = 0
    taken: int = 0
    reason: str = ""
    gone: bool = False
    ends_arrived: bool = True
    values_arrived: bool = False

    def send(
        self, requests: Iterable[Request], sender: Callable[[], Sender], stop: Event
    ) -> None:
        """Send all. Once the collector can't be reached, the rest is dropped without
        trying; a request that it rejects costs no other."""
        for request in requests:
            if not self.gone and stop.is_set() and self.points:
                self.reason, self.gone = "told to end meanwhile", True
            self.points += request.points
            if self.gone or not self._arrived(request, sender):
                points_lost.add(DROPPED, request.points)
                self.ends_arrived &= not request.ends
            else:
                self.values_arrived |= not request.ends

    def _arrived(self, request: Request, sender: Callable[[], Sender]) -> bool:
        try:
            rejected = sender().send(request.message)
        except NotSent as error:
            self.reason, self.gone = str(error), error.again
            return False
        points_lost.add(REJECTED, rejected)
        self.taken += request.points - rejected
        return True
