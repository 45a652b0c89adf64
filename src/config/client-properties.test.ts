import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LanekeeperError } from '../core/model/index.ts'
import { parseClientProperties } from './client-properties.ts'

const parse = (...lines: string[]): ReturnType<typeof parseClientProperties> =>
  parseClientProperties(lines.join('\n'), 'client.properties')

const problemsOf = (...lines: string[]): readonly string[] => {
  try {
    parse(...lines)
  } catch (error) {
    assert.ok(error instanceof LanekeeperError)
    assert.equal(error.code, 'CONFIG_INVALID')
    return error.problems
  }
  return []
}

test('an empty file is a plain connection', () => {
  assert.deepEqual(parse(''), { bootstrapServers: null, security: { tls: null, sasl: null } })
})

test('SASL_SSL with SCRAM and a PEM trust store', () => {
  const { bootstrapServers, security } = parse(
    'bootstrap.servers = a:9092, b:9092',
    'security.protocol=SASL_SSL',
    'sasl.mechanism=SCRAM-SHA-512',
    String.raw`sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \ `.trimEnd(),
    String.raw`  username="alice" \ `.trimEnd(),
    String.raw`  password="say \\"hi\\"; ok=1";`,
    'ssl.truststore.type=PEM',
    'ssl.truststore.location=/etc/kafka/ca.pem',
    'ssl.endpoint.identification.algorithm=',
  )
  assert.deepEqual(bootstrapServers, ['a:9092', 'b:9092'])
  assert.deepEqual(security, {
    tls: {
      authorities: { kind: 'file', path: '/etc/kafka/ca.pem' },
      identity: null,
      keyPassword: null,
      verifyHostname: false,
    },
    sasl: { mechanism: 'SCRAM-SHA-512', username: 'alice', password: 'say "hi"; ok=1' },
  })
})

test('mutual TLS, from one file and from text', () => {
  const fromFile = parse(
    'security.protocol=ssl',
    'ssl.keystore.type=PEM',
    'ssl.keystore.location=me.pem',
    'ssl.key.password=secret',
  )
  assert.deepEqual(fromFile.security.tls?.identity, {
    certificates: { kind: 'file', path: 'me.pem' },
    key: { kind: 'file', path: 'me.pem' },
  })
  assert.equal(fromFile.security.tls?.keyPassword, 'secret')
  const fromText = parse(
    'security.protocol=SSL',
    'ssl.keystore.type=PEM',
    String.raw`ssl.keystore.key=-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----`,
    String.raw`ssl.keystore.certificate.chain=-----BEGIN CERTIFICATE-----\nBB\n-----END CERTIFICATE-----`,
  )
  assert.deepEqual(fromText.security.tls?.identity?.key, {
    kind: 'text',
    pem: '-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----',
  })
})

test('keys of a Java client that tune it are left alone', () => {
  assert.deepEqual(problemsOf('linger.ms=5', 'group.id=g', 'ssl.protocol=TLSv1.3'), [])
})

test('Java key stores are refused with the command that converts them', () => {
  const [jks] = problemsOf('security.protocol=SSL', 'ssl.truststore.location=/etc/my ca.jks')
  assert.match(jks ?? '', /:2:1: .*keytool -list -rfc -keystore '\/etc\/my ca\.jks' > '\/etc\/my ca\.pem'/)
  const [p12] = problemsOf(
    'security.protocol=SSL',
    'ssl.keystore.type=PKCS12',
    'ssl.keystore.location=me.p12',
  )
  assert.match(p12 ?? '', /openssl pkcs12 -in me\.p12 -out me\.pem/)
  const [pem] = problemsOf('security.protocol=SSL', 'ssl.truststore.location=ca.pem')
  assert.match(pem ?? '', /write ssl\.truststore\.type=PEM/)
})

test('all problems at once, in the order of the file', () => {
  const problems = problemsOf(
    'security.protocol=SASL_SSL',
    'sasl.mechansim=PLAIN',
    'sasl.mechanism=GSSAPI',
    'ssl.engine.factory.class=com.example.Trust',
    'ssl.endpoint.identification.algorithm=none',
  )
  assert.deepEqual(
    problems.map(each => each.split(' ')[0]),
    [
      'client.properties:1:1:',
      'client.properties:2:1:',
      'client.properties:3:1:',
      'client.properties:4:1:',
      'client.properties:5:1:',
    ],
  )
  assert.match(problems[0] ?? '', /sasl\.jaas\.config is missing/)
  assert.match(problems[1] ?? '', /did you mean sasl\.mechanism\?/)
  assert.match(problems[2] ?? '', /GSSAPI is not supported/)
})

test('the login module must fit the mechanism', () => {
  const [problem] = problemsOf(
    'security.protocol=SASL_PLAINTEXT',
    'sasl.mechanism=PLAIN',
    'sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="a" password="hush";',
  )
  assert.match(problem ?? '', /must name org\.apache\.kafka\.common\.security\.plain\.PlainLoginModule/)
  assert.doesNotMatch(problem ?? '', /hush/)
})

test('no text makes it throw anything but a list of problems, and no problem tells a password', () => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'security.protocol=SASL_SSL',
      'sasl.mechanism=PLAIN',
      'ssl.truststore.location=x.jks',
      String.raw`sasl.jaas.config=a.PlainLoginModule required username="u" password="hush-hush"`,
      String.raw`sasl.jaas.config=required password='hush-hush";`,
      '\\',
    ),
  )
  fc.assert(
    fc.property(fc.array(line), lines => {
      for (const problem of problemsOf(...lines)) assert.doesNotMatch(problem, /hush-hush/)
    }),
  )
})
