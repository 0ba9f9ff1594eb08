"""A wrong address is refused with a page that says so, and a fault of ours is a page that tells nothing of it."""

# ruff: noqa: F811, F401

from typing import Any

import pytest

from highstreet.fronts.dealer.pages import today as dealer_today
from highstreet.fronts.office.pages import places as office_places
from tests.fronts.office_town import Town, town

FAR = "first=9999-12-31&last=9999-12-31"


def ask(town: Town, front: str, path: str, **headers: str) -> Any:
    who = {"office": "office", "dealer": "dealer"}[front]
    with town.client(None) as http:
        http.cookies.set(f"hs_{front}", town.tokens[who])
        return http.get(f"/{front}{path}", headers=headers)


def test_days_and_instants_out_of_range_are_refused_as_pages(town: Town) -> None:
    naive = "since=2026-01-01T00:00:00&until=2026-01-01T00:00:00"
    for front, path in (
        ("dealer", f"/statement?{FAR}"),
        ("dealer", f"/earnings?{FAR}"),
        ("dealer", f"/earnings/period?{FAR}"),
        ("dealer", f"/statement/more?kind=sale&{FAR}"),
        ("dealer", "/statement?first=0001-01-01&last=0001-01-01"),
        ("dealer", "/statement?first=2024-01-01&last=2026-01-01"),
        ("dealer", "/statement?last=9999-12-31"),
        ("office", f"/earnings?period=days&{FAR}"),
        ("office", f"/registers/{town.seed.register_id}/pairing?{naive}"),
    ):
        answer = ask(town, front, path)
        assert answer.status_code == 422, (path, answer.text)
        assert answer.headers["content-type"].startswith("text/html"), path
    # Others take any day or none.
    for front, path in (
        ("office", "/sales?day=9999-12-31"),
        ("office", "/audit?day=2099-12-31"),
        ("dealer", "/statement?first=2198-12-31&last=2199-01-01"),
    ):
        assert ask(town, front, path).status_code == 200, path
    far = {"since": "9999-12-31T00:00:00Z", "until": "9999-12-31T00:00:01Z"}
    for path in ("/dealer/v1/statement", "/dealer/v1/statement/lines"):
        town.ask("dealer", "GET", path, 422, params={**far, "kind": "sale"})


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("front", ["dealer", "office"])
def test_a_fault_is_a_page_without_its_details(
    town: Town, monkeypatch: pytest.MonkeyPatch, front: str, language: str
) -> None:
    def fails(*_: Any) -> None:
        raise RuntimeError("the secret of the fault")

    monkeypatch.setattr(dealer_today, "_takings", fails)
    monkeypatch.setattr(office_places, "list_places", fails)
    path = {"dealer": "/", "office": "/places"}[front]
    answer = ask(town, front, path, **{"Accept-Language": language})
    assert answer.status_code == 500
    assert answer.headers["content-type"].startswith("text/html")
    assert {"en": "Something went wrong", "zh": "系统出错"}[language] in answer.text
    assert f'href="/{front}/"' in answer.text
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    part = ask(town, front, path, **{"Accept-Language": language, "HX-Request": "true"})
    assert part.status_code == 500
    assert "<html" not in part.text
