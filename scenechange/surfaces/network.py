"""A small network for surfaces: the trunk of EfficientNet-Lite0, and a decoder that puts its scales together.

References: Tan and Le, EfficientNet, ICML 2019, arXiv:1905.11946 (the "Lite" variant has no squeeze-and-excitation and
clamps at 6); Lin et al., Feature pyramid networks, CVPR 2017 (coarse maps widened and added to finer ones).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    Weights = Mapping[str, Tensor]

CLASSES = ("rest", "ground", "top", "water")
"""Ground to walk on; tops of tables, beds, parapets and the like; water; and all else."""
STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
"""Kernel, stride, expansion, channels and blocks of each stage of EfficientNet-Lite0."""
SEEN = (2, 4, 6)
"""Stages that the decoder sees: one cell in 8, 16 and 32 pixels."""


def logits(weights: Weights, x: Tensor) -> Tensor:
    """``(n, 4, h / 8, w / 8)`` of `CLASSES` for pictures ``(n, 3, h, w)``: encoded RGB, ``(value - 127) / 128``.

    `weights` has ``PLACE.weight`` and ``PLACE.bias`` for each convolution, batch normalisation folded in.
    """
    return _decoded(weights, _trunk(weights, x))


def _trunk(weights: Weights, x: Tensor) -> list[Tensor]:
    """Maps of the stages in `SEEN`."""
    x = _filtered(weights, "trunk.stem.conv", x, 2)
    seen, number = [], 0
    for k, (_, stride, expansion, _, repeats) in enumerate(STAGES):
        for n in range(repeats):
            x = _block(weights, f"trunk.blocks.{number}", x, stride if n == 0 else 1, expansion)
            number += 1
        if k in SEEN:
            seen.append(x)
    return seen


def _block(weights: Weights, place: str, x: Tensor, stride: int, expansion: int) -> Tensor:
    """Widen, filter each channel, narrow; added to the input where the shapes agree."""
    y = _filtered(weights, f"{place}.expand.conv", x) if expansion > 1 else x
    y = _filtered(weights, f"{place}.depth.conv", y, stride, groups=y.shape[1])
    y = _filtered(weights, f"{place}.project.conv", y, clamp=False)
    return x + y if x.shape == y.shape else y


def _filtered(weights: Weights, place: str, x: Tensor, stride: int = 1, groups: int = 1, clamp: bool = True) -> Tensor:
    """A convolution with the padding of TensorFlow's "same", and a clamp to 0..6."""
    import torch.nn.functional as F  # noqa: N812

    kernel = weights[f"{place}.weight"]
    y = F.conv2d(padded(x, kernel.shape[-1], stride), kernel, weights[f"{place}.bias"], stride, groups=groups)
    return y.clamp(0, 6) if clamp else y


def padded(x: Tensor, kernel: int, stride: int) -> Tensor:
    """Zeros round the maps, as TensorFlow's padding "same" has them: the odd one to the right and below."""
    import torch.nn.functional as F  # noqa: N812

    sides = []
    for size in (x.shape[3], x.shape[2]):
        missing = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        sides += [missing // 2, missing - missing // 2]
    return F.pad(x, sides)


def _decoded(weights: Weights, seen: Sequence[Tensor]) -> Tensor:
    import torch.nn.functional as F  # noqa: N812

    def mixed(name: str, x: Tensor) -> Tensor:
        kernel = weights[f"decoder.{name}.weight"]
        return F.conv2d(x, kernel, weights[f"decoder.{name}.bias"], padding=kernel.shape[-1] // 2)

    fine, middle, coarse = seen
    x = F.relu(mixed("coarse", coarse) + mixed("whole", coarse.mean((2, 3), keepdim=True)))
    x = F.relu(mixed("middle", middle) + widened(x, middle))
    x = F.relu(mixed("mix_middle", placed(x)))
    x = F.relu(mixed("fine", fine) + widened(x, fine))
    x = F.relu(mixed("mix_fine", placed(x)))
    return mixed("logits", x)


def widened(x: Tensor, like: Tensor) -> Tensor:
    """The maps at the rows and columns of others."""
    import torch.nn.functional as F  # noqa: N812

    return F.interpolate(x, size=like.shape[2:], mode="bilinear", align_corners=False)


def placed(x: Tensor) -> Tensor:
    """The maps with two more: the row, and the distance from the middle column, -1 to 1."""
    import torch

    rows, columns = x.shape[2:]
    y = torch.linspace(-1, 1, rows)[:, None].expand(rows, columns)
    aside = torch.linspace(-1, 1, columns).abs()[None].expand(rows, columns)
    return torch.cat([x, torch.stack([y, aside])[None].expand(len(x), -1, -1, -1)], 1)
