"""Sizes of files and functions: medians are reported, the hard limits of the house are enforced.

Run as `python -m scripts.sizes`. Exits 1 when a file has more than 400 lines.
"""

import ast
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES = 400
_REPORTED = 3


def main() -> int:
    """Report and enforce."""
    files = {path: len(path.read_text().splitlines()) for path in _sources()}
    product = [n for path, n in files.items() if path.parts[0] in {"services", "shared"} and n > 1]
    functions = [n for path in files for n in _bodies(path)]
    print(
        f"files: {len(product)}, median {statistics.median(product):.0f} lines; "
        f"functions: {len(functions)}, median {statistics.median(functions):.0f} lines"
    )
    largest = sorted(files, key=lambda path: -files[path])[:_REPORTED]
    print("largest: " + ", ".join(f"{path} {files[path]}" for path in largest))
    over = {path: n for path, n in files.items() if n > FILE_LINES}
    for path, lines in over.items():
        print(f"{path} has {lines} lines; the limit is {FILE_LINES}: split it by what it is for.")
    return 1 if over else 0


def _sources() -> list[Path]:
    git = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"]
    listed = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 -- a fixed command
    if listed.returncode == 0 and listed.stdout:
        return [Path(line) for line in listed.stdout.splitlines() if (ROOT / line).exists()]
    roots = ("services", "shared", "scripts", "tests")
    return [path.relative_to(ROOT) for root in roots for path in (ROOT / root).rglob("*.py")]


def _bodies(path: Path) -> list[int]:
    tree = ast.parse((ROOT / path).read_text())
    return [
        (node.end_lineno or node.lineno) - node.body[0].lineno + 1
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


if __name__ == "__main__":
    sys.exit(main())
