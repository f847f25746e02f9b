"""Travel times found another way: the same graph given to networkx, with starts and goal cut into their segments."""

import math

import networkx as nx
import numpy as np

from geo.network import Network
from geo.profiles import profiles
from geo.snapping import Snaps


def walked_s(network: Network, profile: str, goal: Snaps, places: Snaps, count: int) -> list[float]:
    """Seconds from each of `count` places to the goal (both put on roads already); inf where no way leads."""
    one, graph = network.travelled[profile], nx.DiGraph()
    starts, ends = network.starts.tolist(), network.ends.tolist()

    def add(tail: object, head: object, seconds: float) -> None:
        if math.isfinite(seconds) and seconds < graph.get_edge_data(tail, head, {"s": math.inf})["s"]:
            graph.add_edge(tail, head, s=seconds)

    for n in range(network.segments):
        add(starts[n], ends[n], float(np.float32(one.along[n] + one.delay[ends[n]])))
        add(ends[n], starts[n], float(np.float32(one.against[n] + one.delay[starts[n]])))
    for n, share in zip(goal.segments.tolist(), goal.shares.tolist(), strict=True):
        add(starts[n], "goal", _part(one.along[n], share))
        add(ends[n], "goal", _part(one.against[n], 1 - share))
    for row, (n, share) in enumerate(zip(places.segments.tolist(), places.shares.tolist(), strict=True)):
        add(("place", row), ends[n], _part(one.along[n], 1 - share) + float(one.delay[ends[n]]))
        add(("place", row), starts[n], _part(one.against[n], share) + float(one.delay[starts[n]]))
        for own, goes_to in zip(goal.segments.tolist(), goal.shares.tolist(), strict=True):
            if own == n:
                left = goes_to - share
                add(("place", row), "goal", _part(one.along[n] if left >= 0 else one.against[n], abs(left)))
    graph.add_node("goal")
    found = nx.single_source_dijkstra_path_length(graph.reverse(copy=False), "goal", weight="s")
    best = [math.inf] * count
    ends_mps = profiles()[profile].ends_mps
    near_m = float(goal.away_m.min()) if len(goal.away_m) else math.inf
    for row, (place, away_m) in enumerate(zip(places.places.tolist(), places.away_m.tolist(), strict=True)):
        best[place] = min(best[place], found.get(("place", row), math.inf) + (away_m + near_m) / ends_mps)
    return best


def _part(seconds: float, share: float) -> float:
    return float(seconds) * share if math.isfinite(seconds) else math.inf
