/** Size of an element, readiness of fonts, width of the window: what pictures must know before they are drawn. */
import { type RefObject, useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react'

/** Width of the element in CSS pixels, 0 before the first layout. */
export const useWidth = (ref: RefObject<HTMLElement | null>): number => {
  const [width, setWidth] = useState(0)
  useLayoutEffect(() => {
    const element = ref.current
    if (element === null) return
    setWidth(element.clientWidth)
    const observer = new ResizeObserver(() => setWidth(element.clientWidth))
    observer.observe(element)
    return () => observer.disconnect()
  }, [ref])
  return width
}

/** How far beside the window counts as on it: what is scrolled to is then there already. */
const NEAR = '200px'

/** Whether the element is on the screen, or nearly. */
export const useOnScreen = (ref: RefObject<HTMLElement | null>): boolean => {
  const [seen, setSeen] = useState(false)
  useEffect(() => {
    const element = ref.current
    if (element === null) return
    const observer = new IntersectionObserver(
      // several changes may come at once, the newest last
      changes => setSeen(changes.at(-1)?.isIntersecting ?? false),
      { rootMargin: NEAR },
    )
    observer.observe(element)
    return () => observer.disconnect()
  }, [ref])
  return seen
}

/** A canvas does not wait for fonts as text in the page does: it draws in the fallback and stays so. */
export const useFontsReady = (): boolean => {
  const [ready, setReady] = useState(false)
  useEffect(() => {
    let gone = false
    const fonts = ['500 11px "Inter Variable"', '600 12px "Inter Variable"'].map(font =>
      document.fonts.load(font),
    )
    void Promise.allSettled(fonts).then(() => {
      if (!gone) setReady(true)
    })
    return () => {
      gone = true
    }
  }, [])
  return ready
}

const subscribeResize = (listener: () => void): (() => void) => {
  addEventListener('resize', listener)
  return () => removeEventListener('resize', listener)
}

export const useWindowWidth = (): number => useSyncExternalStore(subscribeResize, () => innerWidth)
export const useWindowHeight = (): number => useSyncExternalStore(subscribeResize, () => innerHeight)

/** A screen on the wall has room for taller curves; on a laptop they leave room for what else stands there. */
export const useChartHeight = (): number => Math.round(Math.min(320, Math.max(180, useWindowHeight() * 0.22)))

/** Below this there is one column, no row labels, and the tab bar at the foot. */
export const PHONE_WIDTH = 768

/** From here on there is room beside the pictures. */
export const WALL_WIDTH = 1900

/** The list of before as long as every item is the same: what is made from it is then not made again. */
export const useSame = <Item>(list: readonly Item[]): readonly Item[] => {
  const before = useRef(list)
  const same =
    before.current.length === list.length &&
    list.every((item, index) => Object.is(item, before.current[index]))
  if (!same) before.current = list
  return before.current
}

/**
 * The value, renewed at most once in so many milliseconds: for what costs more than a frame to work out and needs no
 * freshness to the second. 0 renews it always.
 */
export const useSeldom = <Value>(value: Value, everyMs: number): Value => {
  const kept = useRef({ value, at: Number.NEGATIVE_INFINITY })
  const now = performance.now()
  if (now - kept.current.at >= everyMs) kept.current = { value, at: now }
  return kept.current.value
}
