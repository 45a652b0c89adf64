/**
 * Columns on their way to another thread: their memory is handed over, which costs nothing whatever its size, where
 * serialising it would hold up the thread that sends. What is still read here is copied first.
 */
type Typed = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>

const isTyped = (column: unknown): column is Typed => ArrayBuffer.isView(column)

/** The record with columns of its own. */
export const withOwnColumns = <One extends object>(record: One): One =>
  Object.fromEntries(
    Object.entries(record).map(([name, column]) => [name, isTyped(column) ? column.slice() : column]),
  ) as One

/** The memory of the typed arrays in these records, to be handed over. */
export const buffersOf = (records: readonly object[]): ArrayBuffer[] =>
  records.flatMap(record => Object.values(record).flatMap(each => (isTyped(each) ? each.buffer : [])))
