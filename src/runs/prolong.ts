import { parseConfig, TributaryError } from '../core/index.ts'
import { findModel } from '../registry.ts'
import type { TrainRunOptions } from './begin.ts'
import { configOfRun, type Manifest } from './manifest.ts'

/**
 * The options of a run with `epochs` or `patience` raised, when more of them are asked for than it was begun with.
 * @throws TributaryError `mismatch` for another model, or any other option than it was begun with
 */
export function prolongation(
  manifest: Manifest,
  { out, model, overrides = {} }: TrainRunOptions,
): Manifest['config'] | undefined {
  if (manifest.model !== model)
    throw new TributaryError(
      'mismatch',
      `${out} holds a run of ${manifest.model}, not of ${model}; choose another --out`,
    )
  let config: Manifest['config'] | undefined
  const spec = findModel(model)
  const begun = configOfRun(spec, manifest)
  for (const [key, asked] of Object.entries(parseConfig(spec, overrides).sources)) {
    const before = begun[key]
    if (asked.from !== 'set' || JSON.stringify(asked.value) === JSON.stringify(before)) continue
    const raised =
      (key === 'epochs' && Number(asked.value) > Number(before)) ||
      (key === 'patience' && patienceOf(asked.value) > patienceOf(before))
    if (!raised) {
      const kept = ['epochs', 'patience'].includes(key) ? 'raises it or keeps it' : 'keeps its options'
      throw new TributaryError(
        'mismatch',
        `${out} was begun with ${key}=${JSON.stringify(before)}, not ${JSON.stringify(asked.value)}; a resumed run ${kept}`,
      )
    }
    config = { ...(config ?? manifest.config), [key]: asked }
  }
  return config
}

/** 0 never stops. */
function patienceOf(value: unknown): number {
  return value === 0 ? Number.POSITIVE_INFINITY : Number(value)
}
