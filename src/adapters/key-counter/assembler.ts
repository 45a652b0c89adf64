/**
 * Just enough of a WebAssembly assembler to write a module down in TypeScript: no tool to install, no binary in the
 * repository that nobody can read. Source: WebAssembly Core Specification 2.0, chapter 5.
 */
export type Code = readonly number[]

const unsigned = (value: number): Code => {
  const bytes: number[] = []
  let rest = value >>> 0
  do {
    const low = rest & 0x7f
    rest >>>= 7
    bytes.push(rest === 0 ? low : low | 0x80)
  } while (rest !== 0)
  return bytes
}

const signed = (value: number): Code => {
  const bytes: number[] = []
  for (let rest = value | 0; ; rest >>= 7) {
    const low = rest & 0x7f
    const done = (rest >> 7 === 0 && (low & 0x40) === 0) || (rest >> 7 === -1 && (low & 0x40) !== 0)
    bytes.push(done ? low : low | 0x80)
    if (done) return bytes
  }
}

const simd = (opcode: number, ...after: readonly number[]): Code => [0xfd, ...unsigned(opcode), ...after]
/** Alignment is a hint; 0 promises nothing. */
const at = (offset: number): Code => [0, ...unsigned(offset)]

export const I32 = 0x7f
export const V128 = 0x7b

/** Instructions used, under their names in the specification. */
export const op = {
  i32Const: (value: number): Code => [0x41, ...signed(value)],
  i32Load: (offset: number): Code => [0x28, ...at(offset)],
  i32Store: (offset: number): Code => [0x36, ...at(offset)],
  i32Add: [0x6a] as Code,
  i32Sub: [0x6b] as Code,
  i32Shl: [0x74] as Code,
  i32ShrU: [0x76] as Code,
  i32And: [0x71] as Code,
  i32Xor: [0x73] as Code,
  select: [0x1b] as Code,
  i32LtS: [0x48] as Code,
  i32Eqz: [0x45] as Code,
  i32Mul: [0x6c] as Code,
  get: (local: number): Code => [0x20, ...unsigned(local)],
  set: (local: number): Code => [0x21, ...unsigned(local)],
  tee: (local: number): Code => [0x22, ...unsigned(local)],
  v128Load: (offset: number): Code => simd(0x00, ...at(offset)),
  v128Store: (offset: number): Code => simd(0x0b, ...at(offset)),
  v128Load32Zero: (offset: number): Code => simd(0x5c, ...at(offset)),
  v128Load32Lane: (offset: number, lane: number): Code => simd(0x56, ...at(offset), lane),
  v128And: simd(0x4e),
  v128Or: simd(0x50),
  v128Xor: simd(0x51),
  i8x16Shuffle: (lanes: readonly number[]): Code => simd(0x0d, ...lanes),
  i32x4Splat: simd(0x11),
  i32x4ExtractLane: (lane: number): Code => simd(0x1b, lane),
  i32x4ReplaceLane: (lane: number): Code => simd(0x1c, lane),
  i32x4Eq: simd(0x37),
  i32x4Shl: simd(0xab),
  i32x4ShrU: simd(0xad),
  i32x4Add: simd(0xae),
  i32x4Sub: simd(0xb1),
  i32x4Mul: simd(0xb5),
  i32x4AllTrue: simd(0xa3),
  i64x2ExtmulLowI32x4U: simd(0xde),
  i64x2ExtmulHighI32x4U: simd(0xdf),
} as const

/** Repeats while `condition` leaves a value other than 0. */
export const whileTrue = (condition: Code, body: Code): Code => [
  0x02,
  0x40,
  0x03,
  0x40,
  ...condition,
  ...op.i32Eqz,
  0x0d,
  1,
  ...body,
  0x0c,
  0,
  0x0b,
  0x0b,
]

export const ifElse = (condition: Code, then: Code, otherwise: Code = []): Code => [
  ...condition,
  0x04,
  0x40,
  ...then,
  ...(otherwise.length === 0 ? [] : [0x05, ...otherwise]),
  0x0b,
]

export interface WasmFunction {
  readonly name: string
  /** How many i32 parameters. */
  readonly parameters: number
  /** Types of further locals, numbered on from the parameters. */
  readonly locals: readonly number[]
  readonly body: Code
}

/** "\0asm", version 1. */
const MAGIC: Code = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]

/** A module with one imported memory `env.memory` and exported functions that return nothing. */
export const assemble = (functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> => {
  const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content]
  const list = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()]
  const text = (value: string): Code => list(Array.from(value, character => [character.charCodeAt(0)]))
  const types = functions.map(
    ({ parameters }): Code => [0x60, ...list(new Array<Code>(parameters).fill([I32])), 0],
  )
  const bodies = functions.map(({ locals, body }): Code => {
    const code = [...list(locals.map(type => [1, type])), ...body, 0x0b]
    return [...unsigned(code.length), ...code]
  })
  return Uint8Array.from([
    ...MAGIC,
    ...section(1, list(types)),
    ...section(2, list([[...text('env'), ...text('memory'), 0x02, 0x00, ...unsigned(1)]])),
    ...section(3, list(functions.map((_, index) => unsigned(index)))),
    ...section(7, list(functions.map(({ name }, index) => [...text(name), 0x00, ...unsigned(index)]))),
    ...section(10, list(bodies)),
  ])
}
