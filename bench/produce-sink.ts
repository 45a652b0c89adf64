/**
 * A cluster of three brokers that acknowledges at once and keeps nothing: what a producer costs when brokers cost
 * nothing. Run by bench/produce.ts in a process of its own; never quote its rates as Kafka's.
 *
 *     node bench/produce-sink.ts TOPIC PARTITIONS      (forked: tells its addresses, and its counts when asked)
 *
 * It speaks what producers speak to brokers: ApiVersions, Metadata, InitProducerId, Produce, in the versions from old to
 * new that the contestants choose from. Of each batch it reads the header: records are counted, and the sequence of each
 * producer and partition must have neither gap nor repeat. The checksum is computed for one batch in CHECKED_OF.
 */
import { createServer, type Socket } from 'node:net'
import { nodeCodecs } from '../src/adapters/codecs/node-codecs.ts'
import { readBatchHeader } from '../src/core/records/index.ts'
import { Answer, Question } from './produce-sink-bytes.ts'

const [topic = '', partitionsText = '0'] = process.argv.slice(2)
const partitions = Number(partitionsText)
const BROKERS = [1, 2, 3]
const CHECKED_OF = 100
const CHECKSUM_FROM = 21
const TOPIC_ID = Buffer.from('00112233445566778899aabbccddeeff', 'hex')
const NO_AUTHORIZED_OPERATIONS = -2_147_483_648

export interface SinkCounts {
  readonly records: number
  readonly batches: number
  readonly requests: number
  /** What is wrong, in words; empty where all is well. */
  readonly problems: readonly string[]
}

let [records, batches, requests, producerIds] = [0, 0, 0, 0]
let problems: string[] = []
const nextSequence = new Map<string, number>()
const ports: number[] = []

const countBatch = (bytes: Buffer, at: number, partition: number): number => {
  const { count, producerId, baseSequence, sizeBytes, crc } = readBatchHeader(bytes, at)
  records += count
  const key = `${producerId} ${partition}`
  const expected = nextSequence.get(key) ?? 0
  if (producerId < 0n) problems.push(`partition ${partition}: a batch without a producer id`)
  else if (baseSequence !== expected)
    problems.push(`partition ${partition}: sequence ${baseSequence} where ${expected} was next`)
  nextSequence.set(key, baseSequence + count)
  if (
    ++batches % CHECKED_OF === 0 &&
    nodeCodecs.crc32c(bytes.subarray(at + CHECKSUM_FROM, at + sizeBytes)) !== crc
  )
    problems.push(`partition ${partition}: a batch with another checksum than its header says`)
  return at + sizeBytes
}

const produce = (question: Question, answer: Answer): void => {
  question.text() // transactional id
  question.int16() // acks
  question.int32() // timeout
  requests++
  const topics = question.count()
  answer.count(topics)
  for (let left = topics; left > 0; left--) {
    answer.text(question.text())
    const count = question.count()
    answer.count(count)
    for (let index = 0; index < count; index++) {
      const partition = question.int32()
      const end = question.count() + question.at
      for (let at = question.at; at < end; ) at = countBatch(question.bytes, at, partition)
      question.at = end
      question.tags()
      answer.int32(partition).int16(0).int64(0n).int64(-1n)
      if (question.version >= 5) answer.int64(0n)
      if (question.version >= 8) answer.count(0).text(null)
      answer.tags()
    }
    question.tags()
    answer.tags()
  }
  answer.int32(0).tags()
}

const metadata = ({ version }: Question, answer: Answer): void => {
  if (version >= 3) answer.int32(0)
  answer.count(BROKERS.length)
  for (const [index, id] of BROKERS.entries())
    answer
      .int32(id)
      .text('127.0.0.1')
      .int32(ports[index] as number)
      .text(null)
      .tags()
  if (version >= 2) answer.text('sink')
  answer.int32(BROKERS[0] as number)
  answer.count(1).int16(0).text(topic)
  if (version >= 10) answer.raw(TOPIC_ID)
  answer.int8(0).count(partitions)
  for (let partition = 0; partition < partitions; partition++) {
    const leader = BROKERS[partition % BROKERS.length] as number
    answer.int16(0).int32(partition).int32(leader)
    if (version >= 7) answer.int32(0)
    answer.count(1).int32(leader).count(1).int32(leader)
    if (version >= 5) answer.count(0)
    answer.tags()
  }
  if (version >= 8) answer.int32(NO_AUTHORIZED_OPERATIONS)
  answer.tags()
  if (version >= 8 && version <= 10) answer.int32(NO_AUTHORIZED_OPERATIONS)
  answer.tags()
}

const apiVersions = ({ version }: Question, answer: Answer): void => {
  answer.int16(0).count(apis.size + 1)
  for (const [key, { from, to }] of apis) answer.int16(key).int16(from).int16(to).tags()
  // never asked here; but librdkafka writes the old record format to brokers that do not fetch the new one
  answer.int16(FETCH).int16(4).int16(12).tags()
  if (version >= 1) answer.int32(0)
  answer.tags()
}

interface Api {
  readonly from: number
  readonly to: number
  /** The first version with compact lengths and tagged fields. */
  readonly compactFrom: number
  readonly answer: (question: Question, answer: Answer) => void
}

const API_VERSIONS = 18
const FETCH = 1
const apis = new Map<number, Api>([
  [0, { from: 3, to: 11, compactFrom: 9, answer: produce }],
  [3, { from: 1, to: 12, compactFrom: 9, answer: metadata }],
  [API_VERSIONS, { from: 0, to: 3, compactFrom: 3, answer: apiVersions }],
  [
    22,
    {
      from: 0,
      to: 5,
      compactFrom: 2,
      answer: (_, answer) => void answer.int32(0).int16(0).int64(BigInt(++producerIds)).int16(0).tags(),
    },
  ],
])

const answerTo = (request: Buffer): Buffer | null => {
  const key = request.readInt16BE(0)
  const asked = request.readInt16BE(2)
  const api = apis.get(key)
  if (api === undefined) return null
  // a client may ask in a version that is not known here: it is answered in the first, with "unsupported version"
  if (key === API_VERSIONS && asked > api.to) {
    const refusal = new Answer(request.readInt32BE(4), false, false)
    return refusal.int16(35).count(1).int16(API_VERSIONS).int16(api.from).int16(api.to).finish()
  }
  const compact = asked >= api.compactFrom
  const question = new Question(request, asked, compact)
  const answer = new Answer(question.correlation, compact, compact && key !== API_VERSIONS)
  api.answer(question, answer)
  return answer.finish()
}

const serve = (socket: Socket): void => {
  socket.setNoDelay(true)
  socket.on('error', () => undefined)
  let chunks: Buffer[] = []
  let held = 0
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    held += chunk.length
    for (;;) {
      if ((chunks[0]?.length ?? 0) < 4 && chunks.length > 1) chunks = [Buffer.concat(chunks)]
      const [first] = chunks
      if (first === undefined || first.length < 4) return
      const size = 4 + first.readInt32BE(0)
      if (held < size) return
      const all = chunks.length === 1 ? first : Buffer.concat(chunks)
      chunks = all.length > size ? [all.subarray(size)] : []
      held -= size
      const answer = answerTo(all.subarray(4, size))
      if (answer === null) {
        socket.destroy()
        return
      }
      socket.write(answer)
    }
  })
}

const listen = (): Promise<number> =>
  new Promise(resolve => {
    const server = createServer(serve).listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })

process.on('message', () => {
  const counts: SinkCounts = { records, batches, requests, problems }
  process.send?.(counts)
  records = 0
  batches = 0
  requests = 0
  problems = []
  nextSequence.clear()
})
process.on('disconnect', () => process.exit(0))
for (const _ of BROKERS) ports.push(await listen())
process.send?.(ports.map(port => `127.0.0.1:${port}`).join(','))
