"""Pages of the book as notebooks that need nothing of it."""

import json

import offline_notebooks

PAGE = "---\njupytext:\n  text_representation:\n    format_name: myst\n    extension: .md\n---\n\n"


def test_pages_become_notebooks_that_lead_to_each_other(tmp_path):
    (tmp_path / "book" / "part").mkdir(parents=True)
    (tmp_path / "_toc.yml").write_text("root: book/intro\nchapters:\n  - file: book/part/one\n  - file: book/words\n")
    (tmp_path / "book" / "intro.md").write_text(PAGE + "[one](part/one.md#here)\n\n```{code-cell}\n1\n```\n")
    (tmp_path / "book" / "words.md").write_text("# Words\n")
    links = "[intro](../intro.md), [words](../words.md), [away](https://a.example/b.md) ![a](../p.png)\n"
    (tmp_path / "book" / "part" / "one.md").write_text(PAGE + links)
    (tmp_path / "book" / "p.png").write_bytes(b"picture")
    files = offline_notebooks.notebooks(tmp_path / "_toc.yml")
    assert files.keys() == {"intro.ipynb", "part/one.ipynb", "p.png"}
    assert files == offline_notebooks.notebooks(tmp_path / "_toc.yml")  # nothing is drawn at random
    intro, one = json.loads(files["intro.ipynb"]), json.loads(files["part/one.ipynb"])
    assert "jupytext" not in intro["metadata"]
    assert [cell["cell_type"] for cell in intro["cells"]] == ["markdown", "code"]
    assert "[one](part/one.ipynb#here)" in "".join(intro["cells"][0]["source"])
    text = "".join(one["cells"][0]["source"])
    assert "(../intro.ipynb)" in text
    assert "(../../book/book/words.html)" in text
    assert "(https://a.example/b.md)" in text
