/**
 * Follows the event stream away from the page's own thread: on a large cluster a tick is megabytes, and reading them
 * would hold up a frame every second. What arrives is parsed here, long columns become typed arrays, and those are
 * handed over, not copied. It remembers nothing between two events.
 */
import type { SentDelta, SentTick } from '../../../src/api/delta.ts'
import { unpackDelta, unpackTick } from '../../../src/api/packed.ts'
import type { StreamCommand, StreamEvent } from './stream.ts'

/** The part of a worker's own world that is used; the types of a page know only the other end. */
const worker = globalThis as unknown as {
  onmessage: (event: MessageEvent<StreamCommand>) => void
  postMessage: (message: StreamEvent, transfer: Transferable[]) => void
}

let source: EventSource | undefined

worker.onmessage = ({ data: command }) => {
  source?.close()
  source = undefined
  if (command.kind === 'close') return
  const { run, path } = command
  const opened = new EventSource(path)
  source = opened
  const hand = (event: StreamEvent): void => worker.postMessage(event, buffersOf(event))
  opened.addEventListener('tick', event => {
    const { data, lastEventId: id } = event as MessageEvent<string>
    hand({ kind: 'tick', run, id, tick: unpackTick(JSON.parse(data) as SentTick) })
  })
  opened.addEventListener('delta', event => {
    const { data, lastEventId: id } = event as MessageEvent<string>
    const { base, ...sent } = JSON.parse(data) as SentDelta & { readonly base: number }
    hand({ kind: 'delta', run, id, base: String(base), delta: unpackDelta(sent) })
  })
  opened.addEventListener('error', () => hand({ kind: 'error', run }))
}

/** The memory of the typed arrays in an event. */
const buffersOf = (event: StreamEvent): Transferable[] => {
  const columns: unknown[] =
    event.kind === 'tick'
      ? event.tick.columns.flatMap(each => Object.values(each))
      : event.kind === 'delta'
        ? event.delta.columns.flatMap(({ changes }) =>
            Object.values(changes).flatMap(each => Object.values(each)),
          )
        : []
  return columns.flatMap(column => (ArrayBuffer.isView(column) ? column.buffer : [])) as Transferable[]
}
