import type { ViewProps } from './live.tsx'

export function Experiments(_: ViewProps) {
  return <p>…</p>
}
