export {
  isUnfinished,
  makeFolder,
  physicalPath,
  readFileBytes,
  removeUnfinished,
  syncFile,
  syncFolder,
  writeFileAtomic,
} from './atomic.ts'
export { type FolderKind, refuseForeign, writeFolderAtomic, writeLockedFolder } from './folders.ts'
export { acquireLock, isHeld, isHeldHere, isLock, type Lock, refuseLocked } from './lock.ts'
export { encodeNpy } from './npy.ts'
export { PAGE_MARK, refuseForeignFiles, writeOwnFile } from './own-files.ts'
export { decodeSafetensors, encodeSafetensors } from './safetensors.ts'
export { systemCode } from './system-errors.ts'
