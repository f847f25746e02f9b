"""The line that consoles of measurements use promises: every message once and in order, however the stream is cut."""

from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from load_tests.sockets import BINARY, SEEN_BYTES, TEXT, Frames, frame

MESSAGES = st.lists(
    st.tuples(st.sampled_from((TEXT, BINARY)), st.sampled_from((0, 1, 125, 126, 127, 700, 65_535, 65_536, 70_000))), max_size=5
)  # fmt: skip


def _sent(opcode: int, length: int) -> bytes:
    """As a server writes it."""
    return Frame(Opcode(opcode), bytes(n % 251 for n in range(length))).serialize(mask=False)


@settings(deadline=None)
@given(MESSAGES, st.lists(st.integers(1, 9) | st.integers(1, 90_000), max_size=40))
def test_every_message_comes_out_once(messages: list[tuple[int, int]], cuts: list[int]) -> None:
    stream = b"".join(_sent(*message) for message in messages)
    frames, seen, at = Frames(), [], 0
    for step in (*cuts, len(stream)):
        seen += list(frames.feed(stream[at : at + step]))
        at += step
    assert [(opcode, length) for opcode, _, length in seen] == messages
    assert all(head == bytes(n % 251 for n in range(min(length, SEEN_BYTES))) for _, head, length in seen)


@given(st.sampled_from((0, 125, 126, 65_535, 65_536)))
def test_what_a_console_says_is_read_by_a_real_server(length: int) -> None:
    text = b"x" * length
    written = frame(TEXT, text)
    assert written == Frame(Opcode.TEXT, text).serialize(mask=False)[:1] + written[1:]
    mask_at = len(written) - length - 4
    assert written[1] & 128
    assert written[mask_at:] == bytes(4) + text
