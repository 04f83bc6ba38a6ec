"""The README's example runs as it is printed, in a folder of its own."""

import re
from pathlib import Path

README = Path(__file__).resolve().parents[1] / "README.md"


def test_example(tmp_path, monkeypatch, capsys):
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(example, str(README), "exec"), {})
    predicted, label = capsys.readouterr().out.splitlines()[-1].split()
    assert predicted == label
    assert (tmp_path / "digits.pycnn").stat().st_size > 61706 * 4
