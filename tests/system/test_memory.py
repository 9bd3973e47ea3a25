"""How much memory there is; advice to the C library is taken where there is one that knows it, else nothing fails."""

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


MIB = 2**20
SYSTEM = "MemTotal:       16000000 kB\nMemFree:          200000 kB\nMemAvailable:    8388608 kB\n"


def figures(root, files):
    """A system's own files of figures, below `root`."""
    for name, text in {"proc/meminfo": SYSTEM, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}")
    return memory.available_bytes(root)


def group(folder, limit, used, kept):
    """A control group of version 2."""
    stat = f"anon 1\nfile 99\ninactive_file {kept}\nactive_file 7\n"
    return {
        f"{folder}/memory.max": f"{limit}\n",
        f"{folder}/memory.current": f"{used}\n",
        f"{folder}/memory.stat": stat,
    }


def test_without_a_limit_it_is_what_the_system_has(tmp_path):
    files = {"proc/self/cgroup": "0::/\n", **group("sys/fs/cgroup", "max", 900 * MIB, 0)}
    assert figures(tmp_path, files) == 8192 * MIB


def test_a_container_s_limit_holds_and_files_kept_in_memory_are_no_use_of_it(tmp_path):
    files = {"proc/self/cgroup": "0::/\n", **group("sys/fs/cgroup", 2048 * MIB, 1900 * MIB, 1500 * MIB)}
    assert figures(tmp_path, files) == 1648 * MIB


def test_a_service_s_limit_holds_and_so_does_that_of_all_services(tmp_path):
    files = {"proc/self/cgroup": "0::/system.slice/glassmaster.service\n"}
    files |= group("sys/fs/cgroup/system.slice/glassmaster.service", 3000 * MIB, 1000 * MIB, 0)
    assert figures(tmp_path, files) == 2000 * MIB
    assert figures(tmp_path, group("sys/fs/cgroup/system.slice", 3000 * MIB, 2500 * MIB, 100 * MIB)) == 600 * MIB


@pytest.mark.parametrize("name", ["/", "/docker/0123abcd"])  # the second as it is called outside of the container
def test_groups_of_version_1_limit_as_well(tmp_path, name):
    files = {
        "proc/self/cgroup": f"12:cpu,cpuacct:{name}\n4:memory:{name}\n0::/\n",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": 1024 * MIB,
        "sys/fs/cgroup/memory/memory.usage_in_bytes": 1000 * MIB,
        "sys/fs/cgroup/memory/memory.stat": f"inactive_file 5\ntotal_inactive_file {600 * MIB}\n",
    }
    assert figures(tmp_path, files) == 624 * MIB


def test_more_used_than_there_may_be_is_nothing_left(tmp_path):
    files = {"proc/self/cgroup": "0::/\n", **group("sys/fs/cgroup", 10 * MIB, 30 * MIB, 0)}
    assert figures(tmp_path, files) == 0


def test_where_no_system_tells_it_is_half_of_all(tmp_path):
    assert memory.available_bytes(tmp_path) > 256 * MIB
    assert memory.available_bytes() > 0
