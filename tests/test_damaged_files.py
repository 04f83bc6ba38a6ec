"""Short runs of `tests.fuzz_files` and `tests.kill_saves`."""

from __future__ import annotations

from tests import fuzz_files, kill_saves


def test_random_damage_is_refused_or_loads(capfd):
    assert fuzz_files.main(["--cases", "150", "--seed", "1000000"]) == 0, capfd.readouterr().out


def test_no_file_is_lost_when_a_saving_process_is_killed(tmp_path, capsys):
    lost, replaced = kill_saves.run(tmp_path, 30, seed=1)
    assert lost == 0, capsys.readouterr().out
    assert replaced >= 3, "kills must come while files are being replaced, or nothing is shown"
