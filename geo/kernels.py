"""Compiled loops of the road graph: a heap, a search outward in time, and the nearest pieces of road.

What the search and the snapping do to plain arrays, a hundred times faster than the interpreter and without its lock, so that a
thread may run them beside the event loop. Callers are `geo.travel` and `geo.snapping`; the arrays are explained there.
"""

import numpy as np
from numba import njit

ALIKE_M = 0.01  # roads whose distances differ by less are equally near
ALIKE_MOST = 12
OPTIONS = 64
"""A choice is 64 x the row of a place, plus how it begins: 0 along, 1 against, from 2 on straight to an end of the goal."""


@njit(nogil=True, cache=True)
def push(keys, vertices, size, key, vertex):
    """Enter a vertex into the heap; its new size."""
    n = size
    while n > 0:
        above = (n - 1) >> 1
        if keys[above] <= key:
            break
        keys[n] = keys[above]
        vertices[n] = vertices[above]
        n = above
    keys[n] = key
    vertices[n] = vertex
    return size + 1


@njit(nogil=True, cache=True)
def drop_first(keys, vertices, size):
    """Take the first out of the heap; its new size."""
    size -= 1
    key, vertex = keys[size], vertices[size]
    n = 0
    while True:
        below = 2 * n + 1
        if below >= size:
            break
        if below + 1 < size and keys[below + 1] < keys[below]:
            below += 1
        if keys[below] >= key:
            break
        keys[n] = keys[below]
        vertices[n] = vertices[below]
        n = below
    if size > 0:
        keys[n] = key
        vertices[n] = vertex
    return size


@njit(nogil=True, cache=True)
def begin(
    starts, ends, lengths, along, against, segments, shares, seconds, metres, following, keys, vertices
):
    """Put the vertices into the heap from which the goal is reached along its own segments."""
    size = 0
    for row in range(len(segments)):
        segment, share = segments[row], shares[row]
        for end in range(2):
            vertex = starts[segment] if end == 0 else ends[segment]
            part = share if end == 0 else 1.0 - share
            whole = along[segment] if end == 0 else against[segment]
            if not np.isfinite(whole):
                continue
            if whole * part < seconds[vertex]:
                seconds[vertex] = whole * part
                metres[vertex] = lengths[segment] * part
                following[vertex] = -1
                size = push(keys, vertices, size, seconds[vertex], vertex)
    return size


@njit(nogil=True, cache=True)
def settle(
    first, tails, costs, arcs, lengths, limit_s, seconds, metres, following, meeting, met, crossed, squares, soonest,
    keys, vertices, size,
):  # fmt: skip
    """Settle vertices by rising time (Dijkstra 1959) until the next lies beyond the limit; how many wait.

    soonest: of each square (`geo.squares`) the time of the first vertex at which a road meets that leads through it.
    """
    while size > 0 and keys[0] <= limit_s:
        key, vertex = keys[0], vertices[0]
        size = drop_first(keys, vertices, size)
        if key > seconds[vertex]:
            continue  # reached more quickly meanwhile
        for n in range(meeting[vertex], meeting[vertex + 1]):
            for m in range(crossed[met[n]], crossed[met[n] + 1]):
                soonest[squares[m]] = min(soonest[squares[m]], key)
        for n in range(first[vertex], first[vertex + 1]):
            tail = tails[n]
            better = key + costs[n]
            if better < seconds[tail]:
                seconds[tail] = better
                metres[tail] = metres[vertex] + lengths[arcs[n] >> 1]
                following[tail] = arcs[n]
                size = push(keys, vertices, size, better, tail)
    return size


@njit(nogil=True, cache=True)
def times(
    starts, ends, lengths, along, against, delay, goal_segments, goal_shares, goal_away, places, segments, shares, away,
    seconds, metres, reached_s, ends_mps, eta_s, road_m, choice,
):  # fmt: skip
    """The quickest of the ways on which each place may begin; what lies beyond the search stays inf."""
    goal_m = goal_away.min() if len(goal_away) else 0.0
    for row in range(len(places)):
        place, segment, share = places[row], segments[row], shares[row]
        ends_m = away[row] + goal_m
        for option in range(2 + len(goal_segments)):
            if option == 0:
                vertex = ends[segment]
                cost = along[segment] * (1.0 - share) + delay[vertex] + seconds[vertex]
                far = lengths[segment] * (1.0 - share) + metres[vertex]
            elif option == 1:
                vertex = starts[segment]
                cost = against[segment] * share + delay[vertex] + seconds[vertex]
                far = lengths[segment] * share + metres[vertex]
            else:
                if goal_segments[option - 2] != segment:
                    continue
                left = goal_shares[option - 2] - share
                whole = along[segment] if left >= 0 else against[segment]
                cost = whole * abs(left) if np.isfinite(whole) else np.inf
                far = lengths[segment] * abs(left)
            if not cost <= reached_s:
                continue
            cost += ends_m / ends_mps
            if cost < eta_s[place]:
                eta_s[place] = cost
                road_m[place] = far + ends_m
                choice[place] = row * OPTIONS + option


@njit(nogil=True, cache=True)
def fill(x, y, owner, grid, cursor, pieces, count_only):
    """Enter each piece of line in every square its box touches, or only count them."""
    west, south, side, across = grid[0], grid[1], grid[2], int(grid[3])
    for n in range(len(x) - 1):
        if owner[n] != owner[n + 1]:
            continue
        left, right = min(x[n], x[n + 1]), max(x[n], x[n + 1])
        low, high = min(y[n], y[n + 1]), max(y[n], y[n + 1])
        for row in range(int((low - south) // side), int((high - south) // side) + 1):
            for column in range(int((left - west) // side), int((right - west) // side) + 1):
                square = row * across + column
                if not count_only:
                    pieces[cursor[square]] = n
                cursor[square] += 1


@njit(nogil=True, cache=True)
def squares_of(x, y, owner, grid, cursor, squares, count_only):
    """Enter for each segment the squares that the boxes of its pieces touch, or only count them."""
    west, south, side, across = grid[0], grid[1], grid[2], int(grid[3])
    for n in range(len(x) - 1):
        segment = owner[n]
        if segment != owner[n + 1]:
            continue
        left, right = min(x[n], x[n + 1]), max(x[n], x[n + 1])
        low, high = min(y[n], y[n + 1]), max(y[n], y[n + 1])
        for row in range(int((low - south) // side), int((high - south) // side) + 1):
            for column in range(int((left - west) // side), int((right - west) // side) + 1):
                if not count_only:
                    squares[cursor[segment]] = row * across + column
                cursor[segment] += 1


@njit(nogil=True, cache=True)
def spread(reached, soonest, grid, up, most_m, slow_mps, limit_s, near):
    """How soon one may be there from each square whose road lies in one of those reached, with the straight way to it."""
    side, across = grid[2], int(grid[3])
    for square in reached:
        begun_s = soonest[square]
        row, column = square // across, square % across
        steps = int(min(most_m, (limit_s - begun_s) * slow_mps) // side) + 1
        for r in range(max(row - steps, 0), min(row + steps, up - 1) + 1):
            for c in range(max(column - steps, 0), min(column + steps, across - 1) + 1):
                dy, dx = max(abs(r - row) - 1, 0), max(abs(c - column) - 1, 0)
                seconds = begun_s + np.sqrt(dx * dx + dy * dy) * side / slow_mps
                near[r * across + c] = min(near[r * across + c], seconds)


@njit(nogil=True, cache=True)
def early(squares, near, straight_s, limit_s, rows, seconds):
    """Who may be there within the limit, and how soon at best; straight_s: of those who may go straight, else inf, or empty."""
    count = 0
    for row in range(len(squares)):
        best_s = near[squares[row]]
        if len(straight_s):
            best_s = min(best_s, straight_s[row])
        if best_s <= limit_s:
            rows[count], seconds[count] = row, best_s
            count += 1
    return count


@njit(nogil=True, cache=True)
def placed(lons, lats, flat, grid, up, squares):
    """In which square each place is, -1 outside; flat: the middle's lon and lat, and how many metres a degree has there."""
    west, south, side, across = grid[0], grid[1], grid[2], int(grid[3])
    for n in range(len(lons)):
        column = np.floor(((lons[n] - flat[0]) * flat[2] - west) / side)
        row = np.floor(((lats[n] - flat[1]) * flat[3] - south) / side)
        if 0 <= column < across and 0 <= row < up:
            squares[n] = int(row) * across + int(column)
        else:
            squares[n] = -1


@njit(nogil=True, cache=True)
def nearest(px, py, owner, usable, first, pieces, lines, grid, most_m, places, corners, shares, away):
    """For each point the nearest usable pieces of line, exactly: rings of squares until none farther out can be nearer.

    lines: x, y of the start and of the end of each of `pieces`, beside one another in memory; grid: west, south, side of a square
    in metres, how many across and up.
    """
    west, south, side = grid[0], grid[1], grid[2]
    across, up = int(grid[3]), int(grid[4])
    rows = 0
    for place in range(len(px)):
        column, row = int((px[place] - west) // side), int((py[place] - south) // side)
        inset = min(
            px[place] - (west + column * side), west + (column + 1) * side - px[place],
            py[place] - (south + row * side), south + (row + 1) * side - py[place],
        )  # fmt: skip
        best_m = most_m
        begun = rows
        ring = 0
        while (ring - 1) * side + inset < best_m + ALIKE_M:  # all nearer than that has been looked at
            for r in range(max(row - ring, 0), min(row + ring, up - 1) + 1):
                step = 1 if ring == 0 or r == row - ring or r == row + ring else 2 * ring
                for c in range(column - ring, column + ring + 1, step):
                    if 0 <= c < across:
                        square = r * across + c
                        rows, best_m = look(
                            px[place], py[place], owner, usable, first[square], first[square + 1], pieces, lines, best_m,
                            begun, rows, corners, shares, away,
                        )  # fmt: skip
            ring += 1
        rows = kept(begun, rows, corners, shares, away, best_m + ALIKE_M)
        places[begun:rows] = place
    return rows


@njit(nogil=True, cache=True)
def look(px, py, owner, usable, start, end, pieces, lines, best_m, begun, rows, corners, shares, away):
    """Enter those of some pieces that are as near as the best so far; (rows, the best)."""
    for entry in range(start, end):
        x, y = lines[entry, 0], lines[entry, 1]
        ux, uy = lines[entry, 2] - x, lines[entry, 3] - y
        whole = ux * ux + uy * uy
        share = min(max(((px - x) * ux + (py - y) * uy) / whole, 0.0), 1.0) if whole > 0 else 0.0
        dx, dy = x + share * ux - px, y + share * uy - py
        off_m = np.sqrt(dx * dx + dy * dy)
        if off_m > best_m + ALIKE_M or not usable[owner[pieces[entry]]]:
            continue
        best_m = min(best_m, off_m)
        if rows - begun == ALIKE_MOST:  # forget those that are not near any more
            rows = kept(begun, rows, corners, shares, away, best_m + ALIKE_M)
        if rows - begun < ALIKE_MOST:
            corners[rows], shares[rows], away[rows] = pieces[entry], share, off_m
            rows += 1
    return rows, best_m


@njit(nogil=True, cache=True)
def kept(begun, rows, corners, shares, away, most):
    """Close up the rows of one place that are near enough."""
    kept = begun
    for n in range(begun, rows):
        if away[n] <= most:
            corners[kept], shares[kept], away[kept] = corners[n], shares[n], away[n]
            kept += 1
    return kept


@njit(nogil=True, cache=True)
def levelled(first, heads, room, source, levels, queue):
    """How many arcs with room lead from the source to each vertex, -1 where none do."""
    levels[:] = -1
    levels[source] = 0
    queue[0] = source
    size = 1
    n = 0
    while n < size:
        vertex = queue[n]
        n += 1
        for arc in range(first[vertex], first[vertex + 1]):
            head = heads[arc]
            if room[arc] > 0 and levels[head] < 0:
                levels[head] = levels[vertex] + 1
                queue[size] = head
                size += 1


@njit(nogil=True, cache=True)
def send(path, depth, back, room):
    """Send along a path all that fits; the place of its first arc that is full now."""
    least = room[path[0]]
    for n in range(depth):
        least = min(least, room[path[n]])
    full = 0
    for n in range(depth - 1, -1, -1):
        room[path[n]] -= least
        room[back[path[n]]] += least
        if room[path[n]] == 0:
            full = n
    return full


@njit(nogil=True, cache=True)
def saturate(first, heads, back, room, source, sink):
    """Send all that fits from source to sink (Dinic 1970), `room` being what is left on each arc.

    The levels afterwards: 0 and more on the source's side of a smallest cut, the one nearest to it; -1 beyond.
    """
    count = len(first) - 1
    levels, queue = np.empty(count, np.int32), np.empty(count, np.int32)
    path = np.empty(count, np.int32)
    while True:
        levelled(first, heads, room, source, levels, queue)
        if levels[sink] < 0:
            return levels
        cursor = first[:-1].copy()
        depth = 0
        vertex = source
        while True:
            if vertex == sink:
                depth = send(path, depth, back, room)
                vertex = heads[back[path[depth]]]
                continue
            while cursor[vertex] < first[vertex + 1]:
                arc = cursor[vertex]
                if room[arc] > 0 and levels[heads[arc]] == levels[vertex] + 1:
                    break
                cursor[vertex] += 1
            if cursor[vertex] < first[vertex + 1]:
                path[depth] = cursor[vertex]
                depth += 1
                vertex = heads[path[depth - 1]]
            elif vertex == source:
                break
            else:
                depth -= 1
                vertex = heads[back[path[depth]]]
                cursor[vertex] += 1
