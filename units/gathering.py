"""Frames that arrive together are taken in together: most of a small frame's cost is the frame, not its fixes.

The replica adds each frame as it comes and takes in what was gathered at the end of the same turn of its loop. A frame that
can't be read is named and costs only itself.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from units.frames import Frame, FrameError
from units.gateways import columns, packed
from units.live import LiveUnits
from units.positions import Verdict

MOST_BYTES = 32 * 4_096  # more at once would only fall out of the processor's cache

DECODERS: dict[str, Callable[[bytes], Frame]] = {"cad.fix": columns.decode, "cad.fixb": packed.decode}


@dataclass(frozen=True, slots=True)
class Refused:
    """A frame that could not be read: its subject, its bytes, and a sentence."""

    subject: str
    payload: bytes
    reason: str


@dataclass(slots=True)
class TakenIn:
    """What became of all the fixes gathered, and the frames that were none."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    rejected_rows: int = 0
    refused: list[Refused] = field(default_factory=list)


class Gathering:
    """One replica's frames of this turn, by subject."""

    def __init__(self, live: LiveUnits) -> None:
        self._live = live
        self._payloads: dict[str, list[bytes]] = {}
        self._bytes = 0

    def add(self, subject: str, payload: bytes) -> bool:
        """Gather a frame of `cad.fix.<gateway>` or `cad.fixb.<gateway>`; whether it is time to take them in."""
        payloads = self._payloads.get(subject)
        if payloads is None:
            payloads = self._payloads[subject] = []
        payloads.append(payload)
        self._bytes += len(payload)
        return self._bytes >= MOST_BYTES

    def take_in(self, received_at_ms: int) -> TakenIn:
        """Apply what was gathered."""
        gathered, self._payloads, self._bytes = self._payloads, {}, 0
        taken = TakenIn()
        for subject, payloads in gathered.items():
            kind, _, gateway = subject.rpartition(".")
            frame = packed.decode_together(payloads) if kind == "cad.fixb" else None
            if frame is None:
                frame = _joined(_each(subject, DECODERS[kind], payloads, taken))
            if frame is None:
                continue
            taken.rejected_rows += len(frame.rejected)
            applied = self._live.apply(frame, received_at_ms, gateway)
            for code, rows in enumerate(np.bincount(applied.verdict).tolist()):
                if rows:
                    taken.verdicts[Verdict(code)] += rows
        return taken


def _each(
    subject: str, decode: Callable[[bytes], Frame], payloads: Sequence[bytes], taken: TakenIn
) -> list[Frame]:
    frames = []
    for payload in payloads:
        try:
            frames.append(decode(payload))
        except FrameError as error:
            taken.refused.append(Refused(subject, payload, str(error)))
    return frames


def _joined(frames: list[Frame]) -> Frame | None:
    """One frame of many; None of none."""
    if len(frames) < 2:
        return frames[0] if frames else None
    return Frame(
        np.concatenate([frame.handle for frame in frames]),
        np.concatenate([frame.t_ms for frame in frames]),
        np.concatenate([frame.lon for frame in frames]),
        np.concatenate([frame.lat for frame in frames]),
        np.concatenate([frame.speed_mps for frame in frames]),
        np.concatenate([frame.heading_deg for frame in frames]),
        np.concatenate([frame.accuracy_m for frame in frames]),
        tuple(rejected for frame in frames for rejected in frame.rejected),
    )
