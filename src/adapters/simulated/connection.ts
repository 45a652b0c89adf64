/**
 * One connection to one broker, as a client meets it: slow, ordered, and breakable at the worst moment.
 *
 * - Requests travel, and are taken up by the broker one after another: the next one waits until the last is answered,
 *   as in Kafka. So a waiting fetch delays what is behind it, and purposes need connections of their own.
 * - The first request waits for a handshake. A paused broker lets itself be connected to and never answers it; a
 *   request is then never written, so nobody need wonder whether it was done.
 * - When the connection breaks, everything in flight on it rejects. What the broker had already taken up it goes on to
 *   do, and nobody hears of it.
 *
 * What it does not do: bandwidth, broken frames, half-open connections that the client believes in.
 */
import type { BrokerId } from '../../core/model/index.ts'
import { between, type NetworkFault } from '../../core/simulation/index.ts'
import type { Timer } from '../../ports/clock.ts'
import { LinkFailure } from '../../ports/broker-link.ts'
import type { Driver } from './driver.ts'

export interface NetworkSettings {
  /** One way, drawn between half and one and a half times. */
  readonly latencyMs: number
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
}

/** What the broker does with a request; it calls `reply` once, at once or later. */
export type Serve<Answer> = (reply: (answer: Answer) => void) => void

interface InFlight {
  readonly reject: (failure: LinkFailure) => void
  readonly timeout: Timer
}

export class Connection {
  readonly #driver: Driver
  readonly #broker: BrokerId
  readonly #settings: NetworkSettings
  readonly #random: { next(): number }
  readonly #onGone: () => void
  readonly #inFlight = new Set<InFlight>()
  readonly #unwritten: (() => void)[] = []
  /** Requests that have reached the broker and wait for their turn. */
  readonly #arrived: ((done: () => void) => void)[] = []
  #serving = false
  #open = true
  #established = false
  #lastArrivalMs = 0
  #lastDeliveryMs = 0
  #connectTimeout: Timer | null = null

  /** `onGone` is called once, when the connection can no longer be used. */
  constructor(
    driver: Driver,
    broker: BrokerId,
    settings: NetworkSettings,
    random: { next(): number },
    onGone: () => void,
  ) {
    this.#driver = driver
    this.#broker = broker
    this.#settings = settings
    this.#random = random
    this.#onGone = onGone
    this.#connect()
  }

  /** @throws LinkFailure when no answer comes within the request timeout plus `extraMs`. */
  send<Answer>(serve: Serve<Answer>, extraMs: number, fault: NetworkFault | null): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const timeoutMs = this.#settings.requestTimeoutMs + extraMs
      const entry: InFlight = {
        reject,
        timeout: this.#driver.clock.after(timeoutMs, () =>
          this.fail('timeout', `broker ${this.#broker} did not answer within ${timeoutMs} ms`),
        ),
      }
      this.#inFlight.add(entry)
      const answered = (answer: Answer): void => {
        if (!this.#inFlight.delete(entry)) return
        entry.timeout.cancel()
        resolve(answer)
      }
      const write = (): void => this.#write(serve, fault, answered)
      if (this.#established) write()
      else this.#unwritten.push(write)
    })
  }

  /** Breaks the connection; everything in flight rejects. */
  fail(kind: LinkFailure['kind'], message: string): void {
    if (!this.#open) return
    this.#open = false
    this.#connectTimeout?.cancel()
    this.#unwritten.length = 0
    this.#onGone()
    const broken = [...this.#inFlight]
    this.#inFlight.clear()
    for (const { reject, timeout } of broken) {
      timeout.cancel()
      reject(new LinkFailure(kind, this.#broker, message))
    }
  }

  #connect(): void {
    const { clock } = this.#driver
    const { connectTimeoutMs } = this.#settings
    this.#connectTimeout = clock.after(connectTimeoutMs, () =>
      this.fail('timeout', `broker ${this.#broker} did not answer on a new connection`),
    )
    clock.after(this.#latencyMs() * 2, () => {
      this.#driver.run(({ processes }) => {
        if (processes.state(this.#broker) === 'down') {
          this.fail('refused', `broker ${this.#broker} refuses connections`)
          return
        }
        processes.whenRunning(this.#broker, () => this.#establish())
      })
    })
  }

  #establish(): void {
    if (!this.#open) return
    this.#established = true
    this.#connectTimeout?.cancel()
    for (const write of this.#unwritten.splice(0)) write()
  }

  #write<Answer>(serve: Serve<Answer>, fault: NetworkFault | null, answered: (answer: Answer) => void): void {
    const { clock } = this.#driver
    const atMs = Math.max(clock.monotonicMs() + this.#latencyMs(), this.#lastArrivalMs)
    this.#lastArrivalMs = atMs
    const onArrival = (action: () => void): void => {
      clock.after(atMs - clock.monotonicMs(), action)
    }
    if (fault?.kind === 'request-lost') {
      onArrival(() => this.fail('closed', `connection to broker ${this.#broker} was reset`))
      return
    }
    if (fault?.kind === 'request-late') {
      onArrival(() => this.fail('closed', `connection to broker ${this.#broker} was reset`))
      clock.after(atMs - clock.monotonicMs() + fault.delayMs, () => this.#serveUnheard(serve))
      return
    }
    onArrival(() => {
      if (!this.#open) return
      this.#arrived.push(done => {
        serve(answer => {
          this.#travelBack(fault, () => answered(answer))
          done()
        })
      })
      this.#driver.run(({ processes }) => processes.whenRunning(this.#broker, () => this.#serveNext()))
    })
  }

  #serveNext(): void {
    if (this.#serving) return
    const next = this.#arrived.shift()
    if (next === undefined) return
    this.#serving = true
    next(() => {
      this.#serving = false
      // the broker may be paused by now: then the next one waits with it
      this.#driver.kafka.processes.whenRunning(this.#broker, () => this.#serveNext())
    })
  }

  #serveUnheard<Answer>(serve: Serve<Answer>): void {
    this.#driver.run(({ processes }) => processes.whenRunning(this.#broker, () => serve(() => undefined)))
  }

  #travelBack(fault: NetworkFault | null, deliver: () => void): void {
    const { clock, kafka } = this.#driver
    if (fault?.kind === 'answer-lost') {
      clock.after(this.#latencyMs(), () =>
        this.fail('closed', `connection to broker ${this.#broker} was reset`),
      )
      return
    }
    const lateMs = fault?.kind === 'answer-late' ? fault.delayMs : 0
    kafka.processes.whenRunning(this.#broker, () => {
      const nowMs = clock.monotonicMs()
      // on one connection no answer overtakes another
      this.#lastDeliveryMs = Math.max(nowMs + this.#latencyMs() + lateMs, this.#lastDeliveryMs)
      clock.after(this.#lastDeliveryMs - nowMs, deliver)
    })
  }

  #latencyMs(): number {
    return between(this.#random, this.#settings.latencyMs / 2, this.#settings.latencyMs * 1.5)
  }
}
