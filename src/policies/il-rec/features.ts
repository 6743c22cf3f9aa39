import type { Windows } from '../../families/acting/index.ts'
import { createDropout } from '../../nn/index.ts'
import type { Programs } from '../../tensor/index.ts'
import type { IlRecNetwork } from './network.ts'

/** What the discriminator and Q_demo see of a pair of state and action. */
export interface PairFeatures {
  /** F. */
  readonly width: number
  /**
   * @param states of the windows, by `evaluatedStates`, [N × d]
   * @param items ids that were taken, [N]
   * @returns [N × F]
   */
  of(windows: Windows, states: Float32Array, items: Int32Array): Float32Array
}

/** States with nothing dropped, [B × d]. */
export function evaluatedStates(
  network: IlRecNetwork,
  programs: Programs,
): (windows: Windows) => Promise<Float32Array> {
  const { state } = network.build(createDropout(0))
  return async (windows) => {
    const out = await network.run(await programs.compile({ state }, 'evaluated states'), windows)
    return out.state.data as Float32Array
  }
}

/** The state and the vector of the item, as they are at the time: s ⊕ e_a. */
export function trackerFeatures({ items: table, width }: Pick<IlRecNetwork, 'items' | 'width'>): PairFeatures {
  return {
    width: 2 * width,
    of(_windows, states, items) {
      const features = new Float32Array(items.length * 2 * width)
      for (const [i, item] of items.entries()) {
        features.set(states.subarray(i * width, (i + 1) * width), 2 * i * width)
        features.set(table.range(item, item + 1).data, (2 * i + 1) * width)
      }
      return features
    },
  }
}
