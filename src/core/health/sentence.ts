/** A sentence with its emphasis, so that a page can link the subject and a terminal can print it plain. */
export interface SentencePiece {
  readonly text: string
  readonly mark: 'plain' | 'strong' | 'link' | 'code'
  /** Path within the page, for `link`. */
  readonly href?: string
}

export const plain = (text: string): SentencePiece => ({ text, mark: 'plain' })
export const strong = (text: string): SentencePiece => ({ text, mark: 'strong' })

/** A key, a setting, a command: as it is typed. */
export const code = (text: string): SentencePiece => ({ text, mark: 'code' })

const link = (text: string, href: string): SentencePiece => ({ text, mark: 'link', href })

export const topicLink = (topic: string): SentencePiece => link(topic, `/topics/${encodeURIComponent(topic)}`)
export const partitionLink = (topic: string, partition: number): SentencePiece =>
  link(`${topic}-${partition}`, `/topics/${encodeURIComponent(topic)}/${partition}`)
export const groupLink = (group: string): SentencePiece => link(group, `/groups/${encodeURIComponent(group)}`)
export const brokerLink = (broker: number): SentencePiece => link(`Broker ${broker}`, '/brokers')

export const sentenceText = (sentence: readonly Pick<SentencePiece, 'text'>[]): string =>
  sentence.map(piece => piece.text).join('')

/** One word for a POSIX shell: names come from Kafka and may hold anything. */
export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
