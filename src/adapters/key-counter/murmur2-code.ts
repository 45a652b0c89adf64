import { equalKeysModule, murmur2Module } from './murmur2-module.ts'

/** The part of WebAssembly used here; Node has it, its type package does not declare it. */
declare const WebAssembly: {
  readonly Memory: new (limits: { initial: number }) => { readonly buffer: ArrayBuffer }
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (
    module: object,
    imports: object,
  ) => { readonly exports: Readonly<Record<string, Call>> }
}

/** Numbers in and nothing out: results lie in memory. */
export type Call = (...numbers: number[]) => void

/** The functions of the module over one memory. */
export interface Murmur2Code {
  readonly buffer: ArrayBuffer
  readonly countWords: Call
  readonly hashKeys: Call
  readonly lengthsDiffer: Call
  /** Null for lengths that get no function of their own. */
  readonly hashEqualKeys: (lengthBytes: number, shift: number) => Call | null
}

/** Longer keys gain nothing from a function of their own, which would grow with them. */
const EQUAL_LENGTH_MAX = 64
const PAGE_BYTES = 65_536

/**
 * Makes instances over memories of so many bytes; what is compiled is compiled once, however many are made. Throws where
 * this machine has no WebAssembly with vectors.
 */
export const murmur2Code = (): ((bytes: number) => Murmur2Code) => {
  const module = new WebAssembly.Module(murmur2Module())
  const equalKeys = remembered(
    (lengthBytes, shift) => new WebAssembly.Module(equalKeysModule(lengthBytes, shift)),
  )
  return bytes => {
    const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE_BYTES) })
    const callsOf = <Name extends string>(compiled: object) =>
      new WebAssembly.Instance(compiled, { env: { memory } }).exports as Readonly<Record<Name, Call>>
    const ofLength = remembered(
      (lengthBytes, shift) => callsOf<'hashEqualKeys'>(equalKeys(lengthBytes, shift)).hashEqualKeys,
    )
    return {
      ...callsOf<'countWords' | 'hashKeys' | 'lengthsDiffer'>(module),
      buffer: memory.buffer,
      hashEqualKeys: (lengthBytes, shift) =>
        lengthBytes < 1 || lengthBytes > EQUAL_LENGTH_MAX ? null : ofLength(lengthBytes, shift),
    }
  }
}

/** Makes each value once. Both numbers are small. */
const remembered = <Value>(
  make: (lengthBytes: number, shift: number) => Value,
): ((lengthBytes: number, shift: number) => Value) => {
  const known = new Map<number, Value>()
  return (lengthBytes, shift) => {
    const name = lengthBytes * 32 + shift
    const value = known.get(name) ?? make(lengthBytes, shift)
    known.set(name, value)
    return value
  }
}
