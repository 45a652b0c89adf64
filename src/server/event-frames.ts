import { promisify } from 'node:util'
import { constants, deflateRaw, deflateRawSync, type ZlibOptions } from 'node:zlib'
import type { Tick } from '../api/contract.ts'
import { deltaOf } from '../api/delta.ts'
import { packDelta, packTick } from './pack-columns.ts'

/**
 * What the event stream says of one version, as bytes that every client can be sent.
 *
 * Compressed streams usually refer back to what came before, so that no two readers who began at different times could
 * share a byte, and 200 pages would be compressed for 200 times. Here each event is deflated by itself and ends at a
 * byte, without the mark of a last block (RFC 1951, "sync flush"): any row of such pieces behind one gzip header is one
 * valid stream. It has no end of its own: whoever follows never sees its checksum, and a connection that is cut is cut.
 *
 * Over 200,000 partitions a delta is 4.3 MB of text and 1.1 MB compressed.
 */
export interface Frames {
  readonly sequence: number
  readonly tick: Tick
  readonly whole: Frame
  /** The version that `delta` begins at; null: there is none. */
  readonly base: number | null
  readonly delta: Frame
}

/** Both forms are made when the first client needs them. */
export interface Frame {
  readonly plain: () => Buffer
  readonly gzip: () => Promise<Buffer>
}

/** More effort costs two to six times the time for a tenth to a quarter fewer bytes. */
const effort = { level: 1, finishFlush: constants.Z_SYNC_FLUSH } as const
const deflatePiece = promisify<Buffer, ZlibOptions, Buffer>(deflateRaw)

/** Deflate, no name, no time, unknown system (RFC 1952). */
const gzipHeader = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])

const fixed = (text: string, header: Buffer) => {
  const plain = Buffer.from(text)
  return { plain, gzip: Buffer.concat([header, deflateRawSync(plain, effort)]) }
}

/** First of every stream. */
export const opening = fixed('retry: 1000\n\n', gzipHeader)
export const heartbeat = fixed(': still here\n\n', Buffer.alloc(0))

/** @param before what clients were sent last, if anything */
export const framesOf = (sequence: number, tick: Tick, before: Frames | null): Frames => {
  // of `before` nothing else is held on to: it would hold what was before it, and so every tick since the start
  const known = before === null ? null : { sequence: before.sequence, tick: before.tick }
  return {
    sequence,
    tick,
    whole: frameOf('tick', sequence, () => packTick(tick)),
    base: known?.sequence ?? null,
    delta: frameOf('delta', sequence, () =>
      known === null ? {} : { base: known.sequence, ...packDelta(deltaOf(known.tick, tick)) },
    ),
  }
}

const frameOf = (event: string, sequence: number, data: () => object): Frame => {
  let plain: Buffer | null = null
  let gzip: Promise<Buffer> | null = null
  const text = (): Buffer =>
    (plain ??= Buffer.from(`id: ${sequence}\nevent: ${event}\ndata: ${JSON.stringify(data())}\n\n`))
  return { plain: text, gzip: () => (gzip ??= deflatePiece(text(), effort)) }
}
