/**
 * How large a compressed piece will become, read from its own structure before a byte is inflated.
 *
 * zlib's functions take a limit; the snappy and lz4 helpers do not, and 40 kB can inflate to 600 MB. Snappy states its
 * size in front. LZ4's frame may state it, and may lie, so its sequences are walked: each is a run of literals and a
 * match, both with their lengths, and adding these up touches no output.
 */
export const XERIAL_MAGIC = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00)
/** Magic, then version and lowest compatible version, int32 each. */
export const XERIAL_HEADER_BYTES = 16

const isXerial = (bytes: Uint8Array): boolean =>
  bytes.length >= XERIAL_HEADER_BYTES && XERIAL_MAGIC.every((byte, index) => bytes[index] === byte)

const int32Be = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, false)
const int32Le = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true)

/** The parts of a xerial stream (Java's framing: length, then one raw snappy block); a raw block is one part. */
export const snappyBlocks = (bytes: Uint8Array): readonly Uint8Array[] => {
  if (!isXerial(bytes)) return [bytes]
  const blocks: Uint8Array[] = []
  let at = XERIAL_HEADER_BYTES
  while (at < bytes.length) {
    if (at + 4 > bytes.length) throw new RangeError('snappy: a block length is cut off')
    const length = int32Be(bytes, at)
    at += 4
    if (at + length > bytes.length) throw new RangeError('snappy: a block is cut off')
    blocks.push(bytes.subarray(at, at + length))
    at += length
  }
  return blocks
}

/** Size that a raw snappy block declares: a varint in front. */
export const snappyBlockSize = (block: Uint8Array): number => {
  let size = 0
  for (let index = 0; index < 5; index++) {
    const byte = block[index]
    if (byte === undefined) break
    size += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return size
  }
  throw new RangeError('snappy: no size in front')
}

const LZ4_MAGIC = 0x184d2204
const HAS_CONTENT_SIZE = 0x08
const HAS_DICTIONARY_ID = 0x01
const HAS_BLOCK_CHECKSUMS = 0x10
const STORED = 0x80000000

/** Size that an LZ4 frame inflates to. Source: the LZ4 frame and block format descriptions of the LZ4 project. */
export const lz4FrameSize = (bytes: Uint8Array): number => {
  if (bytes.length < 7 || int32Le(bytes, 0) !== LZ4_MAGIC) throw new RangeError('lz4: not a frame')
  const flags = bytes[4] as number
  let at = 7 + (flags & HAS_CONTENT_SIZE ? 8 : 0) + (flags & HAS_DICTIONARY_ID ? 4 : 0)
  let size = 0
  while (at + 4 <= bytes.length) {
    const word = int32Le(bytes, at)
    at += 4
    if (word === 0) return size
    const length = word & ~STORED
    if (at + length > bytes.length) break
    size += word & STORED ? length : lz4BlockSize(bytes, at, at + length)
    at += length + (flags & HAS_BLOCK_CHECKSUMS ? 4 : 0)
  }
  throw new RangeError('lz4: the frame is cut off')
}

const lz4BlockSize = (bytes: Uint8Array, start: number, end: number): number => {
  let size = 0
  let at = start
  const extended = (nibble: number): number => {
    let length = nibble
    if (nibble === 15) {
      let more: number
      do {
        more = bytes[at++] as number
        length += more
      } while (more === 255 && at < end)
    }
    return length
  }
  while (at < end) {
    const token = bytes[at++] as number
    const literals = extended(token >>> 4)
    at += literals
    size += literals
    if (at >= end) break // the last sequence is literals alone
    at += 2 // how far back the match lies
    size += extended(token & 15) + 4
  }
  return size
}
