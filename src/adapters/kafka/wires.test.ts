/** Connections against a broker that misbehaves on command; what real brokers do is in test/integration. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { Reader, Writer } from '@platformatic/kafka'
import { LanekeeperError } from '../../core/model/index.ts'
import { LinkFailure, type FetchRequest, type ProduceRequest } from '../../ports/broker-link.ts'
import type { Clock } from '../../ports/clock.ts'
import { connectKafka, type KafkaConnection } from './connect.ts'

const clock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (delayMs, action) => {
    const timer = setTimeout(action, delayMs)
    return { cancel: () => clearTimeout(timer) }
  },
  soon: action => void setImmediate(action),
}

const PRODUCE = 0
const METADATA = 3
const FETCH = 1
const API_VERSIONS = 18

interface Request {
  readonly apiKey: number
  readonly frame: Buffer
  readonly connection: number
  readonly answer: (body: Buffer) => void
}

/** A broker in a few lines: answers ApiVersions and Metadata by itself, anything else as the test says. */
class FakeBroker {
  readonly requests: Request[] = []
  readonly sockets: Socket[] = []
  answersApiVersions = true
  latestFetch = 17
  onRequest: (request: Request) => void = () => undefined
  readonly #server: Server = createServer(socket => this.#serve(socket))

  static async start(context: TestContext): Promise<FakeBroker> {
    const broker = new FakeBroker()
    broker.#server.listen(0, '127.0.0.1')
    await once(broker.#server, 'listening')
    context.after(() => {
      for (const socket of broker.sockets) socket.destroy()
      broker.#server.close()
    })
    return broker
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get fetches(): readonly Request[] {
    return this.requests.filter(each => each.apiKey === FETCH)
  }

  #serve(socket: Socket): void {
    const connection = this.sockets.push(socket)
    let received = Buffer.alloc(0)
    socket.on('error', () => undefined)
    socket.on('data', chunk => {
      received = Buffer.concat([received, chunk])
      while (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
        const frame = received.subarray(4, 4 + received.readInt32BE(0))
        received = received.subarray(4 + frame.length)
        const apiKey = frame.readInt16BE(0)
        const head = Writer.create().appendInt32(frame.readInt32BE(4))
        // the answer to ApiVersions alone has no tagged fields in its header
        if (apiKey !== API_VERSIONS) head.appendTaggedFields()
        this.#react({
          apiKey,
          frame,
          connection,
          answer: body =>
            void socket.write(Writer.create().appendFrom(head).append(body).prependLength().buffer),
        })
      }
    })
  }

  #react(request: Request): void {
    this.requests.push(request)
    if (request.apiKey === API_VERSIONS) {
      if (this.answersApiVersions) request.answer(this.#apiVersions())
    } else if (request.apiKey === METADATA) request.answer(this.#metadata())
    else this.onRequest(request)
  }

  #apiVersions(): Buffer {
    return Writer.create()
      .appendInt16(0)
      .appendArray([METADATA, FETCH, PRODUCE], (writer, key) =>
        writer
          .appendInt16(key)
          .appendInt16(0)
          .appendInt16(key === FETCH ? this.latestFetch : 12),
      )
      .appendInt32(0)
      .appendTaggedFields().buffer
  }

  #metadata(): Buffer {
    return Writer.create()
      .appendInt32(0)
      .appendArray([7], (writer, id) =>
        writer.appendInt32(id).appendString('127.0.0.1').appendInt32(this.port).appendString(null),
      )
      .appendString('cluster')
      .appendInt32(7)
      .appendArray([], () => undefined)
      .appendTaggedFields().buffer
  }
}

const connect = async (context: TestContext, ...ports: number[]): Promise<KafkaConnection> => {
  const kafka = await connectKafka({
    bootstrapServers: ports.map(port => `127.0.0.1:${port}`),
    clientId: 'test',
    clock,
    requestTimeoutMs: 200,
    connectTimeoutMs: 200,
  })
  context.after(() => kafka.close())
  return kafka
}

const BROKER = 7 as Parameters<ReturnType<KafkaConnection['openLink']>['fetch']>[0]

const produceRequest = (batch: Uint8Array, timeoutMs = 20_000): ProduceRequest => ({
  acks: -1,
  timeoutMs,
  items: [{ topic: 't', partition: 3, batch }],
})

const produced = (baseOffset: bigint): Buffer =>
  Writer.create()
    .appendArray(['t'], (topic, name) =>
      topic.appendString(name).appendArray([3], (partition, index) =>
        partition
          .appendInt32(index)
          .appendInt16(0)
          .appendInt64(baseOffset)
          .appendInt64(-1n)
          .appendInt64(0n)
          .appendArray([], () => undefined)
          .appendString(null),
      ),
    )
    .appendInt32(0)
    .appendTaggedFields().buffer

/** `maxBytes` marks a request, so that a test can tell several apart. */
const fetchRequest = (maxBytes = 1): FetchRequest => ({
  maxWaitMs: -2900, // with the grace for the answer: 200 ms in all
  minBytes: 1,
  maxBytes,
  isolation: 'read_uncommitted',
  partitions: [],
})

const noPartitions = (): Buffer =>
  Writer.create()
    .appendInt32(0)
    .appendInt16(0)
    .appendInt32(0)
    .appendArray([], () => undefined)
    .appendTaggedFields().buffer

const until = async (holds: () => boolean): Promise<void> => {
  const startedMs = performance.now()
  while (!holds()) {
    assert.ok(performance.now() - startedMs < 5000, 'the condition never held')
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

test('a broker that accepts and says nothing is not open, and the next call tries anew', async context => {
  const broker = await FakeBroker.start(context)
  broker.answersApiVersions = false
  const link = (await connect(context, broker.port)).openLink('test')
  await assert.rejects(link.metadata([]), { name: 'LinkFailure', kind: 'timeout' })
  assert.deepEqual(
    broker.requests.map(each => each.apiKey),
    [API_VERSIONS],
    'nothing else was sent to it',
  )
  broker.answersApiVersions = true
  assert.equal((await link.metadata([])).brokers[0]?.id, 7)
  assert.equal(broker.sockets.length, 2)
})

test('a request without an answer breaks its connection and what waits behind it, not the other channels', async context => {
  const broker = await FakeBroker.start(context)
  const link = (await connect(context, broker.port)).openLink('test')
  await link.metadata([])
  broker.onRequest = () => undefined
  const first = link.fetch(BROKER, 'fetch', fetchRequest())
  const behind = link.fetch(BROKER, 'fetch', fetchRequest())
  await assert.rejects(first, { kind: 'timeout', broker: 7 })
  await assert.rejects(behind, { kind: 'timeout', broker: 7 })
  broker.onRequest = request => request.answer(noPartitions())
  assert.deepEqual((await link.fetch(BROKER, 'fetch', fetchRequest())).partitions, [])
  const connections = new Set(broker.fetches.map(each => each.connection))
  assert.equal(connections.size, 2)
  await link.metadata([])
  assert.equal(broker.sockets.length, 3, 'look-ups kept their connection')
})

test('an answer that contradicts itself closes the connection and names the broker', async context => {
  const broker = await FakeBroker.start(context)
  const link = (await connect(context, broker.port)).openLink('test')
  await link.metadata([])
  broker.onRequest = request => request.answer(noPartitions().subarray(0, 7))
  await assert.rejects(link.fetch(BROKER, 'fetch', fetchRequest()), (error: unknown) => {
    assert.ok(error instanceof LinkFailure)
    assert.equal(error.kind, 'closed')
    assert.equal(error.broker, 7)
    assert.match(error.message, /^broker 7 \(127\.0\.0\.1:\d+\) sent an answer that cannot be read/)
    return true
  })
})

test('abandoning rejects what is in flight at once; the next call opens a new connection', async context => {
  const broker = await FakeBroker.start(context)
  const link = (await connect(context, broker.port)).openLink('test')
  await link.metadata([])
  const abandoned = link.fetch(BROKER, 'fetch', { ...fetchRequest(), maxWaitMs: 60_000 })
  await until(() => broker.fetches.length === 1)
  link.abandon(BROKER, 'fetch')
  await assert.rejects(abandoned, { kind: 'closed', broker: 7 })
  broker.onRequest = request => request.answer(noPartitions())
  await link.fetch(BROKER, 'fetch', fetchRequest())
  assert.equal(new Set(broker.fetches.map(each => each.connection)).size, 2)
})

test('a connection that the broker drops rejects what is in flight', async context => {
  const broker = await FakeBroker.start(context)
  const link = (await connect(context, broker.port)).openLink('test')
  await link.metadata([])
  broker.onRequest = request => broker.sockets[request.connection - 1]?.destroy()
  await assert.rejects(link.fetch(BROKER, 'fetch', { ...fetchRequest(), maxWaitMs: 60_000 }), {
    kind: 'closed',
    broker: 7,
  })
})

test('requests are written in call order, also those made before the connection was open', async context => {
  const broker = await FakeBroker.start(context)
  const link = (await connect(context, broker.port)).openLink('test')
  await link.metadata([])
  const answered: number[] = []
  broker.onRequest = request => request.answer(noPartitions())
  const calls = [1, 2, 3, 4, 5].map(async mark => {
    // later calls come when the connection is already open
    if (mark > 3) await until(() => broker.fetches.length > 0)
    await link.fetch(BROKER, 'fetch', fetchRequest(mark))
    answered.push(mark)
  })
  await Promise.all(calls)
  assert.deepEqual(answered, [1, 2, 3, 4, 5])
  assert.equal(new Set(broker.fetches.map(each => each.connection)).size, 1)
})

test('produce requests are framed whole, whatever is in the buffer from before; answers come byte by byte or together', async context => {
  const broker = await FakeBroker.start(context)
  const link = (await connect(context, broker.port)).openLink('test')
  await link.metadata([])
  const produces = (): readonly Request[] => broker.requests.filter(each => each.apiKey === PRODUCE)
  const frames: Buffer[] = []
  broker.onRequest = ({ frame }) => void frames.push(Buffer.from(frame))
  const open = link.produce(BROKER, 'produce', produceRequest(new Uint8Array(1)))
  await until(() => frames.length === 1)
  // a broker that does not read: the first waits in its buffer while the others are written
  const socket = broker.sockets[(produces()[0]?.connection ?? 0) - 1]
  socket?.pause()
  const batches = [4_000_000, 3_900_000, 10].map((length, index) => new Uint8Array(length).fill(index + 1))
  const calls = batches.map(batch => link.produce(BROKER, 'produce', produceRequest(batch)))
  await new Promise(resolve => setImmediate(resolve))
  socket?.resume()
  await until(() => frames.length === 4)
  frames.shift()
  for (const [index, frame] of frames.entries()) {
    const reader = Reader.from(frame)
    assert.deepEqual([reader.readInt16(), reader.readInt16()], [PRODUCE, 11])
    assert.ok(reader.readInt32() < 0, 'a correlation id that is none of the library’s')
    assert.equal(reader.readNullableString(false), 'test')
    reader.readTaggedFields()
    assert.equal(reader.readNullableString(), null)
    assert.equal(reader.readInt16(), -1)
    reader.readInt32()
    reader.readArray(topic => {
      assert.equal(topic.readString(), 't')
      topic.readArray(partition => {
        assert.equal(partition.readInt32(), 3)
        assert.ok(partition.readBytes().equals(batches[index] as Uint8Array))
      })
    })
    reader.readTaggedFields()
    assert.equal(reader.remaining, 0)
  }
  // the first alone and in single bytes, the others in one go
  const answers = produces().map(({ frame }, index) => {
    const head = Writer.create().appendInt32(frame.readInt32BE(4)).appendTaggedFields()
    return head.append(produced(BigInt(index) + 39n)).prependLength().buffer
  })
  for (const byte of answers[0] as Buffer) {
    socket?.write(Buffer.of(byte))
    await new Promise(resolve => setImmediate(resolve))
  }
  assert.equal((await open).results[0]?.baseOffset, 39)
  socket?.write(Buffer.concat(answers.slice(1)))
  assert.equal((await calls[0])?.results[0]?.baseOffset, 40)
  assert.equal((await calls[1])?.results[0]?.baseOffset, 41)
  assert.equal((await calls[2])?.results[0]?.baseOffset, 42)
})

test('a produce request without an answer, or with one that cannot be read, breaks its connection alone', async context => {
  const broker = await FakeBroker.start(context)
  const link = (await connect(context, broker.port)).openLink('test')
  await link.metadata([])
  const batch = new Uint8Array(10)
  const soon = produceRequest(batch, -2900)
  await assert.rejects(link.produce(BROKER, 'produce', soon), { kind: 'timeout', broker: 7 })
  broker.onRequest = request => request.answer(produced(1n).subarray(0, 9))
  await assert.rejects(link.produce(BROKER, 'produce', produceRequest(batch)), {
    kind: 'closed',
    message: /sent an answer that cannot be read/,
  })
  broker.onRequest = ({ connection }) => void broker.sockets[connection - 1]?.write(Buffer.alloc(8))
  await assert.rejects(link.produce(BROKER, 'produce', produceRequest(batch)), { kind: 'closed' })
  broker.onRequest = request => request.answer(produced(7n))
  const { results } = await link.produce(BROKER, 'produce', produceRequest(batch))
  assert.equal(results[0]?.baseOffset, 7)
  await link.metadata([])
  assert.equal(broker.sockets.length, 5, 'look-ups kept their connection')
})

test('a broker without a request that is needed is too old, and is not sent what it would choke on', async context => {
  const broker = await FakeBroker.start(context)
  broker.latestFetch = 13
  const link = (await connect(context, broker.port)).openLink('test')
  await link.metadata([])
  await assert.rejects(link.fetch(BROKER, 'fetch', fetchRequest()), {
    kind: 'refused',
    message: /lacks request 1 version 17/,
  })
  assert.equal(broker.fetches.length, 0)
})

test('asking for a topic never creates it, also where brokers create topics by themselves', async context => {
  const broker = await FakeBroker.start(context)
  const kafka = await connect(context, broker.port)
  await kafka.openLink('test').metadata(['new'])
  await kafka.cluster.describe({ topics: ['new'] })
  for (const { apiKey, frame } of broker.requests) {
    if (apiKey !== METADATA) continue
    const [allowAutoTopicCreation] = frame.subarray(-3)
    assert.equal(allowAutoTopicCreation, 0)
  }
})

test('a broker that nobody named is unknown, without any waiting', async context => {
  const broker = await FakeBroker.start(context)
  const link = (await connect(context, broker.port)).openLink('test')
  await assert.rejects(link.fetch(BROKER, 'fetch', fetchRequest()), { kind: 'unknown-broker', broker: 7 })
})

test('one stuck bootstrap server costs nothing; all refused gives each address, its code and what to do', async context => {
  const stuck = await FakeBroker.start(context)
  stuck.answersApiVersions = false
  const broker = await FakeBroker.start(context)
  const { cluster } = await connect(context, stuck.port, broker.port)
  assert.equal((await cluster.describe()).clusterId, 'cluster')

  const { cluster: nobody } = await connect(context, 1, 2)
  await assert.rejects(nobody.describe(), (error: unknown) => {
    assert.ok(error instanceof LanekeeperError)
    assert.equal(error.code, 'CLUSTER_UNREACHABLE')
    assert.match(error.message, /127\.0\.0\.1:1 .*ECONNREFUSED.*127\.0\.0\.1:2 .*ECONNREFUSED/)
    assert.equal(error.problems.length, 2)
    assert.match(error.fix ?? '', /Start the brokers, or correct --bootstrap-server/)
    return true
  })
})

test('addresses that cannot be read are told all together', async () => {
  await assert.rejects(
    connectKafka({ bootstrapServers: ['a', 'b:0', '[::1]:9092', 'c:1'], clientId: 'x', clock }),
    {
      code: 'USAGE',
      problems: ['"a" is not host:port (1 to 65535)', '"b:0" is not host:port (1 to 65535)'],
    },
  )
})
