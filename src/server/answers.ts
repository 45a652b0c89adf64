import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { sharedWork, type SharedWork } from './shared-work.ts'

/**
 * Answers made once per version of what they tell, whoever asks how often: a wall of screens costs what one page
 * costs. The bytes, their compressed form and the tag are all kept, so a second reader costs a look-up, and one who has
 * the version already gets 304 and no bytes.
 *
 * Compressing runs beside the event loop: a scrape of 200,000 series would hold up the next look for a tenth of a
 * second. The next version empties it all, and it holds at most `answersMax` addresses: queries are written by whoever
 * asks.
 */
export interface Answers {
  json(
    request: FastifyRequest,
    reply: FastifyReply,
    address: string,
    build: () => unknown,
  ): Promise<FastifyReply>
  /** JSON that is made beside the event loop: for everybody who asks while it is, and given up when they have gone. */
  beside(
    request: FastifyRequest,
    reply: FastifyReply,
    address: string,
    begin: (signal: AbortSignal) => Promise<Uint8Array>,
  ): Promise<FastifyReply>
  bytes(
    request: FastifyRequest,
    reply: FastifyReply,
    address: string,
    type: string,
    forms: Forms,
  ): Promise<FastifyReply>
}

/** The two forms of an answer; each is made when it is first asked for. */
export interface Forms {
  readonly plain: () => Buffer
  /** Null: it would save nothing. */
  readonly gzipped: () => Promise<Buffer> | null
}

const answersMax = 256
/** Below one packet compressing saves nothing. */
const compressFrom = 1_400

const compress = promisify<Buffer, { readonly level: number }, Buffer>(gzip)

/** @param run differs between two runs of the server, whose versions both begin at 0 */
export const createAnswers = (version: () => string, run: string): Answers => {
  let held = ''
  const ready = new Map<string, Forms>()
  const begun = new Map<string, SharedWork<Forms>>()

  const find = <Made>(kept: Map<string, Made>, address: string, make: () => Made): Made => {
    const now = version()
    if (now !== held) {
      held = now
      ready.clear()
      begun.clear()
    }
    const known = kept.get(address)
    if (known !== undefined) return known
    const made = make()
    if (kept.size >= answersMax) kept.clear()
    kept.set(address, made)
    return made
  }

  const send = async (
    request: FastifyRequest,
    reply: FastifyReply,
    type: string,
    find: () => Forms | Promise<Forms>,
  ): Promise<FastifyReply> => {
    const found = find()
    const tag = `W/"${run}.${held}"`
    reply.header('cache-control', 'private, no-cache').header('etag', tag).header('vary', 'accept-encoding')
    if (request.headers['if-none-match'] === tag) return reply.code(304).send()
    const answer = await found
    reply.type(type)
    const gzipped = takesGzip(request) ? answer.gzipped() : null
    if (gzipped === null) return reply.send(answer.plain())
    return reply.header('content-encoding', 'gzip').send(await gzipped)
  }

  return {
    json: (request, reply, address, build) =>
      send(request, reply, jsonType, () =>
        find(ready, address, () => jsonForms(() => Buffer.from(JSON.stringify(build())))),
      ),
    beside: (request, reply, address, begin) =>
      send(request, reply, jsonType, () =>
        find(begun, address, () =>
          sharedWork(async signal => {
            const { buffer, byteOffset, byteLength } = await begin(signal)
            return jsonForms(() => Buffer.from(buffer, byteOffset, byteLength))
          }),
        ).join(untilGone(reply)),
      ),
    bytes: (request, reply, address, type, { plain, gzipped }) =>
      send(request, reply, type, () =>
        find(ready, address, () => ({ plain: once(plain), gzipped: once(gzipped) })),
      ),
  }
}

const jsonType = 'application/json; charset=utf-8'

const jsonForms = (make: () => Buffer): Forms => {
  const plain = once(make)
  return {
    plain,
    gzipped: once(() => (plain().length < compressFrom ? null : compress(plain(), { level: 1 }))),
  }
}

/** Aborted when the connection ends before the answer is out. */
const untilGone = (reply: FastifyReply): AbortSignal => {
  const abort = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) abort.abort(new Error('The client has gone.'))
  })
  return abort.signal
}

const once = <Value>(make: () => Value): (() => Value) => {
  let made: { readonly value: Value } | null = null
  return () => (made ??= { value: make() }).value
}

/** By what it says it accepts. */
export const takesGzip = (request: FastifyRequest): boolean =>
  /(?:^|[,\s])gzip(?!\s*;\s*q=0(?:\.0*)?(?:$|[,\s]))/.test(String(request.headers['accept-encoding'] ?? ''))
