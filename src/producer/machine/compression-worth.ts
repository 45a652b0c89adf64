/**
 * Whether the batches of a partition are worth compressing.
 *
 * Values that are compressed or encrypted already, pictures for example, no codec makes smaller. To try it with each batch
 * costs a fifth of all that a record costs, and again where it is read. So after a batch that saved too little the next ones
 * of its partition go as they are, and then one is tried again: what a program writes may change.
 */
const SAVED_SHARE_LEAST = 1 / 8
const BATCHES_UNTRIED = 15

export class CompressionWorth {
  private untried = 0

  /** Ask once for each batch: whether to compress it. */
  next(): boolean {
    if (this.untried === 0) return true
    this.untried--
    return false
  }

  /** What came of a batch that was compressed. */
  saw(beforeBytes: number, afterBytes: number): void {
    if (afterBytes > beforeBytes * (1 - SAVED_SHARE_LEAST)) this.untried = BATCHES_UNTRIED
  }
}
