"""An ONNX network cut down to one output, and reckoned in single precision throughout.

A file in half precision makes a runtime without half-precision kernels go from single to half and back round every
joining and resizing of features, and a file with more outputs than wanted has all of them computed. The rewriting works
on the encoded file, so that it needs no package of its own.

References: ONNX, Open Neural Network Exchange, Intermediate Representation specification (field numbers of
``onnx.proto``); Protocol Buffers, Encoding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scenechange.errors import InputError

Field = tuple[int, int, "int | bytes | memoryview"]
"""Number, wire type and value of a field: an int for wire type 0, else its bytes."""

VARINT, BYTES = 0, 2
GRAPH = 7  # of a model
NODE, INITIALIZER, OUTPUT, VALUE_INFO = 1, 5, 12, 13  # of a graph
READS, WRITES, KIND, ATTRIBUTE = 1, 2, 4, 5  # of a node
TENSOR_TYPE, TENSOR_NAME = 2, 8
ATTRIBUTE_NAME, INTEGER, TENSOR = 1, 3, 5
FLOAT, FLOAT16 = 1, 10


def only_output(model: bytes, output: str) -> bytes:
    """The encoded model without what `output` does not need, and without steps into half precision.

    Weights stay in half precision and are widened once, when the bytes are loaded. The answers differ from those of
    the file by what half precision rounds off between steps.

    Raises
    ------
    InputError
        The graph has no such output.
    ValueError
        The bytes are no encoded model.
    """
    fields = list(_fields(memoryview(model)))
    return b"".join(
        _packed((number, wire, b"".join(_graph(value, output)) if number == GRAPH else value))
        for number, wire, value in fields
    )


def _graph(graph: int | bytes | memoryview, output: str) -> Iterator[bytes]:
    fields = list(_fields(graph))
    nodes = [value for number, _, value in fields if number == NODE]
    needed, used = _needed(nodes, output)
    seen = 0
    for number, wire, value in fields:
        if number == NODE:
            seen += 1
            if seen - 1 in used:
                yield from _node(value)
        elif number == INITIALIZER:
            name = _texts(value, TENSOR_NAME)[0]
            if name in needed:
                yield from _initializer(value, name)
        elif number != VALUE_INFO and (number != OUTPUT or _texts(value, ATTRIBUTE_NAME) == [output]):
            yield _packed((number, wire, value))


def _needed(nodes: list[int | bytes | memoryview], output: str) -> tuple[set[str], set[int]]:
    """Names of all values that the output is made of, and which nodes make them."""
    reads = [_texts(node, READS) for node in nodes]
    maker = {name: k for k, node in enumerate(nodes) for name in _texts(node, WRITES)}
    if output not in maker:
        raise InputError(f"network output {output!r}: the file has no such output")
    needed, used, open_names = {output}, set(), [output]
    while open_names:
        k = maker.get(open_names.pop())
        if k is not None and k not in used:
            used.add(k)
            open_names += reads[k]
            needed.update(reads[k])
    return needed, used


def _node(node: int | bytes | memoryview) -> Iterator[bytes]:
    """The node; a cast to half precision casts to single; a constant in half precision is widened after it."""
    fields, (kind,) = list(_fields(node)), _texts(node, KIND)
    if kind == "Cast":
        fields = [(n, w, _cast_to_single(value) if n == ATTRIBUTE else value) for n, w, value in fields]
    if kind == "Constant" and any(_is_half(value) for n, _, value in fields if n == ATTRIBUTE):
        name = _texts(node, WRITES)[0]
        fields = [(n, w, _half(name).encode() if n == WRITES else value) for n, w, value in fields]
        yield _widen(name)
    yield _packed((NODE, BYTES, _message(fields)))


def _cast_to_single(attribute: int | bytes | memoryview) -> bytes:
    fields = _fields(attribute)
    return _message((n, w, FLOAT if n == INTEGER and value == FLOAT16 else value) for n, w, value in fields)


def _is_half(attribute: int | bytes | memoryview) -> bool:
    return any(
        (TENSOR_TYPE, VARINT, FLOAT16) in list(_fields(tensor)) for n, _, tensor in _fields(attribute) if n == TENSOR
    )


def _initializer(tensor: int | bytes | memoryview, name: str) -> Iterator[bytes]:
    fields = list(_fields(tensor))
    if (TENSOR_TYPE, VARINT, FLOAT16) in fields:
        fields = [(n, w, _half(name).encode() if n == TENSOR_NAME else value) for n, w, value in fields]
        yield _widen(name)
    yield _packed((INITIALIZER, BYTES, _message(fields)))


def _half(name: str) -> str:
    return f"{name}/half"


def _widen(name: str) -> bytes:
    """A node that casts the half-precision value of that name to single precision."""
    to: list[Field] = [(ATTRIBUTE_NAME, BYTES, b"to"), (INTEGER, VARINT, FLOAT), (20, VARINT, 2)]  # type: INT
    node: list[Field] = [
        (READS, BYTES, _half(name).encode()),
        (WRITES, BYTES, name.encode()),
        (KIND, BYTES, b"Cast"),
        (ATTRIBUTE, BYTES, _message(to)),
    ]
    return _packed((NODE, BYTES, _message(node)))


def _texts(message: int | bytes | memoryview, number: int) -> list[str]:
    return [bytes(value).decode() for n, _, value in _fields(message) if n == number and not isinstance(value, int)]


def _fields(message: int | bytes | memoryview) -> Iterator[Field]:
    if isinstance(message, int):
        raise ValueError("wanted an encoded message, got a number")
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, wire = key >> 3, key & 7
        if wire == VARINT:
            value, at = _varint(message, at)
            yield number, wire, value
            continue
        if wire == BYTES:
            length, at = _varint(message, at)
        elif wire in (1, 5):
            length = 8 if wire == 1 else 4
        else:
            raise ValueError(f"wire type {wire} is none that Protocol Buffers have")
        if at + length > len(message):
            raise ValueError("the message is cut off")
        yield number, wire, message[at : at + length]
        at += length


def _varint(message: bytes | memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(message):
            raise ValueError("the message is cut off")
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def _encoded(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _packed(field: Field) -> bytes:
    number, wire, value = field
    key = _encoded(number << 3 | wire)
    if isinstance(value, int):
        return key + _encoded(value)
    return b"".join((key, _encoded(len(value)) if wire == BYTES else b"", value))


def _message(fields: Iterable[Field]) -> bytes:
    return b"".join(map(_packed, fields))
