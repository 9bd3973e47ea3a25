"""Proxies of the environment: not for this process's own server, for all else as before, and untouched afterwards."""

import os

import httpx
import pytest

from pipeline.flows.server.direct import Direct

VARIABLES = [name for each in ("HTTP", "HTTPS", "ALL", "NO") for name in (f"{each}_PROXY", f"{each}_proxy".lower())]
HERE = "127.0.0.1"


@pytest.fixture
def environment(monkeypatch):
    """Set the environment's proxies; what is set meanwhile is undone."""
    for name in VARIABLES:
        monkeypatch.setenv(name, "")  # so that it is put back
        monkeypatch.delenv(name)

    def have(**values):
        os.environ.update(values)
        return dict(os.environ)

    return have


def proxy_of(url):
    """Through what httpx, as Prefect's clients have it, would ask `url`; None where it asks itself."""
    with httpx.Client() as client:
        found = client._transport_for_url(httpx.URL(url))
        return None if found is client._transport else found


def test_it_is_asked_directly_and_all_else_as_before(environment):
    before = environment(HTTP_PROXY="http://127.0.0.1:1", NO_PROXY="example.org,.example.com")
    direct = Direct(HERE)
    assert proxy_of(f"http://{HERE}:4200/api")
    direct.begin()
    assert proxy_of(f"http://{HERE}:4200/api") is None
    assert proxy_of("http://example.org") is None
    assert proxy_of("http://elsewhere.net")
    assert os.environ["no_proxy"] == os.environ["NO_PROXY"] == f"example.org,.example.com,{HERE}"
    direct.end()
    assert dict(os.environ) == before


def test_nothing_changes_where_there_is_no_proxy_or_all_is_excepted(environment):
    for values in ({}, {"HTTP_PROXY": "http://127.0.0.1:1", "no_proxy": "*"}):
        before = environment(**values)
        direct = Direct(HERE)
        direct.begin()
        assert dict(os.environ) == before
        direct.end()
        assert dict(os.environ) == before


@pytest.mark.parametrize(
    "values",
    [{"ALL_PROXY": "socks5://127.0.0.1:1"}, {"https_proxy": "http://proxy:port"}, {"no_proxy": "::1"}],
)
def test_what_prefects_clients_cannot_read_does_not_hinder_them(environment, values):
    before = environment(HTTP_PROXY="http://127.0.0.1:1", **values)
    direct = Direct(HERE)
    direct.begin()
    assert proxy_of(f"http://{HERE}:4200/api") is None
    direct.end()
    assert dict(os.environ) == before


def test_it_lasts_from_the_first_to_the_last_and_leaves_what_others_set(environment):
    environment(HTTP_PROXY="http://127.0.0.1:1")
    direct = Direct(HERE)
    direct.begin()
    direct.begin()
    direct.end()
    assert os.environ["NO_PROXY"] == HERE
    os.environ["NO_PROXY"] = "of the host"
    direct.end()
    assert os.environ["NO_PROXY"] == "of the host"
    assert "no_proxy" not in os.environ
