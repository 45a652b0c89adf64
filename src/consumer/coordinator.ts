import type { BrokerId } from '../core/model/index.ts'
import type { BrokerLink } from '../ports/broker-link.ts'

/** Who coordinates the group, looked up once and kept until somebody was told otherwise. */
export class Coordinator {
  readonly #link: BrokerLink
  readonly #group: string
  #found: Promise<BrokerId> | null = null

  constructor(link: BrokerLink, group: string) {
    this.#link = link
    this.#group = group
  }

  /** Rejects with `LinkFailure` while no broker knows. Callers wait and ask again. */
  get(): Promise<BrokerId> {
    if (this.#found === null) {
      const looking = this.#link.findCoordinator(this.#group)
      this.#found = looking
      looking.catch(() => {
        if (this.#found === looking) this.#found = null
      })
    }
    return this.#found
  }

  /** It moved, or does not answer: the next `get` looks it up. */
  forget(): void {
    this.#found = null
  }
}
