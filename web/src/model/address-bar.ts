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

/** The browser's, or a test's. */
export interface Addresses {
  readonly here: () => string
  readonly replace: (address: string) => void
  readonly push: (address: string) => void
}

export const createAddressBar = ({ here, replace, push }: Addresses): AddressBar => {
  let waiting: string | undefined
  let pause: ReturnType<typeof setTimeout> | undefined
  const write = (): void => {
    pause = undefined
    if (waiting === undefined) return
    replace(waiting)
    waiting = undefined
    pause = setTimeout(write, PAUSE_MS)
  }
  return {
    replace: address => {
      waiting = address
      if (pause === undefined) write()
    },
    push: address => {
      if (waiting !== undefined) replace(waiting)
      waiting = undefined
      if (address !== here()) push(address)
    },
    forget: () => {
      waiting = undefined
    },
  }
}
