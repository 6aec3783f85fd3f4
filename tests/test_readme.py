"""What the README promises is there."""

import re
from pathlib import Path

import pytest

import tcbf_widgets as tcbf

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_links_and_pictures_lead_somewhere(target):
    assert (ROOT / target).exists()


def test_the_house_is_as_drawn():
    house = README.split("## The house")[1].split("```")[1]
    drawn = set(re.findall(r"\w+\.py", house))
    there = {path.name for path in (ROOT / "tcbf_widgets").glob("*.py")} - {"__init__.py"}
    assert drawn == there


def test_the_example_runs_on_a_saved_scan(tmp_path, monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    tcbf.save(tcbf.demo.apoferritin(), tmp_path / "scan.h5")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})
    assert (tmp_path / "alignment.html").stat().st_size > 10_000
