import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { formatBytes, LanekeeperError } from '../../core/model/index.ts'
import { type KeyChunk, type KeyFormatName, packKeys } from '../../core/routing/index.ts'
import type { Io } from '../world.ts'
import { rowReader, type RowFormat } from './rows.ts'

/**
 * Keys of a file or standard input, block by block: gigabytes pass through in constant memory. Gzip is recognised by its
 * first bytes, whatever the file is called. Whatever is wrong has its place named, and ends the reading: half a key
 * population would look like a whole one.
 */
export interface KeyFileOptions {
  /** Path, or `-` for standard input. */
  readonly file: string
  readonly rowFormat: RowFormat
  readonly keyColumn: string
  /** See RowOptions. */
  readonly weightColumn: string | undefined
  readonly keyFormat: KeyFormatName
}

/** No key is this long: a broker takes 1 MiB a record by default, and a file without line ends is something else. */
const LINE_BYTES_MAX = 1024 * 1024
const BLOCK_BYTES = 1024 * 1024
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

export async function* readKeyFile(io: Io, options: KeyFileOptions): AsyncGenerator<KeyChunk> {
  const name = options.file === '-' ? 'standard input' : options.file
  const readRow = rowReader(options, name)
  let line = 0
  let rows = 0
  let carried: Buffer = Buffer.alloc(0)
  const take = (block: Buffer): KeyChunk | null => {
    if (options.rowFormat === 'lines' && options.keyFormat === 'utf8') return takeLines(block)
    const keys: Uint8Array[] = []
    const absent: number[] = []
    const weights: number[] = []
    let weighted = false
    for (let start = 0; start < block.length; ) {
      const found = block.indexOf(LINE_FEED, start)
      const next = found < 0 ? block.length : found
      const end = next > start && block[next - 1] === CARRIAGE_RETURN ? next - 1 : next
      line++
      if (end - start > LINE_BYTES_MAX) throw tooLong(name, line)
      if (end > start) {
        const row = readRow(block.subarray(start, end), line)
        if (row !== null) {
          if (row.weight !== 1) weighted = true
          if (row.key === null) absent.push(keys.length)
          keys.push(row.key ?? NO_BYTES)
          weights.push(row.weight)
        }
      }
      start = next + 1
    }
    if (keys.length === 0) return null
    rows += keys.length
    const flags = absent.length === 0 ? null : new Uint8Array(keys.length)
    for (const index of absent) if (flags !== null) flags[index] = 1
    return { keys: packKeys(keys), weights: weighted ? Float64Array.from(weights) : null, absent: flags }
  }

  /** Most files have one text a line: their bytes are the keys, and nothing is made for each line. */
  const takeLines = (block: Buffer): KeyChunk | null => {
    const bytes = new Uint8Array(block.length)
    const offsets = new Uint32Array(block.length + 1)
    const hasMark = line === 0 && block[0] === 0xef && block[1] === 0xbb && block[2] === 0xbf
    let at = 0
    let keys = 0
    let start = 0
    for (let position = hasMark ? 3 : 0; position <= block.length; position++) {
      const byte = position === block.length ? LINE_FEED : (block[position] as number)
      if (byte !== LINE_FEED) {
        bytes[at++] = byte
        continue
      }
      if (position < block.length || block[position - 1] !== LINE_FEED) line++
      if (at > start && bytes[at - 1] === CARRIAGE_RETURN) at--
      if (at - start > LINE_BYTES_MAX) throw tooLong(name, line)
      if (at > start) offsets[++keys] = at
      start = at
    }
    rows += keys
    if (keys === 0) return null
    return {
      keys: { bytes: bytes.subarray(0, at), offsets: offsets.slice(0, keys + 1) },
      weights: null,
      absent: null,
    }
  }

  for await (const bytes of blocksOf(io, options.file, name, () => line)) {
    const end = bytes.lastIndexOf(LINE_FEED) + 1
    if (end === 0) {
      carried = Buffer.concat([carried, bytes])
      if (carried.length > LINE_BYTES_MAX) throw tooLong(name, line + 1)
      continue
    }
    const whole =
      carried.length === 0 ? bytes.subarray(0, end) : Buffer.concat([carried, bytes.subarray(0, end)])
    carried = Buffer.from(bytes.subarray(end))
    refuseBadUtf8(whole, name, line)
    const chunk = take(whole)
    if (chunk !== null) yield chunk
  }
  refuseBadUtf8(carried, name, line)
  const last = take(carried)
  if (last !== null) yield last
  if (rows === 0)
    throw new LanekeeperError('INPUT_INVALID', `${name}: there is no key in it.`, {
      fix: 'Give one key a line, or CSV or JSON lines with a key and a weight.',
    })
}

const NO_BYTES = new Uint8Array(0)

const tooLong = (name: string, line: number): LanekeeperError =>
  new LanekeeperError(
    'INPUT_INVALID',
    `${name}:${line}: the line is longer than ${formatBytes(LINE_BYTES_MAX)}.`,
    { fix: 'One key a line; is this the right file?' },
  )

/** A block is checked as a whole, which is fast; only a bad one is searched for the place. */
const refuseBadUtf8 = (block: Buffer, name: string, linesBefore: number): void => {
  if (isUtf8(block)) return
  let line = linesBefore
  for (let start = 0; start < block.length; ) {
    const found = block.indexOf(LINE_FEED, start)
    const end = found < 0 ? block.length : found
    line++
    const text = block.subarray(start, end)
    if (!isUtf8(text)) {
      let column = 1
      // the longest prefix that is whole: a cut inside a character can make it seem bad for at most three bytes
      for (let length = 1; length <= text.length; length++)
        if (isUtf8(text.subarray(0, length))) column = length + 1
      throw new LanekeeperError(
        'INPUT_INVALID',
        `${name}:${line}:${column}: the bytes there are not UTF-8.`,
        {
          fix: 'Give such keys as hex or base64, with --key-format.',
        },
      )
    }
    start = end + 1
  }
}

async function* blocksOf(io: Io, file: string, name: string, lineNow: () => number): AsyncGenerator<Buffer> {
  const source: Readable =
    file === '-' ? io.stdin : createReadStream(resolve(io.cwd, file), { highWaterMark: BLOCK_BYTES })
  const iterator = source[Symbol.asyncIterator]() as AsyncIterator<Buffer | string>
  try {
    const first = await iterator.next()
    if (first.done === true) return
    const head = asBuffer(first.value)
    const rest = async function* (): AsyncGenerator<Buffer> {
      yield head
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
        yield asBuffer(next.value)
    }
    const isGzip = head[0] === 0x1f && head[1] === 0x8b
    if (!isGzip) yield* rest()
    else
      for await (const block of Readable.from(rest()).pipe(createGunzip({ chunkSize: BLOCK_BYTES })))
        yield block as Buffer
  } catch (cause) {
    throw readFailure(cause, name, lineNow())
  } finally {
    await iterator.return?.()
  }
}

const asBuffer = (chunk: Buffer | string): Buffer => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk)

const readFailure = (cause: unknown, name: string, line: number): unknown => {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (code.startsWith('Z_'))
    return new LanekeeperError(
      'INPUT_INVALID',
      `${name}: the gzip data is ${code === 'Z_BUF_ERROR' ? 'cut short' : 'damaged'}, after line ${line}.`,
      { fix: 'Fetch or pack the file again.', cause },
    )
  if (cause instanceof LanekeeperError || code === '') return cause
  const why =
    code === 'ENOENT' ? 'does not exist' : code === 'EISDIR' ? 'is a folder' : `cannot be read (${code})`
  return new LanekeeperError('FILE_UNREADABLE', `${name} ${why}.`, {
    fix: 'Name a file of keys, or - for standard input.',
    cause,
  })
}
