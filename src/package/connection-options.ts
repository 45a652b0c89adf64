import { readClientSettings } from '../config/client-properties.ts'
import { OBEYED_KEYS } from '../config/kafka-client-keys.ts'

/** How to reach a cluster and log in: the names, and the meaning, of a Java client's properties file. */
export interface ConnectionOptions {
  /** `host:port` each, as a list or joined with commas; one that answers is enough. */
  readonly bootstrapServers?: string | readonly string[]
  /** The same by Kafka's name. */
  readonly 'bootstrap.servers'?: string | readonly string[]
  /** Shown in the brokers' logs and quotas. Default `lanekeeper`. */
  readonly 'client.id'?: string
  readonly 'security.protocol'?: string
  readonly 'sasl.mechanism'?: string
  readonly 'sasl.jaas.config'?: string
  readonly 'ssl.truststore.type'?: string
  readonly 'ssl.truststore.location'?: string
  readonly 'ssl.truststore.certificates'?: string
  readonly 'ssl.keystore.type'?: string
  readonly 'ssl.keystore.location'?: string
  readonly 'ssl.keystore.key'?: string
  readonly 'ssl.keystore.certificate.chain'?: string
  readonly 'ssl.key.password'?: string
  readonly 'ssl.endpoint.identification.algorithm'?: string
}

export const connectionOptionNames: readonly string[] = [...OBEYED_KEYS, 'bootstrapServers', 'client.id']

/** Everything that is wrong with them, in words. */
export const connectionProblems = (options: ConnectionOptions): readonly string[] => {
  const problems = [...readClientSettings(securitySettings(options)).problems]
  if (options.bootstrapServers !== undefined && options['bootstrap.servers'] !== undefined)
    problems.push('bootstrapServers and bootstrap.servers are the same option; leave one out')
  if (serversOf(options).length === 0)
    problems.push('bootstrapServers is missing: host:port of at least one broker')
  return problems
}

export const serversOf = (options: ConnectionOptions): readonly string[] => {
  const given = options.bootstrapServers ?? options['bootstrap.servers'] ?? []
  const list = typeof given === 'string' ? given.split(',') : given
  return list.map(server => server.trim()).filter(server => server !== '')
}

export const securitySettings = (options: ConnectionOptions): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(options).flatMap(([name, value]) =>
      typeof value === 'string' && name !== 'bootstrap.servers' && OBEYED_KEYS.includes(name)
        ? [[name, value]]
        : [],
    ),
  )
