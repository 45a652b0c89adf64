import { type Command, InvalidArgumentError } from 'commander'
import { createHotKeys, type HotKeys } from '../runtime/hot-keys/hot-keys.ts'
import type { Connection, World } from './world.ts'

/** Whether keys are looked at, at what cost, and how they are shown: the same for every verb that watches. */
export interface KeyFlags {
  readonly showKeys: boolean
  readonly keySampleBytes: number
}

const SAMPLE_BYTES = 1_000_000
const SAMPLE_BYTES_MAX = 100_000_000

export const addKeyOptions = (command: Command): Command =>
  command
    .option(
      '--show-keys',
      'show keys in full; they may be personal data, so by default they are shortened',
      false,
    )
    .option(
      '--key-sample-bytes <n>',
      'bytes a second to read from the logs to learn about keys; 0 reads none',
      sampleBytes,
      SAMPLE_BYTES,
    )

/** Opens connections of its own, so that a sample never delays a look. */
export const hotKeysFor = (world: World, connection: Connection, flags: KeyFlags): HotKeys =>
  createHotKeys({
    link: connection.openLink('lanekeeper-keys'),
    clock: world.clock,
    codecs: world.codecs,
    random: world.seededRandom(world.clock.wallMs()),
    bytesPerLook: flags.keySampleBytes,
    showKeys: flags.showKeys,
  })

function sampleBytes(text: string): number {
  const bytes = Number(text)
  if (!/^\d{1,9}$/.test(text) || bytes > SAMPLE_BYTES_MAX)
    throw new InvalidArgumentError(`A whole number from 0 to ${SAMPLE_BYTES_MAX}.`)
  return bytes
}
