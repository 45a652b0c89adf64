import { IGNORED_KEYS, OBEYED_KEYS, REFUSED_KEYS } from './kafka-client-keys.ts'
import { parseJaasConfig } from './jaas.ts'
import { parseJavaProperties, type Property } from './java-properties.ts'
import { nearest } from '../core/model/index.ts'
import { configInvalid, type Problem } from './problem.ts'

/** PEM text, or the file that holds it. */
export type PemSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'text'; readonly pem: string }

export interface ClientProperties {
  /** Null when the file names none. */
  readonly bootstrapServers: readonly string[] | null
  readonly security: ClientSecurity
}

export interface ClientSecurity {
  readonly tls: {
    /** Null: the authorities of the platform. */
    readonly authorities: PemSource | null
    readonly identity: { readonly certificates: PemSource; readonly key: PemSource } | null
    readonly keyPassword: string | null
    readonly verifyHostname: boolean
  } | null
  readonly sasl: {
    readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
    readonly username: string
    readonly password: string
  } | null
}

/**
 * Reads a Java client's properties file: how to reach the cluster and how to log in. Everything else in such a file
 * is left alone. No file is opened here: PEM locations come back as paths. No problem text holds a password.
 *
 * @param file name for messages
 * @throws LanekeeperError CONFIG_INVALID that lists every problem with line and column
 */
export const parseClientProperties = (text: string, file: string): ClientProperties => {
  const parsed = parseJavaProperties(text)
  const reader = new PropertyReader(parsed.properties)
  for (const { line, column, text: problem } of parsed.problems)
    reader.problems.push({ origin: { kind: 'file', line, column }, text: problem })
  reader.judgeKeys()
  const properties = { bootstrapServers: reader.bootstrapServers(), security: reader.security() }
  if (reader.problems.length > 0) throw configInvalid(file, reader.problems)
  return properties
}

/**
 * The same for settings that a program hands over: only the security among them is read. Problems are told in words,
 * since there is no file to point into.
 */
export const readClientSettings = (
  settings: ReadonlyMap<string, string>,
): { readonly security: ClientSecurity; readonly problems: readonly string[] } => {
  const reader = new PropertyReader(
    new Map([...settings].map(([name, value]) => [name, { value, line: 1, column: 1 }])),
  )
  const security = reader.security()
  return { security, problems: reader.problems.map(({ text }) => text) }
}

const PROTOCOLS = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const
type Protocol = (typeof PROTOCOLS)[number]

const MODULES = {
  PLAIN: 'org.apache.kafka.common.security.plain.PlainLoginModule',
  'SCRAM-SHA-256': 'org.apache.kafka.common.security.scram.ScramLoginModule',
  'SCRAM-SHA-512': 'org.apache.kafka.common.security.scram.ScramLoginModule',
} as const
type Mechanism = keyof typeof MODULES

const isMechanism = (text: string): text is Mechanism => Object.hasOwn(MODULES, text)

/** Reads on after a problem, with a harmless value in its place, so that one run finds them all. */
class PropertyReader {
  readonly problems: Problem[] = []
  readonly #properties: ReadonlyMap<string, Property>

  constructor(properties: ReadonlyMap<string, Property>) {
    this.#properties = properties
  }

  judgeKeys(): void {
    const known = [...OBEYED_KEYS, ...REFUSED_KEYS, ...IGNORED_KEYS]
    for (const key of this.#properties.keys()) {
      if (REFUSED_KEYS.includes(key))
        this.#problem(
          key,
          `${key} is not supported: it would name Java code or change who is trusted; remove it`,
        )
      else if (!known.includes(key)) {
        const meant = nearest(key, known)
        this.#problem(
          key,
          `"${key}" is not a key of Kafka's clients${meant === null ? '; remove it' : `; did you mean ${meant}?`}`,
        )
      }
    }
  }

  bootstrapServers(): readonly string[] | null {
    const servers = this.#value('bootstrap.servers')
      ?.split(',')
      .map(each => each.trim())
      .filter(each => each !== '')
    return servers === undefined || servers.length === 0 ? null : servers
  }

  security(): ClientSecurity {
    const protocol = this.securityProtocol()
    return {
      tls: protocol.endsWith('SSL') ? this.tls() : null,
      sasl: protocol.startsWith('SASL') ? this.sasl() : null,
    }
  }

  securityProtocol(): Protocol {
    const text = this.#value('security.protocol')?.toUpperCase() ?? 'PLAINTEXT'
    const protocol = PROTOCOLS.find(each => each === text)
    if (protocol === undefined)
      this.#problem('security.protocol', `security.protocol is one of ${PROTOCOLS.join(', ')}`)
    return protocol ?? 'PLAINTEXT'
  }

  tls(): ClientSecurity['tls'] {
    return {
      authorities: this.#authorities(),
      identity: this.#identity(),
      keyPassword: this.#value('ssl.key.password'),
      verifyHostname: this.#verifyHostname(),
    }
  }

  sasl(): ClientSecurity['sasl'] {
    const mechanism = this.#mechanism()
    const key = 'sasl.jaas.config'
    const text = this.#value(key)
    if (text === null) {
      this.#problem('security.protocol', `${key} is missing: it holds the user name and the password`)
      return null
    }
    const entry = parseJaasConfig(text)
    if (entry === null) {
      this.#problem(key, `${key} must read: <login module> required username="…" password="…";`)
      return null
    }
    if (mechanism === null) return null
    if (entry.loginModule !== MODULES[mechanism])
      this.#problem(key, `${key} must name ${MODULES[mechanism]} for ${mechanism}, not ${entry.loginModule}`)
    const username = entry.options.get('username')
    const password = entry.options.get('password')
    for (const [name, value] of [
      ['username', username],
      ['password', password],
    ] as const)
      if (value === undefined) this.#problem(key, `${key} lacks ${name}="…"`)
    return username === undefined || password === undefined ? null : { mechanism, username, password }
  }

  #mechanism(): Mechanism | null {
    const key = 'sasl.mechanism'
    const text = this.#value(key)
    const supported = Object.keys(MODULES).join(', ')
    if (text !== null && isMechanism(text)) return text
    if (text === null)
      this.#problem(
        'security.protocol',
        `${key} is missing; Kafka's default, GSSAPI, is not supported, only ${supported}`,
      )
    else this.#problem(key, `${key} ${text} is not supported, only ${supported}`)
    return null
  }

  #authorities(): PemSource | null {
    const text = this.#value('ssl.truststore.certificates')
    const path = this.#value('ssl.truststore.location')
    if (text === null && path === null) return null
    if (path !== null && !this.#isPem('truststore', path)) return null
    return text === null ? { kind: 'file', path: path ?? '' } : { kind: 'text', pem: text }
  }

  #identity(): { readonly certificates: PemSource; readonly key: PemSource } | null {
    const key = this.#value('ssl.keystore.key')
    const chain = this.#value('ssl.keystore.certificate.chain')
    const path = this.#value('ssl.keystore.location')
    if (key !== null && chain !== null)
      return { certificates: { kind: 'text', pem: chain }, key: { kind: 'text', pem: key } }
    if (key !== null)
      this.#problem('ssl.keystore.key', 'ssl.keystore.key needs ssl.keystore.certificate.chain beside it')
    if (chain !== null)
      this.#problem(
        'ssl.keystore.certificate.chain',
        'ssl.keystore.certificate.chain needs ssl.keystore.key beside it',
      )
    if (path === null || !this.#isPem('keystore', path)) return null
    const both: PemSource = { kind: 'file', path }
    return { certificates: both, key: both }
  }

  /** Java's key stores are binary formats of its own; for those the command is given that turns them into PEM. */
  #isPem(store: 'truststore' | 'keystore', path: string): boolean {
    const typeKey = `ssl.${store}.type`
    const type = this.#value(typeKey)?.toUpperCase() ?? 'JKS'
    if (type === 'PEM') return true
    const at = `ssl.${store}.location`
    if (/\.(?:pem|crt|cer)$/i.test(path))
      this.#problem(at, `${at} looks like PEM, but ${typeKey} says ${type}; write ${typeKey}=PEM`)
    else
      this.#problem(
        at,
        `${at} is a ${type} store, and only PEM can be read; convert it with: ${conversion(store, type, path)} ` +
          `and write ${typeKey}=PEM`,
      )
    return false
  }

  #verifyHostname(): boolean {
    const key = 'ssl.endpoint.identification.algorithm'
    const text = this.#value(key)?.toLowerCase() ?? 'https'
    if (text !== '' && text !== 'https')
      this.#problem(key, `${key} is https, or empty to accept any host name`)
    return text !== ''
  }

  /** As written, without white space around it (Kafka trims as well); null when the key is absent. */
  #value(key: string): string | null {
    return this.#properties.get(key)?.value.trim() ?? null
  }

  #problem(key: string, text: string): void {
    const { line, column } = this.#properties.get(key) ?? { line: 1, column: 1 }
    this.problems.push({ origin: { kind: 'file', line, column }, text })
  }
}

const conversion = (store: 'truststore' | 'keystore', type: string, path: string): string => {
  const from = shellQuoted(path)
  const to = shellQuoted(path.replace(/\.[^./]*$/, '') + '.pem')
  const isPkcs12 = type === 'PKCS12'
  if (store === 'truststore')
    return isPkcs12
      ? `openssl pkcs12 -in ${from} -nokeys -out ${to}`
      : `keytool -list -rfc -keystore ${from} > ${to}`
  if (isPkcs12) return `openssl pkcs12 -in ${from} -out ${to}`
  const between = shellQuoted(path.replace(/\.[^./]*$/, '') + '.p12')
  return (
    `keytool -importkeystore -srckeystore ${from} -destkeystore ${between} -deststoretype PKCS12 && ` +
    `openssl pkcs12 -in ${between} -out ${to}`
  )
}

const shellQuoted = (path: string): string =>
  /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`
