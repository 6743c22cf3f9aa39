import { createRng, type Rng } from '../core/rng.ts'
import type { InteractionColumns } from './build.ts'

// The rule, in full. Five services of 160 items each; 1,500 users of 15 … 35 events (uniform), mean 25.
//
// A user has two latent things: a lasting taste g, uniform over 8, and a passing interest z, uniform over 16 at the start and
// moving before every event with probability .15 to another one, drawn uniformly. An event first chooses its service by the
// shares below, each multiplied for this user by a factor uniform over [.5, 1.5]; then its item by the service's rule:
//
//   Video  .34  item of interest z (10 items an interest)
//   Shop   .16  item of taste g (20 items a taste)
//   Games  .14  item of taste g
//   Travel .16  item of interest z
//   Music  .20  albums of 8 tracks in a circle: with probability .85 the track after the user's last track, otherwise (and at
//               first) any track
//
// An item of an interest or taste is drawn with probability ∝ 1/rank within its group; with probability .1 (Travel .05) it is
// drawn like that from the whole service instead. Events lie an exponential time of mean 12 hours apart, users start on a
// random second of 200 days.
//
// What follows. Travel is helped: between two trips the interest has moved on, so Travel's own past says little, while the
// last Video events show the interest of now. Music is harmed: alone, the last track stands right before the next one; in a
// mixed sequence a varying number of events of others, none of which says anything about Music, stands between them, and
// every earlier track of the album stays a tempting answer. Video sees its own recent past, Shop and Games need only the taste that their own
// past shows: for them the others change little.

interface Service {
  readonly name: string
  readonly share: number
  readonly rule: 'interest' | 'taste' | 'album'
  /** Probability that the rule does not decide. */
  readonly noise: number
}

const SERVICES: readonly Service[] = [
  { name: 'Video', share: 0.34, rule: 'interest', noise: 0.1 },
  { name: 'Shop', share: 0.16, rule: 'taste', noise: 0.1 },
  { name: 'Games', share: 0.14, rule: 'taste', noise: 0.1 },
  { name: 'Travel', share: 0.16, rule: 'interest', noise: 0.05 },
  { name: 'Music', share: 0.2, rule: 'album', noise: 0.15 },
]

const USERS = 1500
const ITEMS_PER_SERVICE = 160
const TASTES = 8
const INTERESTS = 16
const INTEREST_CHANGE = 0.15
const TRACKS_PER_ALBUM = 8
const MEAN_HOURS_APART = 12
const FIRST_DAY = 1_704_067_200 // 2024-01-01

/**
 * A log of five services in which one is helped and one harmed by the others, as rows for `buildDataset`. The rule stands at
 * the top of this file and in docs/data.md. Same seed, same rows.
 */
export function demoWorld(seed: number): InteractionColumns {
  const rng = createRng(seed).split('demo-world')
  const user: string[] = []
  const item: string[] = []
  const domain: string[] = []
  const timestamp: number[] = []
  for (let u = 0; u < USERS; u++) {
    for (const event of eventsOf(rng.split('user', u))) {
      user.push(`user-${String(u + 1).padStart(4, '0')}`)
      item.push(`${event.service.name.toLowerCase()}-${String(event.item + 1).padStart(3, '0')}`)
      domain.push(event.service.name)
      timestamp.push(event.time)
    }
  }
  return { user, item, domain, timestamp }
}

function* eventsOf(rng: Rng): Generator<{ service: Service; item: number; time: number }> {
  const shares = SERVICES.map(({ share }) => share * (0.5 + rng.float()))
  const taste = rng.below(TASTES)
  let interest = rng.below(INTERESTS)
  let track: number | undefined
  let time = FIRST_DAY + rng.below(200 * 86_400)
  for (let events = 15 + rng.below(21); events > 0; events--) {
    if (rng.float() < INTEREST_CHANGE) interest = (interest + 1 + rng.below(INTERESTS - 1)) % INTERESTS
    const service = SERVICES[drawWeighted(shares, rng)]!
    const bySomethingElse = rng.float() < service.noise
    let item: number
    if (service.rule === 'album') {
      item = track === undefined || bySomethingElse ? rng.below(ITEMS_PER_SERVICE) : nextTrack(track)
      track = item
    } else if (bySomethingElse) item = drawRanked(ITEMS_PER_SERVICE, rng)
    else if (service.rule === 'taste') item = itemOfGroup(taste, TASTES, rng)
    else item = itemOfGroup(interest, INTERESTS, rng)
    yield { service, item, time }
    time += 1 + Math.floor(-Math.log(1 - rng.float()) * MEAN_HOURS_APART * 3600)
  }
}

function nextTrack(track: number): number {
  const place = track % TRACKS_PER_ALBUM
  return track - place + ((place + 1) % TRACKS_PER_ALBUM)
}

/** Groups interleave, so that popularity over the whole service favors none. */
function itemOfGroup(group: number, groups: number, rng: Rng): number {
  return drawRanked(ITEMS_PER_SERVICE / groups, rng) * groups + group
}

/** 0 … n − 1 with probability ∝ 1 / (rank + 1). */
function drawRanked(n: number, rng: Rng): number {
  return drawWeighted(
    Array.from({ length: n }, (_, rank) => 1 / (rank + 1)),
    rng,
  )
}

function drawWeighted(weights: readonly number[], rng: Rng): number {
  let left = rng.float() * weights.reduce((sum, weight) => sum + weight, 0)
  for (const [i, weight] of weights.entries()) {
    left -= weight
    if (left < 0) return i
  }
  return weights.length - 1
}
