// How examples call the command line and the server.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const begun = Date.now()
let url = ''

/** @param {string} title */
export function step(title) {
  console.log(`\n${((Date.now() - begun) / 1000).toFixed(0)} s  ${title}`)
}

/** @param {string} what @param {boolean} holds */
export function verify(what, holds) {
  if (!holds) throw new Error(`it does not hold that ${what}`)
  console.log(`  ✓ ${what}`)
}

/** Waits half a minute at most. @param {string} what @param {() => Promise<boolean>} holds */
export async function until(what, holds) {
  for (let tries = 0; tries < 150; tries++) {
    if (await holds()) return verify(what, true)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  verify(what, false)
}

/** Runs a command and gives what it reports as JSON. @param {string[]} args */
export async function tributary(...args) {
  const child = start(args)
  let text = ''
  for await (const bytes of child.stdout) text += bytes
  const code = child.exitCode ?? (await new Promise((resolve) => child.on('close', resolve)))
  if (code !== 0) throw new Error(`tributary ${args[0]} ended with ${code}`)
  return JSON.parse(text)
}

/** Starts a server on a free port; resolves when it is ready. @param {string[]} args */
export async function serve(...args) {
  const child = start(['serve', ...args, '--port', '0'])
  const ended = new Promise((resolve) => child.on('close', resolve))
  let text = ''
  for await (const bytes of child.stdout.iterator({ destroyOnReturn: false })) {
    text += bytes
    if (text.endsWith('}\n')) break
  }
  url = JSON.parse(text).url
  while (!(await fetch(`${url}/ready`)).ok) await new Promise((resolve) => setTimeout(resolve, 50))
  return {
    end: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** Calls go to a server that this program runs itself. @param {string} address */
export function at(address) {
  url = address
}

/** A list is sent as a stream, a line each. @param {string} method @param {string} path @param {unknown} [body] */
export async function call(method, path, body) {
  const lines = Array.isArray(body)
  const headers = { 'Content-Type': lines ? 'application/x-ndjson' : 'application/json' }
  const sent = lines ? body.map((line) => JSON.stringify(line)).join('\n') : JSON.stringify(body)
  const response = await fetch(url + path, { method, headers, body: sent ?? null })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}

/** @param {string[]} args */
function start(args) {
  console.log(`$ tributary ${args.join(' ')}`)
  return spawn(process.execPath, [CLI, ...args, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] })
}
