"""The step of bench/engine/training-graph.ts in eager PyTorch: same shapes, same operations, same outputs. Prints one JSON line."""
import argparse
import json
import time

import torch
import torch.nn.functional as F

arguments = argparse.ArgumentParser()
arguments.add_argument("--steps", type=int, default=30)
arguments.add_argument("--warmup", type=int, default=5)
arguments.add_argument("--activation", default="relu")
arguments.add_argument("--inner", type=int, default=64)
arguments.add_argument("--dropout", type=float, default=0.2)
arguments.add_argument("--threads", type=int, default=2)
options = arguments.parse_args()
torch.set_num_threads(options.threads)
torch.manual_seed(0)
torch.set_flush_denormal(True)

B, T, D, HEADS = 256, 50, 64, 2


def weight(*shape):
    return (0.02 * torch.randn(*shape)).requires_grad_()


def layer():
    return {
        **{name: (weight(D, D), weight(D)) for name in ("query", "key", "value", "output")},
        "inner": (weight(options.inner, D), weight(options.inner)),
        "outer": (weight(D, options.inner), weight(D)),
        "norm1": (weight(D), weight(D)),
        "norm2": (weight(D), weight(D)),
    }


layers = [layer(), layer()]
norm = (weight(D), weight(D))
weights = [w for one in layers for pair in one.values() for w in pair] + list(norm)
activation = F.relu if options.activation == "relu" else F.gelu


def drop(x):
    return F.dropout(x, options.dropout, training=True)


def split(x):
    return x.view(B, T, HEADS, D // HEADS).transpose(1, 2)


def step(rows, keep, positive, negative, weight, causal):
    h = drop(rows) * keep.view(B, T, 1)
    mask = causal + (keep.view(B, 1, 1, T) - 1) * 1e9
    for one in layers:
        x = F.layer_norm(h, (D,), *one["norm1"])
        query, key, value = (split(F.linear(x, *one[name])) for name in ("query", "key", "value"))
        logits = torch.matmul(query * (D // HEADS) ** -0.5, key.transpose(-2, -1)) + mask
        attention = drop(torch.softmax(logits, -1))
        mixed = torch.matmul(attention, value).transpose(1, 2).reshape(B, T, D)
        h = h + drop(F.linear(mixed, *one["output"]))
        x = F.layer_norm(h, (D,), *one["norm2"])
        h = h + drop(F.linear(activation(F.linear(x, *one["inner"])), *one["outer"]))
    states = F.layer_norm(h, (D,), *norm).view(B * T, D)
    difference = (states * positive).sum(-1) - (states * negative).sum(-1)
    loss = (-F.logsigmoid(difference) * weight).sum()
    return loss, torch.autograd.grad(loss, [rows, positive, negative, *weights])


inputs = (
    torch.randn(B, T, D, requires_grad=True),
    torch.ones(B, T),
    torch.randn(B * T, D, requires_grad=True),
    torch.randn(B * T, D, requires_grad=True),
    torch.full((B * T,), 1 / (B * T)),
    torch.full((T, T), -1e9).triu(1),
)
times = []
for i in range(options.warmup + options.steps):
    started = time.perf_counter()
    loss, gradients = step(*inputs)
    loss.item()
    if i >= options.warmup:
        times.append(1000 * (time.perf_counter() - started))
times.sort()
print(json.dumps({"medianMs": times[len(times) // 2], "fastestMs": times[0], "steps": len(times)}))
