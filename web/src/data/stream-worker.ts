/**
 * Follows the event stream away from the page's own thread: on a large cluster a tick is megabytes, and reading them,
 * or working out the cells of a map from them, would hold up a frame every second.
 *
 * It holds the newest tick and makes the next one of each difference. The page gets, each time, of every topic the
 * columns that are not the ones it has (copies, whose memory is handed over), and the cells of the maps that it shows.
 * A stream that cannot be followed (a difference from a tick that is not held) begins anew, which brings a whole tick.
 */
import { applyDelta, type HeldColumns, type HeldTick } from '../../../src/api/delta.ts'
import { type SentDelta, type SentTick, unpackDelta, unpackTick } from '../../../src/api/packed.ts'
import { cellsOf } from '../model/cells.ts'
import { measureOf } from '../model/measure.ts'
import type { MapWish, StreamCommand, StreamEvent, TickNews } from './stream.ts'

/** The part of a worker's own world that is used; the types of a page know only the other end. */
const worker = globalThis as unknown as {
  onmessage: (event: MessageEvent<StreamCommand>) => void
  postMessage: (message: StreamEvent, transfer: Transferable[]) => void
}

let source: EventSource | undefined
let wishes: readonly MapWish[] = []

worker.onmessage = ({ data: command }) => {
  if (command.kind === 'wish') {
    wishes = command.maps
    return
  }
  source?.close()
  source = undefined
  if (command.kind === 'open') follow(command.path, command.run)
}

const follow = (path: string, run: number): void => {
  const opened = new EventSource(path)
  source = opened
  let held: { readonly id: string; readonly tick: HeldTick } | undefined
  /** What the page has of each topic, by the columns held here. */
  let posted: ReadonlyMap<string, HeldColumns> = new Map()

  const hold = (id: string, tick: HeldTick): void => {
    held = { id, tick }
    const news = newsOf(tick, posted)
    posted = new Map(tick.columns.map(columns => [columns.topic, columns]))
    const maps = wishes.map(wish => ({ wish, cells: cellsOf(tick, wish.topics, measureOf(wish.measure)) }))
    worker.postMessage({ kind: 'tick', run, news, maps }, [
      ...buffersOf(news.columns),
      ...buffersOf(maps.map(({ cells }) => cells)),
    ])
  }

  opened.addEventListener('tick', event => {
    const { data, lastEventId } = event as MessageEvent<string>
    hold(lastEventId, unpackTick(JSON.parse(data) as SentTick))
  })
  opened.addEventListener('delta', event => {
    const { data, lastEventId } = event as MessageEvent<string>
    const { base, ...sent } = JSON.parse(data) as SentDelta & { readonly base: number }
    if (held?.id === String(base)) {
      hold(lastEventId, applyDelta(held.tick, unpackDelta(sent)))
      return
    }
    opened.close()
    follow(path, run)
  })
  opened.addEventListener('error', () => worker.postMessage({ kind: 'error', run }, []))
}

const newsOf = (tick: HeldTick, posted: ReadonlyMap<string, HeldColumns>): TickNews => ({
  ...tick,
  columns: tick.columns.map(columns => {
    const before = posted.get(columns.topic)
    const changed = Object.entries(columns).filter(
      ([name, column]) => name === 'topic' || column !== before?.[name as keyof HeldColumns],
    )
    return Object.fromEntries(
      changed.map(([name, column]) => [name, isTyped(column) ? column.slice() : column]),
    ) as unknown as TickNews['columns'][number]
  }),
})

type Typed = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>

const isTyped = (column: unknown): column is Typed => ArrayBuffer.isView(column)

/** The memory of the typed arrays in these records. */
const buffersOf = (records: readonly object[]): Transferable[] =>
  records.flatMap(record => Object.values(record).flatMap(each => (isTyped(each) ? each.buffer : [])))
