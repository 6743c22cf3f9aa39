import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { holdStore } from '../../../../test/store/conformance.ts'

holdStore('sqlite', async () => `sqlite:${join(await mkdtemp(join(tmpdir(), 'store-')), 'store.db')}`)
