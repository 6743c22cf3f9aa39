import type { Ending, Tracker } from './tracker.ts'

/** A server that does not answer in this time is taken for gone. */
const PATIENCE_MS = 10_000
/** What every version of the server takes: so many parameters in one request, so long texts, so many figures. */
const MOST_PARAMETERS = 100
const LONGEST_PARAMETER = 500
const MOST_FIGURES = 1000

const STATUS: Readonly<Record<Ending, string>> = { finished: 'FINISHED', failed: 'FAILED', stopped: 'KILLED' }

interface Created {
  readonly run: { readonly info: { readonly run_id: string } }
}

/**
 * A run of an MLflow server, over its REST API 2.0.
 * @param experiment made where there is none of this name; absent: the server's default
 * @param environment may hold what MLflow's own client reads: MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and …_PASSWORD
 */
export function mlflow(url: string, experiment: string | undefined, environment: NodeJS.ProcessEnv): Tracker {
  const root = `${url.replace(/\/+$/, '')}/api/2.0/mlflow`
  const headers = { 'content-type': 'application/json', ...authorization(environment) }
  let run = ''

  async function asked(path: string, body?: object): Promise<Response> {
    return fetch(`${root}/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers,
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
  }
  async function done<Answer>(path: string, body: object): Promise<Answer> {
    return answerOf<Answer>(path, await asked(path, body))
  }
  async function experimentId(): Promise<string> {
    if (experiment === undefined) return '0'
    const path = `experiments/get-by-name?experiment_name=${encodeURIComponent(experiment)}`
    const found = await asked(path)
    if (found.status === 404)
      return (await done<{ experiment_id: string }>('experiments/create', { name: experiment })).experiment_id
    return (await answerOf<{ experiment: { experiment_id: string } }>(path, found)).experiment.experiment_id
  }

  return {
    async begin({ name, parameters }, time) {
      const created = await done<Created>('runs/create', {
        experiment_id: await experimentId(),
        run_name: name,
        start_time: time,
        tags: [{ key: 'mlflow.runName', value: name }],
      })
      run = created.run.info.run_id
      const params = Object.entries(parameters).map(([key, value]) => ({
        key: allowed(key),
        value: value.slice(0, LONGEST_PARAMETER),
      }))
      for (let from = 0; from < params.length; from += MOST_PARAMETERS)
        await done('runs/log-batch', { run_id: run, params: params.slice(from, from + MOST_PARAMETERS) })
    },
    async log({ step, time, values }) {
      const metrics = Object.entries(values).map(([name, value]) => ({
        key: allowed(name),
        value,
        timestamp: time,
        step,
      }))
      for (let from = 0; from < metrics.length; from += MOST_FIGURES)
        await done('runs/log-batch', { run_id: run, metrics: metrics.slice(from, from + MOST_FIGURES) })
    },
    async end(how, time) {
      await done('runs/update', { run_id: run, status: STATUS[how], end_time: time })
    },
  }
}

/** Names there are of letters, digits and a few signs: `ndcg@10` is `ndcg_at_10`. */
function allowed(name: string): string {
  return name.replaceAll('@', '_at_').replaceAll(/[^\w\-./ ]/g, '_')
}

async function answerOf<Answer>(path: string, response: Response): Promise<Answer> {
  const text = await response.text()
  if (!response.ok) throw new Error(`${path.split('?')[0]} was answered with ${response.status} ${text.slice(0, 200)}`)
  return JSON.parse(text) as Answer
}

function authorization(environment: NodeJS.ProcessEnv): { authorization?: string } {
  const {
    MLFLOW_TRACKING_TOKEN: token,
    MLFLOW_TRACKING_USERNAME: user,
    MLFLOW_TRACKING_PASSWORD: password,
  } = environment
  if (token) return { authorization: `Bearer ${token}` }
  if (!user) return {}
  return { authorization: `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}` }
}
