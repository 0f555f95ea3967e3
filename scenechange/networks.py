"""Trained networks, each loaded once per process: a verified file becomes something that can be called.

The only module that knows which runtime executes which file. onnxruntime and ai_edge_litert are imported when the first
network is loaded, never before. Networks hold no state of a photo, so every thread may share them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from scenechange import weights
from scenechange.errors import InputError, WeightsError
from scenechange.onnx_graph import only_output

if TYPE_CHECKING:
    import numpy as np
    import onnxruntime

_T = TypeVar("_T")
SMALL_BYTES = 20_000_000
"""Networks in smaller files may keep the memory of a run for the next one."""
_loaded: dict[tuple[str, ...], Any] = {}
_locks: dict[tuple[str, ...], threading.Lock] = {}
_guard = threading.Lock()


def onnx(name: str, only: str | None = None) -> onnxruntime.InferenceSession:
    """A shared onnxruntime session of an ``.onnx`` entry of the manifest; its `run` may be called from any thread.

    `only` names the one output that is wanted: what it does not need is left out, and half precision is not used, see
    `onnx_graph`.
    """
    return _once("onnx", name, ".onnx", partial(_open_onnx, only=only), only or "")


def tflite(name: str) -> TfLite:
    """A shared interpreter of a ``.tflite`` entry of the manifest, as a callable; see `TfLite`."""
    return _once("tflite", name, ".tflite", TfLite)


def forget() -> None:
    """Let go of every loaded network, and with it of their memory."""
    with _guard:
        _loaded.clear()


class TfLite:
    """A TensorFlow Lite network as a function from one array to the list of its outputs.

    An interpreter keeps its tensors between calls, so one call at a time goes through; outputs are copies.

    Parameters
    ----------
    path : str
        File of the network.
    """

    def __init__(self, path: str) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._interpreter = Interpreter(model_path=path, num_threads=thread_count())
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]
        self._outputs = [detail["index"] for detail in self._interpreter.get_output_details()]
        self._lock = threading.Lock()

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape the network wants, batch axis first."""
        return tuple(int(n) for n in self._input["shape"])

    def __call__(self, values: np.ndarray) -> list[np.ndarray]:
        """Outputs, in the network's order, for an input of `input_shape`.

        Raises
        ------
        InputError
            The array has another shape.
        """
        if tuple(values.shape) != self.input_shape:
            raise InputError(f"network input: wanted shape {self.input_shape}, got {tuple(values.shape)}")
        with self._lock:
            self._interpreter.set_tensor(self._input["index"], values.astype(self._input["dtype"], copy=False))
            self._interpreter.invoke()
            return [self._interpreter.get_tensor(index) for index in self._outputs]


def thread_count() -> int:
    """Physical cores this process may use: two threads on one core only get in each other's way here."""
    cpus = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    return max(1, len({_core_of(cpu) for cpu in cpus}))


def _core_of(cpu: int) -> str:
    """The processors that share a core with `cpu`, where the system tells (Linux); else `cpu` itself."""
    try:
        return Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list").read_text().strip()
    except OSError:
        return str(cpu)


def _open_onnx(path: str, only: str | None) -> onnxruntime.InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = thread_count()
    options.log_severity_level = 3
    # Without the arena IS-Net holds 0.5 GB between runs, not 1.4 GB, and peaks at 1.1 GB (2.2 GB with both defaults);
    # the price is a twentieth more processor time in the first run, a quarter in later ones. The optimiser's highest
    # level, the default, is the quickest in load plus first run. The line network holds 0.08 GB more with both, and
    # takes a sixth less time.
    options.enable_cpu_mem_arena = options.enable_mem_pattern = Path(path).stat().st_size < SMALL_BYTES
    model = path if only is None else only_output(Path(path).read_bytes(), only)
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    session._model_bytes = None  # kept for going back to another provider, which there is not: 90 MB of IS-Net
    return session


def _once(runtime: str, name: str, suffix: str, load: Callable[[str], _T], part: str = "") -> _T:
    key = (runtime, name, part)
    with _guard:
        lock = _locks.setdefault(key, threading.Lock())
    with lock:
        if key not in _loaded:
            if not weights.entry(name).file.endswith(suffix):
                raise InputError(f"weights {name!r} are no {suffix} network: got {weights.entry(name).file}")
            path = weights.path_of(name)
            try:
                _loaded[key] = load(str(path))
            except ImportError:
                raise
            except Exception as error:  # the runtimes' own errors share no narrower base
                package = {"onnx": "onnxruntime", "tflite": "ai-edge-litert"}[runtime]
                reason = " ".join(str(error).split())
                raise WeightsError(
                    f"{path.name} is intact, but {package} cannot load it ({reason}): run `pip install -U {package}`"
                ) from error
        return _loaded[key]
