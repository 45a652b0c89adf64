/** A column of exactly `count` figures: one read before partitions were added is shorter, and NaN is "not known". */
export const columnOf = (column: Float64Array | undefined, count: number): Float64Array => {
  if (column?.length === count) return column
  const full = new Float64Array(count).fill(NaN)
  if (column !== undefined) full.set(column.subarray(0, count))
  return full
}
