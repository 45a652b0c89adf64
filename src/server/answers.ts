import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'

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
  bytes(
    request: FastifyRequest,
    reply: FastifyReply,
    address: string,
    type: string,
    build: () => Buffer,
  ): Promise<FastifyReply>
}

interface Answer {
  readonly bytes: Buffer
  compressed: Promise<Buffer> | null
}

const answersMax = 256
/** Below one packet compressing saves nothing. */
const compressFrom = 1_400

const compress = promisify<Buffer, { readonly level: number }, Buffer>(gzip)

/** @param run differs between two runs of the server, whose versions both begin at 0 */
export const createAnswers = (version: () => string, run: string): Answers => {
  let held = ''
  const answers = new Map<string, Answer>()

  const find = (address: string, build: () => Buffer): Answer => {
    const now = version()
    if (now !== held) {
      held = now
      answers.clear()
    }
    const known = answers.get(address)
    if (known !== undefined) return known
    const made = { bytes: build(), compressed: null }
    if (answers.size >= answersMax) answers.clear()
    answers.set(address, made)
    return made
  }

  const send = async (
    request: FastifyRequest,
    reply: FastifyReply,
    type: string,
    answer: Answer,
  ): Promise<FastifyReply> => {
    const tag = `W/"${run}.${held}"`
    reply.header('cache-control', 'private, no-cache').header('etag', tag).header('vary', 'accept-encoding')
    if (request.headers['if-none-match'] === tag) return reply.code(304).send()
    reply.type(type)
    if (answer.bytes.length < compressFrom || !takesGzip(request)) return reply.send(answer.bytes)
    answer.compressed ??= compress(answer.bytes, { level: 1 })
    return reply.header('content-encoding', 'gzip').send(await answer.compressed)
  }

  return {
    json: (request, reply, address, build) =>
      send(
        request,
        reply,
        'application/json; charset=utf-8',
        find(address, () => Buffer.from(JSON.stringify(build()))),
      ),
    bytes: (request, reply, address, type, build) => send(request, reply, type, find(address, build)),
  }
}

const takesGzip = (request: FastifyRequest): boolean =>
  /(?:^|[,\s])gzip(?!\s*;\s*q=0(?:\.0*)?(?:$|[,\s]))/.test(String(request.headers['accept-encoding'] ?? ''))
