import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../store/postgres-server.ts'

/** Why there is no Slurm here; undefined where a cluster can be begun. */
export const noSlurm =
  process.getuid?.() !== 0
    ? 'only root can begin nodes of Slurm'
    : spawnSync('slurmctld', ['-V']).status === 0
      ? undefined
      : 'slurmctld is not installed (Debian: apt-get install slurm-wlm)'

/** A real Slurm of two nodes on this machine. `env` is how its programs find it. */
export interface SlurmCluster {
  readonly env: Readonly<Record<string, string>>
  /** `kill -9` of a node and of all that it runs, as if its machine had lost its power. */
  readonly killNode: (name: 'n1' | 'n2') => void
  /** Waits until jobs of a dead node wait to be done again, which Slurm puts off for two minutes, and has them done now. */
  readonly hurry: () => Promise<void>
  readonly killController: () => Promise<void>
  readonly startController: () => Promise<void>
  readonly end: () => Promise<void>
}

export async function startSlurm(): Promise<SlurmCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-slurm-'))
  const [controller, ...nodes] = [await freePort(), await freePort(), await freePort()]
  const at = (name: string) => join(folder, name)
  mkdirSync(at('state'))
  const settings = {
    ClusterName: 'test',
    SlurmctldHost: 'localhost',
    SlurmctldPort: controller,
    ...{ SlurmUser: 'root', SlurmdUser: 'root' },
    // Tests then need no munge.
    ...{ AuthType: 'auth/none', CredType: 'cred/none', MpiDefault: 'none' },
    ...{ ProctrackType: 'proctrack/linuxproc', TaskPlugin: 'task/none', JobAcctGatherType: 'jobacct_gather/none' },
    ...{ SelectType: 'select/cons_tres', SelectTypeParameters: 'CR_CPU', SlurmdParameters: 'config_overrides' },
    ...{ SlurmdTimeout: 6, SlurmctldTimeout: 6, JobRequeue: 1, ReturnToService: 2, KillWait: 5, MinJobAge: 10 },
    ...{ SchedulerParameters: 'sched_interval=2,bf_interval=2', JobCompType: 'jobcomp/filetxt' },
    JobCompLoc: at('completed.txt'),
    StateSaveLocation: at('state'),
    SlurmdSpoolDir: at('%n'),
    ...{ SlurmctldPidFile: at('controller.pid'), SlurmdPidFile: at('%n.pid') },
    ...{ SlurmctldLogFile: at('controller.log'), SlurmdLogFile: at('%n.log') },
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`)
  for (const [n, port] of nodes.entries())
    lines.push(`NodeName=n${n + 1} NodeHostname=localhost NodeAddr=127.0.0.1 Port=${port} CPUs=1`)
  lines.push('PartitionName=all Nodes=ALL Default=YES')
  writeFileSync(at('slurm.conf'), `${lines.join('\n')}\n`)
  const env = { SLURM_CONF: at('slurm.conf') }
  const begin = (program: string, words: readonly string[]) =>
    spawn(program, ['-D', ...words], { env: { ...process.env, ...env }, stdio: 'ignore' })

  let running: ChildProcess
  const startController = async () => {
    running = begin('slurmctld', [])
    await answers(env)
  }
  await startController()
  const daemons = new Map(['n1', 'n2'].map((name) => [name, begin('slurmd', ['-N', name])]))
  while (!/^2$/m.test(await idle(env))) await pause(100)
  const killNode = (name: string) => {
    // A node that loses its power takes its steps and their processes with it.
    for (const pid of [...belowSteps(name), daemons.get(name)!.pid!]) kill(pid)
  }
  const killController = async () => {
    const ended = once(running, 'exit')
    running.kill('SIGKILL')
    await ended
  }
  const hurry = async () => {
    const asked = { env: { ...process.env, ...env }, encoding: 'utf8' } as const
    for (;;) {
      const words = ['--array', '--noheader', '--states=PENDING', '--format=%F_%K %r']
      const waiting = spawnSync('squeue', words, asked)
        .stdout.split('\n')
        .filter((line) => line.endsWith(' BeginTime'))
      const update = (line: string) => ['update', `JobId=${line.split(' ')[0]}`, 'StartTime=now']
      for (const line of waiting) execFileSync('scontrol', update(line), asked)
      if (waiting.length > 0) return
      await pause(200)
    }
  }
  return {
    env,
    killNode,
    hurry,
    killController,
    startController,
    async end() {
      for (const name of daemons.keys()) killNode(name)
      if (running.exitCode === null && running.signalCode === null) await killController()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function answers(env: Readonly<Record<string, string>>): Promise<void> {
  while (
    spawnSync('scontrol', ['ping'], { env: { ...process.env, ...env }, encoding: 'utf8' }).stdout?.includes('UP') !==
    true
  )
    await pause(100)
}

/** How many nodes can be given work. */
async function idle(env: Readonly<Record<string, string>>): Promise<string> {
  const asked = { env: { ...process.env, ...env }, encoding: 'utf8' } as const
  return spawnSync('sinfo', ['--noheader', '--states=idle', '--format=%D'], asked).stdout ?? ''
}

/** The steps of a node, and the processes below them. */
function belowSteps(node: string): number[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).trim().split('\n')
  const all = lines.map((line) => {
    const [, pid, ppid, args] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line)!
    return { pid: Number(pid), ppid: Number(ppid), args }
  })
  const isOfNode = (pid: number) => environment(pid).includes(`SLURMD_NODENAME=${node}`)
  const steps = all.filter(({ args }) => /^slurmstepd\b/.test(args))
  const found = new Set<number>()
  const visit = (pid: number) => {
    found.add(pid)
    for (const child of all) if (child.ppid === pid && !found.has(child.pid)) visit(child.pid)
  }
  for (const { pid } of steps) if (all.some((one) => one.ppid === pid && isOfNode(one.pid))) visit(pid)
  return [...found]
}

function environment(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8')
  } catch {
    return ''
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}
