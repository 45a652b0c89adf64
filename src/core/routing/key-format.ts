import { LanekeeperError, utf8Bytes } from '../model/index.ts'

/**
 * A key as a person writes it, to the bytes that a serializer would put into the record. The bytes decide the
 * partition: the number 42 as a LongSerializer writes it and the text "42" are two keys.
 */
export interface KeyFormat {
  /** Whose bytes these are, under the name of Kafka's own serializer. */
  readonly serializer: string
  /** What is accepted, for the error. */
  readonly accepts: string
  /** Bytes of the key; null where `text` is not of this form. `loneSurrogate` as in a convention. */
  readonly parse: (text: string, loneSurrogate: number) => Uint8Array | null
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/
const BASE64_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

const integerOf = (bits: 32 | 64) => (text: string) => {
  if (!/^-?\d{1,20}$/.test(text)) return null
  const value = BigInt(text)
  if (BigInt.asIntN(bits, value) !== value) return null
  const bytes = new Uint8Array(bits / 8)
  const view = new DataView(bytes.buffer)
  if (bits === 64) view.setBigInt64(0, value)
  else view.setInt32(0, Number(value))
  return bytes
}

const hexBytes = (text: string): Uint8Array | null =>
  text.length % 2 === 0 && /^[0-9a-f]*$/i.test(text)
    ? Uint8Array.from({ length: text.length / 2 }, (_, at) =>
        Number.parseInt(text.slice(2 * at, 2 * at + 2), 16),
      )
    : null

const base64Bytes = (text: string): Uint8Array | null => {
  if (!BASE64.test(text)) return null
  const digits = text.replace(/=+$/, '')
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4))
  let bits = 0
  let held = 0
  let at = 0
  for (const digit of digits) {
    bits = ((bits << 6) | BASE64_DIGITS.indexOf(digit)) & 0xffff
    held += 6
    if (held >= 8) {
      held -= 8
      bytes[at++] = bits >> held
    }
  }
  return bytes
}

export const keyFormats = {
  utf8: {
    serializer: 'StringSerializer',
    accepts: 'any text',
    parse: (text, loneSurrogate) => utf8Bytes(text, loneSurrogate),
  },
  hex: { serializer: 'ByteArraySerializer', accepts: 'pairs of hex digits, such as 00ff', parse: hexBytes },
  base64: { serializer: 'ByteArraySerializer', accepts: 'base64, such as AP8=', parse: base64Bytes },
  int32: {
    serializer: 'IntegerSerializer',
    accepts: 'a whole number of 32 bits, such as -42',
    parse: integerOf(32),
  },
  int64: {
    serializer: 'LongSerializer',
    accepts: 'a whole number of 64 bits, such as -42',
    parse: integerOf(64),
  },
  uuid: {
    // Kafka's UUIDSerializer writes the text of the UUID, 36 characters in lower case, and not its 16 bytes
    serializer: 'UUIDSerializer',
    accepts: 'a UUID, such as 123e4567-e89b-12d3-a456-426614174000',
    parse: text => (UUID.test(text) ? utf8Bytes(text.toLowerCase()) : null),
  },
} as const satisfies Record<string, KeyFormat>

export type KeyFormatName = keyof typeof keyFormats

/** Bytes of `text` in the format. Throws INPUT_INVALID that names `place` where it is not of that form. */
export const parseKey = (
  name: KeyFormatName,
  text: string,
  place: string,
  loneSurrogate: number,
): Uint8Array => {
  const format: KeyFormat = keyFormats[name]
  const bytes = format.parse(text, loneSurrogate)
  if (bytes !== null) return bytes
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text
  throw new LanekeeperError('INPUT_INVALID', `${place}: "${shown}" is not a key of format ${name}.`, {
    fix: `${name} accepts ${format.accepts}.`,
  })
}
