"""A cookie opens the live feed only to our own page; a program with a key needs no page."""

import pytest

from web.live import origin_fits

HOST = "cad.example:8110"


@pytest.mark.parametrize(
    "origin", ["http://cad.example:8110", "https://cad.example:8110", "http://CAD.example:8110"]
)
def test_our_own_page_may_come_in_either_way(origin: str) -> None:
    assert origin_fits(origin, HOST, by_cookie=True)
    assert origin_fits(origin, HOST, by_cookie=False)


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://cad.example",
        "http://cad.example:8111",
        "http://cad.example:8110.evil.example",
        "http://evil.example/cad.example:8110",
        "http://cad.example:8110@evil.example",
        "null",
        "",
        "file://",
        "chrome-extension://cad.example:8110",
    ],
)
def test_no_other_page_may(origin: str) -> None:
    assert not origin_fits(origin, HOST, by_cookie=True)
    assert not origin_fits(origin, HOST, by_cookie=False)


def test_a_cookie_without_a_page_is_refused_and_a_key_is_not() -> None:
    assert not origin_fits(None, HOST, by_cookie=True)
    assert origin_fits(None, HOST, by_cookie=False)


def test_nothing_fits_a_request_without_host() -> None:
    assert not origin_fits("http://cad.example:8110", None, by_cookie=True)
