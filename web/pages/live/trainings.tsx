import type { ViewProps } from './live.tsx'

export function Trainings(_: ViewProps) {
  return <p>…</p>
}
