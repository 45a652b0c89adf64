/**
 * One open page as the server sees it: a connection that follows the event stream. Two hundred browsers do not fit one
 * machine, so frames are taken apart no further than needed: the server writes each event as one chunk, the same bytes
 * to everybody. A chunk is decoded by the first reader that gets it; the others know it by its length and first bytes.
 *
 * Checked of each reader: a delta begins at the tick that this reader holds, ids grow, and nothing comes that nobody
 * decoded.
 */
import { connect } from 'node:net'
import { constants, inflateRawSync } from 'node:zlib'

export interface Frame {
  readonly id: number
  readonly kind: 'tick' | 'delta'
  /** The tick that a delta begins at. */
  readonly base: number | null
  /** When the server made the tick (its clock is ours). */
  readonly madeMs: number
  /** As it travelled. */
  readonly bytes: number
}

export interface Arrival {
  readonly frame: Frame
  readonly atMs: number
}

export interface Reader {
  readonly arrivals: readonly Arrival[]
  readonly receivedBytes: () => number
  /** Reads nothing more until woken. */
  readonly sleep: () => void
  readonly wake: () => void
  readonly close: () => void
}

/** Frames by what they are known by. Null: somebody is reading it; undefined: nobody yet. */
export type Decoded = Map<string, Frame | 'no tick' | null>

interface Options {
  readonly port: number
  readonly path: string
  readonly gzip: boolean
  /** Shared by readers that read at once; one that is slow would keep the others waiting, and has its own. */
  readonly decoded: Decoded
  /** Reads no faster than this, like a page behind a thin line. */
  readonly bytesPerSecondMax?: number
  readonly onFault: (text: string) => void
}

interface Chunk {
  readonly size: number
  readonly known: string
  /** Null: somebody else's to decode. */
  readonly parts: Buffer[] | null
  /** With the line's end behind it. */
  left: number
}

const KNOWN_BY_BYTES = 160
const HEAD_END = '\r\n\r\n'
const LINE_END = '\r\n'

export const openReader = ({ port, path, gzip, decoded, bytesPerSecondMax, onFault }: Options): Reader => {
  const arrivals: Arrival[] = []
  let received = 0
  let asleep = false
  let pending: Buffer = Buffer.alloc(0)
  let compressed: boolean | null = null
  let chunk: Chunk | null = null

  const skip = (bytes: number): Buffer => {
    const skipped = pending.subarray(0, bytes)
    pending = pending.subarray(skipped.length)
    return skipped
  }

  const arrive = (known: string, atMs: number): void => {
    const frame = decoded.get(known)
    if (frame === 'no tick') return
    // the one that decodes it is a packet or two behind
    if (frame === null) return void setTimeout(arrive, 1, known, atMs)
    if (frame === undefined) return onFault('a chunk came that nobody decoded')
    const held = arrivals.at(-1)?.frame.id ?? null
    if (held !== null && frame.id <= held) onFault(`${frame.id} came after ${held}`)
    if (frame.kind === 'delta' && frame.base !== held)
      onFault(`a delta from ${frame.base} came to one who holds ${held}`)
    arrivals.push({ frame, atMs })
  }

  const takeHead = (): boolean => {
    const end = pending.indexOf(HEAD_END)
    if (end < 0) return false
    const text = skip(end + HEAD_END.length).toString('latin1')
    if (!text.startsWith('HTTP/1.1 200')) onFault(text.split(LINE_END, 1)[0] ?? '')
    compressed = /^content-encoding: gzip/im.test(text)
    return true
  }

  const beginChunk = (): boolean => {
    const end = pending.indexOf(LINE_END)
    if (end < 0) return false
    const size = Number.parseInt(pending.subarray(0, end).toString('latin1'), 16)
    const begin = end + LINE_END.length
    const knownBytes = Math.min(size, KNOWN_BY_BYTES)
    if (pending.length < begin + knownBytes) return false
    skip(begin)
    const known = `${size} ${pending.subarray(0, knownBytes).toString('latin1')}`
    const mine = !decoded.has(known)
    if (mine) decoded.set(known, null)
    chunk = { size, known, parts: mine ? [] : null, left: size + LINE_END.length }
    return true
  }

  /** False: the chunk goes on. */
  const takeChunk = (running: Chunk): boolean => {
    const bytes = skip(running.left)
    running.parts?.push(bytes)
    running.left -= bytes.length
    if (running.left > 0) return false
    chunk = null
    if (running.parts !== null) {
      const whole = Buffer.concat(running.parts).subarray(0, running.size)
      decoded.set(running.known, frameOf(compressed === true ? inflate(whole) : whole, running.size))
    }
    arrive(running.known, Date.now())
    return true
  }

  const socket = connect(port, '127.0.0.1')
  socket.on('error', failure => onFault(failure.message))
  socket.on('data', bytes => {
    received += bytes.length
    pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes])
    while (compressed === null ? takeHead() : chunk === null ? beginChunk() : takeChunk(chunk));
    if (bytesPerSecondMax === undefined) return
    socket.pause()
    setTimeout(() => asleep || socket.resume(), (bytes.length / bytesPerSecondMax) * 1000)
  })
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${gzip ? 'Accept-Encoding: gzip\r\n' : ''}${LINE_END}`,
  )
  return {
    arrivals,
    receivedBytes: () => received,
    sleep: () => {
      asleep = true
      socket.pause()
    },
    wake: () => {
      asleep = false
      socket.resume()
    },
    close: () => socket.destroy(),
  }
}

/** The header of the gzip stream, which comes by itself, is no deflate data; each event after it stands for itself. */
const inflate = (bytes: Buffer): Buffer =>
  bytes[0] === 0x1f && bytes[1] === 0x8b
    ? Buffer.alloc(0)
    : inflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH })

const frameOf = (plain: Buffer, bytes: number): Frame | 'no tick' => {
  const text = plain.toString('utf8')
  const [, id, kind] = /^id: (\d+)\nevent: (tick|delta)\n/.exec(text) ?? []
  if (id === undefined || kind === undefined) return 'no tick'
  const data = JSON.parse(text.slice(text.indexOf('data: ') + 6)) as {
    readonly base?: number
    readonly at?: string
    readonly parts?: { readonly at?: string }
  }
  return {
    id: Number(id),
    kind: kind as Frame['kind'],
    base: data.base ?? null,
    madeMs: Date.parse(data.at ?? data.parts?.at ?? ''),
    bytes,
  }
}
