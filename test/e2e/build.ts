import { build } from '../../scripts/build.ts'

/** Builds what users install, once before the suite: the tests then run exactly that, and each process starts faster. */
export default build
