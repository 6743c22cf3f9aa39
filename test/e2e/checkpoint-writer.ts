/**
 * Goes on with the run in argv[2] and writes checkpoints until it is killed. Epoch n fills every tensor with n, so that a
 * checkpoint mixed from two epochs would show.
 */
import { openRunToWrite } from '../../src/runs/run.ts'

const run = await openRunToWrite(process.argv[2])
const first = ((await run.loadCheckpoint())?.epoch ?? 0) + 1
for (let epoch = first; ; epoch++) {
  const filled = (length: number) => ({ shape: [length], data: new Float32Array(length).fill(epoch) })
  await run.appendMetrics({ epoch })
  await run.saveCheckpoint({
    epoch,
    state: { epoch },
    tensors: new Map([
      ['weights', filled(200_000)],
      ['moments', filled(400_000)],
    ]),
  })
  if (epoch === first) process.stdout.write('writing\n')
}
