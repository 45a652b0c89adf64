import type { BrokerLink } from '../../src/ports/broker-link.ts'

/**
 * A link whose answers a test writes, call by call. What the test does not script fails the test instead of answering
 * something plausible.
 */
export const scriptedLink = (script: Partial<BrokerLink>): BrokerLink =>
  new Proxy(script as BrokerLink, {
    get: (target, name) => {
      const scripted = Reflect.get(target, name) as unknown
      if (scripted === undefined) throw new Error(`the test scripts no ${String(name)}`)
      return scripted
    },
  })
