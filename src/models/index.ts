import type { ModelSpec } from '../core/index.ts'
import { biao as weighing } from './two-sided/biao/index.ts'
import { conet } from './two-sided/conet.ts'
import { dasl } from './two-sided/dasl.ts'
import { deepfm } from './two-sided/deepfm.ts'
import { minet } from './two-sided/minet.ts'

// Every export is a model that the command line, the server and the tests know: this is the list.
export { itemKnn } from './controls/item-knn.ts'
export { popularity } from './controls/popularity.ts'
export { random } from './controls/random.ts'
export { rates } from './controls/rates.ts'
export { bprmf } from './factors/bprmf.ts'
export { transrec } from './factors/transrec/index.ts'
export { worldModel } from './rewards/world-model.ts'
export { bert4rec } from './sequence/bert4rec/index.ts'
export { cgrec } from './sequence/cgrec/index.ts'
export { gru4rec } from './sequence/gru4rec.ts'
export { lightSans } from './sequence/light-sans.ts'
export { narm } from './sequence/narm.ts'
export { nextitnet } from './sequence/nextitnet.ts'
export { sasrec } from './sequence/sasrec.ts'
export { sine } from './sequence/sine.ts'
export { stamp } from './sequence/stamp.ts'
export { syncrec } from './sequence/syncrec/index.ts'
export { lr } from './two-sided/lr.ts'
export { conet, dasl, deepfm, minet }
/** Over every network whose training it can weigh. */
export const biao: ModelSpec = weighing([conet, minet, dasl, deepfm])
