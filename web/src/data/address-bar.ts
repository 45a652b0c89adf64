/**
 * The browser's address bar. Browsers take a hundred or two changes of it in ten seconds and refuse more (one of them by
 * throwing), while a slider that is dragged makes sixty a second. So the first change is written at once, and of those
 * that follow closely the last one, a moment later.
 */
export interface AddressBar {
  /** Another state of the same place: no new step for the back button. */
  readonly replace: (address: string) => void
  /** Another place. */
  readonly push: (address: string) => void
  /** The reader went elsewhere: what was still to be written is not any more. */
  readonly forget: () => void
}

const PAUSE_MS = 200

export const here = (): string => location.pathname + location.search

export const createAddressBar = (): AddressBar => {
  let waiting: string | undefined
  let pause: ReturnType<typeof setTimeout> | undefined
  const write = (): void => {
    pause = undefined
    if (waiting === undefined) return
    history.replaceState(null, '', waiting)
    waiting = undefined
    pause = setTimeout(write, PAUSE_MS)
  }
  return {
    replace: address => {
      waiting = address
      if (pause === undefined) write()
    },
    push: address => {
      if (waiting !== undefined) history.replaceState(null, '', waiting)
      waiting = undefined
      if (address !== here()) history.pushState(null, '', address)
    },
    forget: () => {
      waiting = undefined
    },
  }
}
