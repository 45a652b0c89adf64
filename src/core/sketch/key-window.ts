import { KeySketch, type KeySummary } from './key-sketch.ts'

/**
 * The keys of one partition over the last minute: a sketch per slice of time, merged when somebody asks. Sketches
 * cannot forget, so what is older leaves with its slice; a window therefore reaches back between 55 and 60 seconds.
 */
export const KEY_WINDOW_MS = 60_000
const SLICE_MS = 5_000
const SLICES = KEY_WINDOW_MS / SLICE_MS

export class KeyWindow {
  readonly #keysMax: number
  /** By slice number modulo SLICES. */
  readonly #slices: (Slice | undefined)[] = new Array<Slice | undefined>(SLICES)

  /** `keysMax`: keys that a slice of five seconds may hold; the error bound follows from it. */
  constructor(keysMax: number) {
    this.#keysMax = keysMax
  }

  /** The sketch to add to at this moment. `nowMs` is monotonic and never goes back. */
  at(nowMs: number): KeySketch {
    const number = Math.floor(nowMs / SLICE_MS)
    const slot = number % SLICES
    const slice = this.#slices[slot]
    if (slice?.number === number) return slice.sketch
    const sketch = new KeySketch(this.#keysMax)
    this.#slices[slot] = { number, sketch }
    return sketch
  }

  /** Null where nothing was added within the window. */
  summary(nowMs: number, limit: number): WindowSummary | null {
    const newest = Math.floor(nowMs / SLICE_MS)
    const live = this.#slices
      .filter(slice => slice !== undefined && slice.number > newest - SLICES && slice.number <= newest)
      .map(slice => slice as Slice)
    if (live.length === 0) return null
    // room for all of them: merging must not cost another error
    const merged = new KeySketch(this.#keysMax * live.length)
    for (const { sketch } of live) merged.merge(sketch)
    const oldest = live.reduce((least, { number }) => Math.min(least, number), newest)
    return { ...merged.summary(limit), spanMs: nowMs - oldest * SLICE_MS }
  }
}

interface Slice {
  readonly number: number
  readonly sketch: KeySketch
}

export interface WindowSummary extends KeySummary {
  /** From the beginning of the oldest slice until now. */
  readonly spanMs: number
}
