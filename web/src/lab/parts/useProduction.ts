/**
 * Plays a production: some frames a second until everything is sent, or all of it at once for readers who asked for
 * less motion. Every run is a new production, so nothing of a cancelled one is left in the figures.
 */
import { useEffect, useState } from 'react'
import { type ProduceSettings, startProduction } from '../model/produce.ts'
import type { LaneFigures, Production } from '../model/production.ts'

export interface Played {
  readonly production: Production
  readonly lanes: LaneFigures
  /** Loads one frame ago. */
  readonly before: Float64Array
  readonly sent: number
  readonly keysSeen: number
  readonly done: boolean
  /** Counts up while it runs. */
  readonly phase: number
}

const STEPS_MAX = 90
const RUN_MS_MAX = 1800
/** Few messages are followed with the eye, one by one. */
const STEP_MS_MAX = 240

export const useProduction = (settings: ProduceSettings, run: number, still: boolean): Played | undefined => {
  const [played, setPlayed] = useState<Played>()
  useEffect(() => {
    const production = startProduction(settings, STEPS_MAX)
    const steps = Math.min(STEPS_MAX, production.total)
    const runMs = Math.min(RUN_MS_MAX, steps * STEP_MS_MAX)
    let before = production.lanes().loads
    const show = (phase: number): void => {
      const lanes = production.lanes()
      setPlayed({
        production,
        lanes,
        before,
        sent: production.sent,
        keysSeen: production.keysSeen,
        done: production.done,
        phase,
      })
      before = lanes.loads
    }
    if (still) {
      production.finish()
      show(0)
      return
    }
    let request = 0
    let taken = 0
    let began: number | undefined
    const frame = (now: number): void => {
      began ??= now
      const due = Math.min(steps, Math.ceil(((now - began) / runMs) * steps))
      for (; taken < due && !production.done; taken++) production.advance()
      if (now - began >= runMs) production.finish()
      show((now - began) / 1000)
      if (!production.done) request = requestAnimationFrame(frame)
    }
    show(0)
    request = requestAnimationFrame(frame)
    return () => cancelAnimationFrame(request)
  }, [settings, run, still])
  return played
}
