/**
 * What is asked for several times between two frames is done once: a mouse tells of its way up to a thousand times a
 * second, and a screen shows sixty of them.
 */
import { useEffect, useLayoutEffect, useMemo, useRef } from 'react'

export interface PerFrame {
  /** Draws in the next frame. */
  readonly ask: () => void
}

/** @param draw the one of the newest rendering is called */
export const usePerFrame = (draw: () => void): PerFrame => {
  const newest = useRef(draw)
  useLayoutEffect(() => {
    newest.current = draw
  })
  const frames = useMemo(() => createFrames(() => newest.current()), [])
  useEffect(() => frames.cancel, [frames])
  return frames
}

const createFrames = (draw: () => void): PerFrame & { readonly cancel: () => void } => {
  let asked: number | undefined
  return {
    ask: () => {
      asked ??= requestAnimationFrame(() => {
        asked = undefined
        draw()
      })
    },
    cancel: () => {
      if (asked !== undefined) cancelAnimationFrame(asked)
      asked = undefined
    },
  }
}
