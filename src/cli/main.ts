#!/usr/bin/env node
import { readFileSync } from 'node:fs'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}
// Loading all commands takes half a second, which a version need not wait for.
if (process.argv.length === 3 && ['--version', '-V'].includes(process.argv[2])) console.log(version)
else await (await import('./program.ts')).runProgram(version)
