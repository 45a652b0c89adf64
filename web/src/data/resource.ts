/**
 * What is not in every tick (a topic's partitions in full, a group's members, history) is asked for when a page shows
 * it, and again every so often while it does. The last good answer stays on screen when a later one fails.
 */
import { useEffect, useState } from 'react'
import type { ErrorBody } from '../../../src/api/contract.ts'
import { useLive } from './context.tsx'

export type Resource<Body> =
  | { readonly state: 'loading' }
  | { readonly state: 'ready'; readonly body: Body }
  | { readonly state: 'absent'; readonly message: string }
  /** The server says why it cannot answer now; it is asked again. */
  | { readonly state: 'failed'; readonly message: string }

const API = '/api/v1'

/**
 * @param path below the API's base; undefined asks nothing
 * @param everyMs pause between an answer and the next question
 */
export const useResource = <Body>(path: string | undefined, everyMs: number): Resource<Body> => {
  const { paused } = useLive()
  const [answer, setAnswer] = useState<{ path: string; resource: Resource<Body> }>()
  const held = paused !== undefined && answer?.path === path
  useEffect(() => {
    if (path === undefined || held) return
    const abort = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const ask = async (): Promise<void> => {
      const resource = await fetchResource<Body>(path, abort.signal)
      if (abort.signal.aborted) return
      if (resource !== undefined)
        setAnswer(before =>
          resource.state === 'failed' && before?.path === path && before.resource.state === 'ready'
            ? before
            : { path, resource },
        )
      timer = setTimeout(() => void ask(), everyMs)
    }
    void ask()
    return () => {
      abort.abort()
      clearTimeout(timer)
    }
  }, [path, everyMs, held])
  // an answer to the question before last (another topic) must not be shown under this one's name
  return answer !== undefined && answer.path === path ? answer.resource : { state: 'loading' }
}

/** Several at once, in the order of the paths; those not ready are left out. */
export const useResources = <Body>(paths: readonly string[], everyMs: number): readonly Body[] => {
  const { paused } = useLive()
  const [answers, setAnswers] = useState<ReadonlyMap<string, Body>>(new Map())
  const key = paths.join(' ')
  const held = paused !== undefined && paths.every(path => answers.has(path))
  useEffect(() => {
    if (key === '' || held) return
    const abort = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const ask = async (): Promise<void> => {
      const asked = key.split(' ')
      const resources = await Promise.all(asked.map(path => fetchResource<Body>(path, abort.signal)))
      if (abort.signal.aborted) return
      setAnswers(before => {
        const after = new Map(before)
        resources.forEach((resource, index) => {
          if (resource?.state === 'ready') after.set(asked[index] ?? '', resource.body)
        })
        return after
      })
      timer = setTimeout(() => void ask(), everyMs)
    }
    void ask()
    return () => {
      abort.abort()
      clearTimeout(timer)
    }
  }, [key, everyMs, held])
  return paths.flatMap(path => answers.get(path) ?? [])
}

/** undefined: no answer worth showing this time (network); ask again later. */
const fetchResource = async <Body>(
  path: string,
  signal: AbortSignal,
): Promise<Resource<Body> | undefined> => {
  try {
    const response = await fetch(`${API}${path}`, { signal, headers: { accept: 'application/json' } })
    if (response.ok) return { state: 'ready', body: (await response.json()) as Body }
    const { error } = (await response.json()) as ErrorBody
    return { state: response.status === 404 ? 'absent' : 'failed', message: error.message }
  } catch {
    return undefined
  }
}
