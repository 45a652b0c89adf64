import type { JWK } from 'jose'
import { z } from 'zod'
import { LanekeeperError } from '../../core/model/index.ts'
import type { Clock } from '../../ports/clock.ts'
import type { GetJson } from '../../ports/get-json.ts'
import { signingKeys } from './token.ts'

/**
 * The keys that an OpenID issuer signs with, fetched when first needed and kept.
 *
 * Goal: a key that the issuer has begun to use is known at once, one that it has withdrawn is trusted for ten minutes at
 * most while it answers and an hour while it does not; and nobody who sends tokens can make us ask the issuer often.
 *
 * A key name that is not known may be a new key or somebody's invention. So it leads to a question, but to one in thirty
 * seconds, however many tokens come; all that wait share one question.
 */
export interface IssuerKeys {
  /**
   * Keys among which `fits` is satisfied, if the issuer has any such; else all it has.
   * Rejects with ISSUER_UNREACHABLE where none are known that may still be trusted.
   */
  keys(fits: (keys: readonly JWK[]) => boolean): Promise<readonly JWK[]>
}

const FRESH_MS = 10 * 60_000
const TRUSTED_MS = 60 * 60_000
const ASK_AGAIN_MS = 30_000
const LIMITS = { timeoutMs: 5_000, bytesMax: 262_144 }

const discoverySchema = z.looseObject({ issuer: z.string(), jwks_uri: z.string() })
const keySetSchema = z.object({ keys: z.array(z.unknown()) })

export const createIssuerKeys = (issuer: string, getJson: GetJson, clock: Clock): IssuerKeys => {
  let known: readonly JWK[] = []
  let knownMs = -Infinity
  let askedMs = -Infinity
  let asking: Promise<void> | null = null
  let problem = 'it has not been asked yet'

  const ask = async (): Promise<void> => {
    askedMs = clock.monotonicMs()
    try {
      const told = await fetchKeys(issuer, getJson)
      // an empty set would lock everybody out for a slip of the issuer's; it is a failure like no answer
      if (told.length === 0) throw new Error('it publishes no key for RS256 or ES256')
      known = told
      knownMs = clock.monotonicMs()
    } catch (failure) {
      problem = failure instanceof Error ? failure.message : String(failure)
    }
  }

  return {
    keys: async fits => {
      const isFresh = clock.monotonicMs() - knownMs < FRESH_MS
      const mayAsk = clock.monotonicMs() - askedMs >= ASK_AGAIN_MS
      if (asking === null && mayAsk && (!isFresh || !fits(known)))
        asking = ask().finally(() => {
          asking = null
        })
      if (asking !== null && (!isFresh || !fits(known))) await asking
      if (clock.monotonicMs() - knownMs < TRUSTED_MS) return known
      throw new LanekeeperError('ISSUER_UNREACHABLE', `The keys of ${issuer} are not known: ${problem}.`, {
        fix: 'Check dashboard.oidc.issuer, and that this machine reaches it; asked again within half a minute.',
      })
    },
  }
}

const fetchKeys = async (issuer: string, getJson: GetJson): Promise<readonly JWK[]> => {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const discovery = discoverySchema.safeParse(await getJson(address, LIMITS))
  if (!discovery.success) throw new Error(`${address} is no discovery document`)
  if (discovery.data.issuer !== issuer)
    throw new Error(`${address} is of the issuer ${discovery.data.issuer.slice(0, 200)}`)
  if (!isTrustworthy(discovery.data.jwks_uri)) throw new Error('its jwks_uri is not https')
  return signingKeys(keySetSchema.safeParse(await getJson(discovery.data.jwks_uri, LIMITS)).data?.keys ?? [])
}

/** Whoever could change the answer on its way could sign tokens; on this machine nobody is in between. */
export const isTrustworthy = (address: string): boolean => {
  if (!URL.canParse(address)) return false
  const { protocol, hostname } = new URL(address)
  return (
    protocol === 'https:' || (protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname))
  )
}
