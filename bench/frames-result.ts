/** What one drawing of the frame benchmark measured; shared by the page's side and the script's. */
export interface Frames {
  readonly cells: number
  readonly scriptMs: readonly number[]
  readonly intervalMs: readonly number[]
  /** Pixels of the last frame that were compared with what its values say, and those that differ. */
  readonly probed: number
  readonly wrong: number
}
