/**
 * Requests of our own framing on a connection that the library has opened.
 *
 * The library builds each request as a fresh buffer. For produce requests of a megabyte that is memory outside of the
 * heap, and every few dozens of them the engine marks the whole heap of the program, however large, to be rid of them:
 * with a million objects alive that was half of all CPU. So these are written into a buffer that is used again once the
 * socket has taken it, header and all, without a copy in between.
 *
 * Answers are told apart by their correlation id: ours are negative, the library counts upwards from 1. Whatever is not
 * ours (it authenticates anew while a session lasts) goes on to the library as it came.
 */
import type { Socket } from 'node:net'
import { UnreadableAnswer } from './errors.ts'
import { WireReader, WireWriter } from './wire-bytes.ts'

/** One request and how its answer is read, both behind their headers. */
export interface FramedRequest<Answer> {
  readonly key: number
  readonly version: number
  /** The most that `write` writes. */
  readonly bytesMax: number
  write(writer: WireWriter): void
  read(reader: WireReader): Answer
}

/** Size, key, version and correlation id; the client id and an empty list of tagged fields follow. */
const HEAD_BYTES = 12
/** Size and correlation id of an answer. */
const ANSWER_HEAD_BYTES = 8
const CORRELATION_LEAST = -0x80000000

export class Frames {
  readonly #socket: Socket
  readonly #clientId: Buffer
  readonly #library: (chunk: Buffer) => void
  readonly #unanswered = new Map<number, (answer: Buffer) => void>()
  #correlation = 0
  #spare: Buffer = Buffer.alloc(0)

  readonly #head = Buffer.alloc(ANSWER_HEAD_BYTES)
  #headBytes = 0
  /** Of the answer at hand: bytes to come, whom it is for (null: the library), and what has come. */
  #bytesLeft = 0
  #taker: ((answer: Buffer) => void) | null = null
  #parts: Buffer[] = []

  /** To be made while nothing of the library's is unanswered: an answer begins with the next byte. */
  constructor(socket: Socket, clientId: string) {
    this.#socket = socket
    const id = Buffer.from(clientId)
    this.#clientId = Buffer.concat([Buffer.of(id.length >>> 8, id.length), id, Buffer.of(0)])
    const [library] = socket.listeners('data')
    if (library === undefined) throw new Error('the library does not listen to its socket')
    this.#library = chunk => void library.call(socket, chunk)
    socket.on('data', chunk => this.#take(chunk))
    socket.off('data', library as (chunk: Buffer) => void)
  }

  /** Writes the request. `done` has its answer, once; never where the connection ends before. */
  ask<Answer>(request: FramedRequest<Answer>, done: (error: Error | null, answer?: Answer) => void): void {
    this.#correlation = this.#correlation === CORRELATION_LEAST ? -1 : this.#correlation - 1
    const { key, version, bytesMax } = request
    const room = this.#roomFor(HEAD_BYTES + this.#clientId.length + bytesMax)
    const writer = new WireWriter(room).int32(0).int16(key).int16(version).int32(this.#correlation)
    request.write(writer.append(this.#clientId))
    const frame = writer.finish()
    frame.writeInt32BE(frame.length - 4, 0)
    this.#unanswered.set(this.#correlation, answer => answerTo(request, answer, done))
    this.#socket.write(frame, () => {
      if (room.length > this.#spare.length) this.#spare = room
    })
  }

  /** Powers of two: requests that grow little by little find room in what the one before left. */
  #roomFor(bytes: number): Buffer {
    const spare = this.#spare
    this.#spare = Buffer.alloc(0)
    return spare.length >= bytes ? spare : Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(bytes)))
  }

  #take(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      const heads = chunk.copy(this.#head, this.#headBytes, at)
      at += heads
      this.#headBytes += heads
      if (this.#headBytes < ANSWER_HEAD_BYTES) return
      if (heads > 0) this.#begin()
      const piece = chunk.subarray(at, at + this.#bytesLeft)
      at += piece.length
      this.#bytesLeft -= piece.length
      if (this.#taker !== null) this.#parts.push(piece)
      else if (piece.length > 0) this.#library(piece)
      if (this.#bytesLeft === 0) this.#end()
    }
  }

  #begin(): void {
    const bytes = this.#head.readInt32BE(0)
    if (bytes < 4) this.#socket.destroy(new UnreadableAnswer(`an answer of ${bytes} bytes`))
    this.#bytesLeft = Math.max(0, bytes - 4)
    const correlation = this.#head.readInt32BE(4)
    this.#taker = this.#unanswered.get(correlation) ?? null
    if (this.#taker === null) this.#library(Buffer.from(this.#head))
    else this.#unanswered.delete(correlation)
  }

  #end(): void {
    const [taker, parts] = [this.#taker, this.#parts]
    this.#headBytes = 0
    this.#taker = null
    this.#parts = []
    if (taker !== null) taker(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts))
  }
}

const answerTo = <Answer>(
  request: FramedRequest<Answer>,
  bytes: Buffer,
  done: (error: Error | null, answer?: Answer) => void,
): void => {
  let answer: Answer
  try {
    const reader = new WireReader(bytes)
    reader.taggedFields()
    answer = request.read(reader)
  } catch (error) {
    done(error instanceof Error ? error : new Error(String(error)))
    return
  }
  done(null, answer)
}
