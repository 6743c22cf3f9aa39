import { createRng, type Rng } from '../../math/index.ts'
import type { InteractionColumns } from './build.ts'

// The rule, in full. Five services of 160 items each; 1,500 users of 15 … 35 events (uniform), mean 25.
//
// Every user has a lasting taste, uniform over 16. An event first chooses its service: after a Video event it is Travel with
// probability .4; otherwise it is drawn by the shares below, each multiplied for this user by a factor uniform over [.5, 1.5].
// Then its item by the service's rule:
//
//   Video  .30  an item of the user's taste (10 items a taste)
//   Shop   .22  an item of the user's taste
//   Games  .20  an item of the user's taste
//   Travel .04  the place of the user's last film: Travel's item k after Video's item k; any place before the first film
//   Music  .24  albums of 8 tracks in a circle: the track after the user's last track; any track at first
//
// With probability .3 (Travel .1, Music .15) the rule does not decide and any item of the service is drawn. An item of a taste and any
// item of Video, Shop, Games and Travel is drawn with probability ∝ 1/rank, any track of Music uniformly. Events lie an
// exponential time of mean 12 hours apart; users start at a random second of 200 days.
//
// What follows. Travel is helped: its own past tells the user's taste, but only the last film, mostly the event before, tells
// the place. Music is harmed: alone, the last track stands right before the next one; in a mixed sequence a varying number of
// events that say nothing about Music stands between them, and every earlier track of the album stays a tempting answer.
// Video, Shop and Games need only the taste, which their own past shows: for them the others change little.

interface Service {
  readonly name: string
  readonly share: number
  readonly rule: 'taste' | 'place' | 'album'
  /** Probability that the rule does not decide. */
  readonly noise: number
}

const SERVICES: readonly Service[] = [
  { name: 'Video', share: 0.3, rule: 'taste', noise: 0.3 },
  { name: 'Shop', share: 0.22, rule: 'taste', noise: 0.3 },
  { name: 'Games', share: 0.2, rule: 'taste', noise: 0.3 },
  { name: 'Travel', share: 0.04, rule: 'place', noise: 0.1 },
  { name: 'Music', share: 0.24, rule: 'album', noise: 0.15 },
]
const VIDEO = SERVICES[0]
const TRAVEL = SERVICES[3]

const USERS = 1500
const ITEMS_PER_SERVICE = 160
const TASTES = 16
const TRACKS_PER_ALBUM = 8
const TRAVEL_AFTER_VIDEO = 0.4
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
  let service: Service | undefined
  let film: number | undefined
  let track: number | undefined
  let time = FIRST_DAY + rng.below(200 * 86_400)
  for (let events = 15 + rng.below(21); events > 0; events--) {
    const travels = service === VIDEO && rng.float() < TRAVEL_AFTER_VIDEO
    service = travels ? TRAVEL : SERVICES[drawWeighted(shares, rng)]
    const ruled = rng.float() >= service.noise
    let item: number
    if (service.rule === 'album') {
      item = ruled && track !== undefined ? nextTrack(track) : rng.below(ITEMS_PER_SERVICE)
      track = item
    } else if (ruled && service.rule === 'taste') item = itemOfTaste(taste, rng)
    else if (ruled && service.rule === 'place' && film !== undefined) item = film
    else item = drawRanked(ITEMS_PER_SERVICE, rng)
    if (service === VIDEO) film = item
    yield { service, item, time }
    time += 1 + Math.floor(-Math.log(1 - rng.float()) * MEAN_HOURS_APART * 3600)
  }
}

function nextTrack(track: number): number {
  const place = track % TRACKS_PER_ALBUM
  return track - place + ((place + 1) % TRACKS_PER_ALBUM)
}

/** Tastes interleave, so that popularity over the whole service favors none. */
function itemOfTaste(taste: number, rng: Rng): number {
  return drawRanked(ITEMS_PER_SERVICE / TASTES, rng) * TASTES + taste
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
