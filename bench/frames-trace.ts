/** What a browser's trace says of each frame: our JavaScript, the main thread as a whole, and the software raster. */
export interface TraceEvent {
  readonly name: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  readonly ts: number
  readonly dur?: number
  readonly args: { readonly name?: string }
}

export interface FrameTimes {
  readonly scriptMs: readonly number[]
  readonly mainThreadMs: readonly number[]
  /** Of all raster threads together: without a graphics card they share the processor with the page. */
  readonly rasterMs: readonly number[]
}

/** Sums between one frame's script and the next, over the page that drew the most frames. */
export const timesByFrame = (events: readonly TraceEvent[]): FrameTimes => {
  const nameOf = new Map(
    events
      .filter(({ name }) => name === 'thread_name')
      .map(({ pid, tid, args }) => [`${pid} ${tid}`, args.name ?? '']),
  )
  const fired = events.filter(({ name }) => name === 'FireAnimationFrame')
  const byThread = Map.groupBy(fired, ({ pid, tid }) => `${pid} ${tid}`)
  const [main, own] = [...byThread].toSorted(([, a], [, b]) => b.length - a.length)[0] ?? ['', []]
  const frames = own.map(({ ts }) => ts).sort((a, b) => a - b)
  const onMain = events.filter(({ pid, tid }) => `${pid} ${tid}` === main)
  const [pid] = main.split(' ')
  const raster = events.filter(
    event =>
      String(event.pid) === pid &&
      event.name === 'RasterTask' &&
      /Compositor|ThreadPool|Raster/.test(nameOf.get(`${event.pid} ${event.tid}`) ?? ''),
  )
  const named = (...names: readonly string[]): readonly TraceEvent[] =>
    onMain.filter(({ name }) => names.includes(name))
  return {
    scriptMs: sumsBetween(frames, outermost(named('FunctionCall', 'FireAnimationFrame', 'EvaluateScript'))),
    mainThreadMs: sumsBetween(frames, outermost(named('RunTask', 'ThreadControllerImpl::RunTask'))),
    rasterMs: sumsBetween(frames, raster),
  }
}

const sumsBetween = (frames: readonly number[], wanted: readonly TraceEvent[]): readonly number[] => {
  const sums = new Float64Array(Math.max(0, frames.length - 1))
  let frame = 0
  for (const { ts, dur } of wanted.toSorted((a, b) => a.ts - b.ts)) {
    while (frame + 1 < frames.length && (frames[frame + 1] ?? 0) <= ts) frame++
    if (ts >= (frames[0] ?? 0) && frame < sums.length) sums[frame] = (sums[frame] ?? 0) + (dur ?? 0) / 1000
  }
  return [...sums]
}

/** Without those inside another, which would count twice. */
const outermost = (events: readonly TraceEvent[]): readonly TraceEvent[] => {
  let end = Number.NEGATIVE_INFINITY
  return events
    .toSorted((a, b) => a.ts - b.ts)
    .filter(event => {
      if (event.ts < end) return false
      end = event.ts + (event.dur ?? 0)
      return true
    })
}
