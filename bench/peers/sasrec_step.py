"""Times one SASRec training step in PyTorch and prints one JSON line. See README.md beside this file.

batch 256, 50 steps a sequence (none padded), d 64, 2 blocks, 2 heads, inner 64, 20,000 items, BPR, dropout 0.2, Adam.
"""

import argparse
import json
import statistics
import time

import sasrec
import torch


def measure(arguments, dropout, adam):
    sasrec.start(arguments.threads, arguments.seed)
    model = sasrec.SASRec(20_001, byte_dropout=dropout == "bytes", sparse=adam == "sparse")
    optimizers = sasrec.optimizers(model, adam == "sparse")
    batches = [torch.randint(1, 20_001, (3, 256, 50)) for _ in range(8)]
    times, processor = [], []
    for step in range(arguments.warmup + arguments.steps):
        begin, used = time.perf_counter(), time.process_time()
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss = model.bpr(*batches[step % len(batches)])
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
        loss.item()
        times.append(1e3 * (time.perf_counter() - begin))
        processor.append(1e3 * (time.process_time() - used))
    timed = times[arguments.warmup :]
    spent = round(statistics.median(processor[arguments.warmup :]), 2)
    return {"median": round(statistics.median(timed), 2), "processor": spent, "fastest": round(min(timed), 2), "loss": round(loss.item(), 4)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--warmup", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dropout", choices=["bytes", "native"], default="bytes")
    parser.add_argument("--adam", choices=["dense", "sparse"], default="dense")
    parser.add_argument("--variants", action="store_true", help="measure all four, one after the other")
    arguments = parser.parse_args()
    headline = f"{arguments.dropout} {arguments.adam}"
    names = [headline]
    if arguments.variants:
        names = [f"{dropout} {adam}" for dropout in ("bytes", "native") for adam in ("dense", "sparse")]
    variants = {name: measure(arguments, *name.split()) for name in names}
    fastest = min(variants, key=lambda name: variants[name]["median"])
    print(
        json.dumps(
            {
                "peer": "sasrec-step",
                "milliseconds": variants[fastest]["median"],
                "processor": variants[fastest]["processor"],
                "variant": fastest,
                "variants": variants,
                "steps": arguments.steps,
                "threads": arguments.threads,
                "torch": torch.__version__,
                "blas": sasrec.blas(),
            }
        )
    )


if __name__ == "__main__":
    main()
