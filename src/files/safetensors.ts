import { elementCount, type NamedTensors, type Tensor, type TensorData, TributaryError } from '../core/index.ts'

// The format: u64 little-endian length of the header, the header (JSON: name → dtype, shape, data_offsets; optionally
// __metadata__: string → string), then the data without gaps. https://huggingface.co/docs/safetensors

const METADATA = '__metadata__'
const ELEMENT_BYTES = { F32: 4, I32: 4, U8: 1 } as const
type Dtype = keyof typeof ELEMENT_BYTES

/** What a safetensors file holds. */
export interface TensorFile {
  readonly tensors: NamedTensors
  readonly metadata: Readonly<Record<string, string>>
}

/**
 * The pieces of a safetensors file, to be written one after the other. The data pieces are views of the tensors, not
 * copies: write them before the tensors change.
 * @throws `bad-argument` for a name that JSON objects cannot keep in place (a whole number) or `__metadata__`;
 * `bad-shape` when shape and data disagree
 */
export function encodeSafetensors(
  tensors: NamedTensors,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  const offsets = new Map<string, readonly [number, number]>()
  const data: Uint8Array[] = []
  let end = 0
  // Bytes come after all four-byte elements, so that every tensor starts at a multiple of its element's size.
  for (const size of [4, 1]) {
    for (const [name, tensor] of tensors) {
      if (ELEMENT_BYTES[dtypeOf(tensor.data)] !== size) continue
      checkEncodable(name, tensor)
      offsets.set(name, [end, end + tensor.data.byteLength])
      end += tensor.data.byteLength
      data.push(new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength))
    }
  }
  const entries = [...tensors].map(([name, { shape, data }]) => {
    const entry = { dtype: dtypeOf(data), shape, data_offsets: offsets.get(name) }
    return `${JSON.stringify(name)}:${JSON.stringify(entry)}`
  })
  if (Object.keys(metadata).length > 0) entries.unshift(`${JSON.stringify(METADATA)}:${JSON.stringify(metadata)}`)
  const json = Buffer.from(`{${entries.join(',')}}`)
  const header = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20)
  header.set(json, 8)
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true)
  return [header, ...data]
}

/**
 * Reads a safetensors file. Tensors are views of `bytes` where its alignment allows, copies otherwise.
 * @param file named in errors
 * @throws `file-damaged`, naming file and tensor, for whatever is not a well-formed file of F32, I32 and U8 tensors
 */
export function decodeSafetensors(bytes: Uint8Array<ArrayBuffer>, file: string): TensorFile {
  const damaged = (reason: string): TributaryError =>
    new TributaryError('file-damaged', `${file} is not a complete safetensors file: ${reason}`)
  if (bytes.length < 8) throw damaged(`it has ${bytes.length} bytes, fewer than the 8 of its header's length`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const headerLength = Number(view.getBigUint64(0, true))
  if (headerLength > bytes.length - 8)
    throw damaged(`its header should have ${headerLength} bytes, but only ${bytes.length - 8} follow`)
  const header = parseHeader(bytes.subarray(8, 8 + headerLength), damaged)
  const data = bytes.subarray(8 + headerLength)

  const tensors = new Map<string, Tensor>()
  const places: { name: string; begin: number; end: number }[] = []
  let metadata: Readonly<Record<string, string>> = {}
  for (const [name, entry] of Object.entries(header)) {
    if (name === METADATA) {
      if (!isStringRecord(entry)) throw damaged(`${METADATA} should map names to strings`)
      metadata = entry
      continue
    }
    const place = checkEntry(name, entry, data.length, damaged)
    places.push({ name, ...place })
    tensors.set(name, { shape: place.shape, data: elements(data, place) })
  }
  places.sort((a, b) => a.begin - b.begin || a.end - b.end)
  let end = 0
  let previous = 'the header'
  for (const place of places) {
    if (place.begin < end) throw damaged(`tensor '${place.name}' overlaps ${previous}`)
    if (place.begin > end) throw damaged(`${place.begin - end} bytes before tensor '${place.name}' belong to no tensor`)
    end = place.end
    previous = `tensor '${place.name}'`
  }
  if (end !== data.length) throw damaged(`${data.length - end} bytes after ${previous} belong to no tensor`)
  return { tensors, metadata }
}

interface Place {
  readonly dtype: Dtype
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

function dtypeOf(data: TensorData): Dtype {
  if (data instanceof Float32Array) return 'F32'
  return data instanceof Int32Array ? 'I32' : 'U8'
}

function checkEncodable(name: string, { shape, data }: Tensor): void {
  if (name === METADATA || /^(0|[1-9]\d*)$/.test(name))
    throw new TributaryError('bad-argument', `a tensor cannot be named '${name}': use a word, such as 'layer${name}'`)
  if (elementCount(shape) !== data.length)
    throw new TributaryError('bad-shape', `tensor '${name}' of shape [${shape.join(', ')}] has ${data.length} elements`)
}

function parseHeader(bytes: Uint8Array, damaged: (reason: string) => TributaryError): Record<string, unknown> {
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw damaged('its header is not JSON')
  }
  if (!isRecord(header)) throw damaged('its header is not a JSON object')
  return header
}

function checkEntry(
  name: string,
  entry: unknown,
  available: number,
  damaged: (reason: string) => TributaryError,
): Place {
  if (!isRecord(entry)) throw damaged(`the entry of tensor '${name}' is not an object`)
  const { dtype, shape, data_offsets: offsets } = entry
  if (!isDtype(dtype)) throw damaged(`tensor '${name}' has dtype ${JSON.stringify(dtype)}; F32, I32 and U8 can be read`)
  if (!isSizes(shape)) throw damaged(`tensor '${name}' has shape ${JSON.stringify(shape)}`)
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0] > offsets[1])
    throw damaged(`tensor '${name}' has data_offsets ${JSON.stringify(offsets)}`)
  const [begin, end] = offsets as [number, number]
  if (end > available)
    throw damaged(`tensor '${name}' ends at byte ${end} of the data, which has ${available} (was the file cut off?)`)
  const expected = elementCount(shape) * ELEMENT_BYTES[dtype]
  if (end - begin !== expected)
    throw damaged(`tensor '${name}' of shape [${shape.join(', ')}] needs ${expected} bytes and has ${end - begin}`)
  return { dtype, shape, begin, end }
}

function elements(data: Uint8Array<ArrayBuffer>, { dtype, begin, end }: Place): TensorData {
  const aligned = (data.byteOffset + begin) % ELEMENT_BYTES[dtype] === 0
  const bytes = aligned ? data.subarray(begin, end) : data.slice(begin, end)
  const length = bytes.length / ELEMENT_BYTES[dtype]
  if (dtype === 'F32') return new Float32Array(bytes.buffer, bytes.byteOffset, length)
  if (dtype === 'I32') return new Int32Array(bytes.buffer, bytes.byteOffset, length)
  return bytes
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isStringRecord(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every((text) => typeof text === 'string')
}

function isDtype(value: unknown): value is Dtype {
  return typeof value === 'string' && Object.hasOwn(ELEMENT_BYTES, value)
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0)
}
