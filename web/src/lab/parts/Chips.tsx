/** Partitions as small numbered tiles. What happened to one is said by its frame and, for readers, by a word. */
export type ChipLook = 'plain' | 'gained' | 'lost' | 'unread'

const WORDS: Readonly<Record<ChipLook, string>> = {
  plain: '',
  gained: ', new here',
  lost: ', given up',
  unread: ', without a reader',
}

export const Chip = ({ partition, look, topic }: { partition: number; look: ChipLook; topic?: number }) => (
  <li className={`chip ${look}${topic === undefined ? '' : ` topic-${topic}`}`}>
    {partition}
    {WORDS[look] === '' ? null : <span className="vh">{WORDS[look]}</span>}
  </li>
)
