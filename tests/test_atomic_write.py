"""Replacing a file: complete or not at all, whatever call fails and whenever the process is killed."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import time

import pytest

from pycnn.saving.atomic import atomic_write

OLD, NEW = b"old content", b"new content" * 10_000


@pytest.fixture
def target(tmp_path):
    path = tmp_path / "model.pycnn"
    path.write_bytes(OLD)
    return path


def names(folder):
    return sorted(os.listdir(folder))


def test_content_is_replaced_and_nothing_else_is_left(target):
    for data in (NEW, b"", bytearray(OLD)):
        atomic_write(target, data)
        assert target.read_bytes() == data
        assert names(target.parent) == ["model.pycnn"]


def test_relative_paths_and_long_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("short", "x" * 255, "\N{EURO SIGN}" * 80):
        atomic_write(name, NEW)
        assert (tmp_path / name).read_bytes() == NEW


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o755])
def test_an_existing_file_keeps_its_mode(target, mode):
    target.chmod(mode)
    atomic_write(target, NEW)
    assert stat.S_IMODE(target.stat().st_mode) == mode


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_gets_the_mode_of_any_new_file(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        atomic_write(tmp_path / "new", NEW)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == mode


def test_a_link_stays_and_the_file_it_names_is_replaced(target, tmp_path):
    folder = tmp_path / "links"
    folder.mkdir()
    link = folder / "latest.pycnn"
    link.symlink_to(target)
    atomic_write(link, NEW)
    assert link.is_symlink() and target.read_bytes() == NEW
    assert names(folder) == ["latest.pycnn"] and names(tmp_path) == ["links", "model.pycnn"]


def test_only_regular_files_are_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path, "/dev/null"):
        before = os.stat(path).st_mode
        with pytest.raises(ValueError, match="regular file"):
            atomic_write(path, NEW)
        assert os.stat(path).st_mode == before


def test_a_read_only_file_is_not_replaced(target, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # tests may run as root, who may write anywhere
    with pytest.raises(PermissionError, match="must be writable"):
        atomic_write(target, NEW)
    assert target.read_bytes() == OLD


def test_a_missing_folder_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        atomic_write(tmp_path / "missing" / "file", NEW)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize(
    ("call", "existing"),
    [(call, existing) for call in ("open", "write", "fsync", "close", "replace") for existing in (True, False)]
    + [("fchmod", True)],  # a new file has no mode to keep
)
def test_when_a_call_fails_the_old_file_stays(target, monkeypatch, call, existing, code):
    if not existing:
        target.unlink()
    real = getattr(os, call)

    def failing(first, *arguments, **options):
        # The folder may be opened and closed; what concerns the temporary file fails.
        subject = first if isinstance(first, (str, os.PathLike)) else os.readlink(f"/proc/self/fd/{first}")
        if not os.fspath(subject).endswith(".tmp"):
            return real(first, *arguments, **options)
        if call == "close":
            real(first)
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, call, failing)
    with pytest.raises(OSError) as caught:
        atomic_write(target, NEW)
    monkeypatch.undo()
    assert caught.value.errno == code
    assert names(target.parent) == (["model.pycnn"] if existing else [])
    assert not existing or target.read_bytes() == OLD


def test_short_writes_are_continued(target, monkeypatch):
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, data[:1000]))
    atomic_write(target, NEW)
    assert target.read_bytes() == NEW


def test_an_interrupt_leaves_the_old_file(target, monkeypatch):
    def interrupted(descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        atomic_write(target, NEW)
    assert target.read_bytes() == OLD and names(target.parent) == ["model.pycnn"]


def test_order_of_calls(target, monkeypatch):
    calls = []
    for call in ("write", "fsync", "replace"):
        real = getattr(os, call)
        monkeypatch.setattr(os, call, lambda *a, _call=call, _real=real: (calls.append((_call, a[0])), _real(*a))[1])
    atomic_write(target, NEW)
    assert [call for call, _ in calls] == ["write", "fsync", "replace", "fsync"]
    assert calls[0][1] == calls[1][1] != calls[3][1], "first the file is forced to disk, last the folder"


def test_a_failing_fsync_of_the_folder_is_reported_with_the_new_file_in_place(target, monkeypatch):
    real = os.fsync

    def failing(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EIO, "folder")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(OSError, match="folder"):
        atomic_write(target, NEW)
    assert target.read_bytes() == NEW and names(target.parent) == ["model.pycnn"]


def test_no_descriptor_stays_open(target, monkeypatch):
    before = os.listdir("/proc/self/fd")
    atomic_write(target, NEW)
    monkeypatch.setattr(os, "write", lambda *arguments: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
    with pytest.raises(OSError, match="full"):
        atomic_write(target, NEW)
    assert len(os.listdir("/proc/self/fd")) == len(before)


def test_a_full_disk_in_earnest(target):
    """A limit on the size of files makes the kernel itself refuse the write."""
    script = (
        "import resource, signal, sys\n"
        "from pycnn.saving.atomic import atomic_write\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))\n"
        "try:\n    atomic_write(sys.argv[1], bytes(100_000))\n"
        "except OSError as error:\n    print(error.errno)\n"
    )
    command = [sys.executable, "-c", script, target]
    done = subprocess.run(command, cwd=target.parent, stdout=subprocess.PIPE, text=True, check=True)
    assert int(done.stdout) == errno.EFBIG
    assert target.read_bytes() == OLD and names(target.parent) == ["model.pycnn"]


def test_kill_at_any_moment_leaves_a_complete_file(target):
    script = (
        "import sys\nfrom pycnn.saving.atomic import atomic_write\n"
        "contents = [bytes([i]) * 3_000_000 for i in range(8)]\n"
        "print('ready', flush=True)\n"
        "while True:\n    for content in contents:\n        atomic_write(sys.argv[1], content)\n"
    )
    command = [sys.executable, "-c", script, target]
    for attempt in range(10):
        with subprocess.Popen(command, cwd=target.parent, stdout=subprocess.PIPE) as writer:
            writer.stdout.readline()
            time.sleep(0.003 * attempt)
            writer.send_signal(signal.SIGKILL)
        content = target.read_bytes()
        assert content == OLD or (len(content) == 3_000_000 and content == content[:1] * 3_000_000)
    atomic_write(target, NEW)
    assert names(target.parent) == ["model.pycnn"], "what the killed writers left is removed by the next write"


def test_temporary_files_of_running_processes_are_left_alone(target):
    mine = target.with_name(f".model.pycnn.{os.uname().nodename}.{os.getpid()}.01234567.tmp")
    elsewhere = target.with_name(".model.pycnn.another-machine.999999999.01234567.tmp")
    stale = target.with_name(f".model.pycnn.{os.uname().nodename}.{2**22 + 1}.01234567.tmp")
    for path in (mine, elsewhere, stale):
        path.touch()
    atomic_write(target, NEW)
    assert mine.exists() and elsewhere.exists() and not stale.exists()
