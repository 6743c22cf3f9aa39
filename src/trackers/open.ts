import { TributaryError } from '../core/index.ts'
import { mlflow } from './mlflow.ts'
import { tensorboard } from './tensorboard.ts'
import type { Tracker } from './tracker.ts'

/**
 * `tensorboard:FOLDER`, `mlflow:URL` or `mlflow:URL#EXPERIMENT`.
 * @throws TributaryError `bad-argument`
 */
export function trackerOf(target: string, environment: NodeJS.ProcessEnv = process.env): Tracker {
  const [kind = '', place = ''] = target.split(/:(.*)/s, 2)
  if (kind === 'tensorboard' && place !== '') return tensorboard(place)
  const url = kind === 'mlflow' && URL.canParse(place) ? new URL(place) : undefined
  if (url !== undefined && ['http:', 'https:'].includes(url.protocol) && url.username === '') {
    const experiment = decodeURIComponent(url.hash.slice(1))
    return mlflow(`${url.origin}${url.pathname}`, experiment === '' ? undefined : experiment, environment)
  }
  throw new TributaryError(
    'bad-argument',
    `--log-to ${target} is nowhere to log to; give tensorboard:FOLDER, mlflow:http://HOST:PORT or mlflow:http://HOST:PORT#EXPERIMENT (names and passwords stand in MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD)`,
  )
}
