import type { ViewProps } from './live.tsx'

export function Evaluations(_: ViewProps) {
  return <p>…</p>
}
