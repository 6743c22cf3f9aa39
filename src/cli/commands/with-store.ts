import { openStore } from '../../serving/store/open.ts'
import type { Store } from '../../serving/store/store.ts'

/** Opens a store for as long as something is done with it. */
export async function withStore<T>(url: string, act: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(url)
  try {
    return await act(store)
  } finally {
    await store.close()
  }
}
