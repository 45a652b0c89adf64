import { LanekeeperError, type BrokerId } from '../../core/model/index.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

/** Whom to ask. `broker` is null for an address that the user gave and no metadata has named yet. */
export interface Endpoint {
  readonly address: Address
  readonly broker: BrokerId | null
}

export const printAddress = ({ host, port }: Address): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`

/** `broker 2 (10.0.0.7:9092)`, or the bare address while the id is not known. */
export const printEndpoint = ({ address, broker }: Endpoint): string =>
  broker === null ? printAddress(address) : `broker ${broker} (${printAddress(address)})`

/**
 * Reads `host:port` entries, IPv6 in brackets.
 *
 * @throws LanekeeperError USAGE that lists every entry that cannot be read.
 */
export const parseBootstrapServers = (servers: readonly string[]): readonly Address[] => {
  const addresses: Address[] = []
  const problems: string[] = []
  for (const text of servers) {
    const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/[\]]+)):(\d{1,5})$/.exec(text.trim())
    const port = Number(match?.[3])
    const host = match?.[1] ?? match?.[2]
    if (host === undefined || port < 1 || port > 65_535)
      problems.push(`"${text}" is not host:port (1 to 65535)`)
    else addresses.push({ host, port })
  }
  if (servers.length === 0) problems.push('no bootstrap server is given')
  if (problems.length > 0)
    throw new LanekeeperError('USAGE', `The bootstrap servers cannot be read: ${problems.join('; ')}.`, {
      fix: 'Write them as host:port,host:port, for example 127.0.0.1:9092.',
      problems,
    })
  return addresses
}

/**
 * Every address at which this cluster was ever seen. Addresses are added, never dropped: a broker that died is absent
 * from metadata, but it comes back where it was, and it may be the only one that does.
 */
export class BrokerBook {
  readonly #bootstrap: readonly Address[]
  readonly #byId = new Map<BrokerId, Address>()

  constructor(bootstrap: readonly Address[]) {
    this.#bootstrap = bootstrap
  }

  learn(brokers: Iterable<{ readonly id: BrokerId; readonly host: string; readonly port: number }>): void {
    for (const { id, host, port } of brokers) this.#byId.set(id, { host, port })
  }

  endpoint(broker: BrokerId): Endpoint | null {
    const address = this.#byId.get(broker)
    return address === undefined ? null : { address, broker }
  }

  /** The same address with the id of its broker, where metadata has told it by now. */
  named(endpoint: Endpoint): Endpoint {
    const address = printAddress(endpoint.address)
    return this.everyone().find(each => printAddress(each.address) === address) ?? endpoint
  }

  /** Each address once. */
  everyone(): readonly Endpoint[] {
    const endpoints = new Map<string, Endpoint>()
    for (const [broker, address] of this.#byId) endpoints.set(printAddress(address), { address, broker })
    for (const address of this.#bootstrap)
      if (!endpoints.has(printAddress(address)))
        endpoints.set(printAddress(address), { address, broker: null })
    return [...endpoints.values()]
  }
}
