import {
  LanekeeperError,
  type PartitionCount,
  partitionCount,
  PARTITION_COUNT_MAX,
} from '../core/model/index.ts'
import {
  type ConventionName,
  conventionNames,
  conventions,
  type KeyFormatName,
  keyFormats,
} from '../core/routing/index.ts'
import { countOption } from './count-option.ts'
import { oneOf } from './one-of.ts'

/** Options that all verbs about keys share. Each refuses with USAGE and names what it would accept. */

/** `12` or `500,1000,1500`. */
export const partitionsOption = (name: string, text: string): readonly PartitionCount[] =>
  text.split(',').map(part => partitionCount(countOption(name, part.trim(), PARTITION_COUNT_MAX)))

/** `java`, `java,kafkajs-legacy` or `all`. */
export const conventionsOption = (text: string): readonly ConventionName[] =>
  text === 'all' ? conventionNames : text.split(',').map(part => conventionOption(part.trim()))

export const conventionOption = (text: string): ConventionName => oneOf('--convention', text, conventionNames)

export const keyFormatOption = (text: string): KeyFormatName =>
  oneOf('--key-format', text, Object.keys(keyFormats) as KeyFormatName[])

/** A share such as 0.2 or 20%. */
export const shareOption = (name: string, text: string): number => {
  const share = /^\d{1,3}(\.\d+)?%$/.test(text)
    ? Number(text.slice(0, -1)) / 100
    : /^0?\.\d+$/.test(text)
      ? Number(text)
      : Number.NaN
  if (!(share > 0 && share < 1))
    throw new LanekeeperError('USAGE', `${name} ${text}: not a share between 0 and 1.`, {
      fix: 'Write 0.2 or 20%.',
    })
  return share
}

/** All conventions as lines of help: name, client, what the client calls it. */
export const conventionHelp = (): string =>
  conventionNames
    .map(name => `  ${name.padEnd(30)} ${conventions[name].client}: ${conventions[name].setting}`)
    .join('\n')
