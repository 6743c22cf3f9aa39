import { type ErrorCode, TributaryError } from '../core/index.ts'

interface Reason {
  readonly reading: string
  /** Where writing asks for another word. */
  readonly writing?: string
  /** Of a failed write; a failed read is always `file-missing`. */
  readonly code: ErrorCode
}

const denied: Reason = {
  reading: 'permission is denied',
  writing: 'permission is denied; choose a folder that you may write to',
  code: 'disk-full',
}
const tooManyFiles: Reason = { reading: 'too many files are open; raise the limit (ulimit -n)', code: 'disk-full' }

/** What the system says when it refuses a path, in words. */
const REASONS: ReadonlyMap<string, Reason> = new Map([
  ['ENOENT', { reading: 'there is no such file', writing: 'its folder does not exist', code: 'file-missing' }],
  ['ENOTDIR', { reading: 'a part of the path is not a folder', code: 'file-missing' }],
  ['EISDIR', { reading: 'it is a folder, not a file', code: 'file-missing' }],
  ['ELOOP', { reading: 'the links in its path lead in a circle', code: 'file-missing' }],
  [
    'ENAMETOOLONG',
    { reading: 'its name is too long for the file system; shorten it to 255 bytes or fewer', code: 'file-missing' },
  ],
  ['EEXIST', { reading: 'something else is there', writing: 'something else has come there', code: 'file-exists' }],
  ['ENOTEMPTY', { reading: 'it is not empty', writing: 'something else has come there', code: 'file-exists' }],
  ['EACCES', denied],
  ['EPERM', denied],
  [
    'EROFS',
    {
      reading: 'the file system is read-only',
      writing: 'the file system is read-only; choose another folder',
      code: 'disk-full',
    },
  ],
  [
    'ENOSPC',
    {
      reading: 'no space is left on the disk',
      writing: 'no space is left on the disk; free some and run again',
      code: 'disk-full',
    },
  ],
  [
    'EDQUOT',
    {
      reading: 'the disk quota is used up',
      writing: 'the disk quota is used up; free some space and run again',
      code: 'disk-full',
    },
  ],
  [
    'EFBIG',
    {
      reading: 'the file is larger than the system allows',
      writing: 'the file is larger than the system allows (ulimit -f)',
      code: 'disk-full',
    },
  ],
  [
    'EBUSY',
    {
      reading: 'the system or another program holds it',
      writing: 'the system or another program holds it (is it a mount point?); choose another folder',
      code: 'disk-full',
    },
  ],
  ['ETXTBSY', { reading: 'another program is running it', code: 'disk-full' }],
  [
    'EXDEV',
    {
      reading: 'it is on another file system',
      writing: 'it is a mount point; choose a folder in it',
      code: 'disk-full',
    },
  ],
  ['EIO', { reading: 'the disk reports an error', code: 'disk-full' }],
  ['ENXIO', { reading: 'it is no plain file', code: 'file-missing' }],
  ['ENODEV', { reading: 'it is no plain file', code: 'file-missing' }],
  ['ESTALE', { reading: 'the server of the file system has lost it', code: 'disk-full' }],
  ['EINVAL', { reading: 'the file system does not take such a path', code: 'file-missing' }],
  ['EILSEQ', { reading: 'the file system does not take such a name', code: 'file-missing' }],
  ['EMFILE', tooManyFiles],
  ['ENFILE', tooManyFiles],
])

/** What went wrong when a file was opened or read, as a `file-missing` error that says why; what is no refusal of the system passes. */
export function readError(path: string, error: unknown): unknown {
  const reason = reasonOf(error)
  if (reason === undefined) return error
  return new TributaryError('file-missing', `cannot read ${path}: ${reason.reading}`, { cause: error })
}

/**
 * What went wrong when a file or folder was written, with the reason: `disk-full`, `file-missing` (the place cannot be) or
 * `file-exists`; what is no refusal of the system passes.
 */
export function writeError(path: string, error: unknown): unknown {
  const reason = reasonOf(error)
  if (reason === undefined) return error
  return new TributaryError(reason.code, `cannot write ${path}: ${reason.writing ?? reason.reading}`, { cause: error })
}

/** The system's word for a refusal, such as `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

function reasonOf(error: unknown): Reason | undefined {
  return error instanceof TributaryError ? undefined : REASONS.get(systemCode(error) ?? '')
}
