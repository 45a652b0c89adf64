/** Randomness as an argument: everything that draws can be replayed from its seed. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
}
