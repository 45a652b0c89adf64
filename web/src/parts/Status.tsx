import type { Tone } from '../model/verdict.ts'
import { Icon, type IconName } from './Icon.tsx'

/** Shape, word, then colour. */
export const Status = ({ tone, icon, word }: { tone: Tone; icon: IconName; word: string }) => (
  <span className={`st ${tone}`}>
    <Icon name={icon} />
    <span>{word}</span>
  </span>
)

/** The same beside a title, on a quiet ground. */
export const Tag = ({ tone, icon, word }: { tone: Tone; icon: IconName; word: string }) => (
  <span className={`tag ${tone}`}>
    <Icon name={icon} />
    {word}
  </span>
)
