"""Runs the face models: LiteRT where it is installed, OpenCV's dnn otherwise (same numbers, half as fast)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

#: File names, flat in the models folder. Google's, Apache-2.0; set-up takes them out of one wheel.
SHORT_RANGE = "face_detection_short_range.tflite"
FULL_RANGE = "face_detection_full_range_sparse.tflite"
MESH = "face_landmark.tflite"
IRIS = "iris_landmark.tflite"
PERSON = "selfie_segmentation.tflite"
FILES = (SHORT_RANGE, FULL_RANGE, MESH, IRIS, PERSON)


class ModelsMissing(RuntimeError):
    """A model file is not in the models folder; the set-up has not run."""


class Net(Protocol):
    """A loaded model: float32 picture H × W × 3 (RGB) in, named float32 arrays out."""

    def __call__(self, picture: np.ndarray) -> dict[str, np.ndarray]:
        """Run once."""
        ...


class _LiteRT:
    def __init__(self, path: Path, threads: int) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._interpreter: Any = Interpreter(str(path), num_threads=threads)
        self._interpreter.allocate_tensors()
        self._input: int = self._interpreter.get_input_details()[0]["index"]
        self._outputs = {item["name"]: item["index"] for item in self._interpreter.get_output_details()}

    def __call__(self, picture: np.ndarray) -> dict[str, np.ndarray]:
        self._interpreter.set_tensor(self._input, picture[None])
        self._interpreter.invoke()
        return {name: self._interpreter.get_tensor(index) for name, index in self._outputs.items()}


class _OpenCV:
    def __init__(self, path: Path) -> None:
        self._net = cv2.dnn.readNetFromTFLite(str(path))
        self._names = list(self._net.getUnconnectedOutLayersNames())

    def __call__(self, picture: np.ndarray) -> dict[str, np.ndarray]:
        self._net.setInput(np.ascontiguousarray(picture.transpose(2, 0, 1)[None]))
        return dict(zip(self._names, self._net.forward(self._names), strict=True))


def has_litert() -> bool:
    """Whether LiteRT can be imported here."""
    try:
        import ai_edge_litert.interpreter  # noqa: F401
    except ImportError:
        return False
    return True


def load(path: Path, threads: int = 1, litert: bool | None = None) -> Net:
    """The model at `path`. `litert` None: LiteRT where it is installed. Raises `ModelsMissing`."""
    if not path.is_file():
        raise ModelsMissing(f"{path.name} is not in {path.parent}: run the set-up (make run) first")
    return _LiteRT(path, threads) if (has_litert() if litert is None else litert) else _OpenCV(path)
