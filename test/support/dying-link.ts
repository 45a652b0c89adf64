import type { BrokerLink } from '../../src/ports/broker-link.ts'

/**
 * The link of a process that dies at its n-th request, before the request is sent or after the broker has done it.
 * Nobody is told: what a dead process asks is never answered, and what it was asked for never heard.
 */
export interface DyingLink {
  readonly link: BrokerLink
  /** Requests so far. */
  readonly requests: () => number
  /** Resolves at death. */
  readonly death: Promise<void>
}

const never = (): Promise<never> => new Promise(() => undefined)

/** `at` counts from 1; 0 never dies. */
export const dyingLink = (alive: BrokerLink, at: number, moment: 'before' | 'after'): DyingLink => {
  let requests = 0
  let dead = false
  const { promise: death, resolve: die } = Promise.withResolvers<void>()
  const request = (send: () => Promise<unknown>): Promise<unknown> => {
    if (dead) return never()
    requests++
    if (requests !== at) return send().then(answer => (dead ? never() : answer))
    dead = true
    if (moment === 'before') die()
    else
      send().then(
        () => die(),
        () => die(),
      )
    return never()
  }
  const link = new Proxy(alive, {
    get: (target, name) => {
      const method = Reflect.get(target, name) as (...parameters: unknown[]) => unknown
      if (name === 'close') return () => target.close()
      if (name === 'abandon')
        return (...parameters: Parameters<BrokerLink['abandon']>) => {
          if (!dead) target.abandon(...parameters)
        }
      return (...parameters: unknown[]) => request(() => method.apply(target, parameters) as Promise<unknown>)
    },
  })
  return { link, requests: () => requests, death }
}
