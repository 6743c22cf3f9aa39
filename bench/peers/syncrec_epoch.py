"""SyNCRec on the Amazon splits in PyTorch: seconds per training epoch. See README.md.

batch 128, at most 50 steps a sequence, length-bucketed, cross-entropy over the items of the target's domain, dense Adam.
"""

import argparse
import json
import os
import statistics
import time

import sasrec
import sasrec_epoch
import syncrec
import numpy as np
import torch


def run_epoch(model, optimizer, windows, random):
    losses = []
    for items, targets in sasrec_epoch.epoch_batches(windows, True, random):
        views = syncrec.Views(items.numpy(), targets.numpy(), model.domain_start, model.masked)
        optimizer.zero_grad(set_to_none=True)
        loss = model.loss(views)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=os.path.join(os.environ.get("TRIBUTARY_DATA", "../shared/data"), "amazon5/splits"))
    parser.add_argument("--warmup", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=5)
    syncrec.add_options(parser)
    arguments = parser.parse_args()
    sequences, domain_start, _ = sasrec_epoch.read(arguments.data)
    windows = [s[:-2][-sasrec_epoch.MAX_LENGTH - 1 :] for s in sequences if len(s) >= 4]
    model, optimizer = syncrec.new_model(arguments, domain_start)
    random = np.random.RandomState(arguments.seed)
    seconds, losses = [], []
    for _ in range(arguments.warmup + arguments.epochs):
        begin = time.perf_counter()
        losses.append(run_epoch(model, optimizer, windows, random))
        seconds.append(time.perf_counter() - begin)
    timed = seconds[arguments.warmup :]
    print(
        json.dumps(
            {
                "peer": "syncrec-epoch",
                "seconds": round(statistics.median(timed), 3),
                "fastest": round(min(timed), 3),
                "losses": [round(loss, 4) for loss in losses],
                **{key: value for key, value in vars(arguments).items() if key != "data"},
                "torch": torch.__version__,
                "blas": sasrec.blas(),
            }
        )
    )


if __name__ == "__main__":
    main()
