import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { EventsOutcome } from '../serving/events.ts'
import { addStoreMetrics, type StoreState } from './store-metrics.ts'

/** What the server counts, in the format of Prometheus. One set a server, so that two in a process do not mix. */
export interface ServerMetrics {
  readonly contentType: string
  /** One answered request; `route` is the pattern, so that labels stay few whatever clients ask for. */
  request(route: string, method: string, status: number, seconds: number): void
  /** One call of a scorer that answered `size` requests. */
  batch(model: string, size: number): void
  /** One list, by the run that made it: the model or one in its place. */
  list(model: string, domain: string, known: string, run: string): void
  itemsReturned(model: string, domain: string, count: number): void
  /** One list of an arm of an experiment. */
  experiment(name: string, arm: string): void
  /** What became of a batch of events. */
  events(outcome: EventsOutcome): void
  text(): Promise<string>
}

/** Registers the process's own figures (event-loop lag, memory, processor time) and one series for each model served at the time; with a store also what waits for it. */
export function createMetrics(
  models: () => readonly Record<'model' | 'dataset' | 'hash' | 'weights' | 'version', string>[],
  store?: StoreState,
): ServerMetrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  if (store !== undefined) addStoreMetrics(registry, store)
  const requests = new Counter({
    name: 'tributary_http_requests_total',
    help: 'HTTP requests answered',
    labelNames: ['route', 'method', 'status'],
    registers,
  })
  const latency = new Histogram({
    name: 'tributary_http_request_duration_seconds',
    help: 'Time from the arrival of a request to its answer',
    labelNames: ['route', 'status'],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
    registers,
  })
  const batches = new Histogram({
    name: 'tributary_batch_size',
    help: 'Requests answered by one call of the model',
    labelNames: ['model'],
    buckets: [1, 2, 4, 8, 16, 32, 64],
    registers,
  })
  const lists = new Counter({
    name: 'tributary_lists_total',
    help: 'Lists that were returned, by where the user is known from and the run that made them',
    labelNames: ['model', 'domain', 'known', 'run'],
    registers,
  })
  const items = new Counter({
    name: 'tributary_items_returned_total',
    help: 'Items in the lists that were returned',
    labelNames: ['model', 'domain'],
    registers,
  })
  const experiments = new Counter({
    name: 'tributary_experiment_lists_total',
    help: 'Lists that were returned to those who take part in an experiment, by its arms; testers count here, too',
    labelNames: ['experiment', 'arm'],
    registers,
  })
  const events = new Counter({
    name: 'tributary_events_total',
    help: 'Events that were sent, by what became of them: new, told before, another one of the same id, or not taken',
    labelNames: ['outcome'],
    registers,
  })
  new Gauge({
    name: 'tributary_model_info',
    help: 'The served models; always 1',
    labelNames: ['model', 'dataset', 'hash', 'weights', 'version'],
    registers,
    // Models come and go.
    collect() {
      this.reset()
      for (const labels of models()) this.set(labels, 1)
    },
  })
  return {
    contentType: registry.contentType,
    request(route, method, status, seconds) {
      requests.inc({ route, method, status })
      latency.observe({ route, status }, seconds)
    },
    batch: (model, size) => batches.observe({ model }, size),
    list: (model, domain, known, run) => lists.inc({ model, domain, known, run }),
    itemsReturned: (model, domain, count) => items.inc({ model, domain }, count),
    experiment: (experiment, arm) => experiments.inc({ experiment, arm }),
    events({ accepted, duplicates, conflicts, rejected }) {
      events.inc({ outcome: 'accepted' }, accepted)
      events.inc({ outcome: 'duplicate' }, duplicates)
      events.inc({ outcome: 'conflict' }, conflicts)
      events.inc({ outcome: 'rejected' }, rejected.length)
    },
    text: () => registry.metrics(),
  }
}
