import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '../files/index.ts'
import { figuresRecord, versionRecord } from './event-file.ts'
import type { Tracker } from './tracker.ts'

/** An event file in `folder` for each training, which `tensorboard --logdir` shows while it grows. */
export function tensorboard(folder: string): Tracker {
  let path = ''
  return {
    async begin(_, time) {
      await makeFolder(folder)
      // TensorBoard knows its files by the second word, and reads those of a folder in the order of their times.
      path = join(folder, `events.out.tfevents.${Math.floor(time / 1000)}.tributary.${process.pid}`)
      await appendFile(path, versionRecord(time))
    },
    log: (figures) => appendFile(path, figuresRecord(figures)),
    end: async () => {},
  }
}
