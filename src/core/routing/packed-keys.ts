import { utf8BytesMax, writeUtf8 } from '../model/index.ts'

/**
 * Many keys as columns: all bytes behind each other, key i from `offsets[i]` to `offsets[i + 1]`. A million keys are
 * two arrays and not a million objects, and a batch can go to another thread or into WebAssembly as it is.
 */
export interface PackedKeys {
  readonly bytes: Uint8Array
  /** One more than there are keys; ascending. */
  readonly offsets: Uint32Array
}

export const keyCount = (keys: PackedKeys): number => keys.offsets.length - 1

/** A view of key `index`; valid as long as the bytes are. */
export const keyAt = ({ bytes, offsets }: PackedKeys, index: number): Uint8Array =>
  bytes.subarray(offsets[index], offsets[index + 1])

/** Copies keys into columns. Text becomes UTF-8. */
export const packKeys = (keys: readonly (Uint8Array | string)[]): PackedKeys => {
  let room = 0
  for (const key of keys) room += typeof key === 'string' ? utf8BytesMax(key.length) : key.length
  const bytes = new Uint8Array(room)
  const offsets = new Uint32Array(keys.length + 1)
  let at = 0
  keys.forEach((key, index) => {
    if (typeof key === 'string') at = writeUtf8(key, bytes, at)
    else {
      bytes.set(key, at)
      at += key.length
    }
    offsets[index + 1] = at
  })
  return { bytes: bytes.subarray(0, at), offsets }
}
