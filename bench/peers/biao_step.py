"""Times training steps of CoNet, or of CoNet with BIAO, in PyTorch and prints one JSON line. See README.md beside this file.

batch 64, dev batch 256, histories padded to 50, 2,400 users, 24,000 items, 28 categories, Adam; with BIAO an upper step (K 3) after
every 100 steps. Milliseconds are the mean over 100 steps, the upper step among them; the median of several such means.
"""

import argparse
import json
import statistics
import time

import biao
import sasrec
import numpy as np
import torch

BATCH, DEV_BATCH, WINDOW = 64, 256, 50


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weigh", action="store_true", help="BIAO, not CoNet alone")
    parser.add_argument("--interval", type=int, default=100)
    parser.add_argument("--blocks", type=int, default=5)
    parser.add_argument("--warmup", type=int, default=1, help="blocks")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--adam", choices=["dense", "sparse"], default="dense")
    arguments = parser.parse_args()
    sasrec.start(arguments.threads, arguments.seed)
    random = np.random.RandomState(arguments.seed)
    log = biao.Log(random, 2_400, 11_400, 12_600, 26_700, 18_600, 28, WINDOW)
    model = biao.CoNet(*log.sizes[:2], 28, sparse=arguments.adam == "sparse")
    perceptron = biao.Perceptron(20) if arguments.weigh else None
    optimizers = biao.optimizers(model, arguments.adam == "sparse")
    upper = torch.optim.SGD(perceptron.parameters(), lr=1e-2) if arguments.weigh else None

    def epochs():
        while True:
            yield from torch.randperm(len(log.rows)).split(BATCH)[:-1]

    batches = epochs()
    times, processor, uppers = [], [], []
    for _ in range(arguments.warmup + arguments.blocks):
        begin, used = time.perf_counter(), time.process_time()
        for _ in range(arguments.interval):
            loss = biao.lower_step(model, optimizers, log.batch(next(batches), arguments.weigh), perceptron)
            loss.item()
        if arguments.weigh:
            before = time.perf_counter()
            train = log.batch(torch.randperm(len(log.rows))[:BATCH], True)
            dev = log.batch(torch.randperm(len(log.rows))[:DEV_BATCH], False)
            biao.upper_step(model, perceptron, upper, train, dev)
            uppers.append(1e3 * (time.perf_counter() - before))
        times.append(1e3 * (time.perf_counter() - begin) / arguments.interval)
        processor.append(1e3 * (time.process_time() - used) / arguments.interval)
    timed = times[arguments.warmup :]
    print(
        json.dumps(
            {
                "peer": "biao-step" if arguments.weigh else "conet-step",
                "milliseconds": round(statistics.median(timed), 3),
                "fastest": round(min(timed), 3),
                "processor": round(statistics.median(processor[arguments.warmup :]), 3),
                **({"upperStep": round(statistics.median(uppers[arguments.warmup :]), 1)} if arguments.weigh else {}),
                "loss": round(loss.item(), 4),
                **vars(arguments),
                "torch": torch.__version__,
                "blas": sasrec.blas(),
            }
        )
    )


if __name__ == "__main__":
    main()
