import { useEffect, useMemo, useRef, useState } from 'react'
import { buffersOf, withOwnColumns } from '../model/hand-over.ts'
import { type WorkInput, type WorkName, type WorkValue, works } from '../model/works.ts'
import type { AsideQuestion } from './aside-worker.ts'

/** From so many cells on, sorting them takes most of a frame. */
export const LARGE = 20_000

/**
 * What a work of `model/works.ts` makes of the input. Where that is `large`, the first time at once, and from then on in
 * a worker: until it answers, what was made of the input before. While it is busy the newest input waits and those
 * between are left out.
 */
export const useAside = <Name extends WorkName>(
  name: Name,
  input: WorkInput<Name>,
  large: boolean,
): WorkValue<Name> => {
  const work = works[name] as (asked: WorkInput<Name>) => WorkValue<Name>
  const worker = useRef<Worker>(undefined)
  const busy = useRef(false)
  const [made, setMade] = useState<{ readonly input: WorkInput<Name>; readonly value: WorkValue<Name> }>()
  const atOnce = !large || made === undefined
  const now = useMemo(() => (atOnce ? { value: work(input) } : undefined), [atOnce, work, input])

  useEffect(() => {
    if (!large) return
    const own = new Worker(new URL('./aside-worker.ts', import.meta.url), { type: 'module' })
    worker.current = own
    busy.current = false
    return () => {
      own.terminate()
      worker.current = undefined
      setMade(undefined)
    }
  }, [large])

  useEffect(() => {
    const own = worker.current
    if (own === undefined || busy.current || made?.input === input) return
    busy.current = true
    own.onmessage = ({ data: value }: MessageEvent<WorkValue<Name>>) => {
      busy.current = false
      setMade({ input, value })
    }
    const cells = withOwnColumns(input.cells)
    own.postMessage({ name, input: { ...input, cells } } satisfies AsideQuestion, buffersOf([cells]))
  }, [name, input, made, large])

  return (now ?? (made as { readonly value: WorkValue<Name> })).value
}
