/** FNV-1a, 32 bit: the hash behind Sarama, kafka-go and librdkafka's `fnv1a`. Source: RFC 9923. */
const OFFSET_BASIS = 0x811c9dc5 | 0
const PRIME = 0x01000193

/** Signed 32-bit hash of `length` bytes from `start`. */
export const fnv1a = (bytes: Uint8Array, length: number = bytes.length, start = 0): number => {
  let hash = OFFSET_BASIS
  for (let at = start; at < start + length; at++) hash = Math.imul(hash ^ (bytes[at] as number), PRIME)
  return hash
}
