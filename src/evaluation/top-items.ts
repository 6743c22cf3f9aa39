import type { Recommendation } from './recommend.ts'

/**
 * The k best items of those inserted, in a heap whose root is the worst of them: n items cost O(n log k) at worst and one
 * comparison each once the heap is good. Among equal scores the lower id is the better item, in whatever order they came.
 */
export class TopItems {
  readonly #k: number
  readonly #heap: Recommendation[] = []

  constructor(k: number) {
    this.#k = k
  }

  /** Whether `insert` would keep the item. */
  admits(item: number, score: number): boolean {
    if (this.#heap.length < this.#k) return true
    const worst = this.#heap[0]
    return score > worst.score || (score === worst.score && item < worst.item)
  }

  /** Keeps an admitted item, in place of the worst one where the heap is full. */
  insert(item: number, score: number): void {
    if (this.#heap.length < this.#k) this.#rise({ item, score })
    else this.#sink({ item, score })
  }

  /** Best first. */
  sorted(): Recommendation[] {
    return [...this.#heap].sort((a, b) => (isWorse(a, b) ? 1 : -1))
  }

  #rise(added: Recommendation): void {
    const heap = this.#heap
    let at = heap.length
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isWorse(added, heap[parent])) break
      heap[at] = heap[parent]
      at = parent
    }
    heap[at] = added
  }

  #sink(added: Recommendation): void {
    const heap = this.#heap
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isWorse(heap[child + 1], heap[child])) child++
      if (!isWorse(heap[child], added)) break
      heap[at] = heap[child]
      at = child
    }
    heap[at] = added
  }
}

function isWorse(a: Recommendation, b: Recommendation): boolean {
  return a.score < b.score || (a.score === b.score && a.item > b.item)
}
