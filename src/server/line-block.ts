/**
 * The series of one metric and one topic, as text that is kept from scrape to scrape.
 *
 * Goal: 200,000 series in a few milliseconds. Between two scrapes only figures change, names and labels never do; so
 * the lines are laid out once, each with room for its figure, and a scrape writes digits into that room where the
 * figure is another one. Figures stand at the right end of their room: the format takes any number of blanks before
 * them. What is not known has no line: the lines around it are handed out as separate runs.
 *
 * Most figures follow from something that is the same for many looks (metadata, sizes): while that is the same object,
 * nothing is gone through at all.
 *
 * Figures have up to six decimals (micros of a second, millionths of a record a second); those beyond ten digits
 * before the point, negative ones and infinities are written as the engine writes them.
 */
export class LineBlock {
  readonly #head: string
  readonly #length: number
  /** What the lines say; NaN: nothing yet. */
  readonly #shown: Float64Array
  /** Where the figure of each line ends; its newline stands there. */
  readonly #ends: Uint32Array
  #bytes: Uint8Array = new Uint8Array()
  #room = 0
  #source: object | null = null
  #runs: readonly Uint8Array[] = []
  #version = 0

  /** @param head all of a line before the number of the partition */
  constructor(head: string, length: number) {
    this.#head = head
    this.#length = length
    this.#shown = new Float64Array(length).fill(Number.NaN)
    this.#ends = new Uint32Array(length)
  }

  /** Grows with every change of what `lines` gives. */
  get version(): number {
    return this.#version
  }

  /**
   * Lines of the figures that are known. Valid until the next call, which writes into the same memory.
   *
   * @param source what the figures follow from and nothing else does; the same object must mean the same figures
   */
  lines(source: object, figureOf: (partition: number) => number): readonly Uint8Array[] {
    if (source === this.#source) return this.#runs
    this.#source = source
    this.#fill(figureOf)
    return this.#runs
  }

  #fill(figureOf: (partition: number) => number): void {
    const runs: Uint8Array[] = []
    let wrote = false
    let runStart = 0
    let lineStart = 0
    for (let p = 0; p < this.#length; p++) {
      const figure = figureOf(p)
      const known = figure === figure
      if (known && figure !== this.#shown[p]) {
        if (!this.#write(p, figure)) {
          this.#widen(figure)
          this.#fill(figureOf)
          return
        }
        this.#shown[p] = figure
        wrote = true
      }
      const next = (this.#ends[p] ?? 0) + 1
      if (!known) {
        if (runStart < lineStart) runs.push(this.#bytes.subarray(runStart, lineStart))
        runStart = next
      }
      lineStart = next
    }
    if (runStart < lineStart) runs.push(this.#bytes.subarray(runStart, lineStart))
    if (wrote || !areSame(runs, this.#runs)) this.#version++
    this.#runs = runs
  }

  #write(p: number, figure: number): boolean {
    const end = this.#ends[p] ?? 0
    return this.#room > 0 && writeFigure(this.#bytes, end - this.#room, end, figure)
  }

  /** One digit more than asked for: a log that grows tenfold is laid out anew once, not its neighbours one by one. */
  #widen(figure: number): void {
    this.#room = Math.max(this.#room, lengthOf(figure)) + 1
    const blank = `"} ${' '.repeat(this.#room)}\n`
    const fixed = Buffer.byteLength(this.#head) + blank.length
    let text = ''
    let end = -1
    for (let p = 0; p < this.#length; p++) {
      const digits = String(p)
      text += this.#head + digits + blank
      end += fixed + digits.length
      this.#ends[p] = end
    }
    this.#bytes = Buffer.from(text)
    this.#shown.fill(Number.NaN)
  }
}

/** Of the same memory: then the places tell. */
const areSame = (runs: readonly Uint8Array[], before: readonly Uint8Array[]): boolean =>
  runs.length === before.length &&
  runs.every(
    (run, at) =>
      run.buffer === before[at]?.buffer &&
      run.byteOffset === before[at].byteOffset &&
      run.length === before[at].length,
  )

const ZERO = 48
const POINT = 46
const BLANK = 32
const millionths = 1e6
/** Beyond, a figure and its millionths are not one exact number any more, nor is either half a small integer. */
const splitMax = 1e15
const halfDigits = 1e9

/** Right-aligned between `from` and `to`; false: it does not fit, and what is there is to be written again. */
const writeFigure = (bytes: Uint8Array, from: number, to: number, figure: number): boolean => {
  if (!(figure >= 0 && figure < splitMax)) return writeText(bytes, from, to, String(figure))
  let whole = Math.floor(figure)
  let part = Math.round((figure - whole) * millionths)
  if (part === millionths) {
    whole++
    part = 0
  }
  let at = to
  if (part > 0) {
    let decimals = 6
    for (; part % 10 === 0; part /= 10) decimals--
    at = writeDigits(bytes, from, at, part, decimals)
    if (at <= from) return false
    bytes[--at] = POINT
  }
  // halves of at most nine digits: remainders of larger numbers are ten times as slow
  if (whole >= halfDigits) {
    const high = Math.floor(whole / halfDigits)
    at = writeDigits(bytes, from, at, whole - high * halfDigits, 9)
    whole = high
  }
  at = writeDigits(bytes, from, at, whole, 1)
  if (at < from) return false
  while (at > from) bytes[--at] = BLANK
  return true
}

/** At least so many digits, ending before `to`; where it begins, or less than `from`: there was no room. */
const writeDigits = (
  bytes: Uint8Array,
  from: number,
  to: number,
  value: number,
  digitsMin: number,
): number => {
  let at = to
  let rest = value
  for (let digits = 0; digits < digitsMin || rest > 0; digits++) {
    if (at <= from) return from - 1
    const next = Math.floor(rest / 10)
    bytes[--at] = ZERO + rest - next * 10
    rest = next
  }
  return at
}

const writeText = (bytes: Uint8Array, from: number, to: number, text: string): boolean => {
  if (text.length > to - from) return false
  bytes.fill(BLANK, from, to - text.length)
  for (let index = 0; index < text.length; index++) bytes[to - text.length + index] = text.charCodeAt(index)
  return true
}

const lengthOf = (figure: number): number => {
  const scratch = new Uint8Array(32)
  writeFigure(scratch, 0, scratch.length, figure)
  return scratch.length - scratch.findIndex(byte => byte !== BLANK)
}
