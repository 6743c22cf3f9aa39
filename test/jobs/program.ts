import type { Program } from '../../src/jobs/index.ts'

/** Notes when it begins and ends, and fails where it is told to. */
const SCRIPT = `
const { appendFileSync, existsSync } = require('node:fs')
const [log, name, until, code] = process.argv.slice(1)
appendFileSync(log, 'begin ' + name + '\\n')
process.on('SIGTERM', () => { appendFileSync(log, 'stop ' + name + '\\n'); process.exit(130) })
const look = () => {
  if (until !== '' && !existsSync(until)) return setTimeout(look, 5)
  appendFileSync(log, 'end ' + name + '\\n')
  if (code !== '0') console.error('error: ' + name + ' broke')
  process.exit(Number(code))
}
look()`
export const PROGRAM: Program = [process.execPath, '-e', SCRIPT]
