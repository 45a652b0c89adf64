/** Keys that work on the whole page. `g` waits a moment for the letter of a page. */
import { useEffect, useRef } from 'react'

export interface GlobalKeys {
  readonly search: () => void
  readonly commands: () => void
  readonly help: () => void
  readonly pause: () => void
  readonly table: () => void
  readonly copyLink: () => void
  readonly up: () => void
  /** The time shown, earlier or later. */
  readonly range: (step: 1 | -1) => void
  readonly goTo: (letter: string) => void
  readonly neighbour: (step: 1 | -1) => void
}

const GO_WAIT_MS = 1500

export const useGlobalKeys = (keys: GlobalKeys): void => {
  const latest = useRef(keys)
  latest.current = keys
  useEffect(() => {
    let goUntil = 0
    const press = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.altKey) return
      if ((event.ctrlKey || event.metaKey) && event.key === 'k') {
        latest.current.commands()
        event.preventDefault()
        return
      }
      if (event.ctrlKey || event.metaKey) return
      const target = event.target instanceof HTMLElement ? event.target : undefined
      if (target?.closest('input, select, textarea, dialog') !== null && target !== undefined) return
      const { current } = latest
      if (event.timeStamp < goUntil) {
        goUntil = 0
        current.goTo(event.key)
        return
      }
      switch (event.key) {
        case '/':
          current.search()
          break
        case '?':
          current.help()
          break
        case ' ':
          // on a button or link the space bar is that control's own
          if (target?.closest('button, a') !== null && target !== undefined) return
          current.pause()
          break
        case 't':
          current.table()
          break
        case 'y':
          current.copyLink()
          break
        case 'j':
          current.neighbour(-1)
          break
        case 'k':
          current.neighbour(1)
          break
        case '[':
          current.range(-1)
          break
        case ']':
          current.range(1)
          break
        case 'Escape':
          current.up()
          break
        case 'g':
          goUntil = event.timeStamp + GO_WAIT_MS
          return
        default:
          return
      }
      event.preventDefault()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [])
}
