import type { SimulatedKafka } from '../../core/simulation/index.ts'
import type { Clock, Timer } from '../../ports/clock.ts'

/**
 * Couples the model's agenda to a clock. Everything that touches the model goes through `run`: first the model is
 * brought up to now, then it is asked, then the alarm is set for whatever it has to do next. Without the first step
 * a request could be answered from a past in which a session had not ended yet.
 */
export class Driver {
  readonly kafka: SimulatedKafka
  readonly clock: Clock
  #alarm: Timer | null = null
  #alarmMs = Infinity
  #closed = false
  #inside = false

  constructor(kafka: SimulatedKafka, clock: Clock) {
    this.kafka = kafka
    this.clock = clock
  }

  run<Value>(action: (kafka: SimulatedKafka) => Value): Value {
    // from within the model: its time is already right, and it must not run ahead in the middle of an action
    if (this.#inside) return action(this.kafka)
    this.#inside = true
    try {
      this.kafka.agenda.runUntil(this.clock.monotonicMs())
      return action(this.kafka)
    } finally {
      this.#inside = false
      this.#setAlarm()
    }
  }

  close(): void {
    this.#closed = true
    this.#alarm?.cancel()
  }

  #setAlarm(): void {
    const nextMs = this.kafka.agenda.nextMs() ?? Infinity
    if (nextMs === this.#alarmMs || this.#closed) return
    this.#alarm?.cancel()
    this.#alarmMs = nextMs
    if (nextMs === Infinity) return
    this.#alarm = this.clock.after(nextMs - this.clock.monotonicMs(), () => {
      this.#alarmMs = Infinity
      this.run(() => undefined)
    })
  }
}
