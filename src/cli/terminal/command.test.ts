import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { commandLine } from './command.ts'

it.each(['runs/sasrec', 'a b', "it's", '$(id)', 'a;b', '日本', '', '*'])(
  'a shell reads %j back as one word',
  (word) => {
    const line = commandLine('evaluate', word).replace(/^.* evaluate/, 'printf %s')
    expect(execFileSync('sh', ['-c', line], { encoding: 'utf8' })).toBe(word)
  },
)
