import type { BrokerLink } from '../../src/ports/broker-link.ts'
import type { Clock, Timer } from '../../src/ports/clock.ts'

/**
 * A process that can be stopped (SIGSTOP), go on, and be killed. All that it has of time and network goes through here:
 * while it is stopped its timers and the answers to its requests pile up, the clock goes on, and after SIGCONT it runs
 * through all of it, late. So a member meets what a real one meets: timers that should have fired long ago.
 *
 * What it does not do: stop between two lines of code that run without a pause.
 */
export class MemberProcess implements Clock {
  readonly #clock: Clock
  #state: 'running' | 'stopped' | 'dead' = 'running'
  #due: (() => void)[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get state(): 'running' | 'stopped' | 'dead' {
    return this.#state
  }

  wallMs(): number {
    return this.#clock.wallMs()
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs()
  }

  after(delayMs: number, action: () => void): Timer {
    let cancelled = false
    const timer = this.#clock.after(delayMs, () =>
      this.#whenRunning(() => {
        if (!cancelled) action()
      }),
    )
    return {
      cancel: () => {
        cancelled = true
        timer.cancel()
      },
    }
  }

  soon(action: () => void): void {
    this.#clock.soon(() => this.#whenRunning(action))
  }

  stop(): void {
    if (this.#state === 'running') this.#state = 'stopped'
  }

  goOn(): void {
    if (this.#state !== 'stopped') return
    this.#state = 'running'
    const due = this.#due
    this.#due = []
    for (const action of due) this.#whenRunning(action)
  }

  kill(): void {
    this.#state = 'dead'
    this.#due = []
  }

  /** The link as this process has it: answers reach it while it runs. */
  behind(link: BrokerLink): BrokerLink {
    return new Proxy(link, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as unknown
        if (typeof method !== 'function') return method
        return (...parameters: unknown[]) => this.#heard(Reflect.apply(method, target, parameters) as unknown)
      },
    })
  }

  #heard(answer: unknown): unknown {
    if (!(answer instanceof Promise)) return answer
    return new Promise((resolve, reject) => {
      answer.then(
        value => this.#whenRunning(() => resolve(value)),
        (failure: unknown) => this.#whenRunning(() => reject(failure as Error)),
      )
    })
  }

  #whenRunning(action: () => void): void {
    if (this.#state === 'running') action()
    else if (this.#state === 'stopped') this.#due.push(action)
  }
}
