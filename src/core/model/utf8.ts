/**
 * UTF-8 without the platform: core knows no TextEncoder, and for the short texts of keys and header names a loop is
 * faster than a call into C++ (30 to 60 ns each).
 *
 * Half of a surrogate pair has no UTF-8 form. Writers disagree on what to put instead: Java's `String.getBytes` puts
 * `?`, Node and Go put U+FFFD. `loneSurrogate` chooses, because the bytes decide the partition.
 */
export const REPLACEMENT_CHARACTER = 0xfffd
export const QUESTION_MARK = 0x3f

/** The most bytes that a text of `length` UTF-16 units can take. */
export const utf8BytesMax = (length: number): number => length * 3

/** Writes `text` at `at` and returns the position after it. `into` must have room for `utf8BytesMax` bytes. */
export const writeUtf8 = (
  text: string,
  into: Uint8Array,
  at: number,
  loneSurrogate: number = REPLACEMENT_CHARACTER,
): number => {
  let position = at
  for (let index = 0; index < text.length; index++) {
    let code = text.charCodeAt(index)
    if (code < 0x80) {
      into[position++] = code
      continue
    }
    if (code >= 0xd800 && code <= 0xdfff) {
      const next = code < 0xdc00 && index + 1 < text.length ? text.charCodeAt(index + 1) : 0
      if (next >= 0xdc00 && next <= 0xdfff) {
        code = 0x10000 + ((code - 0xd800) << 10) + (next - 0xdc00)
        index++
      } else code = loneSurrogate
    }
    if (code < 0x80) into[position++] = code
    else if (code < 0x800) {
      into[position++] = 0xc0 | (code >> 6)
      into[position++] = 0x80 | (code & 0x3f)
    } else if (code < 0x10000) {
      into[position++] = 0xe0 | (code >> 12)
      into[position++] = 0x80 | ((code >> 6) & 0x3f)
      into[position++] = 0x80 | (code & 0x3f)
    } else {
      into[position++] = 0xf0 | (code >> 18)
      into[position++] = 0x80 | ((code >> 12) & 0x3f)
      into[position++] = 0x80 | ((code >> 6) & 0x3f)
      into[position++] = 0x80 | (code & 0x3f)
    }
  }
  return position
}

/** `text` as bytes of its own. */
export const utf8Bytes = (text: string, loneSurrogate: number = REPLACEMENT_CHARACTER): Uint8Array => {
  const bytes = new Uint8Array(utf8BytesMax(text.length))
  return bytes.slice(0, writeUtf8(text, bytes, 0, loneSurrogate))
}

const LEAST_OF_LENGTH = [0, 0, 0x80, 0x800, 0x10000]

const sequenceLength = (first: number): number => {
  if (first < 0x80) return 1
  if (first >= 0xc2 && first < 0xe0) return 2
  if (first >= 0xe0 && first < 0xf0) return 3
  if (first >= 0xf0 && first < 0xf5) return 4
  return 0
}

/** Reads the bytes from `start` to `end` as text. Bytes that are no UTF-8 become U+FFFD, one each; never throws. */
export const readUtf8 = (bytes: Uint8Array, start: number, end: number): string => {
  let text = ''
  let position = start
  while (position < end) {
    const first = bytes[position] ?? 0
    const length = sequenceLength(first)
    let code = length === 1 ? first : first & (0xff >> (length + 1))
    let read = 1
    while (read < length && position + read < end && ((bytes[position + read] ?? 0) & 0xc0) === 0x80) {
      code = (code << 6) | ((bytes[position + read] ?? 0) & 0x3f)
      read++
    }
    const whole =
      length > 0 &&
      read === length &&
      code >= (LEAST_OF_LENGTH[length] ?? 0) &&
      code <= 0x10ffff &&
      (code < 0xd800 || code > 0xdfff)
    text += String.fromCodePoint(whole ? code : REPLACEMENT_CHARACTER)
    position += whole ? length : 1
  }
  return text
}
