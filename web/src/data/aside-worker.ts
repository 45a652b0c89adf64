/** Works out what it is asked, away from the page's own thread; one question at a time. */
import { type WorkInput, type WorkName, works } from '../model/works.ts'

export interface AsideQuestion {
  readonly name: WorkName
  readonly input: WorkInput<WorkName>
}

/** The part of a worker's own world that is used; the types of a page know only the other end. */
const worker = globalThis as unknown as {
  onmessage: (event: MessageEvent<AsideQuestion>) => void
  postMessage: (value: unknown) => void
}

worker.onmessage = ({ data: { name, input } }) => {
  const work = works[name] as (input: WorkInput<WorkName>) => unknown
  worker.postMessage(work(input))
}
