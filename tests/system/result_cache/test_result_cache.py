"""Entries of the cache: ours are found, counted and removed, and nothing else is."""

import os

import pytest

from albums.faults import Refusal
from pipeline.system.result_cache import Entry, entries, entry_name, mark_used, remove
from pipeline.system.result_cache.account import Account, Sum
from pipeline.system.result_cache.bounds import Bounds, bounds_in

OURS, OTHER = "0123abcd", "ffffffff"


def put(folder, kind="measure", digit="a", program=OURS, size=10, used_s=1000.0):
    path = folder / entry_name(program, kind, digit * 64)
    path.write_bytes(bytes(size))
    os.utime(path, (used_s, used_s))
    return path


def test_an_entry_s_name_says_what_it_is(tmp_path):
    path = put(tmp_path, "deliver", "b", size=7, used_s=1234.0)
    assert [*entries(tmp_path)] == [Entry(path, OURS, "deliver", 7, 1234.0)]


def test_entries_of_before_names_had_a_program_are_ours_of_another_version(tmp_path):
    path = tmp_path / f"glassmaster-measure-{'a' * 64}"
    path.write_bytes(b"1")
    (found,) = entries(tmp_path)
    assert (found.path, found.program, found.kind) == (path, "", "measure")


def test_what_others_keep_there_is_no_entry(tmp_path):
    for name in (
        "0123abcd" * 4,
        "glassmaster",
        "glassmaster-notes.txt",
        f"x{put(tmp_path).name}",
        ".glassmaster-pruned",
    ):
        (tmp_path / name).write_bytes(b"1")
    (tmp_path / entry_name(OURS, "measure", "c" * 64)).mkdir()
    (tmp_path / entry_name(OURS, "measure", "d" * 64)).symlink_to(tmp_path / "glassmaster")
    assert [entry.path.name for entry in entries(tmp_path)] == [entry_name(OURS, "measure", "a" * 64)]


def test_there_need_be_no_folder(tmp_path):
    (tmp_path / "file").touch()
    assert [*entries(tmp_path / "none"), *entries(tmp_path / "file")] == []


def test_use_refreshes_those_that_are_there(tmp_path):
    one, other = put(tmp_path, digit="a"), put(tmp_path, digit="b")
    mark_used(tmp_path, [one.name, entry_name(OURS, "measure", "c" * 64)])
    assert one.stat().st_mtime > 1e9
    assert other.stat().st_mtime == 1000.0
    assert len([*tmp_path.iterdir()]) == 2


def test_what_another_has_removed_is_no_failure(tmp_path):
    put(tmp_path, digit="a"), put(tmp_path, digit="b")
    first, second = entries(tmp_path)
    first.path.unlink()
    assert remove([first, second]) == ([second], [])
    assert [*tmp_path.iterdir()] == []


def test_why_one_cannot_be_removed_is_told(tmp_path):
    put(tmp_path)
    (entry,) = entries(tmp_path)
    entry.path.unlink()
    entry.path.mkdir()
    gone, (failure,) = remove([entry])
    assert (gone, failure.filename) == ([], str(entry.path))


def test_an_account_counts_by_kind_and_by_version(tmp_path):
    put(tmp_path, "measure", "a", size=1, used_s=3.0)
    put(tmp_path, "measure", "b", OTHER, size=10, used_s=2.0)
    put(tmp_path, "deliver", "c", size=100, used_s=4.0)
    account = Account(tuple(entries(tmp_path)), OURS)
    assert account.whole == Sum(3, 111)
    assert account.kinds == {"deliver": Sum(1, 100), "measure": Sum(2, 11)}
    assert account.others == Sum(1, 10)
    assert account.oldest_used == "1970-01-01T00:00:02+00:00"
    assert Account((), OURS).oldest_used is None


def test_bounds_are_the_usual_ones_or_those_that_are_set():
    assert bounds_in({}) == Bounds(10 * 10**9, 90 * 86400.0)
    assert bounds_in({"GLASSMASTER_CACHE_GB": "0.5", "GLASSMASTER_CACHE_DAYS": "7"}) == Bounds(5 * 10**8, 7 * 86400.0)


@pytest.mark.parametrize("text", ["ten", "-1", "nan", "inf", "1e99", "10 GB"])
def test_bounds_that_make_no_sense_are_refused_together(text):
    with pytest.raises(Refusal) as refused:
        bounds_in({"GLASSMASTER_CACHE_GB": text, "GLASSMASTER_CACHE_DAYS": text})
    assert [fault.where for fault in refused.value.faults] == ["GLASSMASTER_CACHE_GB", "GLASSMASTER_CACHE_DAYS"]
    assert all(repr(text) in fault.words for fault in refused.value.faults)
