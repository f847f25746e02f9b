"""Who is written next when alarms come faster than they can be: the most urgent, and whoever has waited long enough.

While the funnel keeps up there is no queue and this changes nothing. In a flood a fire must not stand behind two thousand
reports of noise; but nothing may stand behind it for ever, so that after PATIENCE_S everybody goes by arrival.
"""

from collections import deque

PATIENCE_S = 1.0


class Lineup[T]:
    """Waiting things by priority, each priority in the order of arrival. Plain: the caller says the time (s)."""

    def __init__(self) -> None:
        self._lanes: dict[int, deque[tuple[float, T]]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._lanes.values()))

    def __bool__(self) -> bool:
        return any(self._lanes.values())

    def append(self, one: T, priority: int, since_s: float) -> None:
        """Stand in line; the lower the priority's number the more urgent."""
        self._lanes.setdefault(priority, deque()).append((since_s, one))

    def put_back(self, one: T, priority: int, since_s: float) -> None:
        """What was taken and can't be used yet stands in front of its lane again; the last taken first."""
        self._lanes.setdefault(priority, deque()).appendleft((since_s, one))

    def popleft(self, now_s: float) -> T:
        """The next one: whoever lost patience first, else the most urgent. Raises IndexError when nobody waits."""
        fronts = [(lane[0][0], priority) for priority, lane in self._lanes.items() if lane]
        if not fronts:
            raise IndexError("nobody waits")
        since_s, priority = min(fronts)
        if now_s - since_s <= PATIENCE_S:
            priority = min(waiting for _, waiting in fronts)
        return self._lanes[priority].popleft()[1]
