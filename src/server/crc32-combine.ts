/**
 * The CRC-32 of two texts one after the other, from the CRC of each and the length of the second: so a part that did not
 * change need not be gone through again.
 *
 * Method: a CRC is a remainder of polynomials over two elements. What follows a text multiplies its remainder by
 * x^(8 × length); that power is put together from the powers x^(2^n), in as many steps as the length has bits.
 *
 * Source: Mark Adler, `crc32_combine` of zlib 1.2.12.
 */
export const crc32Combine = (first: number, second: number, secondLength: number): number => {
  let power = ONE
  // bytes, hence three bits on
  for (let left = secondLength, n = 3; left > 0; left = Math.floor(left / 2), n++)
    if (left % 2 === 1) power = product(powers[n % powers.length] as number, power)
  return (product(power, first) ^ second) >>> 0
}

/** Reflected, as the bits of gzip are: the highest bit is x^0. */
const POLYNOMIAL = 0xedb88320
const ONE = 0x80000000

/** Remainder of a × b. */
const product = (a: number, b: number): number => {
  let sum = 0
  for (let bit = ONE, shifted = b; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) sum ^= shifted
    shifted = (shifted & 1) === 1 ? (shifted >>> 1) ^ POLYNOMIAL : shifted >>> 1
  }
  return sum >>> 0
}

/** x^(2^n); they repeat after 32, for x^(2^32) is x. */
const powers = ((): readonly number[] => {
  const squares = [0x40000000]
  while (squares.length < 32) {
    const last = squares.at(-1) as number
    squares.push(product(last, last))
  }
  return squares
})()
