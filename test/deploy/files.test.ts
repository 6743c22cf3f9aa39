import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parser } from '@prometheus-io/lezer-promql'
import { afterAll, describe, expect, it, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { createProgram } from '../../src/cli/program.ts'
import { createMetrics } from '../../src/server/metrics.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const deploy = join(root, 'deploy')
const files = readdirSync(deploy, { recursive: true, encoding: 'utf8' })
const text = (file: string) => readFileSync(join(deploy, file), 'utf8')
const yaml = (file: string) =>
  parseAllDocuments(text(file), { strict: true, uniqueKeys: true, merge: true }).map((document) => {
    expect([...document.errors, ...document.warnings], file).toEqual([])
    return document.toJS()
  })

test.each(files.filter((file) => file.endsWith('.yaml')))('%s is YAML', (file) => {
  expect(yaml(file).length).toBeGreaterThan(0)
})

describe('alerts and the board', () => {
  const [{ groups }] = yaml('monitoring/alerts.yaml') as [
    { groups: { rules: { alert: string; expr: string; for: string; annotations: Record<string, string> }[] }[] },
  ]
  const alerts = groups.flatMap(({ rules }) => rules)
  const board = JSON.parse(text('monitoring/board.json')) as {
    panels: { id: number; title: string; description: string; targets: { refId: string; expr: string }[] }[]
  }
  const queries = [
    ...alerts.map(({ alert, expr }) => [alert, expr] as const),
    ...board.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
  ]

  it.each(queries)('%s asks for metrics and labels that the server has', async (_, query) => {
    const { selectors, grouping } = partsOf(query)
    expect(selectors.length).toBeGreaterThan(0)
    const known = await metricsOfAServer()
    const all = new Set(OF_PROMETHEUS)
    for (const { metric, labels } of selectors) {
      const has = known.get(metric)
      expect(has, metric).toBeDefined()
      for (const label of has ?? []) all.add(label)
      for (const label of labels) expect([...(has ?? []), ...OF_PROMETHEUS], `${metric}{${label}}`).toContain(label)
    }
    for (const label of grouping) expect([...all]).toContain(label)
  })

  it('are told apart by their names, and each says what it means', () => {
    for (const names of [alerts.map(({ alert }) => alert), board.panels.map(({ title }) => title)])
      expect(new Set(names).size).toBe(names.length)
    for (const { annotations } of alerts) expect(Object.keys(annotations)).toEqual(['summary', 'description'])
    for (const { description } of board.panels) expect(description).toMatch(/\.$/)
    expect(new Set(board.panels.map(({ id }) => id)).size).toBe(board.panels.length)
  })
})

/** What Prometheus adds to every series. */
const OF_PROMETHEUS = ['job', 'instance']

interface Query {
  readonly selectors: readonly { readonly metric: string; readonly labels: readonly string[] }[]
  /** Labels of `by`, `ignoring` and their like. */
  readonly grouping: readonly string[]
}

/** Throws where a query is no PromQL. `$__rate_interval` is Grafana's. */
function partsOf(query: string): Query {
  const promql = query.replaceAll('$__rate_interval', '5m')
  const selectors: { metric: string; labels: string[] }[] = []
  const grouping: string[] = []
  let place = grouping
  parser.parse(promql).iterate({
    enter({ type, from, to }) {
      if (type.isError) throw new Error(`${promql} is no PromQL at ${from}: ${promql.slice(from)}`)
      const word = promql.slice(from, to)
      if (type.name === 'VectorSelector') {
        place = []
        selectors.push({ metric: '', labels: place })
      }
      const last = selectors.at(-1)
      if (type.name === 'Identifier' && last?.metric === '') last.metric = word
      if (type.name === 'GroupingLabels') place = grouping
      if (type.name === 'LabelName') place.push(word)
    },
  })
  return { selectors, grouping }
}

const job = { name: 'training-1', revision: 1, body: { status: 'promoted', ended: 1 } }

/** The labels of each metric, as a server with some traffic shows them. */
async function metricsOfAServer(): Promise<Map<string, Set<string>>> {
  const metrics = createMetrics(() => [{ model: 'm', dataset: 'd', hash: 'h', weights: 'w', version: 'v' }], {
    decisionsWaiting: 0,
    decisionsLost: 0,
    documents: async () => [job],
  })
  metrics.events({ accepted: 1, duplicates: 1, conflicts: 1, unprotected: 0, rejected: [], sequence: 1 })
  metrics.request('/v1/recommendations', 'POST', 200, 0.01)
  metrics.batch('m', 1)
  metrics.list('m', 'books', 'here', 'm')
  metrics.itemsReturned('m', 'books', 10)
  const known = new Map<string, Set<string>>([['up', new Set()]])
  for (const line of (await metrics.text()).split('\n')) {
    const [, metric, labels = ''] = /^([a-z_]\w*)(?:\{(.*)\})? /.exec(line) ?? []
    if (metric === undefined) continue
    const of = known.get(metric) ?? new Set()
    for (const [, label] of labels.matchAll(/(\w+)="/g)) if (label !== undefined) of.add(label)
    known.set(metric, of)
  }
  return known
}

/** Words as a shell splits them, where nothing is quoted. */
const words = (line: string) => line.trim().split(/\s+/)

/** Every call of `tributary` in the files, without the program's name. */
function calls(): [string, string[]][] {
  const [compose] = yaml('compose.yaml') as [{ services: { tributary: { command: string[] } } }]
  const deployments = yaml('kubernetes.yaml').filter(({ kind }) => kind === 'Deployment')
  return [
    ['compose.yaml', compose.services.tributary.command],
    ...deployments.flatMap(({ spec }) =>
      spec.template.spec.containers.map(({ args }: { args: string[] }): [string, string[]] => [
        'kubernetes.yaml',
        args,
      ]),
    ),
    ...files
      .filter((file) => file.endsWith('.service'))
      .flatMap((file) =>
        [...text(file).matchAll(/^ExecStart=.*?\/usr\/bin\/tributary ([^']*)/gm)].map(
          ([, line = '']): [string, string[]] => [file, words(line)],
        ),
      ),
  ]
}

test.each(calls())('%s calls the command line as it is: %j', (_, [name = '', ...args]) => {
  let command = createProgram('0').commands.find((one) => one.name() === name)
  expect(command, name).toBeDefined()
  const inner = command?.commands.find((one) => one.name() === args[0])
  if (inner !== undefined) {
    command = inner
    args.shift()
  }
  const known = command?.options.map(({ long }) => long)
  for (const arg of args.filter((one) => one.startsWith('--'))) expect(known).toContain(arg)
})

describe('the manifest of Kubernetes', () => {
  const objects = yaml('kubernetes.yaml')
  const of = (kind: string) => objects.find((object) => object.kind === kind)

  it('has a service and a budget that select the pods, ports that are named, probes that are routes', () => {
    const { selector, template } = of('Deployment').spec
    const { labels } = template.metadata
    for (const selected of [
      selector.matchLabels,
      of('Service').spec.selector,
      of('PodDisruptionBudget').spec.selector.matchLabels,
    ])
      expect(labels).toMatchObject(selected)
    const [container] = template.spec.containers
    const ports = container.ports.map(({ name }: { name: string }) => name)
    expect(ports).toContain(of('Service').spec.ports[0].targetPort)
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
      const { path, port } = container[probe].httpGet
      expect(['/health', '/ready']).toContain(path)
      expect(ports).toContain(port)
    }
    const volumes = template.spec.volumes.map(({ name }: { name: string }) => name)
    for (const { name } of container.volumeMounts) expect(volumes).toContain(name)
  })

  it('takes less away from the pod than it needs and nothing more is given: no root, no capability, no writable root', () => {
    const { template } = of('Deployment').spec
    expect(template.spec.securityContext).toMatchObject({ runAsNonRoot: true })
    expect(template.spec.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
  })
})

test('no file holds a password, and compose refuses to start without one', () => {
  const [compose] = yaml('compose.yaml')
  const { environment } = compose.services.postgres
  expect(environment.POSTGRES_PASSWORD).toMatch(/^\$\{POSTGRES_PASSWORD:\?/)
  for (const file of files.filter((one) => /\.(yaml|service)$/.test(one)))
    expect(text(file), file).not.toMatch(/postgres:\/\/\w+:[^@\s"]+@/)
})

test('compose mounts files that are there', () => {
  const [compose] = yaml('compose.yaml') as [{ services: Record<string, { volumes?: string[] }> }]
  const mounted = Object.values(compose.services).flatMap(({ volumes = [] }) => volumes)
  const ours = mounted.filter((volume) => volume.startsWith('./')).map((volume) => volume.split(':')[0]?.slice(2))
  expect(ours.length).toBeGreaterThan(3)
  for (const file of ours) expect(files).toContain(file)
})

const systemd = spawnSync('systemd-analyze', ['--version']).status === 0

describe.skipIf(!systemd)(
  `units of systemd (${systemd ? 'by systemd-analyze' : 'systemd-analyze is not here'})`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'tributary-units-'))
    afterAll(() => rmSync(folder, { recursive: true, force: true }))

    it('have no mistake', () => {
      // The command is not installed where this runs.
      const command = join(folder, 'tributary')
      writeFileSync(command, '#!/bin/sh\n')
      chmodSync(command, 0o755)
      const units = files.filter((file) => /\.(service|timer)$/.test(file))
      mkdirSync(join(folder, 'units'))
      const paths = units.map((unit) => {
        const path = join(folder, 'units', unit)
        writeFileSync(path, text(unit).replaceAll('/usr/bin/tributary', command))
        return path
      })
      expect(units.length).toBeGreaterThan(0)
      const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...paths], { encoding: 'utf8' })
      // It tells of the machine's own units, too.
      expect(stderr.split('\n').filter((line) => line.includes(folder) || line.includes('tributary'))).toEqual([])
      expect(status, stderr).toBe(0)
    })
  },
)

const bash = (script: string) => execFileSync('bash', ['-n'], { input: script, encoding: 'utf8' })

test('the commands in the comments are commands of a shell', () => {
  const commands = files.flatMap((file) =>
    /Dockerfile$|\.(yaml|service)$/.test(file)
      ? [...text(file).matchAll(/^# {1,3}((?:docker|kubectl|echo|npm|useradd|systemctl) .*)$/gm)].map(
          ([, line]) => line,
        )
      : [],
  )
  expect(commands.length).toBeGreaterThan(6)
  expect(bash(commands.join('\n'))).toBe('')
})
