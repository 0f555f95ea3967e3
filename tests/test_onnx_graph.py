"""A network that is cut down to one output gives the same answers, and reckons nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from scenechange import networks, weights
from scenechange.errors import InputError
from scenechange.onnx_graph import only_output

FLOAT, FLOAT16 = 1, 10


def encoded(*fields: tuple[int, int | str | bytes]) -> bytes:
    """A Protocol Buffers message of small numbers, texts and messages (below 2 MB)."""

    def varint(value: int) -> bytes:
        return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + varint(value >> 7)

    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            raw = value.encode() if isinstance(value, str) else value
            out += varint(number << 3 | 2) + varint(len(raw)) + raw
    return out


def node(kind: str, reads: str, writes: str, *attributes: bytes) -> tuple[int, bytes]:
    names = [(1, name) for name in reads.split()]
    return 1, encoded(*names, (2, writes), (4, kind), *((5, attribute) for attribute in attributes))


def half(name: str, values: list[float]) -> bytes:
    return encoded((1, len(values)), (2, FLOAT16), (8, name), (9, np.array(values, np.float16).tobytes()))


def cast_to(kind: int) -> bytes:
    return encoded((1, "to"), (3, kind), (20, 2))


def value(name: str) -> bytes:
    shape = encoded((1, encoded((1, 3))))
    return encoded((1, name), (2, encoded((1, encoded((1, FLOAT), (2, shape))))))


@pytest.fixture
def model() -> bytes:
    """``y = 3 (w x + c)`` by way of half precision, and a second output z that y does not need."""
    graph = encoded(
        node("Cast", "x", "x16", cast_to(FLOAT16)),
        node("Mul", "x16 w", "wx"),
        node("Constant", "", "c", encoded((1, "value"), (5, half("", [1, 2, 3])), (20, 4))),
        node("Add", "wx c", "sum"),
        node("Cast", "sum", "sum32", cast_to(FLOAT)),
        node("Mul", "sum32 three", "y"),
        node("Exp", "x", "z"),
        (2, "graph"),
        (5, half("w", [0.5, 0.25, 2])),
        (5, encoded((1, 1), (2, FLOAT), (8, "three"), (9, np.array([3], np.float32).tobytes()))),
        (5, half("unused", [9])),
        (11, value("x")),
        (12, value("y")),
        (12, value("z")),
    )
    return encoded((1, 8), (8, encoded((1, ""), (2, 13))), (7, graph))


def ran(model: bytes, x: list[float]) -> dict[str, np.ndarray]:
    onnxruntime = pytest.importorskip("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL  # as the file says
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, {"x": np.array(x, np.float32)}), strict=True))


def test_one_output_is_left_and_is_the_same(model: bytes) -> None:
    x = [1.0, 4.0, -2.0]
    before, after = ran(model, x), ran(only_output(model, "y"), x)
    assert list(before) == ["y", "z"]
    assert list(after) == ["y"]
    np.testing.assert_array_equal(after["y"], before["y"])
    np.testing.assert_array_equal(after["y"], [4.5, 9, -3])


def test_no_step_into_half_precision_is_left(model: bytes) -> None:
    assert cast_to(FLOAT16) in model
    assert cast_to(FLOAT16) not in only_output(model, "y")


def test_what_the_output_does_not_need_is_gone(model: bytes) -> None:
    assert b"unused" in model
    assert b"unused" not in only_output(model, "y")
    assert b"Exp" not in only_output(model, "y")
    assert list(ran(only_output(model, "z"), [0, 0, 0])) == ["z"]
    assert b"Mul" not in only_output(model, "z")


def test_unknown_output_is_refused(model: bytes) -> None:
    with pytest.raises(InputError, match="'q': the file has no such output"):
        only_output(model, "q")


@pytest.mark.parametrize("end", [1, 7, 40])
def test_cut_off_file_is_no_model(model: bytes, end: int) -> None:
    with pytest.raises(ValueError, match="cut off"):
        only_output(model[:-end], "y")


@pytest.mark.weights("isnet")
def test_isnet_gives_the_same_probability() -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    x = np.random.default_rng(0).random((1, 3, 1024, 1024), np.float32) - 0.5
    x[:, :, 200:800, 300:600] *= 0.1
    whole = onnxruntime.InferenceSession(str(weights.path_of("isnet")), providers=["CPUExecutionProvider"])
    want = whole.run(["output"], {whole.get_inputs()[0].name: x})[0]
    session = networks.onnx("isnet", only="output")
    got = session.run(None, {session.get_inputs()[0].name: x})
    assert len(got) == 1
    assert got[0].max() > 0.1
    np.testing.assert_allclose(got[0], want, atol=2e-3)
