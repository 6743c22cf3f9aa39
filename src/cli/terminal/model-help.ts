import { describeConfig, type ModelSpec } from '../../core/index.ts'
import { MODELS } from '../../registry.ts'
import { formatTable } from './table.ts'

/** What a model is and what can be set, from its own declaration; empty where `name` is no model. */
export function modelHelp(name: string | undefined): string {
  const spec = MODELS.find((model) => model.name === name)
  return spec === undefined ? '' : `\n${describeModel(spec)}`
}

export function describeModel(spec: ModelSpec): string {
  const paper = spec.paper ? `\n${spec.paper.title} (${spec.paper.venue} ${spec.paper.year})` : ''
  const rows = describeConfig(spec.config).map((row) => [
    `  ${row.name}`,
    row.default === undefined ? '' : String(row.default),
    `${row.description} (${row.range})`,
  ])
  const options =
    rows.length === 0
      ? 'It has no options.'
      : `Options, given with --set key=value:\n${formatTable([{ title: '  name' }, { title: 'default' }, { title: 'meaning', wrap: true }], rows)}`
  return `${spec.name}: ${spec.summary}${paper}\n\n${options}`
}
