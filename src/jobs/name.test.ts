import { expect, it } from 'vitest'
import { parseEngineName } from './name.ts'

it('reads every engine', () => {
  expect(parseEngineName('local')).toEqual({ kind: 'local', workers: 1 })
  expect(parseEngineName('local:12')).toEqual({ kind: 'local', workers: 12 })
  expect(parseEngineName('slurm')).toEqual({ kind: 'slurm' })
  expect(parseEngineName('slurm:gpu-long')).toEqual({ kind: 'slurm', partition: 'gpu-long' })
  for (const url of ['redis://queue:6379', 'rediss://queue', 'postgres://me:secret@db/jobs', 'postgresql:///jobs'])
    expect(parseEngineName(`bullmq:${url}`)).toEqual({ kind: 'bullmq', url })
})

it.each(['', 'locale', 'local:0', 'local:x', 'bullmq', 'bullmq:queue:6379', 'bullmq:mysql://db', 'slurm:a b', 'ray'])(
  'refuses %j in a sentence that says what is right',
  (text) => {
    expect(() => parseEngineName(text)).toThrow(/is no engine; write local, local:WORKERS/)
  },
)
