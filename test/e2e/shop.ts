/**
 * The log of a small shop, the same on every machine: 150 users walk through three services of 20 items each. A user likes
 * one of four kinds of items in every service, and the items of a kind are taken in turn, so that sequences are worth
 * learning.
 */
export function shopCsv({ users = 150, rowsPerUser = 16 } = {}): string {
  const lines = ['user,item,domain,timestamp']
  let state = 12345
  const below = (n: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
  const services = ['books', 'games', 'music']
  for (let user = 0; user < users; user++) {
    const kind = user % 4
    let step = below(5)
    for (let row = 0; row < rowsPerUser; row++) {
      const service = services[below(3)]
      const number = below(10) < 8 ? kind * 5 + (step++ % 5) : below(20)
      lines.push(`u${user},${service}-${number},${service},${1_600_000_000 + row * 86_400 + user}`)
    }
  }
  return `${lines.join('\n')}\n`
}
