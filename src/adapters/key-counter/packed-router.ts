import { keyCount, routePacked, type RoutePacked } from '../../core/routing/index.ts'
import { type FastMurmur2, fastMurmur2 } from './murmur2-wasm.ts'

/** Assembling the module takes about as long as routing this many keys without it. */
const VECTORS_FROM_KEYS = 10_000

/** By vectors where there are many keys and the machine has vectors, else key by key; the result is the same. */
export const packedRouter = (): RoutePacked => {
  let fast: FastMurmur2 | null | undefined
  return (keys, count, into) => {
    if (fast === undefined && keyCount(keys) >= VECTORS_FROM_KEYS) fast = fastMurmur2()
    const route = fast?.routePacked ?? routePacked
    route(keys, count, into)
  }
}
