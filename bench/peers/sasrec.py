"""SASRec in eager PyTorch, as fast as we could make it on a CPU: the other side of Tributary's benchmarks.

Written from docs/models/sasrec.md: pre-norm blocks, positions aligned to the right, PAD is item 0.
"""

import ctypes
import math

# Large blocks stay in the process instead of going back to the kernel after every operator; page faults otherwise
# cost 10–20 % of a step. It has to happen before PyTorch allocates. (M_MMAP_THRESHOLD, M_TRIM_THRESHOLD, M_TOP_PAD)
_libc = ctypes.CDLL("libc.so.6")
for _option, _bytes in ((-3, 1 << 30), (-1, (1 << 31) - 1), (-2, 1 << 28)):
    _libc.mallopt(_option, _bytes)

import numpy as np  # noqa: E402
import torch  # noqa: E402
import torch.nn as nn  # noqa: E402
import torch.nn.functional as F  # noqa: E402

MASKED = -1e9


class ByteDropout(torch.autograd.Function):
    """Dropout from one random byte an element: PyTorch 1.13 draws its masks one by one on one thread, which costs a third of
    a step. The rate is rounded to 1/256, and kept values are scaled by the rounded rate."""

    random = np.random.Generator(np.random.SFC64(1))

    @staticmethod
    def forward(context, x, rate):
        threshold = round(rate * 256)
        words = ByteDropout.random.integers(0, 2**64, size=(x.numel() + 7) // 8, dtype=np.uint64)
        bytes_ = torch.from_numpy(words.view(np.uint8)[: x.numel()]).view(x.shape)
        factor = (bytes_ >= threshold).to(x.dtype).mul_(256 / (256 - threshold))
        context.save_for_backward(factor)
        return x * factor

    @staticmethod
    def backward(context, gradient):
        return gradient * context.saved_tensors[0], None


class Block(nn.Module):
    def __init__(self, hidden, heads, inner, drop):
        super().__init__()
        self.heads, self.drop = heads, drop
        self.norm1, self.norm2 = nn.LayerNorm(hidden, eps=1e-5), nn.LayerNorm(hidden, eps=1e-5)
        self.query_key_value = nn.Linear(hidden, 3 * hidden)
        self.output = nn.Linear(hidden, hidden)
        self.inner, self.outer = nn.Linear(hidden, inner), nn.Linear(inner, hidden)

    def forward(self, x, mask, batch, length):
        """x [B·T, d]; mask [B·h, T, T] or broadcast to it."""
        hidden = x.shape[1]
        width = hidden // self.heads
        projected = self.query_key_value(self.norm1(x)).view(batch, length, 3, self.heads, width)
        query, key, value = projected.permute(2, 0, 3, 1, 4).reshape(3, batch * self.heads, length, width).unbind(0)
        scores = torch.baddbmm(mask, query, key.transpose(1, 2), alpha=1 / math.sqrt(width))  # [B·h, T, T]
        attended = torch.bmm(self.drop(F.softmax(scores, -1)), value)
        attended = attended.view(batch, self.heads, length, width).transpose(1, 2).reshape(batch * length, hidden)
        x = x + self.drop(self.output(attended))
        return x + self.drop(self.outer(F.relu(self.inner(self.norm2(x)))))


class SASRec(nn.Module):
    def __init__(self, items, hidden=64, heads=2, blocks=2, inner=None, max_length=50, dropout=0.2, byte_dropout=True,
                 sparse=False, scale=True):
        super().__init__()
        self.max_length, self.heads, self.dropout, self.byte_dropout = max_length, heads, dropout, byte_dropout
        self.scale = math.sqrt(hidden) if scale else 1.0
        self.items = nn.Embedding(items, hidden, padding_idx=0, sparse=sparse)
        self.positions = nn.Parameter(torch.randn(max_length, hidden) * 0.02)
        self.blocks = nn.ModuleList([Block(hidden, heads, inner or hidden, self.drop) for _ in range(blocks)])
        self.norm = nn.LayerNorm(hidden, eps=1e-5)
        nn.init.normal_(self.items.weight, std=0.02)
        with torch.no_grad():
            self.items.weight[0] = 0
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)
        self.causal = torch.full((max_length, max_length), MASKED).triu(1)

    def drop(self, x):
        if not self.training or self.dropout == 0:
            return x
        return ByteDropout.apply(x, self.dropout) if self.byte_dropout else F.dropout(x, self.dropout, True)

    def forward(self, sequences, embedded=None):
        """Hidden states [B, T, d] of left-padded sequences [B, T]; `embedded` are their rows of the table where at hand."""
        batch, length = sequences.shape
        padding = sequences == 0
        if embedded is None:
            embedded = self.items(sequences)
        x = torch.add(self.positions[self.max_length - length :], embedded, alpha=self.scale)
        x = self.drop(x)
        mask = self.causal[:length, :length]
        if padding.any():
            x = x * (~padding)[:, :, None]
            mask = torch.minimum(mask, padding[:, None, :] * MASKED)  # [B, T, T]
            mask = mask[:, None].expand(-1, self.heads, -1, -1).reshape(batch * self.heads, length, length)
        x = x.reshape(batch * length, -1)
        for block in self.blocks:
            x = block(x, mask, batch, length)
        return self.norm(x).view(batch, length, -1)

    def bpr(self, sequences, positives, negatives):
        """−ln σ(s⁺ − s⁻), mean over positions with a target. One look-up for all three, one product for both scores."""
        batch, length = sequences.shape
        rows = self.items(torch.stack((sequences, positives, negatives)))  # [3, B, T, d]
        hidden = self(sequences, rows[0])
        difference = (hidden * (rows[1] - rows[2])).sum(-1)
        present = positives > 0
        if not bool(present.all()):
            difference = difference[present]
        return -F.logsigmoid(difference).mean()

    def softmax(self, sequences, targets, domain_start):
        """Cross-entropy over the items of each target's domain, mean over positions with a target."""
        hidden = self(sequences)
        at = targets.nonzero(as_tuple=True)
        hidden, targets = hidden[at], targets[at]
        total = 0.0
        for start, end in zip(domain_start[:-1], domain_start[1:]):
            rows = ((targets >= start) & (targets < end)).nonzero()[:, 0]
            if len(rows):
                logits = hidden[rows] @ self.items.weight[start:end].t()
                total = total + F.cross_entropy(logits, targets[rows] - start, reduction="sum")
        return total / len(targets)


def optimizers(model, sparse, learning_rate=1e-3):
    """Dense Adam over everything, or SparseAdam for the table and dense Adam for the rest."""
    if not sparse:
        return [torch.optim.Adam(model.parameters(), lr=learning_rate, foreach=True)]
    rest = [weight for name, weight in model.named_parameters() if name != "items.weight"]
    return [
        torch.optim.SparseAdam([model.items.weight], lr=learning_rate),
        torch.optim.Adam(rest, lr=learning_rate, foreach=True),
    ]


def start(threads, seed):
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(seed)
    ByteDropout.random = np.random.Generator(np.random.SFC64(seed))


def blas():
    """Which BLAS libraries this process really loaded: the difference between stock and tuned PyTorch."""
    with open("/proc/self/maps") as maps:
        return sorted({line.split("/", 1)[1].strip() for line in maps if "blas" in line})
