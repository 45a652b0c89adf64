import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import { loadWorkload, type StatedWorkload } from '../config/workload.ts'
import {
  asMarkdown,
  designNote,
  limitsWith,
  type SizingReport,
  sizePartitions,
  withEvents,
} from '../core/sizing/index.ts'
import { printBlocks } from './blocks.ts'
import { countOption } from './count-option.ts'
import { print, printJson, say } from './output.ts'
import { withSampledKeys } from './sampled-keys.ts'
import type { World } from './world.ts'

interface SizeFlags {
  readonly format: 'text' | 'markdown' | 'json'
  readonly json: boolean
  readonly seed: string
  readonly keys: readonly string[]
}

/** `size WORKLOAD`: partition counts and a design note from what must be carried. Asks no cluster. */
export const sizeCommand = (world: World): Command =>
  new Command('size')
    .description('Size topics from a workload: counts, keys, brokers, events simulated, what to watch.')
    .argument('[file]', 'workload file', 'workload.yaml')
    .addOption(
      new Option('--format <name>', 'how to print the design note')
        .choices(['text', 'markdown', 'json'])
        .default('text'),
    )
    .option('--json', 'the report as JSON, units in the names', false)
    .option(
      '--keys <topic=file>',
      'keys of a topic from a file, one a line or CSV or JSON lines with weights; may be repeated',
      (value: string, previous: readonly string[]) => [...previous, value],
      [],
    )
    .option('--seed <n>', 'the same seed draws the same hot keys', '1')
    .addHelpText(
      'before',
      `Examples:
  lanekeeper size examples/streamsocial/workload.yaml
  lanekeeper size examples/iot/workload.yaml --format markdown > design.md
  lanekeeper size workload.yaml --keys orders=customers.csv          your own keys instead of a stated skew
  lanekeeper size examples/gaming/workload.yaml --json | jq '.topics[] | {name, partitions}'
`,
    )
    .action(async (file: string, flags: SizeFlags) => size(world, file, flags))

const size = async (world: World, file: string, flags: SizeFlags): Promise<void> => {
  const { io } = world
  const seed = countOption('--seed', flags.seed)
  const stated = loadWorkload(await world.readSpecFile(resolve(io.cwd, file)), file)
  const workload = await withSampledKeys(io, stated.workload, flags.keys)
  const report = sizeWorkload({ ...stated, workload }, world.seededRandom(seed))
  if (flags.json || flags.format === 'json') {
    printJson(io, report)
    return
  }
  if (flags.format === 'markdown') print(io, asMarkdown(designNote(report)).trimEnd())
  else {
    printBlocks(io, designNote(report))
    say(io, '\nNext: write the counts into a lanekeeper.yaml, then lanekeeper plan')
  }
}

/** The report of a workload, its events simulated. Throws INPUT_INVALID where the answer is beyond any cluster. */
export const sizeWorkload = (
  { workload, limits }: StatedWorkload,
  random: { next(): number },
): SizingReport => withEvents(sizePartitions(workload, limitsWith(limits)), workload, random)
