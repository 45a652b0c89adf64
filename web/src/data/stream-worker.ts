/**
 * Follows the event stream away from the page's own thread: on a large cluster a tick is megabytes, and reading them,
 * or working out the cells of a map from them, would hold up a frame every second. A stream that cannot be followed
 * begins anew, which brings a whole tick.
 */
import type { SentDelta, SentTick } from '../../../src/api/packed.ts'
import { cellsOf } from '../model/cells.ts'
import { buffersOf } from '../model/hand-over.ts'
import { measureOf } from '../model/measure.ts'
import type { ShownMap } from '../model/shown-maps.ts'
import { createTickFollower, type News } from '../model/tick-news.ts'
import type { StreamCommand, StreamEvent } from './stream.ts'

/** The part of a worker's own world that is used; the types of a page know only the other end. */
const worker = globalThis as unknown as {
  onmessage: (event: MessageEvent<StreamCommand>) => void
  postMessage: (message: StreamEvent, transfer: Transferable[]) => void
}

let source: EventSource | undefined
let shown: readonly ShownMap[] = []

worker.onmessage = ({ data: command }) => {
  if (command.kind === 'show') {
    shown = command.maps
    return
  }
  source?.close()
  source = undefined
  if (command.kind === 'open') follow(command.path, command.run)
}

const follow = (path: string, run: number): void => {
  const opened = new EventSource(path)
  source = opened
  const follower = createTickFollower()
  const hand = ({ tick, news }: News): void => {
    const maps = shown.map(map => ({ map, cells: cellsOf(tick, map.topics, measureOf(map.measure)) }))
    worker.postMessage({ kind: 'tick', run, news, maps }, [
      ...buffersOf(news.columns),
      ...buffersOf(maps.map(({ cells }) => cells)),
    ])
  }
  opened.addEventListener('tick', event => {
    const { data, lastEventId } = event as MessageEvent<string>
    hand(follower.tick(lastEventId, JSON.parse(data) as SentTick))
  })
  opened.addEventListener('delta', event => {
    const { data, lastEventId } = event as MessageEvent<string>
    const next = follower.delta(lastEventId, JSON.parse(data) as SentDelta & { readonly base: number })
    if (next !== undefined) {
      hand(next)
      return
    }
    opened.close()
    follow(path, run)
  })
  opened.addEventListener('error', () => worker.postMessage({ kind: 'error', run }, []))
}
