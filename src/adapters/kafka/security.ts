import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import type { ConnectionOptions } from '@platformatic/kafka'
import { LanekeeperError } from '../../core/model/index.ts'

/** PEM text, or the file that holds it. */
export type PemSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'text'; readonly pem: string }

export interface KafkaSecurity {
  /** Null: no TLS. */
  readonly tls: {
    /** Certificate authorities that are trusted; null: those of the platform. */
    readonly authorities: PemSource | null
    /** The client's own certificate chain and key, for mutual TLS. The same source may hold both. */
    readonly identity: { readonly certificates: PemSource; readonly key: PemSource } | null
    readonly keyPassword: string | null
    /** False: any certificate of a trusted authority will do, whatever host it names. */
    readonly verifyHostname: boolean
  } | null
  /** Null: no SASL. */
  readonly sasl: {
    readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
    readonly username: string
    readonly password: string
  } | null
}

/** What a connection to `host` takes. */
export type SecureConnection = (host: string) => Pick<ConnectionOptions, 'tls' | 'sasl' | 'tlsServerName'>

/**
 * Reads the PEM files once and tries them out, so that a broken path or a wrong key password shows at the start, as
 * what it is, and not at the first reconnect as a broker that cannot be reached.
 *
 * @throws LanekeeperError FILE_UNREADABLE, CONFIG_INVALID
 */
export const loadSecurity = async (security: KafkaSecurity | null): Promise<SecureConnection> => {
  const tls = security?.tls ?? null
  const sasl = security?.sasl ?? null
  const tlsOptions: ConnectionOptions['tls'] =
    tls === null
      ? undefined
      : {
          ...(tls.authorities === null ? {} : { ca: await readPem(tls.authorities) }),
          ...(tls.identity === null
            ? {}
            : { cert: await readPem(tls.identity.certificates), key: await readPem(tls.identity.key) }),
          ...(tls.keyPassword === null ? {} : { passphrase: tls.keyPassword }),
          ...(tls.verifyHostname ? {} : { checkServerIdentity: () => undefined }),
        }
  if (tlsOptions !== undefined) tryOut(tlsOptions)
  return host => ({
    ...(tlsOptions === undefined ? {} : { tls: tlsOptions }),
    // an IP address is no server name: TLS forbids it there, and Node warns
    ...(tlsOptions === undefined || isIP(host) !== 0 ? {} : { tlsServerName: host }),
    ...(sasl === null ? {} : { sasl }),
  })
}

const tryOut = (options: SecureContextOptions): void => {
  try {
    createSecureContext(options)
  } catch (error) {
    throw new LanekeeperError(
      'CONFIG_INVALID',
      `The certificates or the key for TLS cannot be used: ${error instanceof Error ? error.message : error}.`,
      {
        fix: 'Check ssl.key.password, and that the PEM files hold what their keys say (--command-config).',
        cause: error,
      },
    )
  }
}

const readPem = async (source: PemSource): Promise<string> => {
  if (source.kind === 'text') return source.pem
  try {
    return await readFile(source.path, 'utf8')
  } catch (error) {
    throw new LanekeeperError('FILE_UNREADABLE', `The PEM file ${source.path} cannot be read.`, {
      fix: 'Check the ssl.truststore.location and ssl.keystore.location in --command-config.',
      cause: error,
    })
  }
}
