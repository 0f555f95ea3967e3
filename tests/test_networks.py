"""Networks are loaded once, from verified files only, and may be called from several threads."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from scenechange import networks, weights
from scenechange.errors import InputError, WeightsError


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    networks.forget()
    yield
    networks.forget()


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Loads of ONNX networks, which are replaced by plain objects; every name has a file."""
    loads: list[str] = []

    def load(path: str, only: str | None) -> object:
        time.sleep(0.05)
        loads.append(path)
        return object()

    monkeypatch.setattr(networks, "_open_onnx", load)
    monkeypatch.setattr(weights, "path_of", lambda name: tmp_path / weights.entry(name).file)
    return loads


def test_network_is_loaded_once_by_many_threads(counted: list[str]) -> None:
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(networks.onnx("isnet"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(counted) == 1
    assert all(session is found[0] for session in found)


def test_two_networks_are_two(counted: list[str]) -> None:
    assert networks.onnx("isnet") is not networks.onnx("u2net")
    assert len(counted) == 2


def test_forgotten_network_is_loaded_again(counted: list[str]) -> None:
    networks.onnx("isnet")
    networks.forget()
    networks.onnx("isnet")
    assert len(counted) == 2


@pytest.mark.parametrize(("runtime", "name"), [("onnx", "selfie"), ("tflite", "isnet"), ("onnx", "demo-china")])
def test_file_of_another_kind_is_refused(runtime: str, name: str) -> None:
    with pytest.raises(InputError, match=name):
        getattr(networks, runtime)(name)


def test_unknown_name_lists_the_legal_ones() -> None:
    with pytest.raises(InputError, match="wanted one of isnet"):
        networks.onnx("nothing")


@pytest.mark.parametrize(("runtime", "name"), [("onnx", "isnet"), ("tflite", "selfie")])
def test_file_that_the_runtime_cannot_read_is_a_weights_error(
    runtime: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / weights.entry(name).file
    path.write_bytes(b"no network at all")
    monkeypatch.setattr(weights, "path_of", lambda name: path)
    with pytest.raises(WeightsError, match=path.name):
        getattr(networks, runtime)(name)


def test_missing_network_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("SCENECHANGE_OFFLINE", "1")
    monkeypatch.delenv("SCENECHANGE_WEIGHTS", raising=False)
    with pytest.raises(WeightsError, match="`scenechange weights fetch isnet`"):
        networks.onnx("isnet")


def test_importing_networks_loads_no_runtime() -> None:
    code = "import sys, scenechange.networks; sys.exit(bool({'onnxruntime', 'ai_edge_litert'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_thread_count_is_between_one_and_the_processors_of_this_process() -> None:
    import os

    assert 1 <= networks.thread_count() <= (os.cpu_count() or 1)


# --- real networks ---------------------------------------------------------------------------------------------------


@pytest.mark.weights("mlsd-tiny")
def test_onnx_network_runs() -> None:
    session = networks.onnx("mlsd-tiny")
    (given,) = session.get_inputs()
    outputs = session.run(None, {given.name: np.zeros((1, 512, 512, 4), np.float32)})
    assert all(np.isfinite(output).all() for output in outputs)


@pytest.mark.weights("blazepose-heavy")
def test_tflite_network_gives_its_outputs_in_order() -> None:
    network = networks.tflite("blazepose-heavy")
    assert network.input_shape == (1, 256, 256, 3)
    shapes = [output.shape for output in network(np.zeros(network.input_shape, np.float32))]
    # Points in the picture (39 x 5), presence, mask, heat maps, points in metres (39 x 3).
    assert shapes == [(1, 195), (1, 1), (1, 256, 256, 1), (1, 64, 64, 39), (1, 117)]


@pytest.mark.weights("selfie")
def test_tflite_network_refuses_another_shape() -> None:
    with pytest.raises(InputError, match=r"wanted shape \(1, 256, 256, 3\), got \(256, 256, 3\)"):
        networks.tflite("selfie")(np.zeros((256, 256, 3), np.float32))


@pytest.mark.weights("selfie")
def test_tflite_outputs_are_the_callers_own(rng: np.random.Generator) -> None:
    network = networks.tflite("selfie")
    values = rng.random((1, 256, 256, 3), np.float32)
    (first,) = network(values)
    kept = first.copy()
    network(1 - values)
    assert np.array_equal(first, kept)


@pytest.mark.weights("selfie")
def test_tflite_network_is_the_same_for_threads_and_alone(rng: np.random.Generator) -> None:
    network = networks.tflite("selfie")
    inputs = rng.random((6, 1, 256, 256, 3), np.float32)
    alone = [network(values)[0] for values in inputs]
    together: dict[int, np.ndarray] = {}
    threads = [
        threading.Thread(target=lambda i=i: together.update({i: network(inputs[i])[0]})) for i in range(len(inputs))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(alone[i], together[i]) for i in range(len(inputs)))
