import { printable, readUtf8 } from '../model/index.ts'

/**
 * A key as it may be shown to anybody. Keys are often people (user ids, mail addresses), so by default only enough is
 * shown to recognise a key one knows: its beginning and its end. Bytes that are no text are shown by their hash alone.
 *
 * A placeholder such as GUEST stands for nobody and is shown as it is: naming it is the whole finding.
 */
export const maskedKey = (key: Uint8Array, hash: number): string => {
  const text = keyText(key)
  if (text === null) return `#${hexOf(hash)}`
  if (isPlaceholder(text)) return text
  const letters = Array.from(text)
  if (letters.length < SHORT_LETTERS) return `#${hexOf(hash)}`
  const ahead = Math.min(AHEAD_MAX, Math.floor(letters.length * 0.6))
  const behind = Math.min(BEHIND_MAX, Math.floor(letters.length / 4))
  return `${letters.slice(0, ahead).join('')}···${letters.slice(letters.length - behind).join('')}`
}

/** The key in full, for those who may see it: text where it is text, else hexadecimal. */
export const fullKey = (key: Uint8Array): string =>
  keyText(key) ?? `0x${[...key].map(byte => byte.toString(16).padStart(2, '0')).join('')}`

export const hexOf = (hash: number): string => (hash >>> 0).toString(16).padStart(8, '0')

/** Texts that stand for "nobody in particular", compared trimmed and in lower case. */
export const isPlaceholder = (text: string): boolean => PLACEHOLDERS.has(text.trim().toLowerCase())

const PLACEHOLDERS = new Set(
  '|-|0|-1|null|nil|none|undefined|unknown|n/a|na|nan|guest|anonymous|anon|default|test|user|empty|(none)|(null)|00000000-0000-0000-0000-000000000000'.split(
    '|',
  ),
)

/** Below this the ends would be most of it. */
const SHORT_LETTERS = 6
const AHEAD_MAX = 7
const BEHIND_MAX = 2

/** Printable text, or null for bytes that are none. */
const keyText = (key: Uint8Array): string | null => {
  const text = readUtf8(key, 0, key.length)
  return text.includes('\ufffd') || text !== printable(text) ? null : text
}
