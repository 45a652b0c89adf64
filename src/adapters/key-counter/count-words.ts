import { type Code, I32, ifElse, op, V128, whileTrue, type WasmFunction } from './assembler.ts'
import { partitionOf, prepareReduction, type ReductionLocals, splatInto } from './murmur2-steps.ts'

/**
 * countWords(words, wordCount, state, hasTail, magic, shift, count, counts): adds 1 to counts[lane] for each word, where
 * state already has the tail of this round mixed in by XOR. wordCount is a multiple of 4.
 */
export const countWords = (): WasmFunction => {
  const [words, wordCount, state, hasTail, magicWord, shift, countWord, counts] = [0, 1, 2, 3, 4, 5, 6, 7]
  const [end, hash, magic, count, start, lanes, quotient, address, times, positive] = [
    8, 9, 10, 11, 12, 13, 14, 15, 16, 17,
  ]
  const reduction: ReductionLocals = { times, positive, magic, shift: op.get(shift), count, quotient }
  const bump = (lane: number): Code => [
    ...op.get(lanes),
    ...op.i32x4ExtractLane(lane),
    ...op.get(counts),
    ...op.i32Add,
    ...op.tee(address),
    ...op.get(address),
    ...op.i32Load(0),
    ...op.i32Const(1),
    ...op.i32Add,
    ...op.i32Store(0),
  ]
  const countFour: Code = [
    ...partitionOf(hash, reduction),
    ...op.i32Const(2),
    ...op.i32x4Shl,
    ...op.set(lanes),
    ...bump(0),
    ...bump(1),
    ...bump(2),
    ...bump(3),
    ...op.get(words),
    ...op.i32Const(16),
    ...op.i32Add,
    ...op.set(words),
  ]
  const mixed: Code = [...op.get(words), ...op.v128Load(0), ...op.get(start), ...op.v128Xor]
  const more: Code = [...op.get(words), ...op.get(end), ...op.i32LtS]
  return {
    name: 'countWords',
    parameters: 8,
    locals: [I32, V128, V128, V128, V128, V128, V128, I32, V128, V128],
    body: [
      ...prepareReduction(reduction, magicWord, countWord),
      ...splatInto(start, op.get(state)),
      ...op.get(words),
      ...op.get(wordCount),
      ...op.i32Const(2),
      ...op.i32Shl,
      ...op.i32Add,
      ...op.set(end),
      ...ifElse(
        op.get(hasTail),
        whileTrue(more, [...mixed, ...op.get(times), ...op.i32x4Mul, ...op.set(hash), ...countFour]),
        whileTrue(more, [...mixed, ...op.set(hash), ...countFour]),
      ),
    ],
  }
}
