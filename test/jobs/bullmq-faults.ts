import { setTimeout as pause } from 'node:timers/promises'
import { createRng } from '../../src/math/index.ts'
import { start } from '../e2e/tributary.ts'
import type { PostgresServer } from '../store/postgres-server.ts'
import { comparison, hasWritten, Ownership, type Spread, Workers } from './faults.ts'

export interface Faults extends Spread {
  /** How many workers are killed, each with its child; the first when a training has written this. */
  readonly kills: number
  readonly first: Parameters<typeof hasWritten>[1]
  /** For how long the database is gone, in the middle. */
  readonly awaySeconds?: number
  readonly seed: number
  /** Between two kills, at most. */
  readonly pauseSeconds?: number
}

export interface Suffered {
  readonly code: number | null
  readonly stderr: string
  readonly seconds: number
  readonly killedProcesses: number
  /** The most processes that trained into one folder at once. */
  readonly mostOwners: number
  /** Trainings, and how often one was begun. */
  readonly jobs: number
  readonly begun: number
}

/** A comparison over a queue and four workers, of which some are killed; a folder of `prepare`. */
export async function suffer(folder: string, database: PostgresServer, faults: Faults): Promise<Suffered> {
  const engine = `bullmq:${database.url}`
  const rng = createRng(faults.seed).split('kills')
  const ownership = new Ownership(folder)
  const workers = new Workers(4, ['worker', '--on', engine, '--lease', '4'], folder)
  const started = performance.now()
  const { ended } = start(comparison(faults, engine), { cwd: folder })
  let isOver = false
  void ended.then(() => {
    isOver = true
  })
  let killedProcesses = 0
  try {
    await Promise.race([hasWritten(folder, faults.first), ended])
    for (let kill = 0; kill < faults.kills && !isOver; kill++) {
      if (kill > 0) await pause(1000 * (faults.pauseSeconds ?? 3) * rng.float())
      if (!isOver) killedProcesses += workers.killOne(rng.below(4))
    }
    if (faults.awaySeconds !== undefined && !isOver) {
      await database.crash()
      await pause(1000 * faults.awaySeconds)
      await database.start()
    }
    const { code, stderr } = await ended
    await ownership.end()
    const begun = [...ownership.begun.values()].reduce((sum, pids) => sum + pids.size, 0)
    const seconds = (performance.now() - started) / 1000
    return { code, stderr, seconds, killedProcesses, mostOwners: ownership.most, jobs: ownership.begun.size, begun }
  } finally {
    await ownership.end()
    await workers.end()
  }
}
