"""Cookies, who may send them from where, and browsers by name."""

import pytest

from highstreet.kernel.browsers import audience_of, browser_name, is_cross_site, session_cookie

PAGE = {"x-highstreet": "page", "host": "shop.example"}


@pytest.mark.parametrize(
    ("path", "audience"),
    [("/shop/v1/me", "shop"), ("/register/", "register"), ("/shop", "shop"), ("/", None), ("/hooks/a", None),
     ("/shopx", None)],
)  # fmt: skip
def test_whose_pages_live_under_a_path(path: str, audience: str | None) -> None:
    assert audience_of(path) == audience


@pytest.mark.parametrize(
    ("method", "headers", "expected"),
    [
        ("GET", {}, False),
        ("HEAD", {"sec-fetch-site": "cross-site"}, False),
        ("POST", {}, True),
        ("POST", {"x-highstreet": "PAGE"}, True),
        ("POST", PAGE, False),
        ("DELETE", {**PAGE, "sec-fetch-site": "same-origin"}, False),
        ("POST", {**PAGE, "sec-fetch-site": "same-site"}, True),
        ("POST", {**PAGE, "sec-fetch-site": "cross-site"}, True),
        ("POST", {**PAGE, "sec-fetch-site": "none"}, True),
        ("PUT", {**PAGE, "origin": "https://shop.example"}, False),
        ("PUT", {**PAGE, "origin": "https://shop.example.evil"}, True),
        ("PUT", {**PAGE, "origin": "null"}, True),
        ("POST", {"sec-fetch-site": "same-origin"}, True),
    ],
)
def test_another_site(method: str, headers: dict[str, str], expected: bool) -> None:
    assert is_cross_site(method, headers) is expected


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites() -> None:
    assert (
        session_cookie("shop", "hs_s_x", max_age_s=60, is_secure=True)
        == "hs_shop=hs_s_x; Max-Age=60; Path=/shop; HttpOnly; SameSite=Lax; Secure"
    )
    assert not session_cookie("office", "", max_age_s=0, is_secure=False).endswith("Secure")


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("Mozilla/5.0 (Linux; Android 14) Chrome/120.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile Safari/604", "Safari, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120 Safari/537.36 Edg/120", "Edge, Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0", "Firefox, Linux"),
        ("Mozilla/5.0 (Linux; Android 13) Chrome/107 Mobile Safari/537.36 MicroMessenger/8.0", "WeChat, Android"),
        ("python-httpx/0.28", None),
        (None, None),
    ],
)  # fmt: skip
def test_a_browser_in_few_words(told: str | None, name: str | None) -> None:
    assert browser_name(told) == name
