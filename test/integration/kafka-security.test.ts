/**
 * TLS and SASL against a broker of our own that asks for them: what a Java client.properties says must open the
 * connection, and every usual mistake must be told as what it is.
 */
import assert from 'node:assert/strict'
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { connectKafka } from '../../src/adapters/kafka/connect.ts'
import { findKafka } from '../../src/adapters/local-cluster/jars.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { parseClientProperties } from '../../src/config/client-properties.ts'
import { LanekeeperError, type ClusterSnapshot, type ErrorCode } from '../../src/core/model/index.ts'

const run = promisify(execFile)

let folder: string
let broker: ChildProcess | null = null
let ports: { plain: number; sasl: number; saslTls: number; controller: number }

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lanekeeper-security-'))
  const [plain = 0, sasl = 0, saslTls = 0, controller = 0] = await freePorts(4)
  ports = { plain, sasl, saslTls, controller }
  await makeCertificate()
  const properties = join(folder, 'server.properties')
  await writeFile(properties, serverProperties())
  const { libs } = await findKafka(
    join(import.meta.dirname, '..', '..', '.lanekeeper', 'test', 'kafka'),
    process.env,
    () => undefined,
  )
  const java = (heap: string, main: string): string[] => [heap, '-cp', join(libs, '*'), main]
  await run('java', [
    ...java('-Xmx128m', 'kafka.tools.StorageTool'),
    'format',
    '--cluster-id',
    'MkU3OEVBNTcwNTJENDM2Qg',
    '--config',
    properties,
    '--add-scram',
    'SCRAM-SHA-512=[name=alice,password=alice-secret]',
  ])
  broker = spawn('java', [...java('-Xmx384m', 'kafka.Kafka'), properties], { stdio: 'ignore' })
  await until(async () => (await describe(ports.plain, '')).brokers.length === 1)
})

after(async () => {
  const ended = new Promise(resolve => (broker === null ? resolve(null) : broker.once('exit', resolve)))
  broker?.kill('SIGKILL')
  await ended
  await rm(folder, { recursive: true, force: true })
})

const freePorts = async (count: number): Promise<readonly number[]> => {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
      return server
    }),
  )
  const found = servers.map(server => (server.address() as AddressInfo).port)
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
  return found
}

/** A certificate that signs itself, so that it is its own authority. */
const makeCertificate = async (): Promise<void> => {
  const store = ['-keystore', join(folder, 'broker.p12'), '-storetype', 'PKCS12', '-storepass', 'storepass']
  const name = ['-alias', 'broker', '-dname', 'CN=localhost', '-ext', 'SAN=dns:localhost']
  await run('keytool', ['-genkeypair', '-keyalg', 'EC', '-validity', '2', ...name, ...store])
  const authority = join(folder, 'authority.pem')
  await run('keytool', ['-exportcert', '-rfc', '-alias', 'broker', '-file', authority, ...store])
}

const serverProperties = (): string => `
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${ports.controller}
listeners=PLAINTEXT://127.0.0.1:${ports.plain},SASL_PLAINTEXT://127.0.0.1:${ports.sasl},SASL_SSL://localhost:${ports.saslTls},CONTROLLER://127.0.0.1:${ports.controller}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL
inter.broker.listener.name=PLAINTEXT
log.dirs=${join(folder, 'data')}
offsets.topic.replication.factor=1
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
listener.name.sasl_plaintext.plain.sasl.jaas.config=${PLAIN_MODULE} required user_bob="bob-secret";
listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config=${SCRAM_MODULE} required;
listener.name.sasl_ssl.plain.sasl.jaas.config=${PLAIN_MODULE} required;
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=${SCRAM_MODULE} required;
ssl.keystore.type=PKCS12
ssl.keystore.location=${join(folder, 'broker.p12')}
ssl.keystore.password=storepass
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:alice
`

const PLAIN_MODULE = 'org.apache.kafka.common.security.plain.PlainLoginModule'
const SCRAM_MODULE = 'org.apache.kafka.common.security.scram.ScramLoginModule'

const plain = (user: string, password: string): string => `sasl.mechanism=PLAIN
sasl.jaas.config=${PLAIN_MODULE} required username="${user}" password="${password}";`

const scram = (user: string, password: string): string => `sasl.mechanism=SCRAM-SHA-512
sasl.jaas.config=${SCRAM_MODULE} required username="${user}" password="${password}";`

const trusting = (): string => `ssl.truststore.type=PEM
ssl.truststore.location=${join(folder, 'authority.pem')}`

const describe = async (
  port: number,
  properties: string,
  topics: readonly string[] = [],
): Promise<ClusterSnapshot> => {
  const { security } = parseClientProperties(properties, 'client.properties')
  const kafka = await connectKafka({
    bootstrapServers: [`localhost:${port}`],
    clientId: 'security-test',
    clock: systemClock,
    security,
  })
  try {
    return await kafka.cluster.describe({ topics })
  } finally {
    await kafka.close()
  }
}

const until = async (holds: () => Promise<boolean>): Promise<void> => {
  const startedMs = performance.now()
  while (!(await holds().catch(() => false))) {
    assert.ok(performance.now() - startedMs < 60_000, 'the broker did not start within 60 s')
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

const refuses = async (what: Promise<unknown>, code: ErrorCode, fix: RegExp): Promise<void> =>
  assert.rejects(what, (error: unknown) => {
    assert.ok(error instanceof LanekeeperError, String(error))
    assert.equal(error.code, code, error.message)
    assert.match(error.fix ?? '', fix)
    assert.doesNotMatch(error.message, /secret/)
    return true
  })

test('PLAIN and SCRAM open the connection, with TLS and without', async () => {
  for (const [port, properties] of [
    [ports.sasl, `security.protocol=SASL_PLAINTEXT\n${plain('bob', 'bob-secret')}`],
    [ports.sasl, `security.protocol=SASL_PLAINTEXT\n${scram('alice', 'alice-secret')}`],
    [ports.saslTls, `security.protocol=SASL_SSL\n${scram('alice', 'alice-secret')}\n${trusting()}`],
  ] as const)
    assert.equal((await describe(port, properties)).brokers[0]?.port, port)
})

test('a wrong password is told at once as what it is', async () => {
  for (const credentials of [plain('bob', 'not-his-secret'), scram('alice', 'not-her-secret')])
    await refuses(
      describe(ports.sasl, `security.protocol=SASL_PLAINTEXT\n${credentials}`),
      'AUTHENTICATION_FAILED',
      /user name and password/,
    )
})

test('settings that do not fit the listener name the setting', async () => {
  const credentials = scram('alice', 'alice-secret')
  await refuses(
    describe(ports.plain, `security.protocol=SASL_PLAINTEXT\n${credentials}`),
    'AUTHENTICATION_FAILED',
    /security\.protocol/,
  )
  await refuses(describe(ports.sasl, ''), 'CLUSTER_UNREACHABLE', /security\.protocol/)
  await refuses(
    describe(ports.sasl, `security.protocol=SASL_SSL\n${credentials}\n${trusting()}`),
    'CLUSTER_UNREACHABLE',
    /security\.protocol/,
  )
  await refuses(
    describe(ports.saslTls, `security.protocol=SASL_SSL\n${credentials}`),
    'CLUSTER_UNREACHABLE',
    /ssl\.truststore\.location/,
  )
})

test('a principal without rights is told so, and reads no more than it may', async () => {
  const kafka = await connectKafka({
    bootstrapServers: [`localhost:${ports.plain}`],
    clientId: 'security-test',
    clock: systemClock,
  })
  await kafka.cluster.createTopics([
    { name: 'private', partitions: 1, replicationFactor: 1, configs: new Map() },
  ])
  await kafka.close()
  const bob = `security.protocol=SASL_PLAINTEXT\n${plain('bob', 'bob-secret')}`
  await refuses(describe(ports.sasl, bob, ['private']), 'NOT_AUTHORIZED', /Grant the principal/)
})
