"""Promise: what is kept of a password is dear to try, each time anew, and says so in its own parameters."""

from web.passwords import Passwords


async def test_a_password_is_kept_as_argon2id_of_64_mib_and_three_passes() -> None:
    kept = await Passwords().hash("correct horse 110")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


async def test_the_same_password_is_kept_differently_each_time_and_fits_each_time() -> None:
    passwords = Passwords()
    one, other = await passwords.hash("correct horse 110"), await passwords.hash("correct horse 110")
    assert one != other
    assert await passwords.fits("correct horse 110", one)
    assert await passwords.fits("correct horse 110", other)
    assert not await passwords.fits("correct horse 111", one)
    assert not await passwords.fits("correct horse 110", None)
