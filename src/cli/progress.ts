import { printable } from '../core/model/index.ts'
import type { Clock, Timer } from '../ports/clock.ts'
import { say } from './output.ts'
import type { Io } from './world.ts'

/**
 * Shows that something is going on. On a terminal the newest stage with a running count of seconds, in one line; where
 * stderr is a file or a pipe, or `plain` asks for it, each stage as a line of its own. Who waits for something says so at
 * every look; it is one stage, and one line.
 */
export interface Progress {
  stage(text: string): void
  /** Leaves the last stage behind as an ordinary line. */
  end(): void
}

const REDRAW_MS = 250
const CLEAR_LINE = '\r\u001b[2K'

export const startProgress = (io: Io, clock: Clock, plain = false): Progress => {
  if (plain || !io.stderr.isTTY || io.env['TERM'] === 'dumb') return lineByLine(io)

  const begin = clock.monotonicMs()
  let current: string | null = null
  let timer: Timer | null = null
  const line = (text: string): string => {
    const seconds = Math.floor((clock.monotonicMs() - begin) / 1000)
    // a line that wraps cannot be drawn over
    return `${printable(text)} … ${seconds} s`.slice(0, Math.max(20, io.stderr.columns - 1))
  }
  const draw = (): void => {
    if (current !== null) io.stderr.write(CLEAR_LINE + line(current))
    timer = clock.after(REDRAW_MS, draw)
  }
  return {
    stage: text => {
      timer?.cancel()
      current = text
      draw()
    },
    end: () => {
      timer?.cancel()
      if (current !== null) io.stderr.write(`${CLEAR_LINE}${line(current)}\n`)
      current = null
    },
  }
}

const lineByLine = (io: Io): Progress => {
  let said = ''
  return {
    stage: text => {
      if (text !== said) say(io, text)
      said = text
    },
    end: () => {},
  }
}
