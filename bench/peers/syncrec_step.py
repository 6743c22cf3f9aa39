"""Times one SyNCRec training step in PyTorch and prints one JSON line. See README.md beside this file.

batch 128, 50 steps a sequence (none padded), items of all domains at random, cross-entropy over the target's domain, Adam.
"""

import argparse
import json
import statistics
import time

import sasrec
import syncrec
import numpy as np
import torch

BATCH, LENGTH = 128, 50


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--warmup", type=int, default=5)
    parser.add_argument("--domains", type=int, default=5)
    parser.add_argument("--items", type=int, default=7000, help="of all domains together, as many in each")
    syncrec.add_options(parser)
    arguments = parser.parse_args()
    domain_start = 1 + np.arange(arguments.domains + 1) * (arguments.items // arguments.domains)
    model, optimizer = syncrec.new_model(arguments, domain_start)
    random = np.random.RandomState(arguments.seed)
    batches = []
    for _ in range(8):
        sequences = random.randint(1, domain_start[-1], size=(BATCH, LENGTH + 1))
        batches.append(syncrec.Views(sequences[:, :-1].copy(), sequences[:, 1:].copy(), domain_start, model.masked))
    times = []
    for step in range(arguments.warmup + arguments.steps):
        begin = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        loss = model.loss(batches[step % len(batches)])
        loss.backward()
        optimizer.step()
        loss.item()
        times.append(1e3 * (time.perf_counter() - begin))
    timed = times[arguments.warmup :]
    print(
        json.dumps(
            {
                "peer": "syncrec-step",
                "milliseconds": round(statistics.median(timed), 2),
                "fastest": round(min(timed), 2),
                "loss": round(loss.item(), 4),
                **vars(arguments),
                "torch": torch.__version__,
                "blas": sasrec.blas(),
            }
        )
    )


if __name__ == "__main__":
    main()
