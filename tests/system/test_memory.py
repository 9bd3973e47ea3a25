"""Advice to the C library is taken where there is one that knows it; elsewhere nothing fails."""

import ctypes

import pytest

from pipeline.system import memory


@pytest.mark.parametrize("error", [TypeError, OSError])  # as on Windows, and where there is no C library to be had
def test_where_there_is_no_such_library_nothing_fails(monkeypatch, error):
    def found(name):
        raise error(f"bad argument {name}")

    monkeypatch.setattr(ctypes, "CDLL", found)
    memory.share()
    memory.release()


def test_where_the_library_has_no_such_function_nothing_fails(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    memory.share()
    memory.release()
