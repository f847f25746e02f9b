"""Camera promise: whatever patrols take, give up and look at, the watch says who watches, since when, and when the next look is due."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from dispatch.cameras.lifecycle import Begin, End, Look, decide, evolve
from dispatch.cameras.model import Camera, CameraWatch
from dispatch.cameras.near import around, said

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
ID, ONE, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
EVERY = timedelta(minutes=15)

patrols = st.sampled_from([ONE, OTHER])
asked = st.one_of(
    st.builds(Begin, patrols, st.sampled_from(["taken", "assigned", "beat", "handed_over"])),
    st.builds(End, patrols, st.sampled_from(["left", "beat", "handed_over", "logged_off"])),
    st.builds(
        lambda unit, minutes, fault: Look(unit, NOW + timedelta(minutes=minutes), fault),
        patrols,
        st.integers(-5, 60),
        st.none() | st.sampled_from(["no_picture", "dark"]),
    ),
)


def told(*commands: object, watch: CameraWatch | None = None) -> CameraWatch:
    """The watch after these, one a minute."""
    watch = watch or CameraWatch(id=ID)
    for n, command in enumerate(commands):
        for fact in decide(watch, command, NOW + timedelta(minutes=n)):  # type: ignore[arg-type]
            watch = evolve(watch, ID, fact)
    return watch


@given(st.lists(asked, max_size=20))
def test_nobody_watches_twice_and_a_watched_camera_never_says_that_nobody_does(
    commands: list[object],
) -> None:
    watch = told(*commands)
    units = [one.unit_id for one in watch.watchers]
    assert len(units) == len(set(units))
    assert not (watch.watchers and watch.unwatched_since)
    assert (watch.fault is None) == (watch.fault_since is None)
    due = watch.due_at(EVERY)
    assert (due is None) == (not watch.watchers or watch.fault is not None)


@given(st.lists(asked, max_size=12), asked)
def test_what_is_said_twice_changes_nothing_the_second_time(commands: list[object], last: object) -> None:
    watch = told(*commands, last)
    assert list(decide(watch, last, NOW + timedelta(hours=2))) == []  # type: ignore[arg-type]


@given(st.lists(st.tuples(patrols, st.integers(0, 60)), min_size=1, max_size=8))
def test_the_newest_look_counts_in_whatever_order_looks_are_told(looks: list[tuple[UUID, int]]) -> None:
    watch = told(Begin(ONE, "taken"), *(Look(unit, NOW + timedelta(minutes=at)) for unit, at in looks))
    assert watch.looked_at == NOW + timedelta(minutes=max(at for _, at in looks))


def test_who_begins_to_watch_looks_at_once_and_then_as_often_as_the_camera_wants() -> None:
    watch = told(Begin(ONE, "beat"))
    assert watch.due_at(EVERY) == NOW
    watch = told(Look(ONE, NOW + timedelta(minutes=3)), watch=watch)
    assert watch.due_at(EVERY) == NOW + timedelta(minutes=18)
    assert Camera(id=ID, code="C", name="C", lon=0, lat=0, priority=1).every == EVERY
    assert Camera(id=ID, code="C", name="C", lon=0, lat=0, look_every_min=5).every == timedelta(minutes=5)


def test_a_camera_out_of_order_is_due_to_nobody_and_a_look_that_works_mends_it() -> None:
    watch = told(Begin(ONE, "taken"), Look(ONE, NOW + timedelta(minutes=1), "no_picture"))
    assert (watch.fault, watch.fault_by, watch.due_at(EVERY)) == ("no_picture", ONE, None)
    watch = told(Look(OTHER, NOW + timedelta(minutes=2)), watch=watch)
    assert (watch.fault, watch.looked_by) == (None, OTHER)
    late = decide(watch, Look(ONE, NOW, "dark"), NOW)
    assert list(late) == []  # it was looked at since, and was in order


def test_the_nearest_cameras_are_said_in_words_and_none_are_said_too() -> None:
    cameras = [
        Camera(id=UUID(int=n), code=f"C{n}", name=f"路口{n}", lon=114.02 + n * 0.001, lat=22.54)
        for n in range(6)
    ]
    near = around(cameras, 114.02, 22.54, 250)
    assert [one.camera.code for one in near] == ["C0", "C1", "C2"]
    assert said(near, 250).zh == "查看摄像机：路口0 0 m、路口1 103 m、路口2 206 m"
    assert said([], 250).en == "no camera within 250 m"
